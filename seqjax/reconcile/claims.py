"""What the reports claim about palindromes, each with the settings that decide it.

A claim is judged at the setting that its report states; what the report leaves out is
as in the course's starter code: one float per digit, RMSProp with torch's constants,
batches of 128, 10 000 updates, and He initialisation, which one report names. It is
judged at its own number of updates, also where its setting trains on for another claim.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seqjax.lab.judging.claims import Finding
from seqjax.lab.judging.rules import all_of, either
from seqjax.lab.judging.statements import Statement
from seqjax.reconcile.grid import Setting
from seqjax.reconcile.pace import sooner
from seqjax.reconcile.verdicts import (
    Evidence,
    above_chance,
    at_chance,
    higher,
    late,
    less_spread,
    no_difference,
    not_solved,
    solved,
    varies,
)

UPDATES = 10_000
"""Updates of the starter code."""


@dataclass(frozen=True)
class Trial(Statement[Evidence]):
    """A sentence of a report, with the trainings that it is judged by.

    Attributes:
        stated: the setting, in words.
        settings: what has to be trained to judge it.
        updates: how long the report trained: the networks of then are judged.
        paced: whether it is judged by when seeds left chance, which not all runs keep.
    """

    stated: str
    settings: tuple[Setting, ...]
    updates: int
    paced: bool = False


def rnn(length: int, **changes: Any) -> Setting:
    """A vanilla RNN under the starter code's defaults."""
    return Setting("rnn", length)._replace(**changes)


def lstm(length: int, **changes: Any) -> Setting:
    """An LSTM under the starter code's defaults."""
    return Setting("lstm", length)._replace(**changes)


def _claim(
    name: str,
    text: str,
    stated: str,
    rule: Callable[[Evidence], Finding],
    *settings: Setting,
    updates: int = UPDATES,
    paced: bool = False,
) -> Trial:
    """A claim of the report that its id begins with."""
    begin = name.partition("-")[0]
    report = "starter code" if begin == "starter" else begin
    return Trial(
        name, report, "palindromes", text, rule, stated, settings, updates, paced
    )


_BIG: dict[str, Any] = {"batch_size": 1024, "learning_rate": 1e-2}
_SLOW: dict[str, Any] = {"learning_rate": 1e-4}
_RATE = "rate 1e-3"
_000 = "batch 1024, rate 0.01, T = 10"

CLAIMS: tuple[Trial, ...] = (
    _claim(
        "003-rnn-full",
        "RNN is full below 10",
        f"{_RATE}, He, T = 5, 7, 9",
        lambda e: all_of([solved(e[rnn(n)]) for n in (5, 7, 9)]),
        rnn(5),
        rnn(7),
        rnn(9),
        updates=3000,
    ),
    _claim(
        "003-rnn-only",
        "and only below 10",
        f"{_RATE}, He, T = 11",
        lambda e: not_solved(e[rnn(11)]),
        rnn(11),
        updates=3000,
    ),
    _claim(
        "001-lstm",
        "LSTM accuracy is 1.0 up to T = 15",
        f"{_RATE}, T = 5, 10, 15",
        lambda e: all_of([solved(e[lstm(n)]) for n in (5, 10, 15)]),
        lstm(5),
        lstm(10),
        lstm(15),
    ),
    _claim(
        "001-rnn-chance",
        "RNN falls to chance beyond 10",
        f"{_RATE}, T = 11, 15",
        lambda e: all_of([at_chance(e[rnn(n)]) for n in (11, 15)]),
        rnn(11),
        rnn(15),
    ),
    _claim(
        "003-rnn-chance",
        "RNN is no better than chance after 17",
        f"{_RATE}, He, T = 20",
        lambda e: at_chance(e[rnn(20)]),
        rnn(20),
        updates=3000,
    ),
    _claim(
        "002-rnn-good",
        "RNN is good well past T = 20",
        f"{_RATE}, T = 20",
        lambda e: above_chance(e[rnn(20)]),
        rnn(20),
    ),
    _claim(
        "002-rnn-variance",
        "with a large variance",
        f"{_RATE}, T = 20",
        lambda e: varies(e[rnn(20)]),
        rnn(20),
    ),
    _claim(
        "starter-onehot-rnn",
        "a one-hot digit is better than one float (RNN)",
        f"{_RATE}, T = 10",
        lambda e: higher(e[rnn(10, encoding="onehot")], e[rnn(10)]),
        rnn(10),
        rnn(10, encoding="onehot"),
    ),
    _claim(
        "starter-onehot-lstm",
        "a one-hot digit is better than one float (LSTM)",
        f"{_RATE}, T = 15",
        lambda e: higher(e[lstm(15, encoding="onehot")], e[lstm(15)]),
        lstm(15),
        lstm(15, encoding="onehot"),
    ),
    _claim(
        "001-orthogonal-20",
        "orthogonal W_hh reaches accuracy 1.0 also at T = 20",
        f"{_RATE}, T = 20",
        lambda e: solved(e[rnn(20, initializer="orthogonal")]),
        rnn(20, initializer="orthogonal"),
    ),
    _claim(
        "001-orthogonal-better",
        "orthogonal W_hh is better than normal",
        f"{_RATE}, T = 10",
        lambda e: higher(
            e[rnn(10, initializer="orthogonal")], e[rnn(10, initializer="normal")]
        ),
        rnn(10, initializer="orthogonal"),
        rnn(10, initializer="normal"),
    ),
    _claim(
        "001-batch",
        "batches of 128 and 512 make no difference",
        f"{_RATE}, T = 10",
        lambda e: no_difference(e[rnn(10, batch_size=512)], e[rnn(10)]),
        rnn(10),
        rnn(10, batch_size=512),
    ),
    _claim(
        "001-rmsprop-adam",
        "RMSProp suits RNNs best (against Adam)",
        f"one-hot, {_RATE}, T = 10",
        lambda e: higher(
            e[rnn(10, encoding="onehot")],
            e[rnn(10, encoding="onehot", optimizer="adam")],
        ),
        rnn(10, encoding="onehot"),
        rnn(10, encoding="onehot", optimizer="adam"),
    ),
    _claim(
        "002-lstm-fails",
        "LSTM at rate 1e-3 fails after 10 to 15",
        f"{_RATE}, T = 20",
        lambda e: not_solved(e[lstm(20)]),
        lstm(20),
    ),
    _claim(
        "003-lstm",
        "LSTM learns all lengths to 23, if run for long enough",
        f"{_RATE}, He, T = 23",
        lambda e: solved(e[lstm(23)]),
        lstm(23),
    ),
    _claim(
        "003-lstm-late",
        "and leaves chance only near 3000 updates there",
        f"{_RATE}, He, T = 23",
        lambda e: late(e[lstm(23)], 2000),
        lstm(23),
        updates=3000,
        paced=True,
    ),
    _claim(
        "002-lstm-slow",
        "LSTM at rate 1e-4 is much better than at 1e-3",
        "T = 20",
        lambda e: higher(e[lstm(20, **_SLOW)], e[lstm(20)]),
        lstm(20),
        lstm(20, **_SLOW),
    ),
    _claim(
        "002-lstm-30",
        "LSTM at rate 1e-4 is above chance past 30",
        "rate 1e-4, T = 35",
        lambda e: above_chance(e[lstm(35, **_SLOW)]),
        lstm(35, **_SLOW),
    ),
    _claim(
        "000-mean",
        "RNN and LSTM show no clear difference in mean",
        _000,
        lambda e: no_difference(e[lstm(10, **_BIG)], e[rnn(10, **_BIG)]),
        rnn(10, **_BIG),
        lstm(10, **_BIG),
    ),
    _claim(
        "000-spread",
        "the LSTM's spread over seeds is much lower",
        _000,
        lambda e: less_spread(e[lstm(10, **_BIG)], e[rnn(10, **_BIG)]),
        rnn(10, **_BIG),
        lstm(10, **_BIG),
    ),
    _claim(
        "000-slower",
        "which means that it learns more slowly",
        _000,
        lambda e: sooner(e[rnn(10, **_BIG)], e[lstm(10, **_BIG)]),
        rnn(10, **_BIG),
        lstm(10, **_BIG),
        paced=True,
    ),
    _claim(
        "000-tuned",
        "with other hyper-parameters the LSTM outperforms the RNN",
        f"{_RATE}, T = 10 or 20",
        lambda e: either([higher(e[lstm(n)], e[rnn(n)]) for n in (10, 20)]),
        *(cell(n) for n in (10, 20) for cell in (rnn, lstm)),
    ),
    _claim(
        "001-lstm-longer",
        "LSTM is better than the RNN on longer strings",
        f"{_RATE}, T = 15",
        lambda e: higher(e[lstm(15)], e[rnn(15)]),
        rnn(15),
        lstm(15),
    ),
    _claim(
        "002-rnn-better",
        "RNN is better than the LSTM on long strings",
        f"{_RATE}, T = 20",
        lambda e: higher(e[rnn(20)], e[lstm(20)]),
        rnn(20),
        lstm(20),
    ),
    _claim(
        "003-he",
        "He weights are better than normal ones",
        f"{_RATE}, T = 10",
        lambda e: higher(e[rnn(10)], e[rnn(10, initializer="normal")]),
        rnn(10),
        rnn(10, initializer="normal"),
        updates=3000,
    ),
    _claim(
        "003-lstm-faster",
        "LSTM learns faster than the RNN",
        f"{_RATE}, He, T = 5, 7",
        lambda e: all_of([sooner(e[lstm(n)], e[rnn(n)]) for n in (5, 7)]),
        *(cell(n) for n in (5, 7) for cell in (rnn, lstm)),
        updates=3000,
        paced=True,
    ),
    _claim(
        "003-longer",
        "and learns longer strings",
        f"{_RATE}, He, T = 20",
        lambda e: higher(e[lstm(20)], e[rnn(20)]),
        rnn(20),
        lstm(20),
        updates=3000,
    ),
    _claim(
        "003-rnn-above",
        "RNN is better than chance up to 17",
        f"{_RATE}, He, T = 11, 17",
        lambda e: all_of([above_chance(e[rnn(n)]) for n in (11, 17)]),
        rnn(11),
        rnn(17),
        updates=3000,
    ),
)


def claim_settings() -> dict[Setting, int]:
    """Every setting that a claim needs, with the most updates that any wants."""
    wanted: dict[Setting, int] = {}
    for claim in CLAIMS:
        for setting in claim.settings:
            wanted[setting] = max(wanted.get(setting, 0), claim.updates)
    return wanted


def asked() -> tuple[int, ...]:
    """Every number of updates at which some claim is judged, in order."""
    return tuple(sorted({claim.updates for claim in CLAIMS}))
