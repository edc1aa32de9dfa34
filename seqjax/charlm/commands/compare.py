"""``python -m seqjax.charlm compare DIR ...``: several models continue one opening."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from seqjax.charlm.commands.asking import manner_of
from seqjax.charlm.commands.columns import columns
from seqjax.charlm.commands.models import describe, learnt, names_of, open_models
from seqjax.charlm.commands.options import (
    MODEL_OPTIONS,
    PROMPT,
    directory,
    read,
    with_defaults,
    writing_options,
)
from seqjax.charlm.commands.output import put, tell
from seqjax.core.checks import check_integer
from seqjax.lab.command_line.cli import Command
from seqjax.lab.command_line.options import Option
from seqjax.lab.errors import UserError

SUMMARY = "continue one opening by several trained models, side by side"

NARROWEST = 20
"""Characters of the narrowest page."""

# Length and temperature are those of report 001's four books.
_OPTIONS = (
    directory("dir", "Run directories of trainings, or models' own folders."),
    PROMPT,
    *writing_options(length=200, temperature=0.5),
    Option(
        "width",
        int,
        f"Characters of a line, at least {NARROWEST}; the models share it.",
        shown="as wide as the terminal, else 80",
    ),
    *MODEL_OPTIONS,
)


def run(words: Sequence[str]) -> int:
    """Runs the command.

    The texts go to standard output in columns, under the models' names; all else goes
    to standard error. All models draw by the same random numbers.

    Args:
        words: Of the command line, after ``compare``.

    Returns:
        0.

    Raises:
        UserError: For bad arguments, or a model that cannot be read.
    """
    given = read("compare DIR DIR ...", SUMMARY, _OPTIONS, words)
    if given is None:
        return 0
    values = with_defaults(given, _OPTIONS)
    folders, prompt = [Path(word) for word in values["dir"] or ()], values["prompt"]
    if not folders:
        raise UserError(
            "DIR must be given, got none; give the --out of one or more trainings"
        )
    width = _width(values["width"])
    manner = manner_of(given, values)
    models, names = open_models(folders, values), names_of(folders)
    for model, folder in zip(models, folders, strict=True):
        manner.check(model, [prompt], [f"prompt for {folder}"])
    for model, folder in zip(models, folders, strict=True):
        tell(f"{folder}: {describe(model)}")
    manner.tell()
    texts, titles = [], []
    for model, name in zip(models, names, strict=True):
        pieces = manner.pieces(model, [prompt], [name])
        texts.append(prompt + "".join(text for (text,) in pieces))
        titles.append(f"{name}\n{learnt(model) or ''}".rstrip())
    put(columns(titles, texts, width))
    return 0


COMPARE = Command("charlm compare", SUMMARY, run)


def _width(asked: int | None) -> int:
    """The width of the page."""
    if asked is None:
        return max(shutil.get_terminal_size().columns, NARROWEST)
    try:
        check_integer("width", asked, minimum=NARROWEST)
    except ValueError as error:
        raise UserError(str(error)) from error
    return asked
