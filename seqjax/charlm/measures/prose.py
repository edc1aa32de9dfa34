"""Structure of prose and plays: quotation marks, who speaks, words that exist."""

import re
from collections.abc import Collection

from seqjax.charlm.measures.rates import Rate

_BLANK = re.compile(r"\n[ \t]*\n\s*")
_SPEAKER = re.compile(r"([A-Z][^\n:.!?;]{0,38}):[ \t]*(?:\n|\Z)")
# Letters, with apostrophes and hyphens inside.
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_OPENING = {'"': '"', "“": "”", "‘": "’"}


def paragraphs(text: str) -> list[str]:
    """The parts of a text between empty lines."""
    return [part for part in _BLANK.split(text.strip("\n")) if part.strip()]


def quotes(text: str) -> Rate:
    """Paragraphs whose quotation marks alternate and are closed, of all that have any.

    Double marks, straight or curly, and curly single ones; a closing single mark that
    follows no opening one is an apostrophe. A quotation may go on in the next paragraph
    if that begins with the same opening mark, as in novels; at the end of the text it
    may be cut.

    Args:
        text: any piece of a text.
    """
    parts = paragraphs(text)
    having = right = 0
    for number, part in enumerate(parts):
        marks = [mark for mark in _OPENING if mark in part or _OPENING[mark] in part]
        if marks == ["‘"] and "‘" not in part:
            continue  # apostrophes only
        if not marks:
            continue
        following = parts[number + 1].lstrip() if number + 1 < len(parts) else None
        having += 1
        right += all(_alternate(part, mark, following) for mark in marks)
    return Rate(right, having)


def speakers(text: str) -> dict[str, int]:
    """Who speaks in a play, and how often: paragraphs whose first line is ``NAME:``.

    Args:
        text: any piece of a text.
    """
    found: dict[str, int] = {}
    for part in paragraphs(text):
        match = _SPEAKER.match(part)
        if match:
            found[match[1]] = found.get(match[1], 0) + 1
    return found


def speaker_paragraphs(text: str) -> Rate:
    """Paragraphs that begin with a speaker's line, of all.

    Args:
        text: any piece of a text.
    """
    return Rate(sum(speakers(text).values()), len(paragraphs(text)))


def known_speakers(text: str, known: Collection[str]) -> Rate:
    """Speakers' lines that name somebody known, of all speakers' lines.

    Args:
        text: any piece of a text.
        known: names, as the keys of `speakers` of the training text.
    """
    found = speakers(text)
    return Rate(
        sum(count for name, count in found.items() if name in known),
        sum(found.values()),
    )


def words(text: str) -> list[str]:
    """The words of a text in lower case; one cut by either end of it is left out.

    Args:
        text: any piece of a text.
    """
    matches = list(_WORD.finditer(text))
    if matches and matches[0].start() == 0:
        matches = matches[1:]
    if matches and matches[-1].end() == len(text):
        matches = matches[:-1]
    return [match[0].lower() for match in matches]


def known_words(text: str, known: Collection[str]) -> Rate:
    """Words that are known, of all words that are whole.

    Args:
        text: any piece of a text.
        known: words in lower case, as ``frozenset(words(train))``.
    """
    found = words(text)
    return Rate(sum(word in known for word in found), len(found))


def _alternate(part: str, opening: str, following: str | None) -> bool:
    """Whether marks of one kind open and close in turn."""
    closing = _OPENING[opening]
    open_ = False
    for mark in part:
        if mark == opening == closing:
            open_ = not open_
        elif mark == opening:
            if open_:
                return False
            open_ = True
        elif mark == closing:
            if not open_ and closing != "’":
                return False
            open_ = False
    return not open_ or following is None or following.startswith(opening)
