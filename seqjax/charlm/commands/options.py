"""The options that the commands share."""

from collections.abc import Mapping, Sequence
from typing import Any

from seqjax.charlm.prompts import STARTS
from seqjax.lab.command_line.options import Option
from seqjax.lab.command_line.parsing import parse, parser_of

PROG = "python -m seqjax.charlm"

MODEL_OPTIONS = (
    Option(
        "model_seed",
        int,
        "Seed of the training whose model is taken.",
        shown="the first",
    ),
    Option(
        "last",
        bool,
        "Take the model after the last update, not that of least validation loss.",
        default=False,
    ),
)

PROMPT = Option(
    "prompt",
    str,
    "What the text begins with; --prompt=-x where that is a minus sign. Without it a "
    "text begins as after a line break, see --start.",
    default="",
    shown="none",
)


def directory(name: str, what: str) -> Option:
    """The words that belong to no option, under the name that --help gives them."""
    shown = "none, it must be given"
    return Option(name, str, what, many=True, positional=True, shown=shown)


def writing_options(*, length: int, temperature: float) -> tuple[Option, ...]:
    """The options of how to write.

    Args:
        length: Default of --length.
        temperature: Default of --temperature.
    """
    return (
        Option(
            "length",
            int,
            "Characters to write after the prompt (bytes, of a model of bytes).",
            default=length,
        ),
        Option(
            "temperature",
            float,
            "T, which divides the logits: 0 takes the most probable character each "
            "time, 1 draws as the model says, above is wilder.",
            default=temperature,
        ),
        Option(
            "inverse_temperature",
            float,
            "1/T, which multiplies the logits, instead of --temperature.",
            shown="1/T",
        ),
        Option(
            "top_k",
            int,
            "Draw from the so many most probable characters.",
            shown="from all",
        ),
        Option(
            "top_p",
            float,
            "Draw from the fewest most probable characters that together have this "
            "probability, above 0 and at most 1 (the nucleus).",
            shown="from all",
        ),
        Option(
            "beam",
            int,
            "Draw nothing, but search the most probable text with so many beams; "
            "its log-probability is printed too. 1 is as temperature 0.",
            shown="draw",
        ),
        Option(
            "length_normalization",
            float,
            "Of a beam search, A: log-probabilities are compared after division by "
            "((5 + length) / 6)^A. 0 prefers short texts most; see --end.",
            default=0.0,
        ),
        Option(
            "end",
            str,
            "Character that ends a text of a beam search; \\n is a line break, \\t a "
            "tab.",
            shown="none: all have the length",
        ),
        Option(
            "start",
            str,
            "How a text without a prompt begins: as after a line break, which is read "
            "first and not shown (line), or by a character drawn evenly from all, of a "
            "model of bytes from the letters of ASCII (random). Random is also where "
            "the model knows no line break.",
            default="line",
            choices=STARTS,
        ),
        Option(
            "seed",
            int,
            "Of what is drawn, 0 to 4294967295; the same writes the same again.",
            shown="a random one, which is printed",
        ),
    )


def read(
    usage: str, summary: str, options: Sequence[Option], words: Sequence[str]
) -> dict[str, Any] | None:
    """The values of the options given; None after ``--help``.

    Args:
        usage: The command with its words, ``"sample DIR"``.
        summary: One line for ``--help``.
        options: Of the command.
        words: Of the command line.

    Raises:
        UserError: As `seqjax.lab.command_line.parsing.parse`.
    """
    parser = parser_of(PROG, summary, {"options": options})
    parser.usage = f"{PROG} {usage} [OPTIONS]"
    try:
        return parse(parser, options, words)
    except SystemExit:
        return None


def with_defaults(
    given: Mapping[str, Any], options: Sequence[Option]
) -> dict[str, Any]:
    """The values of all options by name."""
    return {option.name: option.default for option in options} | dict(given)
