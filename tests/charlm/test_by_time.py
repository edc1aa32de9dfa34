"""A training for so long, and not for so many updates."""

import copy
import json
import time
from typing import Any

import numpy as np
import pytest

from seqjax.charlm.building import Equipment
from seqjax.charlm.opening import BEST, model_name
from seqjax.charlm.plan import FAR
from seqjax.charlm.training import Training
from seqjax.train import Hyper
from tests.charlm.trainings import (
    Recorder,
    broken_off,
    equipment,
    score,
    trained,
    variant,
)

pytestmark = pytest.mark.usefixtures("optax_mixes")


class Clock:
    """Time that goes by with updates and stored models, and by nothing else."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
        self.now, self.horizons = 0.0, [0][:0]
        timed = variant(sample_steps=(), evaluate_every=0, **changes)
        ensemble = copy.copy(timed.ensemble)
        ensemble.capacity = 10
        self.equipment: Equipment = timed._replace(ensemble=ensemble)
        advance = ensemble.advance

        def timed_advance(states: Any, hyper: Hyper, text: Any, until: int) -> Any:
            self.horizons.append(int(hyper.horizon))
            self.now += 0.01 * (until - int(ensemble.gather(states.step).max()))
            return advance(states, hyper, text, until)

        monkeypatch.setattr(ensemble, "advance", timed_advance)
        monkeypatch.setattr("seqjax.charlm.training.clock", lambda: self.now)


class Timed(Recorder):
    """Storing a model takes 20 ms."""

    clock: Clock

    def model(self, name: str, model: Any) -> None:
        super().model(name, model)
        self.clock.now += 0.02


@pytest.mark.slow
def test_by_time_the_rate_has_fallen_to_nothing_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, recorder = Clock(monkeypatch, minutes=0.1), Timed()
    recorder.clock = clock
    block = trained(clock.equipment, recorder)
    rows = block.rows[::2]
    assert 6 <= rows[-1]["seconds"] < 6.2
    assert rows[0]["seconds"] == 0
    assert 300 < rows[-1]["step"] < 600
    assert rows[-1]["learning_rate"] < 1e-3 * 0.03
    assert rows[1]["learning_rate"] > 0.5 * 0.03
    rates = [row["learning_rate"] for row in rows[1:]]
    assert rates == sorted(rates, reverse=True)
    # Storing the last models alone takes 0.04 s, and evaluation a tenth of the time.
    pauses = np.diff([row["seconds"] for row in rows])
    assert len(rows) > 5
    assert (pauses[1:-1] > 0.4).all()
    assert clock.horizons[0] == FAR
    assert abs(clock.horizons[-1] - rows[-1]["step"]) <= 10
    assert [int(step) for step in sorted(set(block.history["sample_step"]))][-1] == (
        rows[-1]["step"]
    )
    assert len(set(block.history["sample_step"])) == 5


def test_by_time_a_training_goes_on_with_the_rate_and_the_best_model_it_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, stopped = Clock(monkeypatch, minutes=0.1), Timed(until=400)
    stopped.clock = clock
    broken_off(clock.equipment, stopped)
    known = clock.horizons[-1]
    assert 400 < known < 600
    kept = stopped.kept()
    assert kept is not None
    plain = json.loads(kept["plain"].tobytes())
    # As if it had been evaluated once more before it was killed, and found better.
    later = Timed(before=stopped)
    later.clock = clock
    better = later.models["seed-0/last"]
    later.models["seed-0/best"] = better._replace(training={"step": 401})
    clock.now, clock.horizons = 1000.0, []
    training = Training(clock.equipment, later)
    best_models(plain["rows"], later)
    block = training.run()
    assert clock.horizons[0] == known
    assert block.rows[-1]["seconds"] == pytest.approx(6, abs=0.2)
    assert block.rows[: len(plain["rows"])] == plain["rows"]
    best_models(block.rows, later)


def best_models(rows: list[dict[str, Any]], recorder: Recorder) -> None:
    """The best models are what the rows say of them."""
    for seed in (0, 1):
        own = [row for row in rows if row["seed"] == seed]
        best = min(own, key=lambda row: row["validation_loss"])
        model = recorder.models[model_name(seed, BEST)]
        assert model.training["step"] == best["step"]
        loss, _ = score(model, equipment().corpus.parts.validation, 1000)
        assert loss == pytest.approx(best["validation_loss"], rel=1e-5)


def test_a_training_by_time_ends_in_time() -> None:
    began = time.monotonic()
    timed = variant(minutes=0.02, evaluate_every=0, sample_steps=())
    block = trained(timed, Recorder())
    # Generous: the machine may be busy with something else.
    assert 1.2 <= time.monotonic() - began < 60
    assert block.rows[-1]["seconds"] >= 1.2
    assert block.rows[-1]["step"] == block.history["loss"].shape[1]
