"""All that is finished, as the claims are judged by it: runs, and what was printed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqjax.lab.report.reading import FinishedRun
from seqjax.lab.run_directory import layout
from seqjax.reports import folder
from seqjax.reports.folder import Printed
from seqjax.reports.jobs import Job
from seqjax.reports.judging import Evidence, Sentence, Source
from seqjax.reports.store import Kept, Store, rank, source


def gather(
    place: Path,
    store: Store,
    jobs: Sequence[Job],
    claims: Sequence[Sentence],
    reasons: Mapping[str, str],
    texts: Mapping[str, str] | None = None,
) -> Evidence:
    """What the claims are judged by.

    Args:
        place: the folder of all runs.
        store: finished runs, those of that folder among them.
        jobs: all there are.
        claims: all there are.
        reasons: why a job is not finished, by name.
        texts: the reports' own texts that were given, by name.

    Raises:
        UserError: A run is damaged.
    """
    runs: dict[str, FinishedRun] = {}
    said: dict[str, Printed] = {}
    sources: dict[str, list[Source]] = {}
    shown: dict[str, FinishedRun] = {}

    def take(name: str, kept: Kept) -> None:
        run = store.run(kept, name)
        runs[name], sources[name] = run, [source(run, str(kept.path))]
        shown[str(kept.path)] = run

    for job in jobs:
        kept = store.best(job) if job.is_run and not job.in_parts else None
        printed = None if job.is_run else last_said(place, store, job)
        if kept is not None:
            take(job.name, kept)
        if printed is not None:
            where, told = printed
            said[job.name] = told
            sources[job.name] = [_of_said(where, told)]
            model = store.at(Path(told.model)) if told.model else None
            if model is not None:
                shown.pop(sources.get(job.after, [_NONE])[0].folder, None)
                take(job.after, model)
        if job.in_parts:
            ids = [claim.id for claim in claims if claim.job == job.name]
            _take_parts(store, job, ids, runs, sources, shown)
    for job in jobs:
        whose = job.beside or job.name
        if job.beside and job.name in sources:
            sources[whose] = [*sources.get(whose, []), *sources[job.name]]
        if job.after and job.name in sources:
            sources[job.name] = [*sources[job.name], *sources.get(job.after, [])]
    given = texts or {}
    own = {job.name: given[job.text] for job in jobs if job.text in given}
    listed = {name: told.said for name, told in said.items()}
    return Evidence(runs, listed, reasons, sources, shown, own)


_NONE = Source("", None, None, None, {}, None, None)


def last_said(place: Path, store: Store, job: Job) -> tuple[Path, Printed] | None:
    """What the commands of a job, as they are now, have printed, and where that lies.

    Args:
        place: the folder of all runs.
        store: other folders.
        job: one that is no run.
    """
    own = [path / folder.SAID for path in reversed(folder.places(place, job))]
    others = [
        file
        for base in store.folders
        for file in sorted(base.rglob(f"{job.name}/{folder.SAID}"))
    ]
    wanted = [list(words) for words in job.sizes[0].commands]
    for file in (*own, *others):
        told = folder.read_said(file) if file.exists() else None
        if told is not None and told.asked == wanted:
            return file.parent, told
    return None


def model(store: Store, job: Job) -> Path | None:
    """Folder of the best run of a job that has kept its models; None: there is none.

    Args:
        store: finished runs.
        job: the job.
    """
    found = [kept for size in job.sizes for kept in store.answers(job, size)]
    found = [kept for kept in found if any((kept.path / layout.MODELS).glob("*"))]
    return max(found, key=rank).path if found else None


def _of_said(place: Path, told: Printed) -> Source:
    git: Mapping[str, Any] = told.made.get("git") or {}
    return Source(
        str(place),
        git.get("commit"),
        None if "dirty" not in git else not git["dirty"],
        (told.made.get("host") or {}).get("cpu"),
        told.made.get("versions") or {},
        None,
        None,
    )


def _take_parts(
    store: Store,
    job: Job,
    ids: Sequence[str],
    runs: dict[str, FinishedRun],
    sources: dict[str, list[Source]],
    shown: dict[str, FinishedRun],
) -> None:
    """The runs of a job whose claims are judged by many, each by some of them."""
    summary = store.parts(job, ids)
    for row in summary["claims"]:
        for where in row.get("runs", ()):
            kept = store.at(Path(where))
            assert kept is not None, where
            shown.setdefault(where, store.run(kept, where))
            runs.setdefault(job.name, shown[where]._replace(summary=summary))
        told = [source(shown[where], where) for where in row.get("runs", ())]
        sources[row["id"]] = told
