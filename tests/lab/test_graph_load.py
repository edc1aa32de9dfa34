"""A word names a graph, or the error says which words do."""

from pathlib import Path

import numpy as np
import pytest

from seqjax.lab.data.graph_data import NAMES, example, karate, load_graph
from seqjax.lab.errors import UserError
from tests.lab.graph_files import edge_set, write_planetoid


@pytest.fixture(autouse=True)
def _no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQJAX_DATA", raising=False)


def test_names() -> None:
    assert NAMES == ("karate", "example", "cora", "citeseer", "pubmed")
    for name, graph in (("karate", karate()), ("example", example())):
        np.testing.assert_array_equal(load_graph(name).edges, graph.edges)


def test_a_file_may_have_the_name_of_a_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "karate").write_text("0 1\n")
    assert load_graph("karate").num_nodes == 34
    assert edge_set(load_graph("./karate")) == {(0, 1), (1, 0)}
    assert edge_set(load_graph("./karate", directed=True)) == {(0, 1)}


def test_a_folder_has_one_graph(tmp_path: Path) -> None:
    message = (
        f"the folder {tmp_path} must have edges.csv, or ind.NAME.graph of one graph, "
        "but has {}"
    )
    with pytest.raises(UserError) as error:
        load_graph(str(tmp_path))
    assert str(error.value) == message.format("none; name another folder")
    write_planetoid(tmp_path, "toy.1")
    assert load_graph(str(tmp_path)).name == "toy.1"
    write_planetoid(tmp_path, "other")
    with pytest.raises(UserError) as error:
        load_graph(str(tmp_path))
    assert str(error.value) == message.format(f"other, toy.1; give {tmp_path}/other")
    for name in ("other", "toy.1"):
        assert load_graph(f"{tmp_path}/{name}").name == name


@pytest.mark.parametrize(
    ("word", "way_out"),
    [("citeser", "did you mean citeseer?"), ("none/such", "name one of them")],
)
def test_a_word_that_names_nothing(word: str, way_out: str) -> None:
    with pytest.raises(UserError) as error:
        load_graph(word)
    assert str(error.value) == (
        "a graph must be a file, a folder with edges.csv, or one of "
        f"karate, example, cora, citeseer, pubmed, got {word!r}, which is none of "
        f"these; {way_out}"
    )
