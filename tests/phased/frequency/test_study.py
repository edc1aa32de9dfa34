"""The frequency study from end to end at toy size."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from seqjax.core.keys import named_keys
from seqjax.lab.command_line.cli import main
from seqjax.lab.study import Results, SilentReporter
from seqjax.phased.frequency import study
from seqjax.phased.frequency.config import FrequencyConfig, Setting
from seqjax.phased.frequency.pace import SHARE, Pace
from seqjax.phased.frequency.study import (
    EPOCHS,
    FREQUENCY,
    SWEEP,
    Frequency,
    discriminator,
)
from seqjax.phased.study import STUDIES
from seqjax.tasks import (
    SAMPLINGS,
    BatchNormDiscriminator,
    FrequencyTask,
    GatedDiscriminator,
    PlainDiscriminator,
)
from seqjax.tasks.frequency import RANGE
from tests.core import numpy_gated
from tests.lab.breaking import Breaking

TINY = FrequencyConfig(
    regimes=("asynchronous",),
    models=("phased", "lstm"),
    seeds=3,
    epochs=2,
    epoch_size=20,
    batch_size=8,
    hidden_size=5,
    longest=18,
    evaluation_size=30,
    # optax's Adam mixes integers and floats, which the tests do not allow.
    optimizer="rmsprop",
)
ONE = replace(TINY, models=("phased",))


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(FREQUENCY.run(TINY, (), SilentReporter()))


def task_of(model: str) -> FrequencyTask:
    network = discriminator(TINY, model)
    return FrequencyTask(network, 8, SAMPLINGS["asynchronous"], TINY.longest)


def test_a_row_per_model_and_a_curve_per_metric(results: Results) -> None:
    assert [(r["block"], r["seed"]) for r in results.rows] == [
        (block, seed) for block in FREQUENCY.block_names(TINY) for seed in range(3)
    ]
    for row in results.rows:
        assert set(row) == {"block", *FREQUENCY.columns}
        history = {
            name: results.history[f"{row['block']}/{name}"][row["seed"]]
            for name in ("loss", "accuracy", "gradient_norm", "test_accuracy")
        }
        # 20 waves are three batches of 8; a test before the first epoch too.
        assert [len(curve) for curve in history.values()] == [6, 6, 6, 3]
        assert all(np.isfinite(curve).all() for curve in history.values())
        assert row["accuracy"] == pytest.approx(history["test_accuracy"][-1])
        assert row["solved"] == (row["accuracy"] >= 0.95)
        assert (row["epochs"], row["steps"], row["diverged"]) == (2, 6, False)
        assert (row["share_open"] is None) == (row["model"] != "phased")


def test_before_training_the_test_is_that_of_the_task_alone(results: Results) -> None:
    """And the first loss is that of the first batch, put together here."""
    task = task_of("phased")
    keys = named_keys(jax.random.key(2), ("params", "batches"))
    params = jax.jit(task.task().init)(keys["params"])
    trial = task.trial(TINY.longest, TINY.evaluation_size)
    score = jax.jit(task.score)(params, trial.evaluation)
    name = "asynchronous-phased"
    for metric in ("loss", "accuracy"):
        found = results.history[f"{name}/test_{metric}"][2, 0]
        assert found == pytest.approx(float(getattr(score, metric)), rel=1e-5)
    key = jax.random.fold_in(keys["batches"], 0)
    batch = jax.jit(task.task().batch)(key, trial.training)
    loss, _ = jax.jit(task.task().loss)(params, batch, trial.training)
    assert results.history[f"{name}/loss"][2, 0] == pytest.approx(float(loss), rel=1e-5)


def test_the_share_of_open_units_is_that_of_a_loop(results: Results) -> None:
    waves, _ = task_of("phased").trial(18, 30).evaluation
    lengths, name = np.asarray(waves.lengths), "asynchronous-phased"
    for seed in range(3):
        for end, epoch in ((0, 0), (1, -1)):
            gate = [
                results.history[f"{name}/{field}"][seed, end]
                for field in ("period", "shift", "open_ratio")
            ]
            opened = steps = 0
            for wave, length in enumerate(lengths):
                k = numpy_gated.gates(waves.times[:length, wave], gate, leak=0.0)
                opened += int((k > 0).sum())
                steps += k.size
            share = results.history[f"{name}/share_open"][seed, epoch]
            # A time on an edge of a gate may be rounded to either side.
            assert share == pytest.approx(opened / steps, abs=4 / steps)
            assert 0 < opened < steps


def test_all_models_of_a_regime_are_tested_on_the_same_waves(results: Results) -> None:
    waves, _ = task_of("lstm").trial(18, 30).evaluation
    inside = [RANGE[0] <= period <= RANGE[1] for period in waves.periods.tolist()]
    for name in FREQUENCY.block_names(TINY):
        assert results.history[f"{name}/test_labels"].tolist() == inside
        lengths = results.history[f"{name}/test_lengths"]
        np.testing.assert_array_equal(lengths, waves.lengths)


def test_no_seed_trains_on_a_wave_of_the_test() -> None:
    task = task_of("lstm")
    trial = task.trial(18, 30)
    tested, population = (set(w.periods.tolist()) for w in trial.evaluation)
    trained: set[float] = set()
    batch = jax.jit(task.task().batch)
    for seed in range(3):
        stream = named_keys(jax.random.key(seed), ("batches",))["batches"]
        for update in range(6):
            key = jax.random.fold_in(stream, update)
            trained |= set(batch(key, trial.training).periods.tolist())
    assert len(trained) > 0.9 * 3 * 6 * 8
    assert not trained & (tested | population)
    assert not tested & population


def test_options_of_a_model_reach_its_network() -> None:
    config = replace(
        TINY,
        models=FrequencyConfig().models,
        phased_cell="gru",
        learnt=("shift",),
        open_ratio=0.2,
        normalized="input",
        initializer="orthogonal",
        forget_bias="one",
    )
    gated, normal, plain = (discriminator(config, model) for model in config.models)
    assert gated == GatedDiscriminator(
        cell="gru",
        hidden_size=5,
        initializer="orthogonal",
        forget_bias="one",
        open_ratio=0.2,
        learnt=("shift",),
    )
    assert normal == BatchNormDiscriminator(
        hidden_size=5, normalized="input", initializer="orthogonal"
    )
    assert plain == PlainDiscriminator(
        cell="lstm", hidden_size=5, initializer="orthogonal", forget_bias="one"
    )


def test_gates_learn_all_three_parameters(results: Results) -> None:
    for field in ("period", "shift", "open_ratio"):
        for start, end in results.history[f"asynchronous-phased/{field}"]:
            assert not np.array_equal(start, end)


@pytest.mark.slow
def test_one_seed_alone_is_the_third_of_three(results: Results) -> None:
    config = replace(ONE, seeds=1, first_seed=2)
    alone = Results.of(FREQUENCY.run(config, (), SilentReporter()))
    (name,) = FREQUENCY.block_names(ONE)
    wanted = [r for r in results.rows if (r["block"], r["seed"]) == (name, 2)]
    assert alone.rows == wanted


def test_a_diverged_seed_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    # An infinite learning rate: the second loss is not finite.
    monkeypatch.setattr(FrequencyConfig, "__post_init__", lambda self: None)
    config = replace(TINY, models=("lstm",), learning_rate=math.inf)
    found = Results.of(FREQUENCY.run(config, (), SilentReporter()))
    for row in found.rows:
        assert row["diverged"]
        assert not row["solved"]
        assert row["steps"] < 6
        loss = found.history["asynchronous-lstm/loss"][row["seed"]]
        assert np.isnan(loss[row["steps"] :]).all()


def test_broken_off_it_loses_no_epoch_and_goes_on_to_the_same_end() -> None:
    (whole,) = FREQUENCY.run(ONE, (), undisturbed := Breaking(math.inf))
    # In the second of two epochs of three updates.
    reporter = Breaking(4.5 / 6 * undisturbed.done)
    with pytest.raises(KeyboardInterrupt):
        list(FREQUENCY.run(ONE, (), reporter))
    kept = reporter.arrays
    assert kept is not None
    assert int(kept["updates-0"]) == 4
    assert kept["look-test_accuracy"].shape == (2, 3)
    assert int(kept[EPOCHS]) == 2
    (again,) = FREQUENCY.run(ONE, (), following := reporter.going_on())
    assert following.done == pytest.approx(undisturbed.done)
    assert again.rows == whole.rows
    for name, array in whole.history.items():
        np.testing.assert_array_equal(again.history[name], array)


class Keeper(SilentReporter):
    """Keeps checkpoints as a run directory does: by block, the newest counts."""

    def __init__(self) -> None:
        self.name, self.checkpoints = "", dict[str, dict[str, np.ndarray]]()

    def block(self, name: str, description: str, work: int | float) -> None:
        self.name = name

    def keep(self, updates: int, arrays: Mapping[str, np.ndarray]) -> None:
        self.checkpoints[self.name] = dict(arrays)

    def kept(self) -> dict[str, np.ndarray] | None:
        return self.checkpoints.get(self.name)


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes but what a pace says."""
    monkeypatch.setattr(study, "clock", lambda: 0.0)


@pytest.mark.usefixtures("still_clock")
def test_a_budget_scales_the_epochs_and_a_resumed_run_has_as_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Two models at 3 updates of 4 s and a test of 3 s: half a minute for an epoch.
    monkeypatch.setattr(Frequency, "pace", lambda *_: Pace(4.0, 3.0))
    config = replace(TINY, models=("phased", "lstm"), epochs=7, budget=1.6 / SHARE)
    keeper = Keeper()
    blocks = FREQUENCY.run(config, (), keeper)
    first = next(blocks)
    keeper.checkpoints.pop(first.name, None)  # as a run does once it is saved
    assert [row["epochs"] for row in first.rows] == [3] * 3
    assert first.history["test_accuracy"].shape == (3, 4)

    def unwanted(*_: Any) -> Pace:
        raise AssertionError("timed twice")

    monkeypatch.setattr(Frequency, "pace", unwanted)
    (second,) = FREQUENCY.run(config, [first.name], keeper)
    assert [row["epochs"] for row in second.rows] == [3] * 3
    assert list(FREQUENCY.run(config, [first.name, second.name], keeper)) == []


@pytest.mark.usefixtures("still_clock")
def test_a_budget_too_small_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Frequency, "pace", lambda *_: Pace(2.0, 3.0))
    words = "--models lstm --seeds 1 --epoch-size 24 --batch-size 1 --longest 16"
    out = tmp_path / "run"
    status = main(
        STUDIES,
        ["frequency", *words.split(), "--budget", "0.5", "--out", str(out)],
    )
    assert status == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1] == (
        "seqjax.phased: error: budget must hold one epoch of every model, which takes "
        "0.94 minutes here (timing it: 0), not 0.5; give 1 or more, or fewer regimes, "
        "models or seeds"
    )
    assert not out.exists()


def test_the_machine_is_timed_with_the_studys_own_updates() -> None:
    pace = SWEEP.pace(ONE, Setting("asynchronous", "phased"))
    assert 0 < pace.update < 5
    assert 0 < pace.test < 5


@pytest.mark.usefixtures("still_clock")
def test_the_command_leaves_a_complete_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Frequency, "pace", lambda *_: Pace(1.0, 1.0))
    words: Any = """frequency --regimes asynchronous --models phased lstm --epochs 9
    --epoch-size 20 --batch-size 8 --hidden-size 5 --longest 18 --evaluation-size 30
    --optimizer rmsprop --budget 0.2 --devices 2"""
    words = [*words.split(), "--out", str(tmp_path / "run")]
    assert main(STUDIES, words) == 0
    told = capsys.readouterr().out
    assert "scaled to 1 epoch of 9 by the budget of 0.2 minutes" in told
    assert "97.89 ± 0.57" in told
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["epochs"] == 1
    assert len((tmp_path / "run" / "results.csv").read_text().splitlines()) == 7
    drawn = {path.name for path in (tmp_path / "run" / "figures").iterdir()}
    assert drawn == {
        f"{stem}.{kind}"
        for stem in ("learning_curves", "periods")
        for kind in ("png", "svg")
    }
    assert main(STUDIES, words) == 0
    assert "complete already" in capsys.readouterr().out
