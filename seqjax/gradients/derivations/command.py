"""``python -m seqjax.gradients check FILE``: judges a hand derivation."""

from collections.abc import Sequence
from pathlib import Path

from seqjax.core.checks import check_integer, check_number
from seqjax.gradients.derivations.catalogue import CELLS
from seqjax.gradients.derivations.judging import ACCEPTED, PROG, judge_file
from seqjax.gradients.derivations.template import template
from seqjax.lab.command_line.options import Option
from seqjax.lab.command_line.parsing import parse, parser_of
from seqjax.lab.errors import UserError

SUMMARY = "judge a hand derivation of back-propagation through time"

_OPTIONS = (
    Option(
        "cell",
        str,
        "Cell whose gradients they are.",
        choices=tuple(CELLS),
        shown="the one whose functions FILE has; rnn for a template",
    ),
    Option(
        "only",
        str,
        "Derivations to judge, by name: dW_hh.",
        many=True,
        shown="all of the cell's",
    ),
    Option("seed", int, "Of the random examples.", default=0),
    Option(
        "time_limit",
        float,
        "Most seconds that FILE, and each call of a function in it, may take.",
        default=20.0,
    ),
    Option(
        "template",
        bool,
        "Write FILE, with every function to be filled in (never over another file).",
        default=False,
    ),
    Option(
        "json",
        bool,
        "Print the verdicts as JSON, for programs.",
        default=False,
    ),
)


def run(words: Sequence[str]) -> int:
    """Runs the command.

    Args:
        words: of the command line, after ``check``.

    Returns:
        0 if every derivation is right; 1 if one is not.

    Raises:
        UserError: for bad arguments, or a file that cannot be judged.
    """
    files, options = _split(words)
    parser = parser_of(f"{PROG} FILE.py", SUMMARY, {"options": _OPTIONS})
    try:
        given = parse(parser, _OPTIONS, options)
    except SystemExit:  # --help has been printed
        return ACCEPTED
    if len(files) > 1:
        raise UserError(f"FILE must be one file, got {' '.join(files)}; give one")
    file = files[0] if files else None
    values = {
        option.name: given.get(option.name, option.default) for option in _OPTIONS
    }
    as_json = values.pop("json")
    if values.pop("template"):
        return _write(file, values["cell"] or "rnn")
    if file is None:
        raise UserError(
            f"a FILE must be given, got none; {PROG} --template writes one to fill in"
        )
    try:
        check_integer("seed", values["seed"], minimum=0)
        check_number(
            "time_limit",
            values["time_limit"],
            minimum=0.0,
            exclusive=True,
            hint="try 20",
        )
    except ValueError as error:
        raise UserError(str(error)) from error
    return judge_file(Path(file), **values, as_json=as_json)


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that are files, and the others."""
    files: list[str] = []
    rest: list[str] = []
    valued = {option.flag for option in _OPTIONS if option.kind is not bool}
    for before, word in zip(["", *words], words, strict=False):
        # A value of --only has no dot in it; a path to a Python file does.
        value = before in valued or ("--only" in rest and not word.endswith(".py"))
        (rest if word.startswith("-") or value else files).append(word)
    return files, rest


def _write(file: str | None, cell: str) -> int:
    """Writes the template."""
    path = Path(file or f"{cell}_gradients.py")
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(template(CELLS[cell], str(path)))
    except FileExistsError:
        raise UserError(
            f"{path} is there already, and is not written over; name another file"
        ) from None
    except OSError as error:
        raise UserError(
            f"cannot write {path}: {error.strerror or error}; name another file"
        ) from error
    print(f"written: {path}; fill it in, then: {PROG} {path}")
    return ACCEPTED
