"""Edge lists mean the same however they are written, or are refused with their line."""

import random
from pathlib import Path

import numpy as np
import pytest

from seqjax.lab.data.graph_data import (
    described,
    edge_lists,
    notes,
    read_edge_list,
)
from seqjax.lab.errors import UserError
from tests.lab.graph_files import assert_graph, edge_set

PAIRS = {(0, 1), (1, 2), (0, 3), (3, 2)}
BOTH = PAIRS | {(b, a) for a, b in PAIRS}
OUT = "; give a text file with two nodes, or two nodes and a weight, in each line"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "it.txt"


@pytest.mark.parametrize(
    "text",
    [
        "0 1\n1 2\n0 3\n3 2\n",
        "3 2\n0 3\n1 2\n0 1",
        "0\t1\r\n1\t2\r\n\r\n0\t3\r\n3\t2",
        "# a graph\n% of two kinds of comments\n0 1 # first\n 1 2\n0 3\t%\n\n3 2 \n\n",
        "0,1\n1, 2\n0 ,3\n3,2\n",
        "\ufeff0 1\n1 2\n0 3\n3 2\n",
        "0;1\n1;2\n0;3\n3; 2\n",
        '"0","1"\n"1","2"\n0,3\n3,2\n',
        "0 1 {}\n1 2 {}\n0 3 {}\n3 2 {}\n",
    ],
)
def test_an_edge_list(file: Path, text: str) -> None:
    file.write_bytes(text.encode())
    graph = read_edge_list(file)
    assert_graph(graph)
    assert graph.name == "it"
    assert graph.num_nodes == 4
    assert edge_set(graph) == BOTH
    assert graph.weights is None
    assert graph.node_names is None
    assert notes(graph) == ("edges given one way, taken both ways: 4",)
    one_way = read_edge_list(file, directed=True, name="that")
    assert edge_set(one_way) == PAIRS
    assert one_way.directed
    assert one_way.name == "that"
    assert notes(one_way) == ()


@pytest.mark.parametrize("gap", [" ", ","])
def test_weights(file: Path, gap: str) -> None:
    file.write_text(f"0{gap}1{gap}2\n1{gap}2{gap}.5\n2{gap}0{gap}1e-3\n")
    graph = read_edge_list(file)
    assert_graph(graph)
    assert graph.weights is not None
    found = dict(zip(map(tuple, graph.edges.T.tolist()), graph.weights, strict=True))
    expected = {(0, 1): 2, (1, 2): 0.5, (2, 0): 1e-3}
    for (a, b), weight in expected.items():
        assert found[a, b] == found[b, a] == np.float32(weight)


def test_nodes_may_have_names(file: Path) -> None:
    file.write_text("Bern Aarau\nZug Bern\nÉtoy Zug\n", encoding="utf-8")
    graph = read_edge_list(file)
    assert_graph(graph)
    assert graph.node_names == ("Aarau", "Bern", "Zug", "Étoy")
    assert edge_set(graph) == {(1, 0), (0, 1), (2, 1), (1, 2), (3, 2), (2, 3)}
    file.write_text("New York, Rio\nRio , Bonn\n")
    assert read_edge_list(file).node_names == ("Bonn", "New York", "Rio")


def test_numbers_need_not_be_from_0(file: Path) -> None:
    file.write_text("10 9\n9 -3\n10 200000000000000\n")
    graph = read_edge_list(file)
    assert graph.node_names == ("-3", "9", "10", "200000000000000")
    assert edge_set(graph) == {(2, 1), (1, 2), (1, 0), (0, 1), (2, 3), (3, 2)}
    # Where the number of nodes is given, numbers are numbers.
    file.write_text("1 2\n2 4\n")
    assert read_edge_list(file).num_nodes == 3
    graph = read_edge_list(file, num_nodes=6)
    assert graph.num_nodes == 6
    assert edge_set(graph) == {(1, 2), (2, 1), (2, 4), (4, 2)}
    assert notes(graph)[-1] == (
        "components that no edge joins: 4, the largest with 3 of 6 nodes, 3 with one"
    )


EDGES = "b,a\nc,b\n"


@pytest.mark.parametrize(
    ("text", "names", "weights", "told"),
    [
        ("source,target\n" + EDGES, "abc", None, ["first line taken for names"]),
        ("Source;Target\nb;a\nc;b\n", "abc", None, ["first line taken for names"]),
        ('"from","to"\n"b","a"\n"c","b"', "abc", None, ["first line taken for names"]),
        ("src dst\n1 0\n2 1\n", None, None, ["first line taken for names: src, dst"]),
        # Of any names, where all others are numbers.
        ("alpha beta\n1 0\n2 1\n", None, None, ["first line taken for names"]),
        (
            "Weight,Id,Target,Source\n2,0,a,b\n3,1,b,c\n",
            "abc",
            [2, 3],
            ["first line taken for names", "columns left aside: Id"],
        ),
        (
            "person,friend,weight\nb,a,2\nc,b,3\n",
            "abc",
            [2, 3],
            ["first line taken for names: person, friend, weight"],
        ),
        (
            "src dst unixtime\n1 0 1082040961\n2 1 1082155839\n",
            None,
            None,
            ["first line taken for names", "columns left aside: unixtime"],
        ),
        (
            "# src dst unixtime\n1 0 1082040961\n2 1 1082155839\n",
            None,
            None,
            ["columns named in a comment", "columns left aside: unixtime"],
        ),
        (
            "# A graph\n# target source weight\n0 1 2\n1 2 3\n",
            None,
            [2, 3],
            ["columns named in a comment: target, source, weight"],
        ),
        ("# FromNodeId\tToNodeId\n1\t0\n2\t1\n", None, None, ["columns named"]),
        ("01001,1001\n7,01001\n", ["01001", "1001", "7"], None, []),
        ("New York\tRio\nOslo\tNew York\n", ["New York", "Oslo", "Rio"], None, []),
        ('"A, B" "C 1"\n"D" "A, B"\n', ["A, B", "C 1", "D"], None, []),
        ('"A, B","C ""1"""\nD,"A, B"\n', ["A, B", 'C "1"', "D"], None, []),
        ("1 0 {'weight': 2}\n2 1 {'weight': 3}\n", None, [2, 3], []),
        (
            "b a {'colour': 'red', 'n': 1}\nc b {}\n",
            "abc",
            None,
            ["attributes left aside: colour, n"],
        ),
        (
            "# Directed graph\n1 0\n2 1\n",
            None,
            None,
            ["its comments call it directed; all edges are taken both ways"],
        ),
        ("# Undirected graph\n1 0\n2 1\n", None, None, []),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_columns_names_and_quotes(
    file: Path,
    encoding: str,
    text: str,
    names: list[str] | None,
    weights: list[float] | None,
    told: list[str],
) -> None:
    file.write_bytes(text.encode(encoding))
    graph = read_edge_list(file)
    assert_graph(graph)
    assert graph.node_names == (None if names is None else tuple(names))
    assert graph.num_nodes == 3
    assert graph.edges.shape == (2, 4)
    if weights is None:
        assert graph.weights is None
    else:
        assert graph.weights is not None
        assert set(graph.weights.tolist()) == set(weights)
        # The edge of weight 2 is the one between the first two.
        first = graph.weights[(graph.edges.sum(0) == 1)]
        assert first.tolist() == [2, 2]
    remarks = graph.changes.remarks
    assert len(remarks) == len(told)
    for remark, begins in zip(remarks, told, strict=True):
        assert remark.startswith(begins)
    assert notes(graph)[-len(told) :] == (remarks or notes(graph))


def test_a_graph_in_one_line(file: Path) -> None:
    file.write_text("source target weight\n0 1 2\n1 0 2\n3 3 1\n")
    assert described(read_edge_list(file)) == (
        "3 nodes, 1 undirected edges, weighted; edges from a node to itself, left out: "
        "1; components that no edge joins: 2, the largest with 2 of 3 nodes, 1 with "
        "one; first line taken for names: source, target, weight"
    )
    assert described(read_edge_list(file, directed=True)).startswith(
        "3 nodes, 2 directed edges, weighted; "
    )


def test_what_was_done_is_told(file: Path) -> None:
    file.write_text("0 1\n1 0\n0 1\n1 1\n1 2\n")
    assert notes(read_edge_list(file)) == (
        "edges that repeated others, merged: 1",
        "edges from a node to itself, left out: 1",
        "edges given one way, taken both ways: 1",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "{} must have edges, but has none" + OUT),
        ("# nothing\n\n", "{} must have edges, but has none" + OUT),
        ("0 1\n\0", "{} must be an edge list, but is a binary file" + OUT),
        (
            "0 1\n1 2 3\n",
            "{}, line 2, must have two or three columns, like all, not ['1', '2', '3']"
            + OUT,
        ),
        (
            "# one\n0\n",
            "{}, line 2, must have two or three columns, like all, not ['0']" + OUT,
        ),
        (
            "a,b\nc,\n",
            "{}, line 2, must have two or three columns, like all, not ['c', '']" + OUT,
        ),
        (
            "0 1 2\n1 2 heavy\n",
            "{}, line 2, must have a number for a weight, not 'heavy'" + OUT,
        ),
        (
            "x 3\n0 1\n1 2\n",
            "{}, line 1, must name nodes by numbers like all others, not ['x', '3']; "
            "begin it with # if it is a header",
        ),
        (
            "source,target\n",
            "{} must have edges, but has a header only" + OUT,
        ),
        (
            "source,target\na,b\nc,\n",
            "{}, line 3, must have no empty cell, not ['c', '']" + OUT,
        ),
        (
            "source,target\na,b\nc\n",
            "{}, line 3, must have 2 columns, like the first line, not ['c']" + OUT,
        ),
        (
            "1 2 1082040961\n3 4 1082155839\n",
            "{} must have weights, not times, in its third column, but begins 1 2 "
            "1082040961; name the columns in a first line: source, target, weight, or "
            "time for a column to leave aside",
        ),
        (
            "0 1 2 3\n" + "4 5 6 7\n",
            "{}, line 1, must have two or three columns, like all, not ['0', '1', '2', "
            "'3']; name the columns in a first line: source, target, weight",
        ),
        (
            "a b\n" + "long " * 40 + "\n",
            "{}, line 2, must have two or three columns, like all, not ['long', "
            "'long', 'long', 'long', 'long', 'long', 'long', ..." + OUT,
        ),
        (
            'a,"b\nc,d\n',
            "{}, line 1, must have quotes that are closed, but has not (unexpected end "
            "of data)" + OUT,
        ),
        (
            "0 1 {{'weight': 4}}\n1 2 {{}}\n",
            "{}, line 2, must have a weight if others have one, not 1 2 {{}}; give all "
            "edges one, or none",
        ),
        (
            "0 1 nan\n",
            "the graph it must have weights that are finite numbers above 0, but edge "
            "0-1 has nan; correct it, or leave the edge out",
        ),
        (
            "b a -2.5\n",
            "the graph it must have weights that are finite numbers above 0, but edge "
            "b-a has -2.5; correct it, or leave the edge out",
        ),
        (
            "7 8 1\n8 7 2\n",
            "the graph it must give an edge one weight, but 8-7 has 2 and 1; give each "
            "edge once, or with the same weight both ways, unless edges are directed",
        ),
        (
            "7 7\n",
            "the graph it must have edges between its 1 nodes, but has none but 1 from "
            "a node to itself; name another graph",
        ),
    ],
)
def test_what_is_no_edge_list_is_refused(file: Path, text: str, message: str) -> None:
    file.write_text(text.replace("{{", "{").replace("}}", "}"))
    with pytest.raises(UserError) as error:
        read_edge_list(file)
    assert str(error.value) == message.format(file)


def test_a_node_that_is_not_there(file: Path) -> None:
    file.write_text("0 1\n1 3\n")
    with pytest.raises(UserError) as error:
        read_edge_list(file, num_nodes=3)
    assert str(error.value) == (
        "the graph it must have edges between its nodes 0 to 2 only, but one joins 1 "
        "and 3; correct it, or give more nodes"
    )
    file.write_text("a b\n")
    with pytest.raises(UserError) as error:
        read_edge_list(file, num_nodes=3)
    assert str(error.value) == (
        f"{file} must name its nodes 0 to 2, but has a node 'b'; leave out the number "
        "of nodes"
    )


def test_a_file_that_cannot_be_read(file: Path) -> None:
    with pytest.raises(UserError) as error:
        read_edge_list(file)
    assert str(error.value) == f"cannot read {file}: No such file or directory{OUT}"
    file.write_bytes(b"0 1\n\xff 2\n")
    with pytest.raises(UserError) as error:
        read_edge_list(file)
    assert str(error.value) == (
        f"{file} must be an edge list in UTF-8, but is not at byte 4{OUT}"
    )


def test_both_readers_find_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fast one is for numbers only; the other is asked line by line."""
    choose = random.Random(2)
    pieces = [
        "7",
        "12",
        "-3",
        "+4",
        "005",
        "1e2",
        ".5",
        "2.",
        "nan",
        "x",
        "1_0",
        "٣",
        "",
    ]
    gaps = [" ", "\t ", ",", " , ", "\n", "\n\n", " # 1\n"]
    graphs = refused = 0
    for _ in range(300):
        words = [choose.choice(pieces[: choose.choice([5, 13])]) for _ in range(12)]
        usual = choose.choice([[" ", "\n"], [" ", " ", "\n"], [",", "\n"], gaps])
        text = "".join(
            word
            + (usual[place % len(usual)] if len(usual) < 4 else choose.choice(gaps))
            for place, word in enumerate(words)
        )
        file.write_text(text, encoding="utf-8")
        outcomes = []
        for fast in (edge_lists._numbers, lambda *_: None):
            with monkeypatch.context() as patch:
                patch.setattr(edge_lists, "_numbers", fast)
                try:
                    graph = read_edge_list(file, directed=True)
                except UserError as error:
                    outcomes.append(str(error))
                else:
                    weights = None if graph.weights is None else graph.weights.tolist()
                    outcomes.append(
                        str((graph.edges.tolist(), weights, graph.node_names))
                    )
        assert outcomes[0] == outcomes[1], text
        graphs += outcomes[0].startswith("(")
        refused += not outcomes[0].startswith("(")
    assert graphs > 30
    assert refused > 30
