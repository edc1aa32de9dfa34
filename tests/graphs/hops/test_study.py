"""The study of hops from end to end, and its answer to report 000."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax.graphs.hops.config import HopsConfig
from seqjax.graphs.hops.figures import figures
from seqjax.graphs.hops.paths import find_paths
from seqjax.graphs.hops.results import block_names
from seqjax.graphs.hops.study import HOPS, run
from seqjax.graphs.hops.subject import subject_of
from seqjax.graphs.hops.summary import summarise
from seqjax.graphs.hops.tables import tables, verdict
from seqjax.graphs.study import STUDIES
from seqjax.lab.command_line import cli
from seqjax.lab.data.graph_data import example, read_summary
from seqjax.lab.reporting.figures import style
from seqjax.lab.running import devices
from seqjax.lab.study import Results, SilentReporter
from tests.core.graphs.graphs import adjacency, symmetric

TINY = HopsConfig(
    models=("renormalized", "mlp"),
    layers=3,
    depths=(1, 4),
    seeds=2,
    hidden_size=3,
    activation="tanh",
    memory_nodes=0,
    memory_size=4,
    batch_size=2,
    fan_out=1,
)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(run(TINY, (), SilentReporter()))


@pytest.fixture(scope="module")
def summary(results: Results) -> dict[str, Any]:
    found = summarise(TINY, results)
    json.dumps(found)
    return found


def test_report_000_is_right_about_the_number_and_one_of_two_ways(
    summary: dict[str, Any],
) -> None:
    found = summary["path"]
    assert (found["from"], found["to"], found["layers_needed"]) == ("C", "E", 3)
    assert found["claimed"] == {
        "path": "C-D-F-E",
        "layers": 3,
        "missing_edges": [],
        "shortest": True,
        "only_shortest": False,
    }
    # By hand: B, D, A and F have three neighbours each, so both ways carry the same.
    assert [each["path"] for each in found["listed"]] == ["C B A E", "C D F E"]
    assert [each["share"] for each in found["listed"]] == pytest.approx([0.5, 0.5])
    assert found["first_layer_measured"] == {"renormalized": 3, "mlp": None}
    assert verdict(found) == "3 layers; C-D-F-E is one of 2 shortest paths"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("C", "E"), "3 layers"),
        (("C", "B", "D", "F", "E"), "3 layers; C-B-D-F-E takes 4"),
        (("C", "D", "E"), "3 layers; C-D-E is no path: no D-E"),
        (("A", "F", "D"), "2 layers; A-F-D is one of 2 shortest paths"),
        (("B", "A", "E"), "2 layers, by B-A-E alone"),
        (("B", "B"), "0 layers"),
    ],
)
def test_other_claims(path: tuple[str, ...], words: str) -> None:
    config = HopsConfig(
        path=path, models=("mlp",), layers=1, depths=(1,), seeds=1, hidden_size=2
    )
    only = [name for name in block_names(config) if name not in ("path", "distances")]
    blocks = run(config, only, SilentReporter())
    found = summarise_path(config, Results.of(blocks))
    assert verdict(found) == words


def summarise_path(config: HopsConfig, results: Results) -> dict[str, Any]:
    from seqjax.graphs.hops.summary import question

    return question(config, results)


def test_shares_of_paths_are_those_of_the_renormalised_matrix() -> None:
    """On the karate club: each path's product of entries over the matrix power's."""
    subject = subject_of(HopsConfig(dataset="karate", path=("17", "30")))
    graph = subject.graph
    p = symmetric(adjacency(graph.edges, 34) + np.eye(34))
    source, target = subject.path
    found = find_paths(graph.edges, 34, source, target)
    assert found.number == len(found.listed) > 2
    total = np.linalg.matrix_power(p, found.hops)[target, source]
    for path, share in zip(found.listed, found.shares, strict=True):
        steps = zip(path[:-1], path[1:], strict=True)
        product = np.prod([p[b, a] for a, b in steps])
        assert share == pytest.approx(product / total, rel=1e-12)
    assert sum(found.shares) == pytest.approx(1)


def test_no_way_is_no_number_of_layers(tmp_path: Path) -> None:
    path = tmp_path / "two.txt"
    path.write_text("a b\nc d\n")
    config = HopsConfig(
        dataset=str(path), path=("a", "d"), models=("sage-mean",), layers=2, seeds=1
    )
    blocks = [
        block
        for block in run(config, ("memory", "smoothing-sage-mean"), SilentReporter())
    ]
    results = Results.of(blocks)
    found = summarise_path(config, results)
    assert (found["layers_needed"], found["shortest_paths"]) == (None, 0)
    assert found["first_layer_measured"] == {"sage-mean": None}
    assert verdict(found) == "no path leads there, whatever the number of layers"
    unreachable = [row["pairs"] for row in results.rows if row["layers"] is None]
    assert unreachable[0] == 8, "four nodes each reach two"


def test_rows_and_history_keep_the_contract(results: Results) -> None:
    for block in run(TINY, block_names(TINY)[:1], SilentReporter()):
        block.check(block_names(TINY))
        assert set(block.history) <= set(HOPS.history_axes)
        assert all(set(row) == set(HOPS.columns) for row in block.rows)
        for name, array in block.history.items():
            assert array.ndim == len(HOPS.history_axes[name])
    assert list(run(TINY, block_names(TINY), SilentReporter())) == []
    assert set(HOPS.work(TINY)) == set(block_names(TINY))


def test_pairs_are_counted_by_the_layers_that_they_need(
    summary: dict[str, Any],
) -> None:
    graph = example()
    reach = np.eye(6)
    expected, before = [], 0
    for hops in range(4):
        within = int((reach > 0).sum())
        expected.append({"layers": hops, "pairs": within - before})
        before = within
        reach = reach @ (adjacency(graph.edges, 6) + np.eye(6))
    assert summary["pairs_by_layers_needed"] == expected


def test_nothing_leaks_out_of_reach(summary: dict[str, Any]) -> None:
    assert len(summary["influence"]) == 2 * 3
    for row in summary["influence"]:
        assert row["out_of_reach_with_influence"] == 0
        assert row["within_reach_without_influence"] == 0, "tanh closes no way"
        assert row["pairs_within_reach"] + row["pairs_out_of_reach"] == 36
    reached = [
        row["pairs_within_reach"]
        for row in summary["influence"]
        if row["model"] == "renormalized"
    ]
    assert reached == [22, 34, 36]


def test_named_nodes_are_measured_and_the_path_s_first() -> None:
    subject = subject_of(HopsConfig(dataset="karate", node=("5", "2"), path=("9", "1")))
    assert [subject.names[node] for node in subject.measured] == ["2", "5", "9"]
    assert not subject.complete
    assert subject_of(HopsConfig(dataset="karate")).complete


def test_a_graph_of_ones_own_in_a_folder_or_a_file(tmp_path: Path) -> None:
    """As the study of node classes takes it; what was read is told."""
    (tmp_path / "edges.csv").write_text("source,target\nx,y\ny,z\ny,z\nz,z\n")
    (tmp_path / "nodes.csv").write_text("id,label,size\nx,a,1\ny,b,2\nz,a,3\nw,,4\n")
    np.savez(tmp_path / "it.npz", edges=[[1, 2, 2, 3], [2, 3, 3, 3]], num_nodes=4)
    counts = "4 nodes, 2 undirected edges"
    changed = (
        "; edges that repeated others, merged: 1; edges from a node to itself, left "
        "out: 1; edges given one way, taken both ways: 2; components that no edge "
        "joins: 2, the largest with 3 of 4 nodes, 1 with one"
    )
    for word, name, more in (
        (tmp_path, tmp_path.name, ", 2 classes (1 nodes without)"),
        (tmp_path / "it.npz", "it", ""),
    ):
        config = replace(TINY, dataset=str(word), path=(), node=())
        left = set(HOPS.block_names(config)) - {"distances"}
        found = Results.of(HOPS.run(config, left, SilentReporter()))
        line = str(found.history["distances/read"])
        assert line.startswith(f"the graph {name}: {counts}{more}{changed}")
        assert HOPS.reads is not None
        assert HOPS.reads(config) == line
        assert read_summary(found) == {"read": line}
        pairs = {row["layers"]: row["pairs"] for row in found.rows}
        assert pairs == {0: 4, 1: 4, 2: 2, None: 6}


def test_tables_and_figures_show_it(results: Results) -> None:
    found = tables(TINY, results)
    assert [len(table.rows) for table in found] == [4, 2, 6, 4, 9]
    for table in found:
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert found[1].title == (
        "From C to E: 3 layers; C-D-F-E is one of 2 shortest paths"
    )
    with style():
        drawn = figures(TINY, results)
    assert set(drawn) == {
        *("influence", "influence_by_distance", "path", "smoothing", "memory")
    }
    # White where it is exactly 0, and dots where the edges lead.
    first = drawn["influence"].axes[0]
    shown: Any = np.ma.asarray(first.images[0].get_array())
    within = results.history["influence-renormalized/within"][0]
    np.testing.assert_array_equal(np.ma.getmaskarray(shown), ~within)
    (dots,) = first.lines
    assert len(np.asarray(dots.get_xdata())) == within.sum() == 22
    # Shares of what reaches a node add up to one.
    np.testing.assert_allclose(shown.filled(0).sum(axis=0), 1)
    paths = [str(line.get_label()) for line in drawn["path"].axes[0].lines]
    assert [label for label in paths if label.startswith("C")] == ["C-B-A-E", "C-D-F-E"]


@pytest.mark.slow
def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(devices, "configure", lambda *_: None)
    words = [
        *("hops", "--dataset", "karate", "--node", "1", "--path", "17", "30"),
        *("--models", "mlp", "--layers", "1", "--depths", "1", "--seeds", "1"),
        *("--hidden-size", "2", "--memory-nodes", "0", "--memory-size", "2"),
        *("--out", str(tmp_path)),
    ]
    assert cli.main(STUDIES, words) == 0
    assert "From 17 to 30: 5 layers" in capsys.readouterr().out
    drawn = {path.name for path in (tmp_path / "figures").iterdir()}
    assert "path.svg" in drawn
    assert "influence.png" not in drawn, "two nodes are measured of 34"
    assert cli.main(STUDIES, words) == 0, "a complete run is shown again"
