"""Every claim of the reports, and where they contradict each other."""

from typing import NamedTuple

from seqjax.reports.claims import report_000, report_001, report_002, report_003
from seqjax.reports.judging import Sentence

CLAIMS: tuple[Sentence, ...] = (
    *report_000.CLAIMS,
    *report_001.CLAIMS,
    *report_002.CLAIMS,
    *report_003.CLAIMS,
)


class Contradiction(NamedTuple):
    """Claims on one matter that cannot all be true.

    Attributes:
        about: the matter.
        claims: ids, in the order of the reports.
    """

    about: str
    claims: tuple[str, ...]


CONTRADICTIONS: tuple[Contradiction, ...] = (
    Contradiction(
        "how long an RNN remembers",
        (
            "001-rnn-chance",
            "001-orthogonal-20",
            "002-rnn-good",
            "003-rnn-full",
            "003-rnn-only",
            "003-rnn-chance",
        ),
    ),
    Contradiction(
        "how long an LSTM remembers",
        ("001-lstm", "002-lstm-fails", "002-lstm-30", "003-lstm", "003-lstm-late"),
    ),
    Contradiction(
        "whether the LSTM is better than the RNN",
        ("000-mean", "000-spread", "001-rnn-chance", "001-lstm", "002-lstm-fails"),
    ),
    Contradiction(
        "the gradients of one and the same network",
        (
            "000-dw-ph",
            "000-dw-hh",
            "001-gradients",
            "002-dw-ph",
            "002-gradients",
            "003-gradients",
        ),
    ),
    Contradiction("what a temperature does", ("000-temperature", "001-temperature")),
    Contradiction("how Adam begins", ("000-adam", "001-rule-adam", "003-adam")),
    Contradiction("the same defaults on other texts", ("002-accuracy", "003-accuracy")),
)
