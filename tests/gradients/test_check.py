"""What the check says of derivations, right and wrong, and with which status."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from seqjax.gradients.derivations.catalogue import CELLS
from seqjax.gradients.study import STUDIES
from seqjax.lab.command_line.cli import main
from tests.gradients import derivations
from tests.gradients.derivations import HEAD, LSTM_RIGHT, RIGHT, WRONG

Capture = pytest.CaptureFixture[str]
Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Writes a file, checks it, and returns the status and what was printed."""
    monkeypatch.chdir(tmp_path)

    def run(text: str, *words: str) -> tuple[int, str]:
        Path("mine.py").write_text(text, encoding="utf-8")
        status = main(STUDIES, ["check", "mine.py", *words])
        captured = capsys.readouterr()
        assert bool(captured.err) == (status == 2)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.py"]
        return status, captured.out or captured.err

    return run


def lines(printed: str) -> dict[str, str]:
    """What is said of each derivation."""
    said = [line.split(None, 1) for line in printed.splitlines()[1:-1]]
    return {name: text for name, text in said if name.startswith("d")}


@pytest.mark.parametrize("style", RIGHT)
def test_right_derivations_are_accepted_in_every_style(
    style: str, check: Check
) -> None:
    notes = dict.fromkeys(CELLS["rnn"].derivations, "accepted")
    if style == "transposed":
        for name in ("dW_ph", "dW_hh", "dW_hx"):
            notes[name] = "accepted (transposed)"
        notes["db_h"] = "accepted (given as a row)"
        notes["db_p"] = "accepted (given as a column)"
    # Every call of the file in JAX compiles anew, so one set of examples has to do.
    for seed in ("0",) if style == "in JAX" else ("0", "1", "2"):
        status, printed = check(RIGHT[style], "--seed", seed)
        assert status == 0
        assert lines(printed) == notes
    assert printed.splitlines()[0] == (
        "mine.py: gradients of the vanilla RNN, held against exact ones on 4 random "
        "examples in float64"
    )
    assert printed.splitlines()[-1] == "all 5 accepted"


def test_the_right_lstm_is_accepted_and_recognised(check: Check) -> None:
    status, printed = check(LSTM_RIGHT)
    assert status == 0
    assert lines(printed) == dict.fromkeys(CELLS["lstm"].derivations, "accepted")
    assert "gradients of the LSTM" in printed


def test_a_derivation_for_a_zero_first_state_is_accepted_as_such(check: Check) -> None:
    status, printed = check(derivations.WITHOUT_H_0, "--only", "dW_hh")
    assert (status, lines(printed)) == (
        0,
        {"dW_hh": "accepted (right where the first state is zero)"},
    )


@pytest.mark.parametrize("kind", WRONG)
def test_a_mistake_is_named(kind: str, check: Check) -> None:
    name, text, diagnosis = WRONG[kind]
    status, printed = check(text, "--only", name)
    assert status == 1
    assert lines(printed)[name] == f"rejected: {diagnosis}"
    assert printed.splitlines()[-1] == "1 of 1 rejected"


def test_exponents_inside_the_product_are_told_apart(check: Check) -> None:
    for power, said in (("i", "t"), ("j", "j + 1"), ("T - i", "T - t")):
        text = derivations.product(derivations.STEP, power=power)
        status, printed = check(text, "--only", "dW_hh")
        assert status == 1
        assert lines(printed)["dW_hh"].startswith(
            f"rejected: the exponent is wrong: W_hh stands to the power {said} in every"
        )
    right = derivations.product(derivations.STEP)
    assert check(right, "--only", "dW_hh")[0] == 0


def test_verdicts_for_programs(check: Check, capsys: Capture) -> None:
    """What the file itself prints does not get in between."""
    text = "print('mine')\n" + RIGHT["transposed"]
    Path("mine.py").write_text(text)
    words = ["check", "mine.py", "--json", "--seed", "3", "--only", "dW_ph", "db_p"]
    assert main(STUDIES, words) == 0
    captured = capsys.readouterr()
    assert captured.err == "mine\n"
    rows = [
        {"name": "dW_ph", "accepted": True, "says": "transposed", "details": []},
        {"name": "db_p", "accepted": True, "says": "given as a column", "details": []},
    ]
    told = {"file": "mine.py", "cell": "rnn", "seed": 3, "examples": 4}
    assert json.loads(captured.out) == {**told, "derivations": rows}
    name, wrong, diagnosis = WRONG["sign"]
    status, printed = check(wrong, "--json", "--only", name, "db_h")
    assert status == 1
    first, second = json.loads(printed)["derivations"]
    assert (first["accepted"], first["says"]) == (False, diagnosis)
    assert first["details"] == ["largest relative error 2"]
    assert (second["accepted"], "is not defined" in second["says"]) == (False, True)


def test_an_unknown_mistake_is_not_given_a_name(check: Check) -> None:
    text = HEAD + "def dW_hh(s): return sum(np.outer(d, np.sin(s.h[t - 1]))"
    status, printed = check(text + f" {derivations.SUM}", "--only", "dW_hh")
    assert status == 1
    assert lines(printed)["dW_hh"] == "rejected: differs, and no known mistake matches"
    assert "it first differs at the term of step t = 5, the last step" in printed


def test_where_it_first_differs_is_told(check: Check) -> None:
    # The recursion is right down to t = 3, and loses W_hh there.
    text = HEAD.replace("s.W_hh.T @", "(s.W_hh.T if t > 2 else np.eye(len(s.W_hh))) @")
    text += "def db_h(s): return sum(deltas(s).values())"
    status, printed = check(text, "--only", "db_h")
    assert status == 1
    assert "it first differs at the term of step t = 2\n" in printed
    assert "of steps T to t: t = 5: 0, t = 4: 0, t = 3: 0, t = 2: 0." in printed
