"""Claims about what a model writes: after prompts, by a beam, early in training."""

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from seqjax.core.statistics import mean, success_rate
from seqjax.lab.corpora import python_manual
from seqjax.lab.study import Number
from seqjax.lab.verdict import DOES_NOT, HOLDS, UNDECIDED
from seqjax.reports.jobs import SEEN, UNSEEN
from seqjax.reports.judging import (
    Evidence,
    Finding,
    Judge,
    Missing,
    Said,
    between,
    with_interval,
)

_WORD = re.compile(r"[^\W\d_]{2,}")
_NATS = re.compile(r"log-probability (-?[\d.]+) nats")

KNOWN = 0.8
"""A text is of words where at least this share of its words is in the manual."""


@cache
def _manual_words() -> frozenset[str]:
    return frozenset(_WORD.findall(python_manual().lower()))


def known(text: str) -> float:
    """Share of a text's words, of two letters or more, that are in Python's manual.

    Args:
        text: any; 0 where it has no word.
    """
    words = _WORD.findall(text.lower())
    return sum(word in _manual_words() for word in words) / max(1, len(words))


def unseen_name(evidence: Evidence) -> Finding:
    """Whether a prompt with a name that never occurs is continued in words."""
    said = evidence.printed("writing")
    shares = {}
    for prompt in (UNSEEN, SEEN):
        text = _printed(said, "complete", prompt, "--length 1000")[0].output
        shares[prompt] = known(text.removeprefix(prompt))
    name = UNSEEN.split()[0]
    if name.lower() in _manual_words():
        raise Missing(f"{name} is in the text")
    measured = (
        f"share of the words written after '{UNSEEN}' that are in the text: "
        f"{shares[UNSEEN]:.2f}; after '{SEEN}': {shares[SEEN]:.2f}"
    )
    verdict = HOLDS if shares[UNSEEN] >= KNOWN else UNDECIDED
    if shares[UNSEEN] < KNOWN / 2:
        verdict = DOES_NOT
    return Finding(verdict, measured, 1)


def beam(evidence: Evidence) -> Finding:
    """Whether a beam of chosen size finds a more probable text than one beam."""
    said = evidence.printed("writing")
    found = {}
    for size in ("1", "8"):
        told = _printed(said, "complete", f"--beam {size}")[0].told
        match = _NATS.search(told)
        if match is None:
            raise Missing("no log-probability was printed")
        found[size] = float(match[1])
    measured = (
        "log-probability of 40 characters: "
        f"{found['8']:.2f} nats with 8 beams, {found['1']:.2f} with one"
    )
    return Finding(HOLDS if found["8"] >= found["1"] else DOES_NOT, measured, 1)


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

    Args:
        steps: updates.
        measure: a share of the text.
        least: from which on it is of that kind.
        of: what the share is of.
    """

    def judge(evidence: Evidence) -> Finding:
        said = evidence.printed("early")
        texts = [one.output for one in _printed(said, "sample", f"after-{steps} ")]
        shares = np.array([float(measure(text)) for text in texts])
        rate = success_rate(shares >= least)
        share = with_interval(mean(shares)._asdict())
        begin = " ".join(texts[0].split())[:40]
        measured = (
            f"{of}: {share}; at least {least:g} in "
            f"{int((shares >= least).sum())} of {len(shares)} seeds; "
            f"the first writes '{begin}'"
        )
        return between(rate.low, rate.high, 0.5, measured, len(shares))

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
