"""The folder of all runs: what was begun with which commands, and what is finished."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from seqjax.lab.errors import UserError
from seqjax.lab.report.reading import read_run
from seqjax.lab.run_directory import files, layout
from seqjax.reports.jobs import JOBS, Job
from seqjax.reports.judging import Evidence, Said

PLAN, SAID, CLAIMS = "plan.json", "said.json", "claims.json"

Commands = Sequence[Sequence[str]]


def is_finished(folder: Path, job: Job) -> bool:
    """Whether a job has left all that it was to leave.

    Args:
        folder: of all runs.
        job: the job.
    """
    return (folder / job.name / (layout.SUMMARY if job.is_run else SAID)).exists()


def finished(folder: Path, jobs: Collection[Job] = JOBS) -> list[str]:
    """The names of the jobs that are finished.

    Args:
        folder: of all runs; may be missing.
        jobs: all there are.
    """
    return [job.name for job in jobs if is_finished(folder, job)]


def begun(folder: Path) -> dict[str, dict[str, Any]]:
    """The commands and minutes of every job that was begun, by name.

    Args:
        folder: of all runs; may be missing.

    Raises:
        UserError: what the folder holds is not of this command.
    """
    path = folder / PLAN
    data = files.read_bytes(path)
    if data is None:
        if folder.is_dir() and any(folder.iterdir()):
            raise UserError(
                f"--runs must be a new or empty folder, or one that this command has "
                f"begun, got {folder}; name another"
            )
        return {}
    try:
        found = json.loads(data)["begun"]
        for each in found.values():
            float(each["minutes"])
            for command in each["commands"]:
                " ".join(command)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} cannot be understood ({error}); name another --runs"
        ) from error
    return dict(found)


def keep_begun(folder: Path, jobs: Mapping[str, Mapping[str, Any]]) -> None:
    """Write down what was begun.

    Args:
        folder: of all runs, made if it is missing.
        jobs: as `begun` gives them.
    """
    with files.explained("write", folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / PLAN, {"begun": jobs})


def write_json(path: Path, value: Any) -> None:
    """Write a file of JSON.

    Args:
        path: the file.
        value: its content.
    """
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    files.write_atomic(path, text.encode("utf-8", "backslashreplace"))


def keep_said(folder: Path, job: Job, said: Sequence[Said]) -> None:
    """Write down what the commands of a job have printed; it is finished then.

    Args:
        folder: of all runs.
        job: the job.
        said: of each command.
    """
    rows = [each._asdict() for each in said]
    write_json(folder / job.name / SAID, rows)


def evidence(
    folder: Path, reasons: Mapping[str, str], jobs: Collection[Job] = JOBS
) -> Evidence:
    """All that is finished.

    Args:
        folder: of all runs.
        reasons: why each other job is not.
        jobs: all there are.

    Raises:
        UserError: a run is damaged.
    """
    done = [job for job in jobs if is_finished(folder, job)]
    return Evidence(
        {j.name: read_run(folder / j.name, j.name) for j in done if j.is_run},
        {j.name: _said(folder / j.name / SAID) for j in done if not j.is_run},
        reasons,
    )


def _said(path: Path) -> list[Said]:
    data = files.read_bytes(path) or b""
    try:
        return [Said(**row) for row in json.loads(data)]
    except (TypeError, ValueError) as error:
        raise UserError(
            f"{path} cannot be understood ({error}); remove it, and give the same "
            "command"
        ) from error
