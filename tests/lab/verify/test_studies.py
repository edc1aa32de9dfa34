"""A seed of a real study comes out equal, alone as among others."""

from pathlib import Path

import pytest

from seqjax import __main__ as program
from seqjax.lab.running import devices
from seqjax.lab.study import Study
from seqjax.lab.verify.parts import has_seeds
from tests.contract.contract import SMALL

TINY = SMALL["palindrome"].words


def test_a_seed_alone_is_equal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(devices, "configure", lambda *_: None)
    words = f"{TINY} --out run --progress none".split()
    assert program.main(words) == 0
    assert program.main(["report", "run"]) == 0
    capsys.readouterr()
    assert program.main(["verify", "report.html", "--blocks", "2"]) == 0
    shown = capsys.readouterr()
    assert shown.out.count(" equal ") == 2
    assert shown.err.splitlines() == [
        "verify: repeats run: rnn-003, seed 0",
        "verify: repeats run: rnn-006, seed 0",
    ]


def test_seeds_that_are_shared_out_are_not_made_fewer() -> None:
    counted = {
        each.name: has_seeds(each.config_type())
        for package in program.STUDIES
        for each in program._studies(package)
        if isinstance(each, Study) and each.name != "charlm evaluate"
    }
    assert counted["palindrome"]
    assert not counted["optimizers"]
    assert {name for name, fewer in counted.items() if not fewer} == {
        "optimizers",
        "optimizers landscape",
        "phased gate",
    }
