"""Series on graphs are read as their file has them, or refused in one line."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax.lab.data.graph_data import load_temporal, notes, read_temporal
from seqjax.lab.errors import UserError
from tests.lab.graph_files import data_folder, edge_set
from tests.lab.test_graph_pickles import mutated

OUT = (
    "; give a JSON object with edges [[source, target], ...] and FX [[value of each "
    "node], ...], a row per time"
)
GOOD: dict[str, Any] = {
    "edges": [[0, 1], [1, 0], [2, 2], [1, 2]],
    "node_ids": {"north": 1, "south": 0, "west": 2},
    "FX": [[1, 2.5, -3], [4, 5, 6]],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "it.json"


@pytest.mark.parametrize("key", ["FX", "X"])
def test_a_series(file: Path, key: str) -> None:
    file.write_text(json.dumps({**GOOD, key: GOOD["FX"]} | ({} if key == "FX" else {})))
    series = read_temporal(file)
    assert series.name == "it"
    assert series.num_nodes == 3
    assert series.node_names == ("south", "north", "west")
    assert series.values.dtype == np.float32
    assert series.values.tolist() == [[[1], [2.5], [-3]], [[4], [5], [6]]]
    assert edge_set(series) == {(0, 1), (1, 0), (1, 2), (2, 1)}
    assert series.weights is None
    assert notes(series) == (
        "edges from a node to itself, left out: 1",
        "edges given one way, taken both ways: 1",
    )
    one_way = read_temporal(file, directed=True)
    assert edge_set(one_way) == {(0, 1), (1, 0), (1, 2)}
    assert one_way.directed


def test_weights_and_several_features(file: Path) -> None:
    values = np.arange(24.0).reshape(2, 3, 4)
    entry = {
        "edges": [[2, 1], [0, 1], [1, 1]],
        "weights": [0.5, 2, 9],
        "X": values.tolist(),
    }
    file.write_text(json.dumps(entry))
    series = load_temporal(str(file))
    np.testing.assert_array_equal(series.values, values)
    assert series.edges.T.tolist() == [[1, 0], [0, 1], [2, 1], [1, 2]]
    assert series.weights is not None
    assert series.weights.tolist() == [2, 2, 0.5, 0.5]
    assert series.node_names is None


def test_chickenpox(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = data_folder("temporal/chickenpox.json")
    if folder is None:
        pytest.skip("no temporal/chickenpox.json: set SEQJAX_DATA to a folder with it")
    monkeypatch.setenv("SEQJAX_DATA", str(folder))
    series = load_temporal("chickenpox")
    entry = json.loads((folder / "temporal/chickenpox.json").read_text())
    assert series.values.shape == (521, 20, 1)
    for time in (0, 7, 520):
        for node in range(20):
            expected = np.float32(entry["FX"][time][node])
            assert series.values[time, node, 0] == expected
    assert edge_set(series) == {(a, b) for a, b in entry["edges"] if a != b}
    assert series.edges.shape == (2, 82)
    assert notes(series) == ("edges from a node to itself, left out: 20",)
    assert series.node_names is not None
    for name, number in entry["node_ids"].items():
        assert series.node_names[number] == name
    # Budapest lies in Pest, which has eight neighbours beside it.
    near = {series.node_names[a] for a, b in edge_set(series) if b == 4}
    assert near == {"PEST"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "{} must be a JSON file, but is not" + OUT),
        (json.dumps(GOOD)[:-9], "{} must be a JSON file, but is not" + OUT),
        ("[" * 100_000, "{} must be a JSON file, but is not" + OUT),
        ("[]", "{} must hold an object" + OUT),
        ("\0", "{} must be a JSON file, but is a binary file" + OUT),
    ],
)
def test_what_is_no_json_is_refused(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(UserError) as error:
        read_temporal(file)
    assert str(error.value) == message.format(file)


ROW = (
    "{} must have %s values in every row of 'FX', as the first has, but time %s has "
    "%s; give null where one is missing"
)
CELL = (
    "{} must have a number or null for every node in 'FX', but node %s has %s at time "
    "%s; correct it"
)
NUMBERS = "{} must have numbers as '%s', in lists of the same length" + OUT


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"FX": None}, NUMBERS % "FX"),
        ({"FX": [[1, 2, 3], [4, 5]]}, ROW % (3, 1, 2)),
        ({"FX": [[1, 2, 3], []]}, ROW % (3, 1, 0)),
        ({"FX": [[1, 2, 3], None]}, ROW % (3, 1, "None")),
        ({"FX": [["1", "2", "3"]]}, CELL % (0, "1", 0)),
        ({"FX": [[1, True, False]]}, CELL % (1, "True", 0)),
        (
            {"FX": [[[1, 2], [3, 4], [5]]]},
            "{} must have a list of 2 numbers or null for every node in 'FX', but node "
            "2 has [5] at time 0; correct it",
        ),
        (
            {"FX": [[1, 2, 10**400]]},
            "{} must have finite values, but node west has inf at time 0; correct it",
        ),
        ({"FX": [[None] * 3] * 2}, "{} must have values, but all are missing"),
        (
            {"FX": [[1, 2, 3, 4]] * 3},
            "{} must have a row per time and a column per node, but has 3 rows and 4 "
            "columns for the 3 nodes of 'node_ids'; transpose the values",
        ),
        (
            {"times": [1]},
            "{} must have a time for each of its 2 rows of values in 'times', not 1; "
            "correct it, or leave it out",
        ),
        (
            {"times": ["2020-01-02", "2020-01-01"]},
            "{} must have times that ascend, but '2020-01-01' follows '2020-01-02'; "
            "sort the snapshots, and give each time once",
        ),
        (
            {"edges": [[[0, 1]]]},
            "{} must have edges for each of the 2 times of its values, not for 1; give "
            "an empty list where there are none",
        ),
        (
            {"edges": {"0": [[0, 1]], "2": []}},
            "{} must have 'edges' by time, from '0' to '1', not 0, 2; number the times "
            "from 0 without gaps",
        ),
        (
            {"edges": [[[0, 1]], [[0, 3]]]},
            "{}, time 1, must have edges between its nodes 0 to 2 only, but one joins "
            "0 and 3; correct it, or give more nodes",
        ),
        ({"edges": [[[0, 1]], [[0]]]}, "{} must have pairs as 'edges of time 1'" + OUT),
        (
            {"edges": [[], [[1, 1]]]},
            "{} must have edges between its 3 nodes, but has none; name another graph",
        ),
        ({"FX": [1, 2, 3]}, "{} must have a row per time as 'FX'" + OUT),
        ({"FX": []}, "{} must have a row per time as 'FX'" + OUT),
        ({"FX": [[], []]}, "{} must have a row per time as 'FX'" + OUT),
        (
            {"FX": [[[1, 0], [2, 0], [3, 1e200]]]},
            "{} must have finite values, but node west has inf at time 0; correct it",
        ),
        ({"edges": None}, NUMBERS % "edges"),
        ({"edges": [[0, 1], [2]]}, NUMBERS % "edges"),
        ({"edges": []}, "{} must have pairs as 'edges'" + OUT),
        ({"edges": [[0, 1, 2]]}, "{} must have pairs as 'edges'" + OUT),
        (
            {"edges": [[0, 1], [1, 3]]},
            "{} must have edges between its nodes 0 to 2 only, but one joins 1 and 3; "
            "correct it, or give more nodes",
        ),
        (
            {"edges": [[0, 1.5]]},
            "{} must have edges between nodes numbered by whole numbers, not float64; "
            "convert them",
        ),
        (
            {"edges": [[0, 0]]},
            "{} must have edges between its 3 nodes, but has none but 1 from a node to "
            "itself; name another graph",
        ),
        ({"weights": "heavy"}, NUMBERS % "weights"),
        (
            {"weights": [[1], [1], [1], [1]]},
            "{} must have a number per edge as 'weights'" + OUT,
        ),
        (
            {"weights": [1, 1, 1]},
            "{} must have one weight per edge (4), not 3; correct them, or leave them "
            "out",
        ),
        (
            {"weights": [1, 2, 1, 1]},
            "{} must give an edge one weight, but north-south has 2 and 1; give each "
            "edge once, or with the same weight both ways, unless edges are directed",
        ),
        (
            {"node_ids": {"a": 0, "b": 2}},
            "{} must number the 3 nodes of its values in 'node_ids', from 0; correct "
            "it, or leave it out",
        ),
        (
            {"node_ids": ["a", "b", "c"]},
            "{} must number the 3 nodes of its values in 'node_ids', from 0; correct "
            "it, or leave it out",
        ),
    ],
)
def test_what_is_no_series_is_refused(
    file: Path, change: dict[str, Any], message: str
) -> None:
    file.write_text(json.dumps(GOOD | change))
    with pytest.raises(UserError) as error:
        read_temporal(file)
    assert str(error.value) == message.format(file)


def test_a_word_that_names_none(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        load_temporal("chickenpocks")
    assert str(error.value) == (
        "a series must be a file or one of chickenpox, got 'chickenpocks', which is "
        "neither; did you mean chickenpox?"
    )
    with pytest.raises(UserError) as error:
        load_temporal("none/such")
    assert str(error.value) == (
        "a series must be a file or one of chickenpox, got 'none/such', which is "
        f"neither{OUT}"
    )
    with pytest.raises(UserError) as error:
        load_temporal(str(tmp_path))
    assert str(error.value) == (
        f"the folder {tmp_path} must have one file of values, as values.csv, beside "
        "its edges, but has none; give a row per time and a column per node"
    )


def test_damaged_files_give_a_series_or_one_line(file: Path) -> None:
    choose = random.Random(4)
    lines = []
    for _ in range(300):
        file.write_bytes(mutated(json.dumps(GOOD).encode(), choose))
        try:
            series = read_temporal(file)
        except UserError as error:
            lines.append(str(error))
        else:
            assert not np.isinf(series.values).any()
            assert series.edges.max() < series.num_nodes
    assert 50 < len(lines) < 300
    assert all("\n" not in line for line in lines)
