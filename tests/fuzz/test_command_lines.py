"""Whatever is typed: a result, or one clear line and status 2; nothing left behind.

SEQJAX_FUZZ_LINES says how many lines are typed (250), as in
`SEQJAX_FUZZ_LINES=5000 pytest tests/fuzz`.
"""

import contextlib
import io
import os
import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqjax import __main__ as program
from seqjax.lab.command_line.cli import FAILED
from seqjax.lab.running import devices, driver

LINES = int(os.environ.get("SEQJAX_FUZZ_LINES", "250"))

ODD = (
    *(
        "",
        " ",
        "-",
        "--",
        "---",
        "=",
        "0",
        "-0",
        "1",
        "-1",
        "3",
        "0.5",
        "1e-3",
        "-1e-3",
    ),
    *("nan", "inf", "-inf", "1e400", "9" * 30, "0x10", "1_000", "None", "none", "true"),
    *("é", "\udcff", "a\nb", "a\tb", "🎈", "..", "/", ".", "tale.txt", "junk.bin"),
    *("folder", "missing", "--help", "-h", "--out", "--out=", "--out=tale.txt", "%s"),
    *("all", "localhost:1", "*", "{}", "[1, 2]", "'", '"', "--seeds=3", "--no-", "@x"),
)


def commands() -> list[tuple[str, ...]]:
    """Every study and command there is."""
    found: list[tuple[str, ...]] = [(), ("runs",), ("nothing",)]
    for package in program.STUDIES:
        found += [tuple(each.name.split()) for each in program._studies(package)]
    return found


def said(words: list[str]) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        status = program.main(words)
    return status, out.getvalue(), errors.getvalue()


@pytest.fixture(scope="module")
def help_words() -> dict[tuple[str, ...], tuple[list[str], list[str]]]:
    """Of each command: its options, and words that may be values of one."""
    found = {}
    for command in commands():
        _, text, _ = said([*command, "--help"])
        flags = sorted(set(re.findall(r"--[a-z][a-z-]+", text))) or ["--help"]
        found[command] = flags, sorted(set(re.findall(r"[a-z][a-z0-9-]+", text)))
    return found


@pytest.fixture
def here(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder to type in; a study only looks whether it could begin, offline."""

    def conduct(study: Any, config: Any, *_: object, **__: object) -> int:
        if study.check is not None:
            study.check(config)
        assert list(study.work(config)) == study.block_names(config)
        return 0

    def offline(*_: object, **__: object) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    folder = tmp_path_factory.mktemp("here")
    (folder / "tale.txt").write_text("Once upon a time.\n" * 200)
    (folder / "junk.bin").write_bytes(bytes(range(256)))
    (folder / "folder").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SEQJAX_DATA", str(folder))
    monkeypatch.setattr(driver, "conduct", conduct)
    monkeypatch.setattr(devices, "configure", lambda *_: None)
    monkeypatch.setattr(socket, "getaddrinfo", offline)
    return folder


def test_any_line(
    help_words: dict[tuple[str, ...], tuple[list[str], list[str]]],
    here: Path,
) -> None:
    before = {path: path.stat().st_size for path in here.rglob("*")}
    everything = sorted({word for _, words in help_words.values() for word in words})

    @st.composite
    def lines(draw: st.DrawFn) -> list[str]:
        command = draw(st.sampled_from(sorted(help_words)))
        flags, words = help_words[command]
        line = list(command)
        for _ in range(draw(st.integers(0, 5))):
            line.append(draw(st.sampled_from(flags)))
            if draw(st.integers(0, 19)) == 0:
                line[-1] = line[-1][:-1] + draw(st.sampled_from(["", "x", "="]))
            for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
                kind = draw(st.integers(0, 9))
                if kind < 4:
                    line.append(draw(st.sampled_from(words or ["x"])))
                elif kind < 8:
                    line.append(draw(st.sampled_from(ODD)))
                elif kind == 8:
                    line.append(draw(st.sampled_from(everything)))
                else:
                    line.append(str(draw(st.integers() | st.floats())))
        # Other processes would be waited for, which is tested elsewhere.
        return [word for word in line if word != "--distributed"]

    @settings(
        max_examples=LINES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(lines())
    def check(line: list[str]) -> None:
        began = time.monotonic()
        status, _, errors = said(line)
        assert time.monotonic() - began < 20
        assert status in (0, FAILED)
        if status == FAILED:
            message = errors.splitlines()
            assert len(message) == 1, errors
            assert re.match(r"seqjax(\.[a-z]+)?( [a-z]+)?: error: ", message[0]), errors
            assert "Traceback" not in errors
        if "--template" in line:  # is to write a file, of any name
            for path in set(here.rglob("*")) - set(before):
                path.unlink()
        after = {path: path.stat().st_size for path in here.rglob("*")}
        assert after == before

    check()
