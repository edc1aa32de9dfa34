"""Numbers with their intervals, as words."""

import math

from seqjax.core.statistics import Estimate
from seqjax.lab.reporting.text import counted, estimate_text, time_text


def test_counted() -> None:
    assert (counted(1, "seed"), counted(2, "seed")) == ("1 seed", "2 seeds")


def test_an_estimate_shows_its_interval_where_it_has_one() -> None:
    assert estimate_text(Estimate(0.5, 0.25, 1.0, 0.95, 10), "{:.2f}") == (
        "0.50 [0.25, 1.00]"
    )
    alone = Estimate(0.5, math.nan, math.nan, 0.95, 1)
    assert estimate_text(alone, "{:.2f}") == "0.50"


def test_a_censored_median_says_what_it_knows() -> None:
    assert time_text(Estimate(80.0, 70.0, math.inf, 0.95, 10), 100) == "80 [70, > 100]"
    assert time_text(Estimate(math.inf, 90.0, math.inf, 0.95, 10), 100) == "> 100"
    assert time_text(Estimate(80.0, math.nan, math.nan, 0.95, 1), 100) == "80"
