"""A training that is broken off, and goes on, is the one that was not."""

import json
from typing import Any

import numpy as np
import pytest

from seqjax.charlm.training import Training
from seqjax.lab.errors import UserError
from tests.charlm.trainings import (
    TEXT,
    Recorder,
    Whole,
    broken_off,
    corpus,
    equipment,
    same,
    same_models,
    trained,
)

pytestmark = pytest.mark.usefixtures("optax_mixes")


def test_a_training_that_is_broken_off_anywhere_ends_the_same(whole: Whole) -> None:
    block, undisturbed = whole
    assert {"advance", "keep", "model"} == set(undisturbed.events)
    rng = np.random.default_rng(1)
    count = len(undisturbed.events)
    for stop in sorted(rng.choice(np.arange(1, count), 3, replace=False).tolist()):
        stopped = broken_off(equipment(), Recorder({stop}))
        last = Recorder(before=stopped)
        same(trained(equipment(), last), block)
        same_models(last.models, undisturbed.models)


def test_a_training_may_be_broken_off_again_and_again(whole: Whole) -> None:
    recorder, times = Recorder({9}), 0
    while True:
        try:
            block = trained(equipment(), recorder)
            break
        except KeyboardInterrupt:
            recorder, times = Recorder({9}, before=recorder), times + 1
    assert times > 3
    same(block, whole[0])
    same_models(recorder.models, whole[1].models)


def test_an_interrupt_keeps_the_last_finished_update() -> None:
    places = set()
    for stop in (6, 8, 14):
        recorder = Recorder({stop})
        recorder.often = False
        broken_off(equipment(), recorder)
        assert "keep" not in recorder.events[: stop - 1]
        kept = recorder.kept()
        assert kept is not None
        assert json.loads(kept["plain"].tobytes())["updates"] == recorder.step
        assert kept["metric-loss"].shape == (2, recorder.step)
        assert np.isfinite(kept["metric-loss"]).all()
        places.add(recorder.step)
    assert len(places) > 1


def test_samples_are_not_written_twice_if_that_is_interrupted(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    recorder = Recorder()
    with monkeypatch.context() as patch:
        patch.setattr("seqjax.charlm.training.write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            trained(equipment(), recorder)
    last = Recorder(before=recorder)
    same(trained(equipment(), last), whole[0])


def test_a_training_does_not_go_on_with_another_text(whole: Whole) -> None:
    stopped = broken_off(equipment(), Recorder({9}))
    other = equipment()._replace(corpus=corpus(text=TEXT.replace("cat", "rat")))
    with pytest.raises(UserError) as error:
        Training(other, Recorder(before=stopped))
    assert str(error.value) == (
        "the text must be the one that the training began with, but has been changed "
        "since; put that one back, or give --overwrite to start anew"
    )
