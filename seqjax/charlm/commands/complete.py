"""``python -m seqjax.charlm complete DIR PROMPT ...``: a model goes on with prompts."""

from collections.abc import Sequence

from seqjax.charlm.commands.asking import manner_of
from seqjax.charlm.commands.models import describe, one_folder, open_models
from seqjax.charlm.commands.options import (
    MODEL_OPTIONS,
    directory,
    read,
    with_defaults,
    writing_options,
)
from seqjax.charlm.commands.output import show, tell
from seqjax.lab.command_line.cli import Command
from seqjax.lab.errors import UserError

SUMMARY = "go on with prompts, each by a trained model"

# Length and temperature are those of report 002's completed prompts.
_OPTIONS = (
    directory(
        "prompt",
        "Beginnings, each in quotation marks, after DIR: the run directory of a "
        "training, or a model's own folder. After -- they may begin with a minus sign.",
    ),
    *writing_options(length=100, temperature=0.25),
    *MODEL_OPTIONS,
)


def run(words: Sequence[str]) -> int:
    """Runs the command.

    Each prompt and what follows it go to standard output, under a heading where there
    are several; all else goes to standard error.

    Args:
        words: Of the command line, after ``complete``.

    Returns:
        0.

    Raises:
        UserError: For bad arguments, or a model that cannot be read.
    """
    given = read("complete DIR PROMPT ...", SUMMARY, _OPTIONS, words)
    if given is None:
        return 0
    values = with_defaults(given, _OPTIONS)
    free = values["prompt"] or ()
    folder, prompts = one_folder(free[:1]), list(free[1:])
    if not prompts:
        raise UserError(
            "PROMPT must be given after DIR, got none; write it in quotation marks"
        )
    manner = manner_of(given, values)
    (model,) = open_models([folder], values)
    names = [f"prompt {i} of {len(prompts)}" for i in range(1, len(prompts) + 1)]
    manner.check(model, prompts, names if len(prompts) > 1 else ["prompt"])
    tell(f"{folder}: {describe(model)}")
    manner.tell()
    show(manner.pieces(model, prompts, names), prompts, names)
    return 0


COMPLETE = Command("charlm complete", SUMMARY, run)
