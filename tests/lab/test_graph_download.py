"""Graphs by name are downloaded once, whole, and only if they are the files meant."""

import hashlib
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from seqjax.lab.data.graph_data import (
    PLANETOID,
    TEMPORAL,
    load_graph,
    load_planetoid,
    load_temporal,
    named,
)
from seqjax.lab.data.graph_data.named import PARTS, Stored, planetoid_files
from seqjax.lab.errors import UserError
from seqjax.lab.running.devices import cache_folder
from tests.lab.graph_files import data_folder, write_planetoid
from tests.lab.text_server import Answer, head, serving

SERIES = b'{"edges": [[0, 1]], "FX": [[1, 2], [3, 4]]}'


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder of data, and no proxy on the way to this machine."""
    monkeypatch.delenv("SEQJAX_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the files of a graph that now has a name."""
    folder = tmp_path / "source"
    folder.mkdir()
    write_planetoid(folder)
    (folder / "days.json").write_bytes(SERIES)
    table = {part: stored(folder / f"ind.toy.{part}") for part in PARTS}
    monkeypatch.setitem(PLANETOID, "toy", table)
    monkeypatch.setitem(TEMPORAL, "days", stored(folder / "days.json"))
    return folder


def stored(path: Path) -> Stored:
    data = path.read_bytes()
    return Stored(len(data), hashlib.sha256(data).hexdigest())


def honest(folder: Path) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, stop: Event) -> None:
        data = (folder / handler.path.rpartition("/")[2]).read_bytes()
        head(handler, len(data))
        handler.wfile.write(data)

    return answer


def ask(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Asks a server of this machine from now on."""
    for name in ("PLANETOID_URL", "CHICKENPOX_URL"):
        monkeypatch.setattr(named, name, url.replace("text.txt", "data/"))


def test_a_graph_is_downloaded_once(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQJAX_CACHE", str(tmp_path / "cache"))
    with serving(honest(source)) as server:
        ask(monkeypatch, server.url)
        graph = load_graph("toy")
        assert server.paths == [f"/data/ind.toy.{part}" for part in PARTS]
    # Now that it is here, no server is needed.
    again = load_planetoid("toy")
    np.testing.assert_array_equal(graph.edges, again.edges)
    kept = cache_folder() / "graphs"
    assert {path.name for path in kept.iterdir()} == {f"ind.toy.{p}" for p in PARTS}
    for path in kept.iterdir():
        assert path.read_bytes() == (source / path.name).read_bytes()


def test_a_damaged_file_in_the_cache_is_downloaded_again(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    with serving(honest(source)) as server:
        ask(monkeypatch, server.url)
        planetoid_files("toy", cache=cache)
        path = cache / "ind.toy.tx"
        path.write_bytes(path.read_bytes()[:-1])
        server.paths.clear()
        planetoid_files("toy", cache=cache)
        assert server.paths == ["/data/ind.toy.tx"]


def lying(folder: Path) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, stop: Event) -> None:
        data = (folder / handler.path.rpartition("/")[2]).read_bytes()
        head(handler, len(data))
        handler.wfile.write(data[:-1] + b"!")

    return answer


def stalling(folder: Path) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, stop: Event) -> None:
        data = (folder / handler.path.rpartition("/")[2]).read_bytes()
        head(handler, len(data))
        handler.wfile.write(data[:100])
        stop.wait(10)

    return answer


def early(folder: Path) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, stop: Event) -> None:
        data = (folder / handler.path.rpartition("/")[2]).read_bytes()
        head(handler, len(data))
        handler.wfile.write(data[:20])

    return answer


def longer(folder: Path) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, stop: Event) -> None:
        head(handler, None)
        handler.wfile.write(b"!" * 1_000_000)

    return answer


def missing(folder: Path) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, stop: Event) -> None:
        head(handler, 0, 404)

    return answer


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (lying, "it is another file, by its SHA-256"),
        (stalling, "the server sent nothing for 0.3 seconds"),
        (early, "it ended before 1024 bytes had come"),
        (longer, "it is longer than the SIZE bytes of the file"),
        (missing, "the server answers 404 (Not Found)"),
    ],
)
def test_what_is_not_the_file_is_not_kept(
    kind: Callable[[Path], Answer],
    reason: str,
    tmp_path: Path,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache = tmp_path / "cache"
    with serving(kind(source)) as server:
        ask(monkeypatch, server.url)
        with pytest.raises(UserError) as error:
            planetoid_files("toy", cache=cache, silence=0.3, duration=5.0)
        size = PLANETOID["toy"]["y"].size
        assert str(error.value) == (
            "cannot download the file ind.toy.y from "
            f"{server.url.replace('text.txt', 'data/ind.toy.y')}: "
            f"{reason.replace('SIZE', str(size))}; try again later, or put it into the "
            "folder $SEQJAX_DATA as ind.toy.y"
        )
        assert list(cache.iterdir()) == []
        assert len(server.paths) == 1
    # It can be had as soon as the server is well.
    with serving(honest(source)) as server:
        ask(monkeypatch, server.url)
        assert load_planetoid("toy", cache=cache).num_nodes == 516


@pytest.mark.parametrize("inner", ["planetoid", "."])
def test_the_folder_of_data_comes_first(
    inner: str, tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQJAX_DATA", str(tmp_path))
    ask(monkeypatch, "http://127.0.0.1:9/text.txt")
    folder = tmp_path / inner
    folder.mkdir(exist_ok=True)
    for part in PARTS:
        (source / f"ind.toy.{part}").rename(folder / f"ind.toy.{part}")
    paths = planetoid_files("toy", cache=tmp_path / "cache")
    assert paths == [tmp_path / inner / f"ind.toy.{part}" for part in PARTS]
    assert not (tmp_path / "cache").exists()
    path = folder / "ind.toy.graph"
    path.write_bytes(b"another file")
    with pytest.raises(UserError) as error:
        load_graph("toy")
    digest = hashlib.sha256(b"another file").hexdigest()
    assert str(error.value) == (
        f"{tmp_path / inner / 'ind.toy.graph'} must be the file ind.toy.graph, but its "
        f"SHA-256 is {digest}, not {PLANETOID['toy']['graph'].sha256}; remove it to "
        "have the file downloaded, or give its folder to take it as it is"
    )
    assert path.read_bytes() == b"another file"


def test_a_series_is_downloaded(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(honest(source)) as server:
        ask(monkeypatch, server.url)
        series = load_temporal("days", cache=tmp_path / "cache")
        assert server.paths == ["/data/days.json"]
    assert series.values[:, :, 0].tolist() == [[1, 2], [3, 4]]
    with serving(lying(source)) as server:
        ask(monkeypatch, server.url)
        with pytest.raises(UserError, match=r"days\.json from .*: it is another file,"):
            load_temporal("days", cache=tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


def test_every_file_has_its_checksum_and_a_version() -> None:
    for url in (named.PLANETOID_URL, named.CHICKENPOX_URL):
        assert re.fullmatch(r"https://.*/[0-9a-f]{40}/[a-z]+/", url)
    every = [stored for table in PLANETOID.values() for stored in table.values()]
    for stored in [*every, *TEMPORAL.values()]:
        assert stored.size > 500
        assert re.fullmatch(r"[0-9a-f]{64}", stored.sha256)
    assert len({stored.sha256 for stored in every}) == len(every)
    for table in PLANETOID.values():
        assert tuple(table) == PARTS


@pytest.mark.parametrize("name", ["cora", "citeseer", "pubmed"])
def test_named_files_that_are_here(name: str) -> None:
    here = {
        part: folder / f"planetoid/ind.{name}.{part}"
        for part in PARTS
        if (folder := data_folder(f"planetoid/ind.{name}.{part}"))
    }
    if not here:
        pytest.skip(f"no ind.{name}.* in a folder of data")
    for part, path in here.items():
        assert stored(path) == PLANETOID[name][part]


def test_the_named_series_that_is_here() -> None:
    folder = data_folder("temporal/chickenpox.json")
    if folder is None:
        pytest.skip("no temporal/chickenpox.json in a folder of data")
    assert stored(folder / "temporal/chickenpox.json") == TEMPORAL["chickenpox"]
