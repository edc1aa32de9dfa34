"""What a training leaves: rows, curves, samples, and the models that they are of."""

import math
from dataclasses import replace
from math import inf, nan
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.charlm.building import equip
from seqjax.charlm.examining import Examiner, Held
from seqjax.charlm.figures import figures
from seqjax.charlm.opening import BEST, LAST, model_name
from seqjax.charlm.samples import Sample, samples_of, texts
from seqjax.charlm.study import TRAIN
from seqjax.charlm.summary import best_rows, summarise
from seqjax.charlm.tables import tables
from seqjax.lab.study import Results
from seqjax.tasks import LanguageTask
from seqjax.tasks.language import evaluate, streams
from tests.charlm.trainings import (
    CONFIG,
    Recorder,
    Whole,
    broken_off,
    corpus,
    equipment,
    same_models,
    score,
    trained,
    variant,
)

pytestmark = pytest.mark.usefixtures("optax_mixes")


def test_losses_held_out_are_those_of_a_network_in_numpy(whole: Whole) -> None:
    text = equipment().corpus.parts.validation
    for seed in (0, 1):
        model = whole[1].models[model_name(seed, LAST)]
        row = [row for row in whole[0].rows if row["seed"] == seed][-1]
        for name, window in (("validation", len(text)), ("validation_reset", 5)):
            loss, accuracy = score(model, text, window)
            assert row[f"{name}_loss"] == pytest.approx(loss, rel=1e-5)
            assert row[f"{name}_accuracy"] == pytest.approx(accuracy, abs=1e-6)
        assert row["validation_loss"] != row["validation_reset_loss"]


def test_long_texts_are_read_in_streams_with_a_lead(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqjax.charlm.examining.LEAD", 12)
    task = LanguageTask(equipment().network, 4, 5, carried=True)
    examiner = Examiner(CONFIG, equipment().corpus, task, equipment().ensemble.mesh)
    last = [whole[1].models[model_name(seed, LAST)].params for seed in (0, 1)]
    params = jax.tree.map(lambda *leaves: jnp.stack(leaves), *last)
    held = examiner.held_out(equipment().ensemble.place(params))
    assert held is not None
    rows = whole[0].rows[-2:]
    assert [row["step"] for row in rows] == [24, 24]
    # Three streams: what was read more than twelve characters ago is forgotten.
    exact = np.array([row["validation_loss"] for row in rows])
    assert 0 < np.abs(held.loss - exact).max() < 1e-3
    np.testing.assert_allclose(
        held.reset_loss, [row["validation_reset_loss"] for row in rows], rtol=1e-6
    )


def test_the_best_model_is_that_of_the_lowest_row_and_the_last_of_the_last(
    whole: Whole,
) -> None:
    block, recorder = whole
    text = jnp.asarray(
        equipment().corpus.vocabulary.encode(equipment().corpus.parts.validation)
    )
    for seed in (0, 1):
        rows = [row for row in block.rows if row["seed"] == seed]
        assert [row["step"] for row in rows] == [0, 8, 16, 24]
        best = min(rows, key=lambda row: row["validation_loss"])
        for which, row in ((BEST, best), (LAST, rows[-1])):
            model = recorder.models[model_name(seed, which)]
            found = evaluate(model.network, model.params, *streams(text, 1))
            np.testing.assert_allclose(found.loss, row["validation_loss"], rtol=1e-6)
            for name in ("seed", "step", "train_loss", "validation_loss"):
                assert model.training[name] == row[name]
    assert set(recorder.models) == {
        f"seed-{s}/{w}" for s in (0, 1) for w in (BEST, LAST)
    }


class Judge:
    """An examiner that gives losses of its own choice."""

    def __init__(self, losses: list[list[float]]) -> None:
        self._examiner, self._losses = equipment().examiner, iter(losses)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._examiner, name)

    def held_out(self, params: Any) -> Held:
        return Held(*[np.array(next(self._losses))] * 4)


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ([[3, 3], [1, 2], [2, 2], [1.5, 2.5]], [8, 8]),
        ([[3, 3], [2, 4], [1, 5], [0, 6]], [24, 0]),
        ([[nan, inf], [5, 4], [nan, 3], [6, 3]], [8, 16]),
        ([[nan, inf]] * 4, [0, 0]),
    ],
)
def test_the_best_model_is_the_first_of_the_lowest_loss(
    whole: Whole, losses: list[list[float]], best: list[int]
) -> None:
    recorder = Recorder()
    judge: Any = Judge(losses)
    block = trained(equipment()._replace(examiner=judge), recorder)
    results = Results.of([block])
    assert [row["step"] for row in best_rows(results)] == best
    for seed, step in enumerate(best):
        model = recorder.models[model_name(seed, BEST)]
        assert model.training["step"] == step
        # The parameters are those of that update too, by what they have to say.
        row = next(r for r in whole[0].rows if (r["seed"], r["step"]) == (seed, step))
        loss, _ = score(model, equipment().corpus.parts.validation, 1000)
        assert loss == pytest.approx(row["validation_loss"], rel=1e-5)


def test_training_columns_are_means_since_the_evaluation_before(whole: Whole) -> None:
    block, _ = whole
    for row in block.rows:
        i, step = row["seed"], row["step"]
        for name in ("loss", "accuracy"):
            recent = block.history[name][i, max(0, step - 8) : step]
            if step:
                assert row[f"train_{name}"] == pytest.approx(recent.mean(), rel=1e-6)
            else:
                assert row[f"train_{name}"] is None
        assert row["epoch"] == step * 4 * 5 / len(equipment().corpus.parts.train)
        assert row["seconds"] is None
        assert row["expected_run"] is None  # too little text is held out
        assert not row["diverged"]
    assert block.history["loss"].shape == (2, 24)
    assert np.isfinite(block.history["gradient_norm"]).all()


def test_the_learning_rate_is_that_of_the_last_update(whole: Whole) -> None:
    for row in whole[0].rows:
        last = max(0, row["step"] - 1)
        rest = (1 + math.cos(math.pi * max(0, last - 3) / 21)) / 2
        expected = 0.03 * min(1, (last + 1) / 3) * rest
        assert row["learning_rate"] == pytest.approx(expected, rel=1e-5)


def test_samples_come_at_the_updates_asked_for(whole: Whole) -> None:
    history = whole[0].history
    table = [(s, t, n) for s in (0, 10, 24) for t in (0.0, 1.0) for n in (3, 7)]
    columns = [history[f"sample_{name}"] for name in ("step", "temperature", "length")]
    assert list(zip(*columns, strict=True)) == table
    texts = history["sample_text"]
    assert [len(text) for text in texts] == [n for _, _, n in table]
    # The same draws at every step: the first character is random, and no more.
    assert {text[0] for text in texts[1::2]} == {texts[1][0]}
    assert len(set(texts.tolist())) > 3


@pytest.mark.slow
def test_a_seed_is_the_same_alone(whole: Whole) -> None:
    # Without what is held out, since those programs take as long to compile again.
    alone = replace(CONFIG, seeds=1, first_seed=1)
    recorder = Recorder()
    parts = corpus().parts._replace(validation="")
    block = trained(equip(alone, corpus()._replace(parts=parts)), recorder)
    names = ("loss", "accuracy", "gradient_norm")
    for name in names:
        np.testing.assert_array_equal(block.history[name][0], whole[0].history[name][1])
    theirs = [row for row in whole[0].rows if row["seed"] == 1]
    for ours, row in zip(block.rows, theirs, strict=True):
        own = {k: v for k, v in ours.items() if not k.startswith("validation")}
        assert own == {k: row[k] for k in own}
    mine, last = (r.models[model_name(1, LAST)] for r in (recorder, whole[1]))
    same_models({"": mine._replace(training=last.training)}, {"": last})


def test_without_text_held_out_the_last_model_is_the_best() -> None:
    text = equipment().corpus.parts.train
    config = replace(CONFIG, split=(1.0, 0.0, 0.0))
    bare = corpus(config, text)
    assert bare.vocabulary == equipment().corpus.vocabulary
    task = LanguageTask(equipment().network, 4, 5, carried=True)
    examiner = Examiner(config, bare, task, equipment().ensemble.mesh)
    recorder = Recorder()
    block = trained(
        equipment()._replace(config=config, corpus=bare, examiner=examiner), recorder
    )
    for row in block.rows:
        for name in ("loss", "accuracy", "reset_loss", "reset_accuracy"):
            assert row[f"validation_{name}"] is None
        assert row["longest_run"] > 0
    for seed in (0, 1):
        best, last = (
            recorder.models[model_name(seed, which)] for which in (BEST, LAST)
        )
        same_models({"": best}, {"": last})
        assert best.training["step"] == 24


def test_a_seed_that_diverges_leaves_its_best_model_and_the_others_alone(
    whole: Whole,
) -> None:
    stopped = broken_off(equipment(), Recorder(until=10))
    kept = stopped.kept()
    assert kept is not None
    # What seed 1 remembers of its streams is spoilt, so that its next loss is.
    carries = [name for name in kept if kept[name].shape == (2, 4, 8)]
    assert len(carries) == 4
    for name in carries:
        kept[name][1] = np.nan
    recorder = Recorder(before=stopped)
    recorder.kept = lambda: kept  # type: ignore[method-assign]
    block = trained(equipment(), recorder)
    rows = {s: [row for row in block.rows if row["seed"] == s] for s in (0, 1)}
    assert rows[0] == [row for row in whole[0].rows if row["seed"] == 0]
    losses = block.history["loss"]
    np.testing.assert_array_equal(losses[0], whole[0].history["loss"][0])
    assert not np.isfinite(losses[1, 10:]).any()
    assert [row["diverged"] for row in rows[1]] == [False, False, True, True]
    assert [row["step"] for row in rows[1]] == [0, 8, 11, 11]
    assert rows[1][2]["train_loss"] == pytest.approx(losses[1, 8:10].mean(), rel=1e-6)
    assert rows[1][3]["train_loss"] is None
    best = min(rows[1], key=lambda row: row["validation_loss"])
    model = recorder.models[model_name(1, BEST)]
    assert model.training["validation_loss"] == best["validation_loss"]
    loss, _ = score(model, equipment().corpus.parts.validation, 1000)
    assert loss == pytest.approx(best["validation_loss"], rel=1e-5)


def test_a_rate_at_which_all_diverge_ends_the_training(whole: Whole) -> None:
    recorder = Recorder()
    block = trained(variant(learning_rate=3e38, sample_steps=()), recorder)
    assert [(row["step"], row["diverged"]) for row in block.rows] == [
        (0, False),
        (0, False),
        (2, True),
        (2, True),
    ]
    # As long as the training was, and not as the chunk that it ended in.
    assert block.history["loss"].shape == (2, 2)
    assert sorted(set(block.history["sample_step"])) == [0, 1, 2]
    for seed in (0, 1):
        model = recorder.models[model_name(seed, BEST)]
        assert model.training["step"] == 0
        assert model.training["validation_loss"] == block.rows[seed]["validation_loss"]
    results = Results.of([block])
    summary = summarise(CONFIG, results)
    assert (summary["diverged"], summary["updates"]) == (2, 2)
    assert summary["validation_loss"] == np.mean(
        [row["validation_loss"] for row in whole[0].rows[:2]]
    )
    assert "2 of 2 seeds diverged" in tables(CONFIG, results)[1].caption
    assert set(figures(CONFIG, results)) == {"training", "memorisation"}


def test_a_training_may_end_before_its_first_sample() -> None:
    block = trained(variant(sample_steps=(30,)), Recorder())
    assert block.history["sample_text"].shape == (0,)
    assert block.history["sample_text"].dtype.kind == "U"
    results = Results.of([block])
    assert samples_of(results) == []
    assert texts(CONFIG, results)["samples.txt"].count("\n") == 1
    assert [len(table.rows) for table in tables(CONFIG, results)] == [4, 2, 0]


def test_tables_and_figures_have_a_stopped_seed_at_every_evaluation() -> None:
    stopped = {"train_loss": None, "diverged": True}
    rows = [
        {**dict.fromkeys(TRAIN.columns), "diverged": False, **row}
        for row in (
            {"seed": 0, "step": 0, "validation_loss": 3.0},
            {"seed": 1, "step": 0, "validation_loss": 4.0},
            {"seed": 0, "step": 8, "validation_loss": 2.0, "train_loss": 1.0},
            {"seed": 1, "step": 5, "validation_loss": 3.5, "train_loss": 2.0},
            {"seed": 0, "step": 16, "validation_loss": 1.0, "train_loss": 0.0},
            {"seed": 1, "step": 5, "validation_loss": 3.5, **stopped},
        )
    ]
    history: dict[str, np.ndarray] = {
        f"training/sample_{name}": np.array([], kind)
        for name, kind in zip(Sample._fields, (int, float, int, str), strict=True)
    }
    results = Results(rows, history)
    lines = tables(CONFIG, results)[0].rows
    assert [line[0] for line in lines] == ["0", "8", "16"]
    losses = [line[3].split()[0] for line in lines]
    assert losses == ["3.500", "2.750", "2.250"]
    middle = figures(CONFIG, results)["training"].axes[1]
    drawn = {line.get_label(): np.array(line.get_xydata()) for line in middle.lines}
    np.testing.assert_allclose(
        drawn["validation, carried"], [[0, 3.5], [8, 2.75], [16, 2.25]]
    )
    # What was last known of the seed that stopped.
    np.testing.assert_allclose(drawn["training"], [[8, 1.5], [16, 1.0]])
    # Nothing at all is known of a seed that diverged at its first update.
    bare = [{**row, "validation_loss": None, "train_loss": None} for row in rows]
    assert set(figures(CONFIG, Results(bare, history))) == {"training", "memorisation"}
