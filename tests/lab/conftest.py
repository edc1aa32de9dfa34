"""Common to the tests of `seqjax.lab`: the toy study, run in this process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs the toy's command line here; devices belong to the whole test process."""
    # Imported late: jaxtyping's hook has to come first.
    from seqjax.lab.command_line import cli
    from seqjax.lab.running import devices
    from tests.lab.toy_study import STUDY

    monkeypatch.setattr(devices, "configure", lambda *_: None)
    return lambda *words: cli.main(STUDY, [str(word) for word in words])


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python in a process of its own, in an empty folder."""

    def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "SEQJAX_CACHE": str(tmp_path / "cache"),
                **environment,
            },
        )

    return run
