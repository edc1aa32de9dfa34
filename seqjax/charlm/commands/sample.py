"""``python -m seqjax.charlm sample DIR``: a model writes."""

from collections.abc import Sequence

from seqjax.charlm.commands.asking import manner_of
from seqjax.charlm.commands.models import describe, one_folder, open_models
from seqjax.charlm.commands.options import (
    MODEL_OPTIONS,
    PROMPT,
    directory,
    read,
    with_defaults,
    writing_options,
)
from seqjax.charlm.commands.output import show, tell
from seqjax.core.checks import check_integer
from seqjax.lab.command_line.cli import Command
from seqjax.lab.command_line.options import Option
from seqjax.lab.errors import UserError

SUMMARY = "write with a trained model, greedily, at a temperature, or by a beam search"

MOST_SAMPLES = 10_000

_OPTIONS = (
    directory("dir", "Run directory of a training, or a model's own folder."),
    PROMPT,
    Option(
        "samples",
        int,
        "Texts to write at once, each under a heading where there are several.",
        default=1,
    ),
    *writing_options(length=500, temperature=1.0),
    *MODEL_OPTIONS,
)


def run(words: Sequence[str]) -> int:
    """Runs the command.

    The text goes to standard output, after its prompt and before a line break, while it
    is drawn. The model, the seed and a log-probability go to standard error.

    Args:
        words: Of the command line, after ``sample``.

    Returns:
        0.

    Raises:
        UserError: For bad arguments, or a model that cannot be read.
    """
    given = read("sample DIR", SUMMARY, _OPTIONS, words)
    if given is None:
        return 0
    values = with_defaults(given, _OPTIONS)
    folder, count = one_folder(values["dir"] or ()), values["samples"]
    _check_count(count)
    manner = manner_of(given, values)
    (model,) = open_models([folder], values)
    prompts = [values["prompt"]] * count
    names = [f"sample {i} of {count}" for i in range(1, count + 1)]
    manner.check(model, prompts[:1], ["prompt"])
    tell(f"{folder}: {describe(model)}")
    manner.tell()
    show(manner.pieces(model, prompts, names), prompts, names)
    return 0


SAMPLE = Command("charlm sample", SUMMARY, run)


def _check_count(count: int) -> None:
    try:
        check_integer("samples", count, minimum=1)
    except ValueError as error:
        raise UserError(str(error)) from error
    if count > MOST_SAMPLES:
        raise UserError(
            f"samples must be at most {MOST_SAMPLES}, not {count}; "
            "give fewer, and another --seed for more"
        )
