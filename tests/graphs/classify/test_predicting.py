"""A graph of one's own in, answers out: predictions, kept models, and asking them."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from seqjax.core.graphs import init_network
from seqjax.core.keys import named_keys
from seqjax.graphs import NodeClassifier, open_classifier
from seqjax.graphs.classify import problem
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.minibatch import MinibatchTrainer
from seqjax.graphs.classify.predictions import Poll
from seqjax.graphs.classify.problem import class_weights
from seqjax.graphs.classify.receptive_fields import features_of
from seqjax.graphs.classify.sampling import BatchMaker
from seqjax.graphs.classify.testing import answers, area_under_curve, macro_f1
from seqjax.graphs.classify.whole_graph import WholeGraphTrainer
from seqjax.graphs.study import STUDIES
from seqjax.lab.command_line.cli import main
from seqjax.lab.data.graph_data import Split, load_graph
from seqjax.lab.study import SilentReporter
from tests.graphs.classify import oracle

COUNT, SEEDS = 12, 3


def write_graph(folder: Path, features: int = 2, shift: float = 0.0) -> Path:
    """Two groups told apart by a feature; node n11 has no label."""
    folder.mkdir()
    edges = [(a, b) for a in range(COUNT) for b in range(a) if (a - b) % 2 == 0]
    lines = "".join(f"n{a},n{b}\n" for a, b in edges)
    (folder / "edges.csv").write_text(f"source,target\n{lines}")
    parts = ["train"] * 4 + ["validation"] * 2 + ["test"] * 5 + [""]
    rows = ""
    for i, part in enumerate(parts):
        label = "" if i == 11 else ("odd, very" if i % 2 else "even")
        cells = [1 - i % 2 * 2 + shift, *[i / 10] * (features - 1)]
        rows += f'n{i},"{label}",{part},{",".join(map(str, cells))}\n'
    heads = ",".join(f"f{i}" for i in range(features))
    (folder / "nodes.csv").write_text(f"id,label,split,{heads}\n{rows}")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph, and a run on it, ``run``, of two models with standardised features."""
    folder = tmp_path_factory.mktemp("own")
    words = ["--dataset", str(write_graph(folder / "mine")), "--seeds", str(SEEDS)]
    words += ["--features", "columns", "--epochs", "20", "--model", "renormalized"]
    words += ["mlp", "--dropout", "0", "--window", "0", "--hidden-size", "4"]
    assert main(STUDIES, ["classify", *words, "--out", str(folder / "run")]) == 0
    return folder


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_a_run_writes_what_it_says_of_every_node(folder: Path) -> None:
    rows = table((folder / "run" / "texts" / "predictions.csv").read_text())
    assert [row["model"] for row in rows] == ["renormalized"] * 12 + ["mlp"] * 12
    assert [row["node"] for row in rows[:12]] == [
        *("n0", "n1", "n10", "n11", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9")
    ]
    by_name = {row["node"]: row for row in rows[:12]}
    assert (by_name["n11"]["label"], by_name["n11"]["split"]) == ("", "")
    assert (by_name["n1"]["label"], by_name["n1"]["split"]) == ("odd, very", "train")
    assert by_name["n4"]["split"] == "validation"
    for row in rows:
        shares = [float(row[f"probability {c}"]) for c in ("even", "odd, very")]
        assert sum(shares) == pytest.approx(1, abs=1e-6)
        likely = "even" if shares[0] >= shares[1] else "odd, very"
        assert row["predicted"] == likely
        assert float(row["agreement"]) in [
            pytest.approx(k / SEEDS) for k in range(SEEDS + 1)
        ]


def test_they_are_the_mean_over_seeds_of_dense_matrices(folder: Path) -> None:
    """By the kept weights, in float64 NumPy."""
    opened, graph = open_classifier(folder / "run"), load_graph(str(folder / "mine"))
    x = np.asarray(graph.features, np.float64)
    x = (x - x.mean(0)) / x.std(0)
    powers = oracle.propagation("renormalized", graph)
    each = [
        np.exp(oracle.log_softmax(oracle.forward(powers, x, *weights)[1]))
        for weights in zip(*opened.weights, strict=True)
    ]
    found = opened.predict()
    np.testing.assert_allclose(found.probability, np.mean(each, axis=0), atol=1e-5)
    chosen = np.mean(each, axis=0).argmax(axis=1)
    votes = np.mean([one.argmax(axis=1) == chosen for one in each], axis=0)
    np.testing.assert_allclose(found.agreement, votes, rtol=1e-6)


@pytest.mark.parametrize("model", ["renormalized", "mlp"])
def test_a_kept_model_says_the_same_again(
    model: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    words = ["predict", str(folder / "run"), "--model", model]
    assert main(STUDIES, words) == 0
    kept = (folder / "run" / "texts" / "predictions.csv").read_text().splitlines()
    mine = [kept[0], *(line for line in kept if line.startswith(f"{model},"))]
    assert capsys.readouterr().out.splitlines() == mine
    opened = open_classifier(folder / "run", model)
    assert opened.predict().to_csv(model).splitlines() == mine
    again = folder / f"again-{model}"
    opened.save(again)
    for a, b in zip(NodeClassifier.load(again), opened, strict=True):
        np.testing.assert_equal(a, b)


def test_another_graph_is_read_as_the_first_was(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standardised by the means of the training, not by its own: all are even now."""
    other = write_graph(tmp_path / "other", shift=20.0)
    words = ["predict", str(folder / "run"), "--model", "mlp", "--dataset", str(other)]
    out = tmp_path / "answers.csv"
    assert main(STUDIES, [*words, "--out", str(out)]) == 0
    assert {row["predicted"] for row in table(out.read_text())} == {"even"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["{run}", "--model", "sage"],
            "model must be one of renormalized, mlp, not 'sage'",
        ),
        (
            ["{run}", "--dataset", "{three}"],
            "the graph three must have the 2 features that the model was trained on, "
            "not 3; name one with the same columns",
        ),
        (
            ["{run}", "--dataset", "karate"],
            "the graph karate must have the 2 features that the model was trained on, "
            "not none; name one with the same columns",
        ),
        (
            ["{mine}"],
            "{mine} is not a run directory of graphs classify; name one that a run has "
            "printed",
        ),
        (
            [],
            "RUN must be one folder, got none; give the --out of seqjax.graphs "
            "classify",
        ),
    ],
)
def test_refusals(
    words: list[str],
    message: str,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_graph(tmp_path / "three", features=3)
    names = {"three": tmp_path / "three", "run": folder / "run"}
    names["mine"] = folder / "mine"
    capsys.readouterr()
    out = tmp_path / "out.csv"
    given = [word.format(**names) for word in words]
    assert main(STUDIES, ["predict", *given, "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"seqjax.graphs: error: {message.format(**names)}")
    assert said.err.count("\n") == 1
    assert not said.out
    assert not out.exists()


def test_a_run_that_is_not_finished_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    for name in ("config.json", "results.csv", "history.npz"):
        (run / name).write_bytes((folder / "run" / name).read_bytes())
    capsys.readouterr()
    assert main(STUDIES, ["predict", str(run)]) == 2
    assert capsys.readouterr().err.startswith(
        f"seqjax.graphs: error: {run} is not finished (2 of 2 blocks); finish it first"
    )
    (run / "summary.json").write_text("{}")
    assert main(STUDIES, ["predict", str(run)]) == 2
    assert capsys.readouterr().err == (
        f"seqjax.graphs: error: {run}/models/renormalized must hold a model, but has "
        "no model.json; give a folder that a training wrote\n"
    )


def test_a_seed_that_diverged_says_nothing() -> None:
    sure, unsure = np.array([[0.0, 9.0]]), np.array([[0.0, -1.0]])
    poll = Poll(1, 2)
    poll.add(sure, diverged=False)
    poll.add(unsure, diverged=True)
    poll.add(np.array([[np.inf, 0.0]]), diverged=False)
    np.testing.assert_allclose(poll.probability[0, 1], 1 / (1 + np.exp(-9)), rtol=1e-6)
    assert poll.agreement[0] == pytest.approx(1 / 3)
    none = Poll(1, 2)
    none.add(sure, diverged=True)
    assert np.isnan(none.probability).all()
    assert none.agreement.tolist() == [0]


def test_scores_are_those_of_loops() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 40)
    # Rounded, so that there are ties.
    logits = np.round(random.normal(size=(40, 2)), 1).astype(np.float32)
    score = (logits[:, 1].astype(np.float64) - logits[:, 0]).tolist()
    pairs = [
        (a > b) + (a == b) / 2
        for a, x in zip(score, labels, strict=True)
        for b, y in zip(score, labels, strict=True)
        if x == 1 and y == 0
    ]
    found = answers(logits, labels)
    assert found.auc == pytest.approx(np.mean(pairs), abs=1e-12)
    assert area_under_curve(np.ones(3), np.ones(3, bool)) is None
    given = logits.argmax(axis=1)
    scores = []
    for c in range(2):
        hit = np.sum((given == c) & (labels == c))
        precision, recall = hit / np.sum(given == c), hit / np.sum(labels == c)
        scores.append(2 * precision * recall / (precision + recall))
    assert macro_f1(found.confusion) == pytest.approx(np.mean(scores), abs=1e-12)
    assert macro_f1(np.array([[3, 0, 0], [1, 0, 0], [0, 0, 0]])) == pytest.approx(3 / 7)


def test_the_summary_has_scores_with_intervals(folder: Path) -> None:
    summary = json.loads((folder / "run" / "summary.json").read_text())
    for model in summary["models"]:
        for name in ("accuracy", "macro_f1", "auc"):
            assert model[name]["n"] == SEEDS
        assert model["stopped_in_first_20_epochs"] == 0
        assert 0 <= model["median_accuracy"] <= 1


def test_balanced_classes_weigh_alike(folder: Path) -> None:
    """Three training nodes of one class count as much as the one of the other."""
    graph = load_graph(str(folder / "mine"))
    split = Split(*(np.array(n, np.int32) for n in ([0, 2, 4, 1], [5], [6, 7])))
    graph = graph._replace(labels=np.arange(COUNT, dtype=np.int32) % 2, split=split)
    config = ClassifyConfig(class_weights="balanced")
    found = class_weights(config, graph, split)
    np.testing.assert_allclose(found, [4 / 6, 2])
    alone = graph._replace(num_classes=3)
    np.testing.assert_allclose(class_weights(config, alone, split), [4 / 6, 2, 0])
    assert class_weights(ClassifyConfig(), graph, split).tolist() == [1, 1]
    maker = BatchMaker(features_of(graph, "given"), None, graph.labels, (1, 1))
    batch = maker.make(np.array([1, 0]), 3, np.random.default_rng(0), found)
    np.testing.assert_allclose(batch.weights, [2, 4 / 6, 0])


def test_both_ways_of_training_weigh_by_the_class(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first loss, before any update, is the weighted mean in float64 NumPy."""
    graph = load_graph(str(folder / "mine"))
    split = Split(*(np.array(n, np.int32) for n in ([0, 1, 2, 4], [5, 6, 8], [7])))
    labels = np.arange(COUNT, dtype=np.int32) % 2
    graph = graph._replace(labels=labels, split=split)
    monkeypatch.setattr(problem, "load_graph", lambda _: graph)
    config = ClassifyConfig(
        dataset="uneven",
        features="given",
        class_weights="balanced",
        epochs=1,
        seeds=1,
        dropout=0.0,
        weight_decay=0.0,
        learning_rate=1e-9,
        hidden_size=3,
        model=("mlp",),
    )
    key = named_keys(jax.random.key(0), ("params", "dropout"))["params"]
    drawn = init_network(key, "mlp", 2, 3, 2)
    x = np.asarray(graph.features, np.float64)
    logits = oracle.forward([np.eye(COUNT)], x, *map(np.asarray, drawn))[1]
    entropy = -oracle.log_softmax(logits)[np.arange(COUNT), labels]
    expected = []
    for nodes in (split.train, split.validation):
        weights = np.array([4 / 6, 2])[labels[nodes]]
        expected.append(np.average(entropy[nodes], weights=weights))
    for train in (WholeGraphTrainer, MinibatchTrainer):
        block = train(replace(config, minibatch=train is MinibatchTrainer), "mlp").run(
            SilentReporter()
        )
        found = [block.history[n][0, 0] for n in ("loss", "validation_loss")]
        np.testing.assert_allclose(found, expected, rtol=1e-5)
