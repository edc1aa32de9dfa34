"""What is trained on, what is validated on, what is tested on: never the same."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from seqjax.lab.errors import UserError


class Parts(NamedTuple):
    """The parts of a text.

    Attributes:
        train: What a model learns from.
        validation: What it is compared on while it learns.
        test: What it is measured on at the end; may be empty.
    """

    train: str
    validation: str
    test: str


def split(
    texts: Sequence[str], fractions: Sequence[float | int] = (0.9, 0.1, 0.0)
) -> Parts:
    """Cuts each text into three contiguous parts, and joins the parts of one kind.

    Contiguous, because windows drawn at random would overlap those held out; each text
    by itself, because the end of several texts would be held out from the last alone.

    Args:
        texts: One or more.
        fractions: Shares of train, validation and test, 0.9, 0.1 and 0 by default; they
            sum to 1, and train has some. Ends are rounded down: of n characters the
            first floor(0.9 n) are trained on.

    Raises:
        UserError: Fractions that are not of this form.
    """
    if (
        len(fractions) != 3
        or any(not 0 <= fraction <= 1 for fraction in fractions)
        or fractions[0] == 0
        or not math.isclose(sum(fractions), 1, abs_tol=1e-9)
    ):
        shown = " ".join(f"{fraction:g}" for fraction in fractions)
        raise UserError(
            "--split must be the shares of train, validation and test, the first above "
            f"0 and all together 1, got {shown}; for example --split 0.9 0.05 0.05"
        )
    pieces = [_cut(text, fractions) for text in texts]
    return Parts(*("".join(part) for part in zip(*pieces, strict=True)))


def check_parts(parts: Parts, window: int, name: str) -> None:
    """Raises unless every part that is not empty has a window and its targets.

    Args:
        parts: Of the text; validation and test may be empty.
        window: T, in characters.
        name: What to call the text in the error.

    Raises:
        UserError: Fewer than T + 1 characters, or only one distinct character.
    """
    for part, text in zip(Parts._fields, parts, strict=True):
        if len(text) <= window and (text or part == "train"):
            raise UserError(
                f"the {part} part of {name} must have at least T + 1 = {window + 1} "
                f"characters, but has {len(text)}; name a longer text or a smaller T"
            )
    check_distinct("".join(parts), name)


def check_distinct(text: str, name: str) -> None:
    """Raises unless a text has two different characters.

    Args:
        text: The whole text.
        name: What to call it in the error.

    Raises:
        UserError: One character only, of which a model learns nothing.
    """
    distinct = set(text)
    if len(distinct) < 2:
        only = f"only {min(distinct)!r}" if distinct else "none"
        raise UserError(
            f"{name} must have at least two distinct characters, but has {only}; "
            "name another text"
        )


def _cut(text: str, fractions: Sequence[float | int]) -> tuple[str, str, str]:
    train, validation, test = fractions
    # Binary fractions may fall short of what is whole in decimal, by less than this.
    first = math.floor(len(text) * train + 1e-6)
    second = math.floor(len(text) * (train + validation) + 1e-6)
    second = second if test else len(text)
    first = first if validation or test else len(text)
    return text[:first], text[first:second], text[second:]
