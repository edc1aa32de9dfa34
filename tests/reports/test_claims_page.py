"""docs/claims.md: every claim of the reports, as the files of data have it.

``python -m tests.reports.test_claims_page`` writes it anew.
"""

from collections import Counter
from pathlib import Path

from seqjax.reports.claims import ENTRIES, Entry

PAGE = Path(__file__).parents[2] / "docs" / "claims.md"

HEAD = """\
# Every claim of the reports

Each system, experiment, figure, formula, setting and sentence of the five reports, in
their order: the place, the words in short, and what would make it hold or fail, which
was written down before it was judged. The data are
[`seqjax/reports/claims`](../seqjax/reports/claims), a file for each report;
`python -m tests.reports.test_claims_page` makes this page of them, and the tests hold
it against them. Verdicts are on [reports](reports.md). A setting is what a report did:
the preset has it. An opinion, history or literature is not judged.
"""

COLUMNS = ("claim", "place", "words", "kind", "holds if", "fails if", "judged by")


def judged_by(entry: Entry) -> str:
    """The rule and its evidence, or why nothing tests it."""
    if not entry.rule:
        return f"untested: {entry.untested}"
    return f"{entry.rule}, by {entry.job}" if entry.job else f"{entry.rule}, exact"


def counted() -> list[str]:
    """How many claims of which kind each report has."""
    number = Counter((entry.report, entry.kind) for entry in ENTRIES)
    reports = sorted({entry.report for entry in ENTRIES})
    kinds = list(dict.fromkeys(entry.kind for entry in ENTRIES))
    lines = [f"| kind | {' | '.join(reports)} |", f"| --- {'| ---: ' * len(reports)}|"]
    for kind in kinds:
        counts = (str(number[report, kind]) for report in reports)
        lines.append(f"| {kind} | {' | '.join(counts)} |")
    return lines


def page() -> str:
    """The text of docs/claims.md."""
    lines = [HEAD, *counted()]
    for report in dict.fromkeys(entry.report for entry in ENTRIES):
        lines += ["", f"## Report {report}", ""]
        lines += [f"| {' | '.join(COLUMNS)} |", "| --- " * len(COLUMNS) + "|"]
        for entry in ENTRIES:
            if entry.report == report:
                cells = (
                    entry.id,
                    entry.place,
                    entry.words,
                    entry.kind,
                    entry.holds,
                    entry.fails,
                    judged_by(entry),
                )
                escaped = (cell.replace("|", "\\|") for cell in cells)
                lines.append(f"| {' | '.join(escaped)} |")
    return "\n".join(lines) + "\n"


def test_the_page_has_what_the_data_have() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "write it anew: python -m tests.reports.test_claims_page"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
