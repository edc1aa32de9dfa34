"""The study from end to end, through its command."""

import csv
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax.core.statistics import mean, paired_comparison
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.figures import figures
from seqjax.graphs.classify.published import PUBLISHED, published_of
from seqjax.graphs.classify.study import CLASSIFY, run
from seqjax.graphs.classify.summary import accuracies, chance, comparisons, summarise
from seqjax.graphs.classify.tables import tables
from seqjax.graphs.classify.testing import principal
from seqjax.graphs.classify.whole_graph import WholeGraphTrainer
from seqjax.graphs.study import STUDIES
from seqjax.lab.command_line.cli import main
from seqjax.lab.reporting import figures as house
from seqjax.lab.reporting.reporter import RunReporter
from seqjax.lab.study import Results, SilentReporter
from tests.chaos.studies import contents
from tests.lab.graph_files import write_planetoid
from tests.variants import and_slow

TINY = ClassifyConfig(seeds=3, epochs=8, model=("mlp", "renormalized"))


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(run(TINY, (), SilentReporter()))


@pytest.mark.slow
def test_the_command_on_the_karate_club(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    words = ["classify", "--seeds", "4", "--out", str(out)]
    assert main(STUDIES, words) == 0
    shown = capsys.readouterr().out
    assert "karate, fixed split: accuracy in % on 32 test nodes, 4 seeds" in shown
    with (out / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["seed"] for row in rows] == ["0", "1", "2", "3"]
    # Two labelled members are enough for nearly all others.
    assert all(float(row["accuracy"]) > 0.8 for row in rows)
    assert all(row["validation_loss"] == "" for row in rows)
    summary = json.loads((out / "summary.json").read_text())
    (model,) = summary["models"]
    values = np.array([float(row["accuracy"]) for row in rows])
    assert model["accuracy"]["value"] == pytest.approx(values.mean())
    assert summary["chance_accuracy"] == 0.5
    drawn = {path.name for path in (out / "figures").iterdir()}
    for stem in ("accuracy", "embedding", "confusion", "learning_curves"):
        assert {f"{stem}.png", f"{stem}.svg"} <= drawn


@pytest.mark.parametrize(
    "more", and_slow([["--minibatch", "--fan-out", "3", "2"]], [[]])
)
def test_the_command_on_a_folder(
    more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "data", tmp_path / "run"
    folder.mkdir()
    write_planetoid(folder)
    words = ["--dataset", str(folder), "--seeds", "2", "--epochs", "3", *more]
    assert main(STUDIES, ["classify", *words, "--out", str(out)]) == 0
    assert "8 test nodes, 2 seeds" in capsys.readouterr().out
    (folder / "ind.toy.tx").write_bytes(b"")
    broken = tmp_path / "other"
    folder.rename(tmp_path / "moved")
    words[1] = str(tmp_path / "moved")
    assert main(STUDIES, ["classify", *words, "--out", str(broken)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"seqjax.graphs: error: {tmp_path}/moved/ind.toy.tx must")
    assert error.count("\n") == 1
    assert not broken.exists()


def test_the_command_on_a_graph_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two groups told apart by a feature, and a node without a label."""
    folder, out = tmp_path / "mine", tmp_path / "run"
    folder.mkdir()
    edges = [(a, b) for a in range(12) for b in range(a) if (a - b) % 2 == 0]
    lines = "".join(f"n{a},n{b}\n" for a, b in edges)
    text = f"# A directed graph\nsource,target\nn2,n0\nn3,n3\n{lines}"
    (folder / "edges.csv").write_text(text)
    parts = ["train"] * 4 + ["test"] * 7 + [""]
    rows = "".join(
        f"n{i},{'' if i == 11 else 'odd' if i % 2 else 'even'},{part},{1 - i % 2 * 2}\n"
        for i, part in enumerate(parts)
    )
    (folder / "nodes.csv").write_text(f"id,label,split,size\n{rows}")
    words = ["classify", "--dataset", str(folder), "--seeds", "2", "--out", str(out)]
    words += ["--epochs", "60", "--window", "0", "--dropout", "0"]
    assert main(STUDIES, words) == 2
    assert capsys.readouterr().err == (
        "seqjax.graphs: error: features must not be below 0 where rows are divided by "
        "their sums, but node 1 of the graph mine has -1; take them by --features "
        "given, or standardised by --features columns\n"
    )
    assert main(STUDIES, [*words, "--features", "given"]) == 0
    line = (
        "the graph mine: 12 nodes, 30 undirected edges, 2 classes (1 nodes without); "
        "edges that repeated others, merged: 1; edges from a node to itself, left out: "
        "1; edges given one way, taken both ways: 30; components that no edge joins: "
        "2, the largest with 6 of 12 nodes, 0 with one; first line taken for names: "
        "source, target; its comments call it directed; all edges are taken both ways"
    )
    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"seqjax.graphs classify: {line}"
    assert json.loads((out / "summary.json").read_text())["read"] == line
    with (out / "results.csv").open() as file:
        assert [row["accuracy"] for row in csv.DictReader(file)] == ["1.0", "1.0"]


def test_rows_and_history_agree(results: Results) -> None:
    assert [(r["model"], r["seed"]) for r in results.rows] == [
        (model, seed) for model in TINY.model for seed in range(3)
    ]
    for row in results.rows:
        assert set(row) == {"block", *CLASSIFY.columns}
        confusion = results.history[f"{row['model']}/confusion"][row["seed"]]
        assert confusion.sum() == 32
        assert row["accuracy"] == pytest.approx(np.trace(confusion) / 32)
    names = {name.split("/")[1] for name in results.history}
    assert names == set(CLASSIFY.history_axes)
    for name, array in results.history.items():
        assert array.ndim == len(CLASSIFY.history_axes[name.split("/")[1]])


def test_without_edges_or_features_nothing_is_learnt(results: Results) -> None:
    """The identity for features: without edges no node tells of another."""
    assert accuracies(results, "mlp").mean() < 0.75
    assert accuracies(results, "renormalized").mean() > 0.75


def test_models_are_compared_on_the_same_seeds(results: Results) -> None:
    (found,) = comparisons(TINY, results)
    assert found.setting == ("mlp", "renormalized")
    a, b = (accuracies(results, model) for model in TINY.model)
    alone, adjusted, _ = found.found
    assert alone == paired_comparison(a, b)
    assert adjusted == alone.p_value, "only one was compared"
    assert comparisons(replace(TINY, model=("mlp",)), results) == []
    summary = summarise(TINY, results)
    assert [m["model"] for m in summary["models"]] == ["mlp", "renormalized"]
    assert summary["models"][1]["accuracy"] == mean(b)._asdict()
    assert summary["comparisons"][0]["accuracy_gained"]["value"] == pytest.approx(
        float(np.mean(a - b))
    )
    assert [len(table.rows) for table in tables(TINY, results)] == [2, 1]


def test_a_diverged_seed_counts_as_the_best_constant_answer(results: Results) -> None:
    rows = [row | {"diverged": row["seed"] == 1} for row in results.rows]
    hurt = Results(rows, results.history)
    found = accuracies(hurt, "renormalized")
    before = accuracies(results, "renormalized")
    assert before[1] != 0.5
    assert found[1] == chance(hurt, "renormalized") == 0.5
    assert found[[0, 2]].tolist() == before[[0, 2]].tolist()
    # And so everywhere.
    model = summarise(TINY, hurt)["models"][1]
    assert model["accuracy"]["value"] == pytest.approx(found.mean())
    assert model["standard_deviation"] == pytest.approx(found.std())
    assert model["diverged"] == 1
    (against,) = comparisons(TINY, hurt)
    assert against.found.comparison == paired_comparison(accuracies(hurt, "mlp"), found)
    assert tables(TINY, hurt)[0].rows[1][1].startswith(f"{100 * found.mean():.1f} [")
    with house.style():
        drawn: Mapping[str, Any] = figures(TINY, hurt)
    dots = drawn["accuracy"].axes[0].collections[1].get_offsets()[:, 0]
    np.testing.assert_allclose(dots, 100 * found)
    counts = results.history["mlp/confusion"].copy()
    counts[1] = [[16, 0], [16, 0]]
    numbers = [float(t.get_text()) for t in drawn["confusion"].axes[0].texts]
    np.testing.assert_allclose(numbers, np.round(100 * counts.sum(0) / 48).ravel())


def test_seeds_that_stop_when_they_have_hardly_begun_are_told(
    results: Results,
) -> None:
    rows = [
        row
        | (
            {"stopped_early": row["seed"] < 2, "epochs": 20 + row["seed"]}
            if row["model"] == "mlp"
            else {}
        )
        for row in results.rows
    ]
    found = Results(rows, results.history)
    mlp, other = summarise(TINY, found)["models"]
    assert (mlp["stopped_early"], mlp["stopped_in_first_20_epochs"]) == (2, 1)
    assert other["stopped_in_first_20_epochs"] == 0
    assert mlp["median_accuracy"] == np.median(accuracies(results, "mlp"))
    table, _ = tables(TINY, found)
    at = {name: place for place, name in enumerate(table.columns)}
    assert table.rows[0][at["by epoch 20"]] == "1"
    assert table.rows[0][at["median"]] == f"{100 * mlp['median_accuracy']:.1f}"
    assert table.caption.startswith(
        "The stop rule ended 1 of mlp of 3 seeds in their first 20 epochs, when they "
        "had hardly begun: the median tells of the others, --window 0 never stops. "
        "Best constant answer 50.0."
    )
    assert tables(TINY, results)[0].caption.startswith("Best constant answer")


def test_the_picture_is_of_the_median_seed_where_diverged_ones_have_failed() -> None:
    config = replace(TINY, model=("renormalized",), learning_rate=1e38, epochs=2)
    block = WholeGraphTrainer(config, "renormalized").run(SilentReporter())
    assert all(row["diverged"] for row in block.rows)
    # They are all as good as each other, whatever their last weights say.
    assert block.history["embedding_seed"] == 1


def test_curves_that_end_in_infinity_are_drawn(results: Results) -> None:
    history = dict(results.history)
    history["mlp/loss"] = history["mlp/loss"].copy()
    history["mlp/loss"][0, 3:] = np.inf
    with house.style():
        drawn: Mapping[str, Any] = figures(TINY, Results(results.rows, history))
    line = drawn["learning_curves"].axes[0].lines[0].get_ydata()
    np.testing.assert_allclose(line[3:], history["mlp/loss"][1:, 3:].mean(0), rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "number", "after"),
    [
        ([], signal.SIGTERM, 2),
        (["--minibatch", "--fan-out", "2", "1"], signal.SIGINT, 5),
    ],
)
def test_a_signal_in_training_costs_nothing_but_time(
    more: list[str],
    number: int,
    after: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # A program in the background is started to ignore it.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    folder, told = tmp_path / "data", list[Any]()
    folder.mkdir()
    write_planetoid(folder)
    words = ["--dataset", str(folder), "--seeds", "2", "--epochs", "3", *more]
    words = ["classify", *words, "--checkpoint-every", "inf", "--out"]
    real = RunReporter.advance

    def advance(self: Any, work: float, metrics: Mapping[str, Any]) -> None:
        told.append(metrics["step"])
        if len(told) == after:
            os.kill(os.getpid(), number)
        real(self, work, metrics)

    try:
        with monkeypatch.context() as patch:
            patch.setattr(RunReporter, "advance", advance)
            hurt = [*words, str(tmp_path / "hurt")]
            assert main(STUDIES, hurt) == 128 + number
            before = told.copy()
            assert main(STUDIES, hurt) == 0
    finally:
        signal.signal(signal.SIGINT, handler)
    assert len(before) == after
    # It begins where it was broken off.
    assert told[after] == (3 if more else before[-2])
    assert main(STUDIES, [*words, str(tmp_path / "whole")]) == 0
    capsys.readouterr()
    assert contents(tmp_path / "hurt") == contents(tmp_path / "whole")


def test_published_numbers_stand_where_they_belong() -> None:
    def told(config: ClassifyConfig, model: str) -> str:
        found = published_of(config, model)
        return "" if found is None else found.text

    cora = ClassifyConfig(dataset="cora")
    assert told(cora, "renormalized") == "81.5 (paper)"
    assert told(cora, "mlp") == "55.1 (second-hand)"
    assert told(cora, "sage-mean") == ""
    drawn = replace(cora, split="random")
    assert told(drawn, "renormalized") == "80.1 ± 0.5 (paper)"
    assert told(drawn, "mlp") == ""
    assert told(TINY, "renormalized") == ""
    assert PUBLISHED["citeseer", "fixed", "first-order-term"].mean == 68.7
    assert PUBLISHED["pubmed", "fixed", "chebyshev-3"].mean == 74.4
    assert len(PUBLISHED) == 3 * 7 + 3


def test_principal_components_are_those_of_the_covariance() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(40, 5)) @ random.normal(size=(5, 5)) + 3
    found = principal(x.astype(np.float32))
    values, vectors = np.linalg.eigh(np.cov(x.T))
    for i in range(2):
        axis = vectors[:, -1 - i]
        axis = axis * np.sign(axis[np.abs(axis).argmax()])
        expected = (x - x.mean(0)) @ axis
        np.testing.assert_allclose(found.places[:, i], expected, atol=1e-4)
        assert found.share[i] == pytest.approx(values[-1 - i] / values.sum(), rel=1e-4)
    flat = principal(np.ones((4, 1), np.float32))
    assert not flat.places.any()
    assert not flat.share.any()
    for large in (np.inf, np.nan, 3e38):
        beyond = principal(np.array([[0, 1], [large, 3e38], [2, 1]], np.float32))
        assert not beyond.places.any()


def test_figures_say_what_the_results_say(results: Results) -> None:
    with house.style():
        drawn: Mapping[str, Any] = figures(TINY, results)
    (axes,) = drawn["accuracy"].axes
    assert [t.get_text() for t in axes.get_yticklabels()] == list(TINY.model)
    dots = axes.collections[1].get_offsets()[:, 0]
    np.testing.assert_allclose(dots, 100 * accuracies(results, "renormalized"))
    placed = np.concatenate(
        [c.get_offsets() for c in drawn["embedding"].axes[0].collections]
    )
    kept = results.history["mlp/embedding"]
    labels = results.history["mlp/labels"]
    order = np.argsort(labels, kind="stable")
    np.testing.assert_allclose(placed, kept[order])
    numbers = [float(t.get_text()) for t in drawn["confusion"].axes[0].texts]
    counts = results.history["mlp/confusion"].sum(0)
    np.testing.assert_allclose(
        numbers, np.round(100 * counts / counts.sum(1, keepdims=True)).ravel()
    )
    assert "no validation nodes" in [
        t.get_text() for t in drawn["learning_curves"].axes[1].texts
    ]
