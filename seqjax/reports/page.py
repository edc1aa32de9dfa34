"""What stands on the page before the runs, and after them."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from seqjax.lab.report import html
from seqjax.lab.report.grids import Cell, Grid
from seqjax.lab.report.page import Around, run_name
from seqjax.lab.study import Number
from seqjax.reports.claims import CONTRADICTIONS, REPORTS, Contradiction
from seqjax.reports.judging import Evidence, Said
from seqjax.reports.table import Row, counts, expected_false, rests_on

CAPTION = (
    "Brackets: 95 % intervals over seeds; p: paired tests over seeds. Seeds: how many "
    "a verdict rests on; none where it is exact. Fewer than six are an anecdote."
)


def around(found: Sequence[Row], evidence: Evidence, budget: Number) -> Around:
    """All of the page but the runs.

    Args:
        found: the claims with their verdicts.
        evidence: what has been run.
        budget: minutes that it was given.
    """
    places = _places(evidence)
    said = {name: each for name, each in evidence.said.items() if each}
    return Around(
        "The reports' claims",
        [
            ("claims", "Claims"),
            ("contradictions", "Where the reports contradict each other"),
        ],
        _claims(found, places, budget) + _contradictions(found),
        [(places[name], name) for name in said],
        "\n".join(_printed(places[name], name, each) for name, each in said.items()),
        {"budget_minutes": budget, "claims": [row._asdict() for row in found]},
    )


def _places(evidence: Evidence) -> dict[str, str]:
    """Where on the page each run is, and what a job printed."""
    places = {where: run_name(n) for n, where in enumerate(evidence.shown, 1)}
    return places | {name: f"said-{name}" for name in evidence.said}


def _run_cell(row: Row, places: Mapping[str, str]) -> Cell:
    """The job of a claim, linked to what it rests on."""
    shown = [row.job, *(run["folder"] for run in row.runs)]
    place = next((places[name] for name in shown if name in places), "")
    if not place:
        return Cell("")
    return Cell(row.job, link=place)


def _machines(row: Row) -> str:
    """The runs of a claim with their machines and versions."""
    told = rests_on(row)
    cpus = dict.fromkeys(run["machine"] for run in row.runs if run["machine"])
    versions = dict.fromkeys(
        f"jax {run['versions']['jax']}"
        for run in row.runs
        if run["versions"].get("jax")
    )
    return ", ".join([told, *cpus, *versions]) if told else ""


def _claims(found: Sequence[Row], places: Mapping[str, str], budget: Number) -> str:
    columns = (
        "claim",
        "report",
        "verdict",
        "measured",
        "seeds",
        "run",
        "rests on",
        "why it is open, and what may decide it",
    )
    cells = [
        [
            Cell(row.claim),
            Cell(row.report),
            Cell(row.told),
            Cell(row.measured or "nothing"),
            Cell("" if row.seeds is None else str(row.seeds), row.seeds),
            _run_cell(row, places),
            Cell(_machines(row)),
            Cell(_open(row) if row.verdict.is_open else ""),
        ]
        for row in found
    ]
    told = f"{expected_false(found)} {CAPTION}"
    caption = f"{counts(found)}, within {budget:g} minutes. {told}"
    grid = Grid("Every claim beside what was measured", columns, cells, caption)
    return html.element(
        "section",
        html.element("h2", "Claims"),
        html.element("div", html.table(grid), class_="claims"),
        id="claims",
    )


def _open(row: Row) -> str:
    """Why a claim is open, and the command that may decide it."""
    return f"{row.why}; to decide it: {row.decide}" if row.decide else row.why


def _contradictions(found: Sequence[Row]) -> str:
    """A row per matter, a column per report."""
    by_id = {row.id: row for row in found}
    lines = [
        [
            escape(f"{each.about} ({each.note})" if each.note else each.about),
            *(_beside(each, report, by_id) for report in REPORTS),
        ]
        for each in CONTRADICTIONS
    ]
    columns = ("matter", *(f"report {report}" for report in REPORTS))
    return html.element(
        "section",
        html.element("h2", "Where the reports contradict each other"),
        html.plain_table("Claims on one matter, with their verdicts", columns, lines),
        id="contradictions",
    )


def _beside(each: Contradiction, report: str, by_id: Mapping[str, Any]) -> str:
    """What one report claims of a matter."""
    own = [by_id[name] for name in each.claims if name in by_id]
    return "".join(
        html.element(
            "p", escape(row.claim), ": ", html.element("strong", escape(row.told))
        )
        for row in own
        if row.report == report
    )


def _printed(place: str, name: str, said: Sequence[Said]) -> str:
    """The commands of a job, with what each has printed."""
    parts = [
        html.details(
            each.command,
            html.element("pre", escape(each.output.strip() or each.told), tabindex="0"),
        )
        for each in said
    ]
    return html.element(
        "section",
        html.element("h2", escape(name)),
        html.element("p", "Commands, and what each has printed."),
        *parts,
        id=place,
    )
