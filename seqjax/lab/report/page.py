"""The report page: one file of HTML that asks for nothing from outside itself."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from html import escape
from importlib import resources
from string import Template
from typing import Any, NamedTuple

import seqjax
from seqjax.lab.report import grids, html
from seqjax.lab.report.grids import Cell, Grid
from seqjax.lab.report.reading import FinishedRun
from seqjax.lab.run_directory.runs import headline

FORMAT, SCHEMA = "seqjax report", 1
"""What the data of the page calls itself, and how it is laid out."""

DATA_ID = "seqjax-data"
"""The element that holds the data."""


class Around(NamedTuple):
    """What stands on a page beside its runs.

    Attributes:
        title: of the page.
        contents: ids and names of the sections before the runs.
        before: these sections, as HTML.
        contents_after: ids and names of the sections after the runs.
        after: these sections, as HTML.
        data: what the page's data has beside the runs.
    """

    title: str
    contents: Sequence[tuple[str, str]]
    before: str
    contents_after: Sequence[tuple[str, str]]
    after: str
    data: Mapping[str, Any]


def run_name(number: int) -> str:
    """The id of a run's section.

    Args:
        number: of the run on its page, from 1.
    """
    return f"run-{number}"


def page(
    runs: Sequence[FinishedRun],
    about: Callable[[str], str],
    around: Around | None = None,
) -> str:
    """The page of some runs.

    Args:
        runs: in the order of the page; at least one, unless something stands around.
        about: one line on the study of a name, or nothing.
        around: what stands before and after them.
    """
    script = _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    named = [(run_name(number), run) for number, run in enumerate(runs, 1)]
    if around is None:
        title = runs[0].label if len(runs) == 1 else f"{len(runs)} runs"
        around = Around(title, (), "", (), "", {})
    links = [
        *around.contents,
        *((name, run.label) for name, run in named),
        *around.contents_after,
    ]
    return Template(_asset("page.html")).substitute(
        title=escape(f"{around.title}: seqjax report"),
        digest=digest,
        style=_asset("page.css"),
        script=script,
        version=escape(seqjax.__version__),
        contents="".join(html.element("li", _link(*link)) for link in links),
        overview=around.before + (_overview(named) if named else ""),
        runs="\n".join(_section(name, run, about) for name, run in named)
        + around.after,
        data_id=DATA_ID,
        data=html.data_block({**data_of(runs), **around.data}),
    )


def data_of(runs: Sequence[FinishedRun]) -> dict[str, Any]:
    """What the page holds for programs: ``seqjax verify`` reads it.

    Args:
        runs: of the page.

    Returns:
        ``format``, ``schema``, ``seqjax`` (version) and ``runs``: for each its
        ``label`` and the content of its files: ``config.json`` under ``header``,
        ``environment``, ``summary`` and, as text, ``results``.
    """
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "seqjax": seqjax.__version__,
        "runs": [
            {
                "label": run.label,
                "header": run.header,
                "environment": run.environment,
                "summary": run.summary,
                "results": run.results,
            }
            for run in runs
        ],
    }


def _asset(name: str) -> str:
    """A file that lies beside this module."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _link(name: str, label: str) -> str:
    return html.element("a", escape(label), href=f"#{name}")


def _overview(named: Sequence[tuple[str, FinishedRun]]) -> str:
    """A row per run."""
    rows = []
    for name, run in named:
        versions = _mapping(run.environment.get("versions"))
        facts = (
            run.study,
            headline(run.summary) or "see its tables",
            str(len(run.cells) - 1),
            str(versions.get("jax", grids.MISSING)),
            str(_mapping(run.environment.get("host")).get("cpu", grids.MISSING)),
        )
        rows.append([_link(name, run.label), *map(escape, facts)])
    columns = ("run", "study", "what came out", "rows", "jax", "processor")
    return html.plain_table("The runs", columns, rows)


def _section(name: str, run: FinishedRun, about: Callable[[str], str]) -> str:
    """All of one run."""
    own = [
        Grid(
            table["title"],
            table["columns"],
            [[grids.written(cell) for cell in row] for row in table["rows"]],
            table["caption"],
        )
        for table in run.tables
    ]
    numbers = [html.table(grid) for grid in grids.summary_grids(run.summary)]
    parts = [html.table(grid) for grid in own] if own else numbers
    drawings = [html.figure(figure, run.label) for figure in run.figures]
    if drawings:
        parts.append(html.element("div", *drawings, class_="figures"))
    parts += [
        html.details(f"Text: {file}", html.sample(file, text))
        for file, text in run.texts.items()
    ]
    if own:
        parts.append(html.details("All numbers of the summary", *numbers))
    results = html.table(grids.results_grid(run.cells))
    parts += [
        html.details("Results, row by row", results),
        html.details("Configuration", html.table(_settings(run.header["config"]))),
        html.details("Versions and machine", html.table(_versions(run.environment))),
    ]
    said = [html.element("p", escape(line)) for line in _said(run, about)]
    return html.element(
        "section",
        html.element("h2", escape(run.label)),
        *said,
        *parts,
        html.element("h3", "To repeat it"),
        html.element("pre", html.element("code", escape(run.command)), tabindex="0"),
        _checkout(run),
        id=name,
    )


def _said(run: FinishedRun, about: Callable[[str], str]) -> list[str]:
    """What is said of a run before its tables."""
    # Of a study of the user's own, which may be called like another, the run itself.
    line = "" if run.header.get("source") else about(run.study)
    line = line or str(run.header.get("about") or "")
    said = [f"Study: {run.study}. {line}" if line else f"Study: {run.study}."]
    came_out = headline(run.summary)
    return [*said, f"What came out: {came_out}"] if came_out else said


def _checkout(run: FinishedRun) -> str:
    """Of which version of seqjax the command is."""
    git = _mapping(run.environment.get("git"))
    if not git:
        return ""
    changed = ", with changes that are not committed" if git.get("dirty") else ""
    text = f"with seqjax at commit {git.get('commit')}{changed}"
    return html.element("p", escape(text))


def _settings(config: Mapping[str, Any]) -> Grid:
    rows = [[Cell(name.replace("_", " ")), grids.cell(v)] for name, v in config.items()]
    return Grid("Configuration", ("setting", "value"), rows)


def _versions(environment: Mapping[str, Any]) -> Grid:
    """What a run depended on beside its configuration; later sessions below."""
    first = {k: v for k, v in environment.items() if k != "resumed_under"}
    later = environment.get("resumed_under", [])
    later = later if isinstance(later, list) else []
    rows = []
    for number, session in enumerate([first, *map(_mapping, later)]):
        again = "" if not number else f"resumed {number}: "
        for group, value in session.items():
            entries = value.items() if isinstance(value, Mapping) else [("", value)]
            rows += [
                [Cell(f"{again}{group} {key}".strip()), grids.cell(entry)]
                for key, entry in entries
            ]
    caption = "" if rows else "They are not recorded."
    return Grid("Versions and machine", ("what", "value"), rows, caption)


def _mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}
