"""The study from end to end, on models and texts whose card is known beforehand."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from seqjax.charlm.evaluation.card import Card
from seqjax.charlm.evaluation.config import Config
from seqjax.charlm.evaluation.figures import QUALITY, figures, losses, quality
from seqjax.charlm.evaluation.findings import findings
from seqjax.charlm.evaluation.locating import resolve
from seqjax.charlm.evaluation.study import STUDY, block_names, run
from seqjax.charlm.evaluation.summary import summarise
from seqjax.charlm.evaluation.tables import tables
from seqjax.charlm.evaluation.texts import texts
from seqjax.charlm.measures import compressed_loss, pieces
from seqjax.lab.data.corpora import Vocabulary
from seqjax.lab.run_directory.model_files import StoredModel, save_model
from seqjax.lab.study import Results, SilentReporter
from seqjax.nn import LanguageNetwork
from tests.charlm.hand_made import (
    ALPHABET,
    WINDOW,
    cycle,
    independent,
    letters,
    run_folder,
    training_of,
    uniform,
    write_text,
)

TINY: dict[str, Any] = {
    "temperatures": (0.0, 1.0),
    "lengths": (20, 120),
    "samples": 6,
    "prompt_length": 10,
    "grams": (4, 16),
}
SIZE = len(ALPHABET)
HELD_OUT = letters(1, 3 * SIZE * SIZE // 4)
CYCLES = ALPHABET * (9 * SIZE // 4)
SKEWED = np.array([0.35, 0.25, *[0.4 / (SIZE - 2)] * (SIZE - 2)])


def evaluated(folder: Path, **changes: Any) -> tuple[Config, Results]:
    config = resolve({"model": (str(folder),)} | TINY | changes)
    return config, Results.of(run(config, (), SilentReporter()))


def value(results: Results, measure: str, **keys: Any) -> float:
    (row,) = (
        row
        for row in results.rows
        if row["measure"] == measure and all(row[k] == v for k, v in keys.items())
    )
    assert row["value"] is not None
    return float(row["value"])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text that goes round the alphabet, of which random letters are held out."""
    return write_text(tmp_path_factory.mktemp("text"), CYCLES, HELD_OUT)


@pytest.fixture(scope="module")
def folder(path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seed 3 knows that text by heart, seed 10 knows nothing."""
    training = training_of(path)
    models = {3: cycle(training), 10: uniform(training)}
    return run_folder(tmp_path_factory.mktemp("run"), models)


@pytest.fixture(scope="module")
def both(folder: Path) -> tuple[Config, Results]:
    return evaluated(folder)


def alone(both: tuple[Config, Results], seed: int) -> tuple[Config, Results]:
    """The card of one seed, cut out of that of both."""
    config, results = both
    names = ("text", f"seed-{seed}")
    return replace(config, model_seed=(seed,)), Results(
        [row for row in results.rows if row["block"] in names],
        {k: v for k, v in results.history.items() if k.split("/")[0] in names},
    )


def test_there_is_a_block_for_the_text_and_one_for_every_seed(
    both: tuple[Config, Results],
) -> None:
    config, results = both
    assert config.model_seed == (3, 10)
    assert block_names(config) == ["text", "seed-3", "seed-10"]
    assert {row["seed"] for row in results.rows} == {None, 3, 10}
    assert {row["source"] for row in results.rows if row["seed"] is None} == {
        *("uniform", "unigram", "5-gram", "gzip", "bzip2", "xz", "held-out")
    }
    for name, metric in (key.split("/") for key in results.history):
        array = results.history[f"{name}/{metric}"]
        assert array.ndim == len(STUDY.history_axes[metric]), metric


def test_the_loss_of_a_uniform_model_is_that_of_guessing(
    both: tuple[Config, Results],
) -> None:
    _, results = both
    rows = [r for r in results.rows if r["seed"] == 10 and r["measure"] == "nats"]
    assert [(r["part"], r["state"]) for r in rows] == [
        ("validation", "carried"),
        ("validation", "reset"),
        ("train", "carried"),
    ]
    for row in rows:
        assert row["value"] == pytest.approx(math.log(SIZE), rel=1e-6)
        assert row["count"] == pytest.approx(len(HELD_OUT), abs=2)
    keys = {"seed": 10, "part": "validation", "state": "reset"}
    assert value(results, "perplexity", **keys) == pytest.approx(SIZE)
    assert value(results, "bits_per_character", **keys) == pytest.approx(
        math.log2(SIZE)
    )
    # All alike: the first of the alphabet is called the likeliest.
    share = HELD_OUT.count(ALPHABET[0]) / len(HELD_OUT)
    assert value(results, "accuracy", **keys) == pytest.approx(share)


def test_the_loss_of_a_model_that_knows_the_cycle(
    both: tuple[Config, Results],
) -> None:
    _, results = both
    keys = {"seed": 3, "state": "carried"}
    assert value(results, "nats", part="train", **keys) < 1e-6
    assert value(results, "accuracy", part="train", **keys) == 1
    # What comes has p = 1 after its predecessor, and exp(-30) after others.
    text = CYCLES[-1] + HELD_OUT
    places = [ALPHABET.index(letter) for letter in text]
    right = np.mean((np.diff(places) - 1) % SIZE == 0)
    held_out = value(results, "nats", part="validation", **keys)
    assert held_out == pytest.approx(30 * (1 - right), rel=1e-4)
    assert value(results, "accuracy", part="validation", **keys) == pytest.approx(right)


def test_baselines_are_those_of_the_same_split(both: tuple[Config, Results]) -> None:
    config, results = both
    assert value(results, "nats", source="xz") == pytest.approx(
        compressed_loss(CYCLES, HELD_OUT, "xz").nats
    )
    assert value(results, "nats", source="uniform") == pytest.approx(math.log(SIZE))
    # In the cycles all letters are as frequent.
    assert value(results, "nats", source="unigram") == pytest.approx(
        math.log(SIZE), rel=1e-3
    )
    commonest = HELD_OUT.count(ALPHABET[0]) / len(HELD_OUT)
    assert value(results, "accuracy", source="unigram") == pytest.approx(commonest)
    assert value(results, "accuracy", source="uniform") == 1 / SIZE
    order = replace(config, ngram_order=2)
    other = Results.of(run(order, ("seed-3", "seed-10"), SilentReporter()))
    assert value(other, "nats", source="2-gram") > math.log(SIZE)


def test_a_model_that_recites_is_warned_about(both: tuple[Config, Results]) -> None:
    config, results = alone(both, 3)
    card = Card(config, results)
    for temperature in config.temperatures:
        for length in config.lengths:
            keys = {"temperature": temperature, "length": length}
            assert value(results, "run", source="model", **keys) == length
            assert value(results, "longest_run", source="model", **keys) == length
            assert value(results, "seen_16", source="model", **keys) == 1
    expected = max(
        max(
            (j - i for i in range(120) for j in range(i, 121) if piece[i:j] in CYCLES),
            default=0,
        )
        for piece in pieces(HELD_OUT, 120, config.pieces)
    )
    assert value(results, "longest_run", source="held-out", length=120) == expected
    count = len(HELD_OUT) // 120
    found = findings(card)
    assert (found.recites, found.large_gap, found.warns) == (True, True, True)
    assert found.said[0] == (
        "WARNING: the model recites the training text. At temperature 0, 6 of 6 "
        "samples of 120 characters repeat more of it verbatim than any of "
        f"{count} pieces of held-out text ({6 / (count + 1):.1f} expected by chance); "
        f"the longest run has 120 characters, that of held-out text {expected}."
    )
    assert found.said[1].startswith(
        "WARNING: the model knows the training text much better than text that is new: "
        "0.00 nats per character on training text, "
    )
    assert found.said[2] == (
        "If the text is private, share neither the models nor what they write."
    )
    summary = summarise(config, results)
    assert summary["recites"] is summary["large_gap"] is True
    assert [run["recites"] for run in summary["longest_runs"]] == [True, True]
    assert summary["generalisation_gap"]["share"]["value"] == pytest.approx(1)
    assert tables(config, results)[-1].title == "Before it is shared: WARNING"
    # The run is a piece of the text trained on, where it is said to be.
    (first, _) = summary["longest_runs"]
    assert CYCLES[first["at"] : first["at"] + 120] == first["text"]
    assert first["times"] == CYCLES.count(first["text"])
    assert repr(first["text"]) in texts(config, results)["samples.txt"]


def test_a_model_that_knows_nothing_is_not(both: tuple[Config, Results]) -> None:
    config, results = alone(both, 10)
    found = findings(Card(config, results))
    assert (found.recites, found.large_gap, found.warns) == (False, False, False)
    assert found.said[0].startswith("No recital was found: the longest run of the ")
    assert found.said[1].startswith("The generalisation gap is not large: the model ")
    assert found.said[-1] == (
        "Looked at: what follows 6 prompts of held-out text, at 2 temperatures; other "
        "prompts may bring out more."
    )
    assert len(found.said) == 3
    assert tables(config, results)[-1].title == "Before it is shared"
    assert summarise(config, results)["recites"] is False


def test_of_two_models_the_worse_decides(both: tuple[Config, Results]) -> None:
    config, results = both
    found = findings(Card(config, results))
    assert found.said[0].startswith("WARNING: the model of seed 3 recites ")
    summary = summarise(config, results)
    assert summary["intervals_over"] == "seeds"
    nats = summary["prediction"]["carried"]["nats"]
    values = [
        value(results, "nats", seed=seed, part="validation", state="carried")
        for seed in (3, 10)
    ]
    assert nats["value"] == pytest.approx(np.mean(values))
    assert nats["n"] == 2
    entry = summary["samples"][-1]
    assert (entry["temperature"], entry["length"]) == (1.0, 120)
    means = [
        value(results, "run", seed=seed, temperature=1.0, length=120)
        for seed in (3, 10)
    ]
    assert entry["run"]["value"] == pytest.approx(np.mean(means))
    assert entry["run"]["n"] == 2


def test_one_model_has_intervals_over_its_samples(both: tuple[Config, Results]) -> None:
    config, results = alone(both, 10)
    summary = summarise(config, results)
    assert summary["intervals_over"] == "samples"
    entry = summary["samples"][-1]
    assert entry["run"]["n"] == 6
    nats = entry["ngram_nats"]
    assert nats["low"] < nats["value"] < nats["high"]
    assert math.isnan(summary["prediction"]["carried"]["nats"]["low"])
    assert "over samples" in tables(config, results)[1].caption
    assert "over seeds" in tables(*both)[1].caption


def test_short_samples_cannot_tell(folder: Path, both: tuple[Config, Results]) -> None:
    config, results = evaluated(folder, lengths=(20,), model_seed=(3,))
    found = findings(Card(config, results))
    assert found.recites is None
    held_out = int(value(results, "longest_run", source="held-out"))
    assert found.said[0] == (
        "Whether it recites cannot be told: a recital would be a run of 50 characters, "
        f"since held-out text has one of {held_out}, but samples have 20; give "
        "--lengths 100 or more."
    )
    # The shorter samples begin the longer.
    (block,) = (results.history[f"seed-3/{n}"] for n in ("samples",))
    longer = both[1].history["seed-3/samples"]
    assert (np.char.startswith(longer, block)).all()


def test_what_chance_explains_is_no_recital(path: Path, tmp_path: Path) -> None:
    text = write_text(tmp_path, CYCLES, CYCLES[: len(CYCLES) // 3])
    folder = run_folder(tmp_path / "run", {0: cycle(training_of(text))})
    config, results = evaluated(folder)
    found = findings(Card(config, results))
    assert (found.recites, found.large_gap) == (None, False)
    assert found.said[0] == (
        "Whether it recites cannot be told: a piece of held-out text of 120 characters "
        "stands in the training text as it is; hold out text that does not, or give "
        "longer --lengths."
    )


def test_a_model_that_knows_the_distribution_is_calibrated(tmp_path: Path) -> None:
    text = write_text(tmp_path, letters(5, 3600, SKEWED), letters(6, 1200, SKEWED))
    training = training_of(text)
    models = {
        0: independent(training, SKEWED),
        1: independent(training, SKEWED[::-1]),
    }
    _, results = evaluated(run_folder(tmp_path / "run", models))
    symbols = [results.history[f"seed-{seed}/symbol_probability"] for seed in (0, 1)]
    np.testing.assert_allclose(symbols[0], SKEWED, rtol=1e-5)
    np.testing.assert_allclose(symbols[1], SKEWED[::-1], rtol=1e-5)
    came = results.history["text/symbol_share"]
    held_out = letters(6, 1200, SKEWED)
    assert came.tolist() == [held_out.count(c) / 1200 for c in ALPHABET]
    for name in ("calibration", "calibration_all", "symbol"):
        right, wrong = (value(results, f"{name}_error", seed=s) for s in (0, 1))
        chance = value(results, f"{name}_chance", seed=0)
        assert right < 3 * chance
        assert wrong > 2 * right
    for seed, shares in enumerate(symbols):
        error = np.abs(shares - came).sum() / 2
        assert value(results, "symbol_error", seed=seed) == pytest.approx(error)
    keys = {"part": "validation", "state": "reset"}
    entropy = -(came * np.log(SKEWED)).sum()
    assert value(results, "nats", seed=0, **keys) == pytest.approx(entropy, rel=1e-5)


def test_a_diverged_model_counts_as_one_that_knows_nothing(
    path: Path, tmp_path: Path
) -> None:
    training = training_of(path)
    broken = uniform(training)
    params = jax.tree.map(lambda leaf: leaf + np.float32("nan"), broken.params)
    models = {0: cycle(training), 1: broken._replace(params=params)}
    config, results = evaluated(run_folder(tmp_path, models))
    summary = summarise(config, results)
    assert summary["diverged"] == 1
    good = value(results, "nats", seed=0, part="validation", state="carried")
    expected = (good + math.log(SIZE)) / 2
    nats = summary["prediction"]["carried"]["nats"]["value"]
    assert nats == pytest.approx(expected, rel=1e-6)
    assert "1 diverged" in tables(config, results)[0].caption
    figures(config, results)


def test_bytes_are_counted_per_character(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("äb ö. \n" * 200, encoding="utf-8")
    training = training_of(path, vocabulary="bytes")
    network = LanguageNetwork("rnn", 256, 2, 1)
    params = jax.tree.map(lambda leaf: 0 * leaf, network.init(jax.random.key(0)))
    save_model(
        tmp_path / "model", StoredModel(network, params, Vocabulary("bytes"), training)
    )
    config, results = evaluated(tmp_path / "model", temperatures=(1.0,))
    assert block_names(config) == ["text", "model"]
    for source in ("model", "uniform"):
        keys = {"state": "carried"} if source == "model" else {}
        nats = value(results, "nats", source=source, part="validation", **keys)
        assert nats == pytest.approx(math.log(256) * 9 / 7, rel=1e-6)
    assert summarise(config, results)["structure"] == "prose"
    samples = results.history["model/samples"]
    assert samples.shape == (1, 6)
    assert {len(sample) for sample in samples.ravel().tolist()} == {120}


def test_finished_blocks_are_skipped(both: tuple[Config, Results]) -> None:
    config, results = both
    (block,) = run(config, ("text", "seed-3"), SilentReporter())
    rows = [{"block": block.name, **row} for row in block.rows]
    assert rows == [row for row in results.rows if row["block"] == "seed-10"]
    for metric, array in block.history.items():
        expected = results.history[f"seed-10/{metric}"]
        np.testing.assert_array_equal(array, expected)


def test_figures_show_every_number(both: tuple[Config, Results]) -> None:
    config, results = both
    card = Card(config, results)
    bars: Any = losses(card).axes[0].containers
    drawn = sorted(float(bar.lines[0].get_xdata()[0]) for bar in bars)
    shown = [card.baseline(name, "bits_per_character") for name in card.baselines()]
    for part, state in (
        ("validation", "carried"),
        ("validation", "reset"),
        ("train", "carried"),
    ):
        one = card.predicted("bits_per_character", part, state)
        shown.append(one.value if one else None)
    assert drawn == pytest.approx(sorted(number or 0.0 for number in shown))
    assert set(figures(config, results)) == {
        *("losses", "calibration", "novelty_and_words", "quality", "memorisation")
    }
    for table in tables(config, results):
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert f"every {WINDOW} characters" in tables(config, results)[0].caption


def test_what_no_sample_has_gets_no_panel(
    both: tuple[Config, Results], monkeypatch: pytest.MonkeyPatch
) -> None:
    card, written = Card(*both), Card.written

    def titles() -> set[str]:
        return {axes.get_title() for axes in quality(card).axes if axes.axison}

    everything = titles()
    monkeypatch.setattr(
        Card,
        "written",
        lambda card, name, *at: None if name == "repeats" else written(card, name, *at),
    )
    assert titles() == everything - {QUALITY["repeats"]} < everything


def test_settings_and_weights_are_written_out(
    both: tuple[Config, Results], folder: Path
) -> None:
    config, _ = both
    for seed, weights in zip(config.model_seed, config.weights, strict=True):
        best = folder / "models" / f"seed-{seed}" / "best" / "model.json"
        stored = json.loads(best.read_text())
        assert stored["weights"]["sha256"].startswith(weights)
    again = resolve({"model": config.model, "weights": config.weights} | TINY)
    assert again == config
