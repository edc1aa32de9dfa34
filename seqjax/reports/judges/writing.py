"""Claims about what a model writes: after prompts, by a beam, early in training."""

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from seqjax.core.statistics import mean, success_rate
from seqjax.lab.data.corpora import python_manual
from seqjax.lab.judging.claims import Finding
from seqjax.lab.judging.rules import between, provided
from seqjax.lab.judging.statements import Missing
from seqjax.lab.study import Number
from seqjax.reports.jobs import UNSEEN
from seqjax.reports.judging import Evidence, Judge, Said, with_interval

_WORD = re.compile(r"[^\W\d_]{2,}")
_NATS = re.compile(r"log-probability (-?[\d.]+) nats")

OFTEN = 500_000
"""Updates after which report 003 shows samples last."""

KNOWN = 0.8
"""A text is of words where at least this share of its words is in the manual."""


@cache
def _manual_words() -> frozenset[str]:
    return frozenset(_WORD.findall(python_manual().lower()))


def known(text: str, letters: int = 2) -> float:
    """Share of a text's words that are in Python's manual.

    Args:
        text: any; 0 where it has no word.
        letters: of a word, at least.
    """
    words = [word for word in _WORD.findall(text.lower()) if len(word) >= letters]
    return sum(word in _manual_words() for word in words) / max(1, len(words))


def unseen_name(evidence: Evidence) -> Finding:
    """Whether a prompt with a name that never occurs is continued in words."""
    name = UNSEEN.split()[0]
    if name.lower() in _manual_words():
        raise Missing(f"{name} is in the text")
    said = _printed(evidence.printed("writing"), "complete", UNSEEN)
    shares = np.array([known(each.output.removeprefix(UNSEEN)) for each in said])
    share = mean(shares)._asdict()
    measured = (
        f"share of the words written after '{UNSEEN}' that are in the text: "
        f"{with_interval(share)}"
    )
    return between(share["low"], share["high"], 0.5, measured, len(shares))


def beam(evidence: Evidence) -> Finding:
    """Whether a beam of chosen size finds more probable texts than one beam."""
    said = evidence.printed("writing")
    found = {}
    for size in ("1", "8"):
        told = [each.told for each in _printed(said, "complete", f"--beam {size} ")]
        nats = [_NATS.search(text) for text in told]
        if not all(nats):
            raise Missing("no log-probability was printed")
        found[size] = np.array([float(match[1]) for match in nats if match])
    gained = found["8"] - found["1"]
    better = success_rate(gained > 0)
    measured = (
        f"8 beams against one: {with_interval(mean(gained)._asdict(), '{:+.1f}')} nats "
        f"for 40 characters, more in {int((gained > 0).sum())} of {len(gained)} models"
    )
    return between(better.low, better.high, 0.5, measured, len(gained))


def never_words(evidence: Evidence) -> Finding:
    """Whether what is written at temperature 2 has no words, of four letters or more.

    Shorter ones are hit by chance; how many of these are, nearly even draws show. That
    a model which has learnt little writes none says nothing of one that has.
    """
    said = evidence.printed("writing")
    drawn = _printed(said, "sample", "--temperature 2 ")
    shares = np.array([known(each.output, 4) for each in drawn])
    share = mean(shares)._asdict()
    even = known(_printed(said, "sample", "--inverse-temperature 0.1")[0].output, 4)
    measured = (
        "share of the words of four letters or more that are in the text: "
        f"{with_interval(share)} at temperature 2, {even:.2f} at temperature 10"
    )
    updates = int(evidence.run("charlm").summary["updates"])
    return provided(
        between(-share["high"], -share["low"], -0.05, measured, len(shares)),
        holds=updates >= OFTEN,
        why=f"the models had {updates} updates, the report's {OFTEN}",
    )


def _printed(said: Sequence[Said], *words: str) -> list[Said]:
    """What the commands with these words printed."""
    found = [
        each
        for each in said
        if all(word in f"{each.command} ".replace("'", "") for word in words)
    ]
    if not found:
        raise Missing(f"nothing was written by {' '.join(words)}")
    return found


def early(
    steps: int, measure: Callable[[str], Number], least: Number, of: str
) -> Judge:
    """Whether the greedy text of most seeds is of some kind after so many updates.

    How many it takes depends on the text, so another text cannot refute it.

    Args:
        steps: updates.
        measure: a share of the text.
        least: from which on it is of that kind.
        of: what the share is of.
    """

    def judge(evidence: Evidence) -> Finding:
        said = evidence.printed("early")
        texts = [
            one.output for one in _printed(said, "charlm sample", f"after-{steps} ")
        ]
        shares = np.array([float(measure(text)) for text in texts])
        rate = success_rate(shares >= least)
        share = with_interval(mean(shares)._asdict())
        begin = " ".join(texts[0].split())[:40]
        measured = (
            f"Python's manual, {of}: {share}; at least {least:g} in "
            f"{int((shares >= least).sum())} of {len(shares)} seeds; the first writes "
            + (f"'{begin}'" if begin else "blanks")
        )
        return provided(
            between(rate.low, rate.high, 0.5, measured, len(shares)),
            fails=False,
            why="not so on this text, but the report's own is not here",
        )

    return judge


def blanks(text: str) -> float:
    """Share of a text's characters that are blank.

    Args:
        text: any.
    """
    return sum(character.isspace() for character in text) / max(1, len(text))


def repeated(text: str) -> float:
    """Share of a text's words that were among the two before.

    Args:
        text: any.
    """
    words = text.split()
    again = [word in words[max(0, i - 2) : i] for i, word in enumerate(words)]
    return sum(again) / max(1, len(words))
