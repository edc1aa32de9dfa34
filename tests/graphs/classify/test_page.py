"""The page on a graph of one's own runs as it stands there, block after block."""

import re
from pathlib import Path
from typing import Any

import jax
import pytest

from seqjax.graphs.study import STUDIES
from seqjax.lab.command_line.cli import main

PAGE = Path(__file__).parents[3] / "docs" / "graph-of-your-own.md"
BLOCK = re.compile(r"```(python|sh|text)\n(.*?)```", re.DOTALL)


def test_every_block_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks] == ["python", "sh", "sh", "python", "text"]
    names: dict[str, Any] = {"__name__": "page"}
    printed = ""
    with jax.numpy_dtype_promotion("standard"):
        for kind, block in blocks:
            if kind == "python":
                exec(compile(block, PAGE.name, "exec"), names)
            elif kind == "text":
                assert printed == block
            for line in block.splitlines() if kind == "sh" else ():
                words = line.removeprefix("python -m seqjax.graphs ").split()
                assert main(STUDIES, words) == 0, line
            printed = capsys.readouterr().out
    kept = Path("run/texts/predictions.csv").read_text(encoding="utf-8")
    assert Path("answers.csv").read_text(encoding="utf-8") == kept
