"""A download is the text, whole, or nothing at all is kept of it."""

import hashlib
import re
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event

import pytest

from seqjax.lab.data.corpora import CORPORA, NamedCorpus, corpus_file, load
from seqjax.lab.errors import UserError
from seqjax.lab.running.devices import cache_folder
from tests.lab.text_server import Answer, head, serving

DATA = b"It was a text.\r\n" * 5000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder of data, and no proxy on the way to this machine."""
    monkeypatch.delenv("SEQJAX_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")


def corpus(url: str) -> NamedCorpus:
    return NamedCorpus("A text", url, len(DATA), SHA256, "it.txt")


def honest(handler: BaseHTTPRequestHandler, stop: Event) -> None:
    head(handler, len(DATA))
    handler.wfile.write(DATA)


def test_a_text_is_downloaded_once(tmp_path: Path) -> None:
    cache = tmp_path / "new" / "cache"
    with serving(honest) as server:
        path = corpus_file("it", corpus(server.url), cache=cache)
        assert path == cache / "it.txt"
        assert path.read_bytes() == DATA
        assert corpus_file("it", corpus(server.url), cache=cache) == path
        assert server.paths == ["/text.txt"]
    # Now that it is here, no server is needed.
    assert corpus_file("it", corpus(server.url), cache=cache) == path


def test_a_named_text_is_read_as_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(honest) as server:
        monkeypatch.setitem(CORPORA, "it", corpus(server.url))
        (text,) = load(
            ["it"], cache=tmp_path, encoding="utf-16"
        )  # not for what is named
    assert text == ("it", DATA.decode().replace("\r\n", "\n"), "utf-8", 0)


def test_the_cache_is_the_user_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQJAX_CACHE", str(tmp_path))
    with serving(honest) as server:
        path = corpus_file("it", corpus(server.url))
    assert path == cache_folder() / "corpora" / "it.txt" == tmp_path / "corpora/it.txt"


def test_a_damaged_file_in_the_cache_is_downloaded_again(tmp_path: Path) -> None:
    (tmp_path / "it.txt").write_bytes(DATA[:-1])
    with serving(honest) as server:
        path = corpus_file("it", corpus(server.url), cache=tmp_path)
        assert path.read_bytes() == DATA


def liar(handler: BaseHTTPRequestHandler, stop: Event) -> None:
    head(handler, len(DATA))
    handler.wfile.write(DATA[:-1] + b"!")


def missing(handler: BaseHTTPRequestHandler, stop: Event) -> None:
    head(handler, 0, 404)


def early(handler: BaseHTTPRequestHandler, stop: Event) -> None:
    head(handler, len(DATA))
    handler.wfile.write(DATA[:1024])


def early_without_a_word(handler: BaseHTTPRequestHandler, stop: Event) -> None:
    head(handler, None)
    handler.wfile.write(DATA[:1024])


def short(handler: BaseHTTPRequestHandler, stop: Event) -> None:
    head(handler, 3)
    handler.wfile.write(DATA)


def stalling(handler: BaseHTTPRequestHandler, stop: Event) -> None:
    head(handler, len(DATA))
    handler.wfile.write(DATA[:2048])
    stop.wait(10)


def silent(handler: BaseHTTPRequestHandler, stop: Event) -> None:
    stop.wait(10)


def endless(handler: BaseHTTPRequestHandler, stop: Event) -> None:
    head(handler, None)
    while not stop.is_set():
        handler.wfile.write(DATA)


def slow(handler: BaseHTTPRequestHandler, stop: Event) -> None:
    head(handler, len(DATA))
    while not stop.wait(0.05):
        handler.wfile.write(DATA[:1024])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (liar, "it is another text, by its SHA-256"),
        (missing, "the server answers 404 (Not Found)"),
        (early, "it ended after 1024 of 80000 bytes"),
        (early_without_a_word, "it ended after 1024 of 80000 bytes"),
        (short, "it ended after 3 of 80000 bytes"),
        (stalling, "the server sent nothing for 0.3 seconds"),
        (silent, "the server sent nothing for 0.3 seconds"),
        (endless, "it is longer than the 80000 bytes of the text"),
        (slow, "it takes longer than 0.5 seconds"),
    ],
)
def test_what_is_not_the_text_is_not_kept(
    tmp_path: Path, answer: Answer, reason: str
) -> None:
    cache = tmp_path / "cache"
    with serving(answer) as server:
        with pytest.raises(UserError) as error:
            corpus_file(
                "it", corpus(server.url), cache=cache, silence=0.3, duration=0.5
            )
        assert str(error.value) == (
            f"cannot download the text it from {server.url}: {reason}; try again "
            "later, or put it into the folder $SEQJAX_DATA as it.txt"
        )
        assert list(cache.iterdir()) == []
        assert len(server.paths) == 1
    # It can be had as soon as the server is well.
    with serving(honest) as server:
        assert corpus_file("it", corpus(server.url), cache=cache).read_bytes() == DATA


def test_nobody_is_there(tmp_path: Path) -> None:
    with serving(honest) as server:
        pass
    with pytest.raises(UserError) as error:
        corpus_file("it", corpus(server.url), cache=tmp_path)
    assert str(error.value) == (
        f"cannot download the text it from {server.url}: the server cannot be reached "
        "(ConnectionError); try again later, or put it into the folder $SEQJAX_DATA as "
        "it.txt"
    )


def test_a_cache_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with serving(honest) as server, pytest.raises(UserError) as error:
        corpus_file("it", corpus(server.url), cache=tmp_path / "file")
    assert "its file cannot be written here (" in str(error.value)
    assert server.paths == []


@pytest.mark.parametrize("inner", ["text", "."])
def test_the_folder_of_data_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inner: str
) -> None:
    monkeypatch.setenv("SEQJAX_DATA", str(tmp_path))
    (tmp_path / inner).mkdir(exist_ok=True)
    path = tmp_path / inner / "it.txt"
    unix = DATA.replace(b"\r\n", b"\n")
    wanted = corpus("http://127.0.0.1:9/")._replace(
        also=(hashlib.sha256(unix).hexdigest(),)
    )
    for data in (DATA, unix):
        path.write_bytes(data)
        assert corpus_file("it", wanted) == path
    path.write_bytes(b"another text")
    with pytest.raises(UserError) as error:
        corpus_file("it", wanted)
    digest = hashlib.sha256(b"another text").hexdigest()
    assert str(error.value) == (
        f"{path} must be the text it, but its SHA-256 is {digest}, not {SHA256}; "
        "remove it to have the text downloaded, or give its path to take it as it is"
    )
    assert path.read_bytes() == b"another text"


def test_every_name_leads_to_one_file() -> None:
    assert len({known.file for known in CORPORA.values()}) == len(CORPORA)
    for known in CORPORA.values():
        assert known.url.startswith("https://")
        assert known.size > 100_000
        for digest in (known.sha256, *known.also):
            assert re.fullmatch(r"[0-9a-f]{64}", digest)
        if "githubusercontent" in known.url:  # at a commit, which cannot change
            assert re.search(r"/[0-9a-f]{40}/", known.url)
