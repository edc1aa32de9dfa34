"""Claims about what a model writes: early, at temperatures, after prompts."""

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from seqjax.core.statistics import bounded_mean
from seqjax.lab.data.corpora import load
from seqjax.lab.judging.claims import TEXT, Finding
from seqjax.lab.judging.rules import LEVEL, most, provided
from seqjax.lab.judging.statements import Missing
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Number
from seqjax.reports.jobs import UNSEEN
from seqjax.reports.judging import Evidence, Judge, Said, short_of_updates

_WORD = re.compile(r"[^\W\d_]{2,}")


@cache
def _words_of(corpus: str) -> frozenset[str]:
    (read,) = load([corpus] if corpus else [])
    return frozenset(_WORD.findall(read.text.lower()))


def known(text: str, letters: int = 2, corpus: str = "") -> float:
    """Share of a text's words that are in the text that was learnt.

    Args:
        text: any; 0 where it has no word.
        letters: of a word, at least.
        corpus: the text that was learnt; default: Python's manual.
    """
    words = [word for word in _WORD.findall(text.lower()) if len(word) >= letters]
    return sum(word in _words_of(corpus) for word in words) / max(1, len(words))


def unseen_name(*, share: Number) -> Judge:
    """Whether a prompt with a name that never occurs is continued in words.

    Args:
        share: of the words written that are in the text, at least.
    """

    def judge(evidence: Evidence) -> Finding:
        name = UNSEEN.split()[0]
        if name.lower() in _words_of(""):
            raise Missing(f"{name} is in the text")
        said = printed(evidence.printed("writing"), "complete", UNSEEN)
        shares = np.array([known(each.output.removeprefix(UNSEEN)) for each in said])
        told = (
            f"of {counted(len(shares), 'text')} have at least {share:g} of the words "
            f"written after '{UNSEEN}' from the text: {_shares(shares)}"
        )
        return most(shares >= share, told=told, level=LEVEL)

    return judge


def never_words(
    *, temperature: Number, letters: int, at_most: Number, updates: int
) -> Judge:
    """Whether what is written at a temperature has no words.

    Short ones are hit by chance; how many of these are, nearly even draws show. That a
    model which has learnt little writes none says nothing of one that has.

    Args:
        temperature: of the samples.
        letters: of a word, at least.
        at_most: share of words that are in the text.
        updates: of the report's models; with fewer it cannot hold.
    """

    def judge(evidence: Evidence) -> Finding:
        said = evidence.printed("writing")
        drawn = printed(said, "sample", f"--temperature {temperature:g} ")
        shares = np.array([known(each.output, letters) for each in drawn])
        flat = printed(said, "sample", "--inverse-temperature 0.1")[0].output
        told = (
            f"of {counted(len(shares), 'text')} have at most {at_most:g} of their "
            f"words of {letters} letters or more from the text: {_shares(shares)} at "
            f"temperature {temperature:g}, {known(flat, letters):.2f} at temperature 10"
        )
        had = int(evidence.run("charlm").summary["updates"])
        found = provided(
            most(shares <= at_most, told=told, level=LEVEL),
            holds=had >= updates,
            why=f"the models had {had} updates, the report's {updates}",
        )
        return short_of_updates(found)

    return judge


def spelled(*, temperature: Number, letters: int, least: Number, updates: int) -> Judge:
    """Whether most models write known words at a temperature.

    Args:
        temperature: of the samples.
        letters: of a word, at least.
        least: share of words that are in the text, at least.
        updates: of the report's models; with fewer a failure proves nothing.
    """

    def judge(evidence: Evidence) -> Finding:
        shares = _known_at(evidence, temperature, letters)
        told = (
            f"of {counted(len(shares), 'model')} have at least {least:g} of their "
            f"words known at temperature {temperature:g}: {_shares(shares)}"
        )
        had = int(evidence.run("charlm").summary["updates"])
        found = provided(
            most(shares >= least, told=told, level=LEVEL),
            fails=had >= updates,
            why=f"the models had {had} updates, the report's {updates}",
        )
        return short_of_updates(found)

    return judge


def words_fall(
    *, cooler: Number, hotter: Number, letters: int, learnt: Number
) -> Judge:
    """Whether models write fewer known words at the hotter of two temperatures.

    Args:
        cooler: the lower temperature.
        hotter: the higher one.
        letters: of a word, at least.
        learnt: share of known words at the lower one below which nothing is learnt, and
            nothing is judged.
    """

    def judge(evidence: Evidence) -> Finding:
        shares = [_known_at(evidence, each, letters) for each in (cooler, hotter)]
        found = most(shares[0] > shares[1], told="of models write fewer", level=LEVEL)
        measured = ", ".join(
            f"{_shares(each)} at temperature {at:g}"
            for each, at in zip(shares, (cooler, hotter), strict=True)
        )
        found = found._replace(
            measured=f"share of known words: {measured}; {found.measured}"
        )
        enough = bool(shares[0].mean() >= learnt)
        why = f"fewer than {learnt:g} of the words are known at the lower temperature"
        return short_of_updates(provided(found, holds=enough, fails=enough, why=why))

    return judge


def varied(*, cooler: Number, hotter: Number) -> Judge:
    """Whether models write more distinct words at the hotter of two temperatures.

    Args:
        cooler: the lower temperature.
        hotter: the higher one.
    """

    def judge(evidence: Evidence) -> Finding:
        shares = [
            np.array([distinct(each.output) for each in written_at(evidence, at)])
            for at in (cooler, hotter)
        ]
        measured = ", ".join(
            f"{_shares(each)} at temperature {at:g}"
            for each, at in zip(shares, (cooler, hotter), strict=True)
        )
        found = most(shares[1] > shares[0], told="of models write more", level=LEVEL)
        return found._replace(
            measured=f"distinct words, of all: {measured}; {found.measured}"
        )

    return judge


def _shares(values: np.ndarray) -> str:
    return estimate_text(bounded_mean(values, 0.0, 1.0), "{:.2f}")


def written_at(evidence: Evidence, temperature: Number) -> list[Said]:
    """What every model wrote at a temperature.

    Args:
        evidence: what has been run.
        temperature: of the samples.

    Raises:
        Missing: Nothing was written at it.
    """
    said = evidence.printed("writing")
    return printed(said, "sample", f"--temperature {temperature:g} ", "--model-seed")


def _known_at(evidence: Evidence, temperature: Number, letters: int) -> np.ndarray:
    written = written_at(evidence, temperature)
    return np.array([known(each.output, letters) for each in written])


def printed(said: Sequence[Said], *words: str) -> list[Said]:
    """What the commands with these words printed.

    Args:
        said: what all commands printed.
        words: each of which is in the command.

    Raises:
        Missing: There is no such command.
    """
    found = [
        each
        for each in said
        if all(word in f"{each.command} ".replace("'", "") for word in words)
    ]
    if not found:
        raise Missing(f"nothing was written by {' '.join(words)}")
    return found


def early(updates: int, measure: str, *, least: Number) -> Judge:
    """Whether the greedy text of most seeds is of some kind after so many updates.

    How many it takes depends on the text, so only the report's own can refute it.

    Args:
        updates: of the models.
        measure: of the text, one of `MEASURES`.
        least: from which on it is of that kind.
    """
    words, share_of = MEASURES[measure]

    def judge(evidence: Evidence) -> Finding:
        said = evidence.printed("early")
        texts = [
            one.output for one in printed(said, "charlm sample", f"after-{updates} ")
        ]
        own = evidence.texts.get("early", "")
        shares = np.array([float(share_of(text, own)) for text in texts])
        begin = " ".join(texts[0].split())[:40]
        told = (
            f"of {counted(len(shares), 'seed')} have at least {least:g}, {words} of "
            f"{own or MANUAL}: {_shares(shares)}; the first writes "
            + (f"'{begin}'" if begin else "blanks")
        )
        found = provided(
            most(shares >= least, told=told, level=LEVEL),
            fails=bool(own),
            why="not so on this text, but the report's own is not here",
        )
        return found._replace(lacks=TEXT) if found.why else found

    return judge


def blanks(text: str) -> float:
    """Share of a text's characters that are blank.

    Args:
        text: any.
    """
    return sum(character.isspace() for character in text) / max(1, len(text))


def lone_blanks(text: str) -> float:
    """Share of a text's blanks that have no other beside them; 0 without a blank.

    Args:
        text: any.
    """
    stretches = [len(found) for found in re.findall(r"\s+", text)]
    return stretches.count(1) / max(1, sum(stretches))


def begins_with_t(text: str) -> float:
    """Share of a text's blanks that a "t" follows; 0 without a blank.

    Args:
        text: any.
    """
    after = re.findall(r"\s(?=(.))", text, re.DOTALL)
    return sum(each in "tT" for each in after) / max(1, len(after))


def repeated(text: str) -> float:
    """Share of a text's words that were among the two before.

    Args:
        text: any.
    """
    words = text.split()
    again = [word in words[max(0, i - 2) : i] for i, word in enumerate(words)]
    return sum(again) / max(1, len(words))


def distinct(text: str) -> float:
    """Share of a text's words that differ from all others.

    Args:
        text: any; 0 where it has no word.
    """
    words = _WORD.findall(text.lower())
    return len(set(words)) / max(1, len(words))


MANUAL = "Python's manual"
"""What is learnt where no text is given."""


def _alone(measure: Callable[[str], Number]) -> Callable[[str, str], Number]:
    """A measure that needs not know what was learnt."""
    return lambda text, corpus: measure(text)


MEASURES: dict[str, tuple[str, Callable[[str, str], Number]]] = {
    "blanks": ("share of blanks", _alone(blanks)),
    "lone blanks": ("share of blanks without another beside them", _alone(lone_blanks)),
    "t": ("share of blanks that a t follows", _alone(begins_with_t)),
    "repeated": ("share of repeated words", _alone(repeated)),
    "known": ("share of known words", lambda text, own: known(text, corpus=own)),
}
"""What the text of `early` may be measured by: in words, and the function, which takes
what was written and the text that was learnt."""
