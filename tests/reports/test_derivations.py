"""The reports' derivations as they are printed, judged by running them.

Each claim has the right verdict, and another one where its transcription is changed: so
no verdict is a constant.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from seqjax.gradients.study import STUDIES
from seqjax.lab.command_line.cli import main
from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, Finding
from seqjax.reports import table
from seqjax.reports.claims import CLAIMS
from seqjax.reports.derivations import DERIVED, FILES
from seqjax.reports.jobs import HERE, job_of
from seqjax.reports.judging import Evidence, Said
from tests.variants import and_slow

Capture = pytest.CaptureFixture[str]
Judged = Callable[..., Finding]

SIGN = "the sign is wrong: this is minus the gradient"
LAST_STEP = (
    "the time index is fixed: (1 - h_T^2) h_{T-1}, the last step's, stands in every "
    "term where (1 - h_t^2) h_{t-1} belongs, in a sum over time that begins at t = 0"
)
POWER = (
    "the exponent is wrong: W_hh stands to the power T - j in every factor j of the "
    "product, whose factors are the exponent already"
)


def checked(capsys: Capture, texts: Mapping[str, str]) -> list[Said]:
    """What the check says of files, by the commands of the job that judges them."""
    (size,) = job_of("derivations").sizes
    said = []
    for words in size.commands:
        place = next(word for word in words if word.startswith(HERE))
        file = place.removeprefix(f"{HERE}/")
        Path(file).write_text(texts[file], encoding="utf-8")
        status = main(STUDIES, [word.replace(place, file) for word in words[1:]])
        captured = capsys.readouterr()
        assert captured.err == ""
        command = f"python -m {' '.join(words)}"
        said.append(Said(command, status, captured.out, captured.err))
    return said


@pytest.fixture
def judged(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> Judged:
    """Judges a claim, with pieces of one file exchanged."""
    monkeypatch.chdir(tmp_path)

    def run(name: str, file: str = "", *pieces: tuple[str, str]) -> Finding:
        texts = dict(FILES)
        for right, wrong in pieces:
            assert texts[file].count(right) == 1, right
            texts[file] = texts[file].replace(right, wrong)
        said = checked(capsys, texts)
        claim = next(each for each in CLAIMS if each.id == name)
        return claim.finding(Evidence({}, {"derivations": said}, {}))

    return run


def test_dw_ph_of_000_is_right(judged: Judged) -> None:
    """F1: -y_k (I_kj - y-hat_j) h, summed over k, is (y-hat - y) h."""
    assert judged("000-dw-ph") == Finding(HOLDS, "dW_ph accepted")


def test_dw_hh_of_000_has_sign_and_time_indices_wrong(judged: Judged) -> None:
    """F1: what is wrong in 000 is dL/dW_hh, and both mistakes are named."""
    assert judged("000-dw-hh") == Finding(
        DOES_NOT,
        f"dW_hh rejected: {LAST_STEP}; and {SIGN}; with s for t in the last two "
        f"factors: dW_hh rejected: {SIGN}",
    )


def test_dw_ph_of_002_is_right(judged: Judged) -> None:
    """F1: -y^T (I - 1 y-hat^T) is y-hat - y, since the entries of y sum to 1."""
    assert judged("002-dw-ph") == Finding(HOLDS, "dW_ph accepted")


def test_dw_hh_of_002_has_the_power_of_its_factor(judged: Judged) -> None:
    """F1: the power is i, the number of the factor, which is T - j at its time j."""
    found = judged("002-gradients")
    assert found.verdict == DOES_NOT
    assert found.measured.startswith(f"dW_hh rejected: {POWER}; by the last line, ")
    assert found.measured.count("dW_hh rejected: ") == 2


def test_001_is_right(judged: Judged) -> None:
    """F1: both derivations, the last product taken as an outer one."""
    assert judged("001-gradients") == Finding(HOLDS, "dW_ph accepted; dW_hh accepted")


def test_003_is_right_where_its_p_is_the_softmax(judged: Judged) -> None:
    """F1: and not where p of (9) and (13) is taken at its word."""
    assert judged("003-gradients") == Finding(
        HOLDS,
        "dW_ph accepted; dW_hh accepted; p of (9) and (13) is read as the y-hat of "
        "(7); taken at its word: dW_ph rejected: dL/dp is y - target, not p - target: "
        "p has to go through the softmax",
    )


REPORT_000 = (
    ("range(0, t + 1)", "range(1, t + 1)"),
    ("top @ product * (1 - s.h[t] ** 2)", "-top @ product * (1 - s.h[step] ** 2)"),
    ("s.h[t - 1])", "s.h[step - 1])"),
)
POWER_ONE = ("matrix_power(s.W_hh, i)", "matrix_power(s.W_hh, min(i, 1))")


@pytest.mark.parametrize(
    "planted",
    and_slow(
        [
            (
                "000-dw-ph",
                "000",
                [('kj,i->ji", -s.target', 'kj,i->ji", s.target')],
                SIGN,
            ),
            ("000-dw-hh", "000", REPORT_000, "dW_hh accepted"),
            ("002-gradients", "002", [POWER_ONE], "dW_hh accepted"),
            (
                "003-gradients",
                "003",
                [("np.outer(s.y - s", "np.outer(s.p - s")],
                "not p -",
            ),
        ],
        [
            ("000-dw-hh", "000", REPORT_000[:1], LAST_STEP.partition(", in a sum")[0]),
            (
                "001-gradients",
                "001",
                [("s.h[k - 1]", "s.h[k]")],
                "h_t stands where h_{t-1",
            ),
            (
                "001-gradients",
                "001",
                [("(s.y - s.target)[:, None]", "s.y[:, None]")],
                "is",
            ),
            (
                "002-dw-ph",
                "002",
                [("left = -s.target @ (", "left = s.target @ (")],
                SIGN,
            ),
            (
                "002-dw-ph",
                "002",
                [("np.outer(ones, s.y))\n", "np.diag(s.y))\n")],
                "differ",
            ),
            (
                "003-gradients",
                "003",
                [("(direct + before)", "direct")],
                "only the last",
            ),
            ("003-gradients", "003", [("-s.target / s.y", "s.target / s.y")], SIGN),
        ],
    ),
)
def test_another_transcription_has_another_verdict(
    judged: Judged, planted: tuple[str, str, list[tuple[str, str]], str]
) -> None:
    """F1: no verdict is a constant; mistakes are named, and mended ones accepted."""
    name, file, pieces, says = planted
    before = judged(name)
    found = judged(name, f"report_{file}.py", *pieces)
    first = found.measured.partition("; with s for t")[0].partition("; by the last")[0]
    assert says in first
    assert found.measured != before.measured
    mended = says.endswith("accepted")
    assert found.verdict == (HOLDS if mended else DOES_NOT)
    assert (before.verdict != found.verdict) == (before.verdict == HOLDS or mended)


def test_the_store_has_the_verdicts(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the page has what the store has, tests of the pages say."""
    monkeypatch.chdir(tmp_path)
    evidence = Evidence({}, {"derivations": checked(capsys, FILES)}, {})
    claims = [each for each in CLAIMS if each.job == "derivations"]
    results = Path(__file__).parents[2] / "docs" / "results"
    rows = {row.id: row for row in table.stored(results / "reports" / "claims.json")}
    for row in table.rows(evidence, claims):
        told = rows[row.id]
        assert (told.verdict, told.measured) == (row.verdict, row.measured)


def test_every_derivation_quotes_its_report() -> None:
    for file, text in FILES.items():
        report = file[len("report_") :][:3]
        functions = re.split(r"^def ", text, flags=re.MULTILINE)[1:]
        assert {f.partition("(")[0] for f in functions} >= set(DERIVED[file])
        for function in functions:
            assert f"    # Report {report}, " in function, function


def test_what_was_checked_by_another_version_is_an_error() -> None:
    claim = next(each for each in CLAIMS if each.id == "000-dw-ph")
    said = Said("python -m seqjax.gradients check a.py", 1, "  dW_ph  accepted\n", "")
    with pytest.raises(UserError, match=r"a\.py must have printed verdicts as JSON"):
        claim.finding(Evidence({}, {"derivations": [said]}, {}))
    silent = said._replace(output='{"file": "a.py", "derivations": []}')
    found = claim.finding(Evidence({}, {"derivations": [silent]}, {}))
    assert found.why == "the check says nothing of dW_ph of report_000.py"
