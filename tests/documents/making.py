"""The parts of pages that are made of results and of the files of claims.

A page marks such a part:

    <!-- made: NAME WORD ... -->
    ...
    <!-- made: end -->

``python -m tests.documents.making`` writes all of them anew, after the summaries of the
results (see `summaries`); tests hold both against what is committed.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.verdicts import Rate
from benchmarks.verdicts import table as error_table
from seqjax.reports import table
from seqjax.reports.claims import ENTRIES, Entry
from seqjax.reports.table import UNTESTED, Row
from tests.documents import summaries

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "results"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

MARKED = re.compile(
    r"(?P<begin><!-- made: (?P<words>(?!end )[^\n]*?) -->\n)(?P<body>.*?)"
    r"(?P<end><!-- made: end -->)",
    re.DOTALL,
)


def aligned(heading: Sequence[str], rows: Iterable[Sequence[str]], left: int) -> str:
    """A table in Markdown."""
    marks = ["---" if place < left else "---:" for place in range(len(heading))]
    lines = [heading, marks, *rows]
    cells = ([" ".join(cell.split()) for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in cells)


def escaped(text: str) -> str:
    """What stands in a cell."""
    return text.replace("|", "\\|")


def stored(results: Path) -> list[Row]:
    """The claims with their verdicts."""
    return table.stored(results / "reports" / "claims.json")


def judged_by(entry: Entry) -> str:
    """The rule and its evidence, or why nothing tests it."""
    if not entry.rule:
        return f"untested: {entry.untested}"
    return f"{entry.rule}, by {entry.job}" if entry.job else f"{entry.rule}, exact"


def catalogue(results: Path) -> str:
    """Every claim as the files of data have it, after how many there are."""
    number = Counter((entry.report, entry.kind) for entry in ENTRIES)
    reports = sorted({entry.report for entry in ENTRIES})
    kinds = list(dict.fromkeys(entry.kind for entry in ENTRIES))
    counts = [[kind, *(str(number[each, kind]) for each in reports)] for kind in kinds]
    parts = [aligned(("kind", *reports), counts, 1)]
    columns = ("claim", "place", "words", "kind", "holds if", "fails if", "judged by")
    for report in reports:
        rows = [
            (e.id, e.place, e.words, e.kind, e.holds, e.fails, judged_by(e))
            for e in ENTRIES
            if e.report == report
        ]
        cells = [[escaped(cell) for cell in row] for row in rows]
        parts += [f"## Report {report}", aligned(columns, cells, len(columns))]
    return "\n\n".join(parts)


def verdicts(results: Path, *ids: str) -> str:
    """Some claims with what was measured."""
    rows = {row.id: row for row in stored(results)}
    cells = [
        [r.report, escaped(r.claim), f"**{r.told}**", escaped(r.measured or r.why)]
        for r in (rows[name] for name in ids)
    ]
    return aligned(("report", "claim", "verdict", "measured"), cells, 4)


WRITTEN_DOWN = {e.id for e in ENTRIES if e.rule and e.job in ("", "derivations")}
"""Claims on what a report writes down: run as it stands, by no study."""


def written_down(results: Path) -> str:
    """The verdicts on what the reports write down, after how many there are."""
    rows = [row for row in stored(results) if row.id in WRITTEN_DOWN]
    return f"{counted(rows)}\n\n{table.markdown(rows)}"


def measured(results: Path) -> str:
    """All other verdicts; of what nothing tests, how many."""
    rows = [row for row in stored(results) if row.id not in WRITTEN_DOWN]
    shown = [row for row in rows if row.told != UNTESTED]
    return f"{counted(rows)}\n\n{table.markdown(shown)}"


def counted(rows: Sequence[Row]) -> str:
    """How many claims have which verdict."""
    return f"{len(rows)} claims; {table.counts(rows)}."


def made_by(results: Path) -> str:
    """What made the store."""
    told = json.loads((results / "reports" / "claims.json").read_text(encoding="utf-8"))
    commit = told["commit"][:7] if told["commit"] else "not recorded"
    state = "" if told["clean"] else ", with changes"
    host = told["machine"]
    return (
        f"Judged at commit {commit}{state}, on {host['cores']} cores ({host['cpu']}), "
        f"jax {told['versions']['jax']}."
    )


def summary(results: Path, run: str) -> list[dict[str, Any]]:
    """The settings of a run of palindrome."""
    found: list[dict[str, Any]] = _summary(results, run)["settings"]
    return found


def estimate(found: Mapping[str, Any], digits: int) -> str:
    """A number with its interval."""
    value, low, high = (f"{found[n]:.{digits}f}" for n in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def palindromes(results: Path, run: str) -> str:
    """Cells and lengths of a run: accuracy, seeds that succeed, updates to solve."""
    rows = []
    for each in summary(results, run):
        rate, median = each["success_rate"], each["median_steps_to_solve"]
        if median["value"] is None:
            time = f"> {median['low']:.0f}"
        else:
            time = estimate(median, 0)
        share = f"{rate['value'] * rate['n']:.0f} of {rate['n']}"
        cells = (each["cell"].upper(), str(each["length"]))
        rows.append([*cells, estimate(each["accuracy"], 3), share, time])
    heading = (
        *("cell", "T", "mean accuracy", "seeds at 0.99 or more"),
        "median updates to solve",
    )
    return aligned(heading, rows, 1)


def spreads(results: Path, run: str) -> str:
    """Both cells of a run side by side, with standard deviations over seeds."""
    by_length: dict[int, list[str]] = {}
    with (results / run / "results.csv").open(newline="", encoding="utf-8") as text:
        seeds = list(csv.DictReader(text))
    for each in summary(results, run):
        own = [
            float(row["accuracy"])
            for row in seeds
            if (row["cell"], int(row["length"])) == (each["cell"], each["length"])
        ]
        cell = f"{estimate(each['accuracy'], 3)}, {np.std(own):.3f}"
        by_length.setdefault(each["length"], []).append(cell)
    rows = [[str(length), *cells] for length, cells in by_length.items()]
    return aligned(("T", "RNN: mean [interval], standard deviation", "LSTM"), rows, 1)


def beside(results: Path, *runs: str) -> str:
    """Accuracies of runs side by side, at the lengths that all of them have."""
    columns: dict[str, dict[int, str]] = {}
    for run in runs:
        config = json.loads((results / run / "config.json").read_text())["config"]
        for each in summary(results, run):
            rate = f"{config['learning_rate'][0]:g}".replace("0.0001", "1e-4")
            name = f"{each['cell'].upper()}, {rate.replace('0.001', '1e-3')}"
            cells = columns.setdefault(name, {})
            cells[each["length"]] = estimate(each["accuracy"], 2)
    lengths = sorted(set.intersection(*(set(each) for each in columns.values())))
    rows = [[str(n), *(each[n] for each in columns.values())] for n in lengths]
    return aligned(("T", *columns), rows, 1)


def _summary(results: Path, run: str) -> dict[str, Any]:
    text = (results / run / "summary.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def judged(results: Path, run: str) -> str:
    """The claims of a run of reconcile, by its own trainings."""
    rows = [
        [
            escaped(row["claim"]),
            row["report"],
            f"**{row['verdict']}**",
            row["setting"],
            escaped(row["measured"]),
        ]
        for row in _summary(results, run)["claims"]
    ]
    return aligned(("claim", "report", "verdict", "setting", "measured"), rows, 5)


def effects(results: Path, run: str) -> str:
    """The main effects of a run of reconcile."""
    rows = [
        [
            row["cell"],
            row["factor"].replace("_", " "),
            row["level"],
            str(row["pairs"]),
            estimate(row["difference"], 3),
            f"{row['p_value']:.2g}",
        ]
        for row in _summary(results, run)["effects"]
    ]
    heading = ("cell", "factor", "level", "pairs", "accuracy gained", "p (Holm)")
    return aligned(heading, rows, 3)


def error_rates(results: Path) -> str:
    """How often verdicts are false, by old rules and new."""
    rates = [Rate(*each) for each in _summary(results, "verdict-rules")["rates"]]
    return error_table([rate._replace(looks=tuple(rate.looks)) for rate in rates])


MAKERS: Mapping[str, Callable[..., str]] = {
    "error-rates": error_rates,
    "catalogue": catalogue,
    "verdicts": verdicts,
    "written-down": written_down,
    "measured": measured,
    "made-by": made_by,
    "judged": judged,
    "effects": effects,
    "palindromes": palindromes,
    "spreads": spreads,
    "beside": beside,
}
"""What makes a part, by its name: of the folder of results, and the words after it."""


def made(text: str, results: Path = RESULTS) -> str:
    """A page with its marked parts made anew.

    Args:
        text: of the page.
        results: the folder of results.
    """

    def part(match: re.Match[str]) -> str:
        name, *words = match["words"].split()
        body = MAKERS[name](results, *words)
        return f"{match['begin']}{body}\n{match['end']}"

    return MARKED.sub(part, text)


if __name__ == "__main__":
    for folder in summaries.runs(RESULTS):
        (folder / "summary.json").write_bytes(summaries.made(folder))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        page.write_text(made(text), encoding="utf-8")
