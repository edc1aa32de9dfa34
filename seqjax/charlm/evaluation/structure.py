"""Which structure a text has, and how well another text keeps to it."""

import re
from collections.abc import Collection
from typing import Literal

from seqjax.charlm.measures import (
    Nesting,
    Rate,
    html_nesting,
    known_speakers,
    latex_nesting,
    quotes,
    speaker_paragraphs,
)

Kind = Literal["latex", "html", "play", "prose"]
KINDS: tuple[Kind, ...] = ("latex", "html", "play", "prose")

_COMMAND = re.compile(r"\\[A-Za-z]+")
_END_TAG = re.compile(r"</[A-Za-z]")

COMMANDS = 1 / 500
"""A text is LaTeX if it has so many commands per character."""

END_TAGS = 1 / 1000
"""It is HTML if it has so many closing tags per character."""

SPEAKERS = 0.3
"""It is a play if so many of its paragraphs begin with a speaker's line."""

STRUCTURES: dict[Kind, tuple[str, ...]] = {
    "latex": (
        "braces_closed",
        "braces_ended",
        "environments_closed",
        "environments_ended",
    ),
    "html": ("tags_closed", "tags_ended"),
    "play": ("speaker_lines", "known_speakers", "quotes"),
    "prose": ("quotes",),
}
"""The rates that `structure` gives for each kind."""

LABELS = {
    "braces_closed": "closing braces that fit",
    "braces_ended": "opening braces that are closed",
    "environments_closed": "\\end that fit",
    "environments_ended": "\\begin that are ended",
    "tags_closed": "closing tags that fit",
    "tags_ended": "opening tags that are closed",
    "speaker_lines": "paragraphs with a speaker",
    "known_speakers": "speakers that exist",
    "quotes": "paragraphs with paired quotes",
}
"""What each rate is the share of."""


def kind_of(text: str) -> Kind:
    """The kind of a text: of LaTeX, HTML, a play, or else prose.

    Args:
        text: at least a character.
    """
    if len(_COMMAND.findall(text)) >= COMMANDS * len(text):
        return "latex"
    if len(_END_TAG.findall(text)) >= END_TAGS * len(text):
        return "html"
    spoken = speaker_paragraphs(text)
    if spoken.total and spoken.value >= SPEAKERS:
        return "play"
    return "prose"


def structure(kind: Kind, text: str, speakers: Collection[str]) -> dict[str, Rate]:
    r"""How well a piece of text keeps to the structure of its kind.

    Of brackets (braces, ``\begin`` and ``\end``, tags) there are two rates. Closed: of
    those that close, the share that closes the innermost open one. Ended: of those that
    open, the share that is closed before the text ends; a text that never closes
    anything makes no mistake, but this is 0. Both are below 1 for any text that is cut
    out of another, so hold them against such pieces.

    Args:
        kind: of the text that it is modelled on.
        text: any piece of text.
        speakers: who speaks in the training text, if that is a play.
    """
    if kind == "play":
        return {
            "speaker_lines": speaker_paragraphs(text),
            "known_speakers": known_speakers(text, speakers),
            "quotes": quotes(text),
        }
    if kind == "prose":
        return {"quotes": quotes(text)}
    nested = latex_nesting(text) if kind == "latex" else html_nesting(text)
    return {
        f"{name}_{side}": rate
        for name, nesting in nested.items()
        for side, rate in (("closed", nesting.closed), ("ended", _ended(nesting)))
    }


def _ended(nesting: Nesting) -> Rate:
    """Of the brackets that open, those that are closed, if only from further out."""
    ended = nesting.closed.hits + nesting.crossed
    return Rate(ended, ended + nesting.left_open)
