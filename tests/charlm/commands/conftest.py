"""Common to the tests of the commands: run in this process, with what they print."""

from collections.abc import Callable
from typing import Any

import pytest

Outcome = tuple[int, str, str]


@pytest.fixture
def charlm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Runs a command; returns its status, and what it printed on both streams."""
    # Imported late: jaxtyping's hook has to come first.
    from seqjax.charlm.study import STUDIES
    from seqjax.lab.command_line import cli
    from seqjax.lab.running import devices

    # Devices belong to the whole test process.
    monkeypatch.setattr(devices, "configure", lambda *_: None)

    def run(*words: Any) -> Outcome:
        capsys.readouterr()
        status = cli.main(STUDIES, [str(word) for word in words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run
