"""Files that cannot be judged, functions that cannot be, and the template."""

import importlib
import sys
from pathlib import Path

import pytest

from seqjax.gradients.derivations.catalogue import CELLS
from seqjax.gradients.derivations.examples import Sizes
from seqjax.gradients.derivations.judging import PROG
from seqjax.gradients.derivations.template import template
from seqjax.gradients.study import STUDIES
from seqjax.lab.command_line.cli import main
from tests.gradients.derivations import HEAD, LSTM_RIGHT, RECURSIVE
from tests.gradients.test_check import lines

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def error(capsys: Capture, *words: str) -> str:
    """The one line on standard error of a command that fails."""
    assert main(STUDIES, ["check", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return str(line).removeprefix("seqjax.gradients: error: ")


UNREADABLE = {
    "def f(:\n": "f.py must be a Python file, but cannot be read (line 1): invalid "
    "syntax; mend it and try again",
    "x = 1\nimport nowhere_to_be_found\n": "f.py must be importable, but raised "
    "ModuleNotFoundError: No module named 'nowhere_to_be_found' (line 2); mend it and "
    "try again",
    "def f():\n    return 1 / 0\n\nf()\n": "f.py must be importable, but raised "
    "ZeroDivisionError: division by zero (line 2); mend it and try again",
    "raise SystemExit(0)": "f.py must be importable, but raised SystemExit: 0 (line 1);"
    " mend it and try again",
    "while True: pass": "f.py must be importable, but was not done after 0.2 seconds; "
    "leave only functions in it, or give a larger --time-limit",
    "def dWhh(s): return 0": "f.py must define at least one of dW_ph, dW_hh, dW_hx, "
    f"db_h, db_p (or the LSTM's), but has none of them; {PROG} --template shows how",
    "": "f.py must define at least one of dW_ph, dW_hh, dW_hx, "
    f"db_h, db_p (or the LSTM's), but has none of them; {PROG} --template shows how",
}


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_file_that_cannot_be_judged(text: str, capsys: Capture) -> None:
    Path("f.py").write_text(text)
    path = list(sys.path)
    assert error(capsys, "f.py", "--time-limit", "0.2") == UNREADABLE[text]
    assert [p.name for p in Path().iterdir()] == ["f.py"]
    assert sys.path == path


def test_a_file_in_no_known_encoding(capsys: Capture) -> None:
    Path("f.py").write_bytes(b"x = '\xff\xfe'\n")
    said = error(capsys, "f.py")
    assert said.startswith("f.py must be a Python file, but cannot be read")
    assert "encoding" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "",
            f"a FILE must be given, got none; {PROG} --template writes one to fill in",
        ),
        (
            "nothing.py",
            "cannot read nothing.py: No such file or directory; name a Python file, or "
            "write one with --template",
        ),
        ("a.py b.py", "FILE must be one file, got a.py b.py; give one"),
        (
            "ok.py --cell gru",
            "--cell must be one of rnn, lstm, got 'gru'; choose one of these",
        ),
        (
            "ok.py --only dWhx",
            "only must be one of dW_ph, dW_hh, dW_hx, db_h, db_p, not 'dWhx'; did you "
            "mean 'dW_hx'?",
        ),
        (
            "ok.py --cell lstm --only dW_gx",
            "ok.py must define at least one of dW_gx, but has none of them; "
            f"{PROG} --template --cell lstm shows how",
        ),
        (
            "ok.py --seed -1",
            "seed must be an integer of at least 0, not -1; give 0 or more",
        ),
        (
            "ok.py --time-limit 0",
            "time_limit must be a finite number above 0, not 0.0; try 20",
        ),
        ("ok.py --tempo 3", "unknown option --tempo; did you mean --template?"),
    ],
)
def test_bad_arguments(words: str, message: str, capsys: Capture) -> None:
    Path("ok.py").write_text("def db_p(s): return s.y - s.target")
    assert error(capsys, *words.split()) == message


FAULTY = {
    "def db_p(s): return 1 / 0": "raised ZeroDivisionError: division by zero (line 1)",
    "def db_p(s):\n    return s.hs": "raised AttributeError: 'RNNExample' object has "
    "no attribute 'hs' (line 2)",
    "def db_p(s): exit(3)": "raised SystemExit: 3 (line 1)",
    "def db_p(s): s.y - s.target": "returned None; end it with return",
    "def db_p(s): return 'y'": "must return an array of real numbers, not str of <U1",
    "def db_p(s): return 1j * s.y": "must return an array of real numbers, not ndarray "
    "of complex128",
    "def db_p(s): return [[1], [1, 2]]": "returned no array of numbers: setting an "
    "array element with a sequence.",
    "def db_p(s): return s.y[:-1]": "must return shape (6,), like what it is the "
    "gradient of, not (5,)",
    "def db_p(s): return 0.0": "must return shape (6,), like what it is the gradient "
    "of, not ()",
    "def db_p(s): return s.y / 0": "returned inf among its numbers",
    "import numpy as np\ndef db_p(s): return np.log(-s.y)": "returned nan among its "
    "numbers",
    "def db_p(s): return 0 * s.y": "it is zero everywhere",
    "def db_p(s, t): return s.y": "must take one argument s: missing a required "
    "argument: 't'",
    "def db_p(): return 0": "must take one argument s: too many positional arguments",
    "db_p = 3": "must be a function of one argument s, not int",
    "def db_p(s): raise NotImplementedError": "is not written yet",
    "def db_p(s):\n    while True: pass": "did not return within 0.2 seconds; give a "
    "larger --time-limit if it only needs more time",
    "def db_p(s):\n    try:\n        while True: pass\n    except Exception:\n"
    "        return s.y": "did not return within 0.2 seconds; give a larger "
    "--time-limit if it only needs more time",
    "def dbp(s): return s.y\ndW_ph = 0": "is not defined; rename dbp, or name those to "
    "judge after --only",
    "dW_ph = 0": "is not defined; write it, or name those to judge after --only",
}


@pytest.mark.parametrize("text", FAULTY)
def test_a_function_that_cannot_be_judged_is_rejected(
    text: str, capsys: Capture
) -> None:
    Path("f.py").write_text(text)
    assert main(STUDIES, ["check", "f.py", "--time-limit", "0.2"]) == 1
    said = lines(capsys.readouterr().out)
    assert said["db_p"].startswith(f"rejected: {FAULTY[text]}")


def test_one_faulty_function_does_not_hide_the_others(capsys: Capture) -> None:
    Path("f.py").write_text(
        HEAD + "def db_p(s): return 1 / 0\ndef dW_ph(s):\n"
        "    s.h[:] = 0\n    return np.outer(error(s), s.h[s.T])\n"
        "def db_h(s): return sum(deltas(s).values())"
    )
    assert main(STUDIES, ["check", "f.py", "--only", "db_p", "dW_ph", "db_h"]) == 1
    said = lines(capsys.readouterr().out)
    assert said["db_p"].startswith("rejected: raised")
    assert said["dW_ph"] == "rejected: it is zero everywhere"
    assert said["db_h"] == "accepted"


def test_helpers_beside_the_file_are_found(capsys: Capture) -> None:
    folder = Path("below")
    folder.mkdir()
    (folder / "my_own_helpers.py").write_text(HEAD)
    (folder / "f.py").write_text(
        "from my_own_helpers import error\ndef db_p(s): return error(s)"
    )
    try:
        assert main(STUDIES, ["check", "below/f.py", "--only", "db_p"]) == 0
    finally:
        sys.modules.pop("my_own_helpers", None)
        importlib.invalidate_caches()
    assert capsys.readouterr().out.endswith("\naccepted\n")


def test_the_order_of_words_is_free(capsys: Capture) -> None:
    Path("f.py").write_text(LSTM_RIGHT)
    for words in (
        "--cell lstm f.py --only dW_gx db_p",
        "--only dW_gx db_p --cell=lstm f.py",
        "f.py --only dW_gx db_p",
        "--only dW_gx db_p f.py",
    ):
        assert main(STUDIES, ["check", *words.split()]) == 0
        assert list(lines(capsys.readouterr().out)) == ["dW_gx", "db_p"]


@pytest.mark.parametrize(
    ("words", "name", "cell"),
    [
        (["--template"], "rnn_gradients.py", "rnn"),
        (["--template", "--cell", "lstm"], "lstm_gradients.py", "lstm"),
        (["mine.py", "--template"], "mine.py", "rnn"),
        (["--template", "mine.py"], "mine.py", "rnn"),
    ],
)
def test_a_template_has_every_function_and_is_not_written_over(
    words: list[str], name: str, cell: str, capsys: Capture
) -> None:
    assert main(STUDIES, ["check", *words]) == 0
    assert (
        capsys.readouterr().out == f"written: {name}; fill it in, then: {PROG} {name}\n"
    )
    text = Path(name).read_text(encoding="utf-8")
    assert f"{PROG} {name}\n" in text
    assert max(map(len, text.splitlines())) <= 88
    assert main(STUDIES, ["check", name]) == 1
    said = lines(capsys.readouterr().out)
    assert said == dict.fromkeys(
        CELLS[cell].derivations, "rejected: is not written yet"
    )
    assert error(capsys, *words) == (
        f"{name} is there already, and is not written over; name another file"
    )
    assert Path(name).read_text(encoding="utf-8") == text


def test_a_template_says_what_s_holds() -> None:
    for cell in CELLS.values():
        text = template(cell, "f.py")
        example = cell.draw(0, Sizes(7, 2, 3, 5))
        for field in example._fields:
            assert f"\n    s.{field} " in text
        letters = {"T + 1": 8, "d": 2, "n": 3, "k": 5}
        for name in cell.derivations:
            head = f'def {name}(s):\n    """dL/{name[1:]}, ('
            shape = text.partition(head)[2].partition(")")[0]
            sizes = [letters[word.strip()] for word in shape.split(",") if word]
            assert tuple(sizes) == getattr(example, name[1:]).shape


def test_a_filled_in_template_is_accepted(capsys: Capture) -> None:
    assert main(STUDIES, ["check", "--template", "f.py"]) == 0
    body = RECURSIVE.partition("def dW_ph")
    text = Path("f.py").read_text()
    for line in (body[1] + body[2]).splitlines():
        head, _, result = line.partition(": ")
        start = text.index(head)
        end = text.index("raise NotImplementedError", start)
        text = text[:end] + result + text[end + len("raise NotImplementedError") :]
    Path("f.py").write_text(text + HEAD)
    capsys.readouterr()
    assert main(STUDIES, ["check", "f.py"]) == 0
    assert capsys.readouterr().out.endswith("\nall 5 accepted\n")


def test_a_template_that_cannot_be_written(capsys: Capture) -> None:
    assert error(capsys, "nowhere/f.py", "--template") == (
        "cannot write nowhere/f.py: No such file or directory; name another file"
    )


def test_the_commands_and_their_help(capsys: Capture) -> None:
    assert main(STUDIES, ["--help"]) == 0
    listed = capsys.readouterr().out
    assert "\n  flow           gradients of the loss by every hidden state" in listed
    assert "\n  check          judge a hand derivation of back-propagation" in listed
    assert main(STUDIES, ["check", "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: {PROG} FILE.py [OPTIONS]\n")
    for option in ("--cell", "--only", "--seed", "--time-limit", "--template"):
        assert option in shown
