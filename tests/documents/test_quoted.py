"""Every decimal number that a page quotes is one of the results that it links."""

from pathlib import Path

import pytest

from tests.documents.making import PAGES, ROOT
from tests.documents.quoted import Stored, linked, together, wrong

QUOTING = [page for page in PAGES if linked(page.read_text(encoding="utf-8"))]

EXCEPTIONS = {
    "README.md": {
        "3.11": "a version of Python",
        "1.564 [1.557, 1.573]": "of docs/charlm.md, which links its run",
    },
    "docs/charlm.md": {
        "0.95": "a decay of RMSProp",
        "1.642": "two runs of three minutes that are not kept",
        "1.639": "likewise",
    },
    "docs/first-steps.md": {"3.11": "a version of Python"},
    "docs/gradients.md": {"2.15 [1.79, 2.68]": "10 to the power of log10_rise"},
    "docs/initialization.md": {"1.15": "2 / sqrt 3"},
    "docs/memory.md": {
        "1504.00941": "a number of arXiv",
        "1511.06464": "likewise",
    },
    "docs/optimizers.md": {
        "6.5": "the number of a lecture",
        "0.00065": "a gradient, by its formula",
        "0.949": "sqrt(0.9)",
        "1.949": "1 + sqrt(0.9)",
        "1.357": "2 (1 + b) / (1 + 2 b)",
    },
    "docs/reports.md": {"0.949": "sqrt(0.9)"},
}
"""What is no result, or is computed of one; by page, with the reason."""


@pytest.mark.parametrize("page", QUOTING, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_quotes_is_in_the_results(page: Path) -> None:
    """F12."""
    text = page.read_text(encoding="utf-8")
    excepted = EXCEPTIONS.get(str(page.relative_to(ROOT)), {})
    found = wrong(text, together(linked(text)))
    assert [each for each in found if each not in excepted] == []


def test_exceptions_are_quoted() -> None:
    for name, excepted in EXCEPTIONS.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        for each, why in excepted.items():
            assert each in text, (name, each)
            assert why


HELD = Stored((0.2438, 0.181, 0.312, -0.013, 10.0), ((0.2438, 0.181, 0.312),))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.24 [0.18, 0.31]", []),
        ("0.24 [0.19, 0.31]", ["0.24 [0.19, 0.31]"]),  # as docs/reports.md had
        ("24.4 [18.1, 31.2] %", []),
        ("\N{MINUS SIGN}0.013 and +0.013, or 1.3 %", []),
        ("0.014", ["0.014"]),
        ("0.24 or 0.25", ["0.25"]),
        ("0.244 [0.181, 0.312], 0.182", ["0.182"]),
        ("`--rate 0.7` of jax 0.10.2, [0.5](a/0.6)", ["0.5"]),
        ("```sh\n0.9\n```\n10 and 11", []),
        ("<!-- made: x -->\n0.9\n<!-- made: end -->", []),
        ("| 0.312 | 0.313 |", ["0.313"]),
    ],
)
def test_a_wrong_digit_is_found(text: str, found: list[str]) -> None:
    assert wrong(text, HELD) == found
