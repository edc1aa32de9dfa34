"""``seqjax``: lists the studies, and runs one: ``seqjax NAME [OPTIONS]``.

``seqjax run FILE.py`` runs a study of the user's own,
``seqjax runs [FOLDER]`` lists what has been run, ``seqjax report RUN ...`` shows it as
one page, ``seqjax verify PAGE`` repeats a part of that; ``seqjax report --all`` judges
every claim of the five reports.
"""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import seqjax
from seqjax.lab.command_line import cli
from seqjax.lab.command_line.parsing import suggestion
from seqjax.lab.errors import UserError
from seqjax.lab.report import command as report
from seqjax.lab.run_directory import runs
from seqjax.lab.running import driver
from seqjax.lab.study import Study
from seqjax.lab.verify import command as verify

# Every study is a package with `study.STUDY`, or `study.STUDIES` for several commands.
STUDIES = (
    "palindrome",
    "optimizers",
    "gradients",
    "reconcile",
    "initialization",
    "memory",
    "charlm",
    "phased",
    "graphs",
)


COMMANDS = ("run", "runs", "report", "verify")
"""What is no study."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command ``seqjax``.

    Args:
        argv: Words of the command line, without the program; ``sys.argv`` by default.

    Returns:
        Exit status, as `seqjax.lab.command_line.cli.main`.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    return cli.guarded("seqjax", lambda: _run(words))


def summary(name: str) -> str:
    """First line of the docstring of a study's package, which is not imported."""
    spec = importlib.util.find_spec(f"seqjax.{name}")
    if spec is None or spec.origin is None:
        return ""
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def _run(words: list[str]) -> int:
    """Lists, tells the version, or runs a study."""
    if not words or words[0] in ("-h", "--help"):
        _list()
        return 0
    if words[0] == "--version":
        print(f"seqjax {seqjax.__version__}")
        return 0
    if words[0] == "runs":
        return _runs(words[1:])
    if words[0] == "report" and "--all" in words:
        return _report_all(words[1:])
    if words[0] == "report":
        return report.run(words[1:], _about)
    if words[0] == "verify":
        return verify.run(words[1:], _known, _load)
    if words[0] == "run":
        return _run_file(words[1:])
    if words[0] in STUDIES:
        return cli.main(_studies(words[0]), words[1:])
    study = _installed_study(words[0])
    if study is not None:
        invoked = ("python", "-m", "seqjax", words[0])
        return cli.main(replace(study, invoked=invoked), words[1:])
    known = (*STUDIES, *_installed())
    way_out = suggestion(words[0], (*known, *COMMANDS))
    raise UserError(
        f"study must be one of {', '.join(known)}, got {words[0]!r}"
        + (way_out or "; 'seqjax' lists them")
    )


def _run_file(words: list[str]) -> int:
    """Runs a study of the user's own: ``FILE.py``, or ``FILE.py:NAME`` of several."""
    if not words or words[0] in ("-h", "--help"):
        if not words:
            raise UserError(
                "FILE must be given, got none; for example seqjax run mystudy.py"
            )
        print(
            "usage: seqjax run FILE.py[:NAME] [OPTIONS]\n\nRuns a study of your own: "
            "a file with a subclass of seqjax.study.Experiment.\n"
            "seqjax run FILE.py --help lists its options."
        )
        return 0
    if words[0].startswith("-"):
        raise UserError(
            f"FILE must come before the options, got {words[0]}; for example "
            "seqjax run mystudy.py --seeds 3"
        )
    file, colon, name = words[0].rpartition(":")
    if not colon or name.endswith(".py"):
        file, name = words[0], ""
    found = _load(Path(file))
    named = {study.name: study for study in found}
    # By its class as well.
    of_class = importlib.import_module("seqjax.study.loading").study_name(name)
    name = of_class if of_class in named else name
    if not name and len(found) > 1:
        raise UserError(
            f"{file} defines {', '.join(named)}; name one, for example "
            f"seqjax run {file}:{found[0].name}"
        )
    if name and name not in named:
        raise UserError(
            f"study of {file} must be one of {', '.join(named)}, got {name!r}"
            + (suggestion(name, list(named)) or "; choose one of these")
        )
    study = named[name] if name else found[0]
    invoked = ("python", "-m", "seqjax", "run", words[0])
    return cli.main(replace(study, invoked=invoked), words[1:])


def _load(file: Path) -> list[Study[Any]]:
    """The studies of a file; what that needs is imported for it alone."""
    from seqjax.study.loading import load

    return load(file)


def _installed() -> dict[str, EntryPoint]:
    """The studies that other packages announce; none of them is imported."""
    return {entry.name: entry for entry in entry_points(group="seqjax.studies")}


def _installed_study(name: str) -> Study[Any] | None:
    """The study of another package, imported for it alone."""
    entry = _installed().get(name)
    if entry is None:
        return None
    from seqjax.study.loading import load_installed

    return load_installed(entry)


def _report_all(words: list[str]) -> int:
    """Judges every claim of the reports; what that needs is imported for it alone."""
    from seqjax.reports import command

    return command.run(words, _about, _known)


def _studies(package: str) -> Sequence[cli.Runnable]:
    """The studies and commands of a package."""
    module = importlib.import_module(f"seqjax.{package}.study")
    return getattr(module, "STUDIES", None) or (module.STUDY,)


def _known(name: str) -> Study[Any] | None:
    """The study of a name, as in ``config.json``."""
    package = name.split()[0] if name.split() else ""
    if package not in STUDIES:
        return _installed_study(name)
    for each in _studies(package):
        if isinstance(each, Study) and each.name == name:
            return each
    return None


def _about(name: str) -> str:
    """One line on the study of a name, without importing it; nothing on another's."""
    package = name.split()[0] if name.split() else ""
    return summary(package) if package in STUDIES else ""


def _runs(words: list[str]) -> int:
    """Lists the runs of a folder."""
    if words in (["-h"], ["--help"]):
        print(
            "usage: seqjax runs [FOLDER]\n\nLists the runs in a folder and below it "
            "(default: runs): how far each is, and what came out."
        )
        return 0
    if len(words) > 1 or any(word.startswith("-") for word in words):
        raise UserError(
            f"runs must have one folder or none, got {' '.join(words)!r}; "
            "for example seqjax runs runs/palindrome"
        )
    folder = Path(words[0] if words else "runs")
    driver.show([runs.table(folder, runs.find(folder, _known))])
    return 0


def _list() -> None:
    """Prints what there is."""
    print("usage: seqjax STUDY [OPTIONS]      (seqjax STUDY --help explains them)\n")
    print("studies:")
    for name in STUDIES:
        print(f"  {name:<14} {summary(name)}")
    for name, entry in _installed().items():
        package = entry.dist.name if entry.dist else entry.value
        print(f"  {name:<14} of the package {package}")
    print(
        "\nalso:\n"
        "  run FILE.py    run a study of your own\n"
        "  runs [FOLDER]  list what has been run, how far, and what came out\n"
        f"  report RUN ... {report.SUMMARY}\n"
        "  report --all   run the studies that answer the reports, judge every claim\n"
        f"  verify PAGE    {verify.SUMMARY}"
    )
    print("\noptions:\n  --version      print the version and exit")


if __name__ == "__main__":
    sys.exit(main())
