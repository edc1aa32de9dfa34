"""The folder of all runs: what was begun with which commands, and what is finished.

A job that is run again, for more seeds or updates or other parts of it, has one more
folder: NAME, NAME-2, NAME-3.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import files, layout
from seqjax.lab.run_directory.environment import machine
from seqjax.reports.jobs import Job
from seqjax.reports.judging import Said

PLAN, SAID, CLAIMS = "plan.json", "said.json", "claims.json"


def places(folder: Path, job: Job) -> list[Path]:
    """The folders of a job that are there, in the order in which they were begun.

    Args:
        folder: of all runs; may be missing.
        job: the job.
    """
    found = {1: folder / job.name} if (folder / job.name).is_dir() else {}
    for path in folder.glob(f"{job.name}-*"):
        number = re.fullmatch(r"-([0-9]+)", path.name.removeprefix(job.name))
        if number and path.is_dir():
            found[int(number[1])] = path
    return [path for _, path in sorted(found.items())]


def next_place(folder: Path, job: Job) -> Path:
    """A folder for one more run of a job.

    Args:
        folder: of all runs; may be missing.
        job: the job.
    """
    count = len(places(folder, job)) + 1
    return folder / (job.name if count == 1 else f"{job.name}-{count}")


def is_finished(place: Path, job: Job) -> bool:
    """Whether a job has left all that it was to leave.

    Args:
        place: its folder.
        job: the job.
    """
    return (place / (layout.SUMMARY if job.is_run else SAID)).exists()


def finished(folder: Path, jobs: Iterable[Job]) -> list[str]:
    """The names of the jobs of which a run is finished.

    Args:
        folder: of all runs; may be missing.
        jobs: all there are.
    """
    return [
        job.name
        for job in jobs
        if any(is_finished(place, job) for place in places(folder, job))
    ]


def begun(folder: Path) -> dict[str, dict[str, Any]]:
    """The job, commands and minutes of all that was begun, by the name of the folder.

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


class Printed(NamedTuple):
    """What the commands of a job have printed.

    Attributes:
        asked: the commands, before folders were filled in.
        model: folder of the model that they used, or nothing.
        made: versions, machine and git state, as in ``environment.json``.
        said: what each has printed.
    """

    asked: list[list[str]]
    model: str
    made: dict[str, Any]
    said: list[Said]


def keep_said(
    place: Path, asked: Sequence[Sequence[str]], model: str, said: Sequence[Said]
) -> None:
    """Write down what the commands of a job have printed; it is finished then.

    Args:
        place: folder of the job.
        asked: the commands, before folders were filled in.
        model: folder of the model that they used, or nothing.
        said: of each command.
    """
    rows = [each._asdict() for each in said]
    told = [list(words) for words in asked]
    made = machine()
    content = {"asked": told, "model": model, "made": made, "said": rows}
    write_json(place / SAID, content)


def read_said(path: Path) -> Printed:
    """What `keep_said` wrote down.

    Args:
        path: the file.

    Raises:
        UserError: It is something else.
    """
    data = files.read_bytes(path) or b""
    try:
        told = json.loads(data)
        said = [Said(**row) for row in told.pop("said")]
        return Printed(**told, said=said)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} cannot be understood ({error}); remove it, and give the same "
            "command"
        ) from error
