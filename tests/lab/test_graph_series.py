"""One's own series: values with gaps, edges that change, in every form of a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax.lab.data.graph_data import (
    TemporalGraph,
    described,
    load_temporal,
    notes,
    read_temporal,
)
from seqjax.lab.errors import UserError

NODES = ("a", "b", "c", "d")
EDGES = [(0, 1), (1, 2), (2, 3)]
VALUES = np.arange(24.0).reshape(6, 4) ** 2 % 11
VALUES[2, 1] = np.nan
DAYS = [f"2020-03-0{day}" for day in (1, 2, 3, 4, 5, 6)]


def table(values: np.ndarray = VALUES, times: Any = None, head: Any = NODES) -> str:
    lines = [",".join(([] if times is None else ["date"]) + list(head))]
    for i, row in enumerate(values):
        cells = ["" if np.isnan(cell) else f"{cell:g}" for cell in row]
        lines.append(",".join(([] if times is None else [times[i]]) + cells))
    return "\n".join(lines) + "\n"


def edge_list(names: Any = NODES) -> str:
    lines = "".join(f"{names[a]},{names[b]}\n" for a, b in EDGES)
    return f"source,target\n{lines}"


def in_json(folder: Path) -> TemporalGraph:
    rows = [[None if np.isnan(v) else v for v in row] for row in VALUES.tolist()]
    names = {name: i for i, name in enumerate(NODES)}
    entry = {"edges": EDGES, "FX": rows, "node_ids": names, "times": DAYS}
    (folder / "it.json").write_text(json.dumps(entry))
    return load_temporal(str(folder / "it.json"))


def in_arrays(folder: Path) -> TemporalGraph:
    np.savez(
        folder / "it.npz",
        values=VALUES,
        edges=np.array(EDGES).T,
        names=np.array(NODES),
    )
    return load_temporal(str(folder / "it.npz"))


def in_adjacency(folder: Path) -> TemporalGraph:
    matrix = np.zeros((4, 4))
    matrix[tuple(np.array(EDGES).T)] = 1
    np.savez(folder / "it.npz", X=VALUES[:, :, None], adj=matrix, node_names=NODES)
    return load_temporal(str(folder / "it.npz"))


def in_folder(folder: Path) -> TemporalGraph:
    (folder / "edges.csv").write_text(edge_list())
    # Columns in another order than the names of the nodes.
    order = [2, 0, 3, 1]
    head = [NODES[i] for i in order]
    (folder / "values.csv").write_text(table(VALUES[:, order], DAYS, head))
    return load_temporal(str(folder))


def beside_a_graph(folder: Path) -> TemporalGraph:
    (folder / "graph.csv").write_text(edge_list())
    (folder / "it.tsv").write_text(table(times=DAYS).replace(",", "\t"))
    return load_temporal(str(folder / "it.tsv"), graph=str(folder / "graph.csv"))


def array_beside_a_graph(folder: Path) -> TemporalGraph:
    (folder / "graph.csv").write_text(edge_list())
    np.save(folder / "it.npy", VALUES)
    return load_temporal(str(folder / "it.npy"), graph=str(folder / "graph.csv"))


@pytest.mark.parametrize(
    "write",
    [
        *(in_json, in_arrays, in_adjacency, in_folder, beside_a_graph),
        array_beside_a_graph,
    ],
)
def test_a_series_is_the_same_in_every_form(
    write: Callable[[Path], TemporalGraph], tmp_path: Path
) -> None:
    found = write(tmp_path)
    assert found.node_names is not None
    order = [found.node_names.index(name) for name in NODES]
    np.testing.assert_array_equal(
        found.values[:, order, 0], VALUES.astype(np.float32), strict=True
    )
    named = {(found.node_names[a], found.node_names[b]) for a, b in found.edges.T}
    pairs = {(NODES[a], NODES[b]) for a, b in EDGES}
    assert named == pairs | {(b, a) for a, b in pairs}
    assert found.weights is found.weights_over_time is None
    assert described(found).startswith(
        "4 nodes, 3 undirected edges, 6 times, 1 values missing; "
        "edges given one way, taken both ways: 3"
    )


EPIDEMIC: dict[str, Any] = {
    "edge_mapping": {
        "edge_index": {"0": [[0, 1], [1, 1]], "1": [], "2": [[0, 1], [2, 0], [2, 0]]},
        "edge_weight": {"0": [3, 9], "1": [], "2": [5, 2, 2]},
    },
    "time_periods": 3,
    "y": [[1, 2, 3], [4, None, 6], [7, 8, 9]],
}
"""As the public data sets of epidemics have it: edges and weights by time."""


def lists(entry: dict[str, Any]) -> dict[str, Any]:
    mapping = entry["edge_mapping"]
    return {
        "edges": list(mapping["edge_index"].values()),
        "weights": list(mapping["edge_weight"].values()),
        "X": entry["y"],
    }


def by_time(entry: dict[str, Any]) -> dict[str, Any]:
    found = lists(entry)
    return {
        str(t): {"edges": e, "weights": w, "y": y}
        for t, (e, w, y) in enumerate(
            zip(found["edges"], found["weights"], found["X"], strict=True)
        )
    }


@pytest.mark.parametrize("form", [lambda entry: entry, lists, by_time])
def test_edges_may_be_others_at_every_time(form: Any, tmp_path: Path) -> None:
    file = tmp_path / "it.json"
    file.write_text(json.dumps(form(EPIDEMIC)))
    found = read_temporal(file, directed=True)
    assert found.edges.T.tolist() == [[2, 0], [0, 1]]
    assert found.weights is None
    assert found.weights_over_time is not None
    assert found.weights_over_time.tolist() == [[0, 3], [0, 0], [2, 5]]
    assert described(found) == (
        "3 nodes, 2 directed edges, of which 0 to 2 are there at a time, 3 times, 1 "
        "values missing; edges that repeated others, merged: 1; edges from a node to "
        "itself, left out: 1"
    )
    both = read_temporal(file)
    assert both.weights_over_time is not None
    assert both.edges.T.tolist() == [[1, 0], [2, 0], [0, 1], [0, 2]]
    assert both.weights_over_time[2].tolist() == [5, 2, 5, 2]


def test_edges_of_a_table_may_have_times(tmp_path: Path) -> None:
    (tmp_path / "values.csv").write_text(table(times=DAYS))
    (tmp_path / "edges.csv").write_text(
        "time,source,target,weight,colour\n"
        f"{DAYS[1]},a,b,2,red\n{DAYS[4]},a,b,3,red\n{DAYS[4]},c,d,1,red\n"
    )
    found = load_temporal(str(tmp_path))
    assert found.weights_over_time is not None
    assert found.edges.T.tolist() == [[1, 0], [0, 1], [3, 2], [2, 3]]
    expected = np.zeros((6, 4))
    expected[1, :2], expected[4] = 2, [3, 3, 1, 1]
    np.testing.assert_array_equal(found.weights_over_time, expected)
    assert "columns left aside: colour" in notes(found)
    text = (tmp_path / "edges.csv").read_text()
    for old, new, message in (
        (
            "a,b",
            "a,e",
            "node of the edges (a, b, c, ...), but has no 'e'; correct it, or leave "
            "its edges out",
        ),
        (
            DAYS[4],
            "2020-04-01",
            "time of the edges (2020-03-01, 2020-03-02, 2020-03-03, ...), but has no "
            "'2020-04-01'; correct it, or leave out the column of times",
        ),
    ):
        (tmp_path / "edges.csv").write_text(text.replace(old, new))
        with pytest.raises(UserError) as error:
            load_temporal(str(tmp_path))
        assert str(error.value) == (f"{tmp_path}/values.csv must have every {message}")


def test_arrays_may_have_weights_or_a_matrix_for_each_time(tmp_path: Path) -> None:
    matrix = np.zeros((6, 4, 4))
    for time in range(6):
        for a, b in EDGES[: time % 4]:
            matrix[time, a, b] = time
    np.savez(tmp_path / "one.npz", values=VALUES, adjacency=matrix)
    weights = np.array([matrix[:, a, b] for a, b in EDGES]).T
    np.savez(
        tmp_path / "two.npz", values=VALUES, edges=np.array(EDGES).T, weights=weights
    )
    for name in ("one", "two"):
        found = load_temporal(str(tmp_path / f"{name}.npz"), directed=True)
        assert found.edges.T.tolist() == [list(edge) for edge in EDGES]
        np.testing.assert_array_equal(found.weights_over_time, weights)


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (DAYS, None),
        (["0", "1", "2", "3", "4", "5"], None),
        (["2020-01", "2020-02", "2020-03", "2020-04", "2020-05", "2020-06"], None),
        ([f"2020-{month:02}-01" for month in range(1, 7)], None),
        (
            [*DAYS[:3], "2020-03-06", "2020-03-07", "2020-03-08"],
            "steps of 1 day, but 3 days after 2020-03-03: all are read as one step",
        ),
        (
            [f"2020/{month:02}/01" for month in (1, 2, 3, 6, 7, 8)],
            "steps of 1 month, but 3 months after 2020/03/01: all are read as one step",
        ),
        (
            ["1", "2", "4", "5", "7", "8"],
            "steps of 1, but 2 after 2, 2 after 5: all are read as one step",
        ),
        (
            ["week 1", "week 2", "week 3", "week 4", "week 5", "week 6"],
            "times are not looked at, as 'week 1' is no number or date",
        ),
    ],
)
def test_gaps_in_time_are_named(
    times: list[str], told: str | None, tmp_path: Path
) -> None:
    (tmp_path / "edges.csv").write_text(edge_list())
    (tmp_path / "values.csv").write_text(table(times=times))
    found = [line for line in notes(load_temporal(str(tmp_path))) if "time" in line]
    found += [line for line in notes(load_temporal(str(tmp_path))) if "steps" in line]
    assert found == ([] if told is None else [told])


TABLE = (
    "; give a row per time and a column per node, whose first line names the nodes; "
    "leave a cell empty where a value is missing"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have values, but has none" + TABLE),
        ("a,b,c,d\n", "must have values, but has a header only" + TABLE),
        (
            "a,b,c,d\n1,2,3,4\n1,2,3\n",
            "line 3, must have 4 columns, like the first line, not 1,2,3" + TABLE,
        ),
        (
            "a,b,c,d\n1,2,3,4\n\n1,2,3,4\n",
            "line 3, must have 4 columns, like the first line, not nothing" + TABLE,
        ),
        (
            "a,b,c,d\n1,2,x,4\n",
            "line 2, must have a number of node c, not 'x'; leave the cell empty where "
            "it is missing",
        ),
        (
            "a,b,a,d\n1,2,3,4\n",
            "line 1, must name each node once, not 'a'; name them apart",
        ),
        (
            "a,b,c\n1,2,3\n",
            "must have a column for every node of the graph {folder}, but has none for "
            "'d'; add it, with empty cells where nothing is known, or leave the node "
            "out",
        ),
        (
            "node,0,1,2\na,1,2,3\nb,1,2,3\nc,4,5,6\nd,1,2,3\n",
            "must have a row per time, but has one per node of {folder}; transpose it",
        ),
        (
            "1,2,3\n" * 4,
            "must have a row per time and a column per node, but its 4 rows and 3 "
            "columns stand the other way round for 4 nodes with edges; transpose the "
            "values, or name the nodes of the columns",
        ),
        (
            "1,2,3\n" * 5,
            "must have values of the 4 nodes of the graph {folder}, not of 3; give a "
            "column for each",
        ),
        (
            "a,b,c,d\n1,2,3,inf\n",
            "must have finite values, but node d has inf at time 0; correct it",
        ),
        (
            "day,a,b,c,d\n2,1,2,3,4\n1,1,2,3,4\n",
            "must have times that ascend, but '1' follows '2'; sort the snapshots, and "
            "give each time once",
        ),
    ],
)
def test_a_table_that_is_none_is_refused(
    text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "edges.csv").write_text(edge_list())
    (tmp_path / "values.csv").write_text(text)
    with pytest.raises(UserError) as error:
        load_temporal(str(tmp_path))
    comma = ", " if message.startswith("line") else " "
    message = message.format(folder=tmp_path.name)
    assert str(error.value) == f"{tmp_path}/values.csv{comma}{message}"


@pytest.mark.parametrize("nodes", [4, 9])
def test_values_the_other_way_round_are_refused(nodes: int, tmp_path: Path) -> None:
    """As many rows as nodes with edges; or all of these among the rows alone."""
    file = tmp_path / "it.json"
    values = np.ones((nodes, 20)).cumsum(axis=1).tolist()
    file.write_text(json.dumps({"edges": EDGES, "FX": values}))
    with pytest.raises(UserError) as error:
        read_temporal(file)
    assert str(error.value) == (
        f"{file} must have a row per time and a column per node, but its {nodes} rows "
        "and 20 columns stand the other way round for 4 nodes with edges; transpose "
        "the values, or name the nodes of the columns"
    )
    names = {str(i): i for i in range(20)}
    file.write_text(json.dumps({"edges": EDGES, "FX": values, "node_ids": names}))
    assert read_temporal(file).num_nodes == 20


def test_a_graph_is_needed_once(tmp_path: Path) -> None:
    file = tmp_path / "it.csv"
    file.write_text(table())
    with pytest.raises(UserError) as error:
        load_temporal(str(file))
    assert str(error.value) == (
        f"{file} must have a graph for its values, but has no edges; name one by "
        "--graph, or give a folder with edges.csv and values.csv"
    )
    (tmp_path / "edges.csv").write_text(edge_list())
    with pytest.raises(UserError) as error:
        load_temporal(str(tmp_path))
    assert str(error.value) == (
        f"the folder {tmp_path} must have one file of values, as values.csv, beside "
        "its edges, but has none; give a row per time and a column per node"
    )
    with pytest.raises(UserError) as error:
        load_temporal(str(tmp_path), graph="karate")
    assert str(error.value) == (
        "graph must be left out where the series has one of its own, as "
        f"{tmp_path} has, not 'karate'; leave it out"
    )


def test_numbers_of_nodes_may_stand_in_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "edges.csv").write_text(edge_list((0, 1, 2, 3)))
    order = [3, 1, 0, 2]
    text = table(VALUES[:, order], head=map(str, order))
    (tmp_path / "values.csv").write_text(text)
    found = load_temporal(str(tmp_path))
    assert found.node_names == ("3", "1", "0", "2")
    pairs = {(order[a], order[b]) for a, b in found.edges.T}
    assert pairs == {*EDGES, *((b, a) for a, b in EDGES)}
    np.testing.assert_array_equal(found.values[:, 0, 0], VALUES[:, 3].astype("f4"))
