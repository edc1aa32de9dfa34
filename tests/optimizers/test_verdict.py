"""The verdict on report 001's claim, case by case."""

import pytest

from seqjax.lab.judging.claims import ANECDOTE, DOES_NOT, HOLDS, UNDECIDED, Finding
from seqjax.optimizers.verdict import RIVALS, Rival, verdict

SLOWER = Rival(sooner=DOES_NOT, at_edge=False)
FASTER = Rival(sooner=HOLDS, at_edge=False)
ALIKE = Rival(sooner=UNDECIDED, at_edge=False)


def judged(at_edge: bool = False, seeds: int = 10, **changed: Rival) -> Finding:
    rivals = dict.fromkeys([*RIVALS, "lion"], SLOWER) | changed
    return verdict(rivals, at_edge, seeds)


def test_it_holds_where_all_four_are_slower() -> None:
    assert judged() == Finding(
        HOLDS, "slower than rmsprop: sgd, momentum, adagrad, adam", 10
    )


def test_what_the_report_did_not_compare_does_not_count() -> None:
    assert judged(lion=FASTER) == judged()
    assert judged(lion=FASTER._replace(at_edge=True)) == judged()


def test_one_faster_optimizer_refutes_it() -> None:
    assert judged(adam=FASTER, sgd=ALIKE) == Finding(
        DOES_NOT, "faster than rmsprop: adam", 10
    )


@pytest.mark.parametrize(
    ("verdict_of", "reason"),
    [
        (judged(adam=ALIKE), "no clear difference from: adam"),
        (
            judged(adam=FASTER, at_edge=True),
            "the best rate of rmsprop lies at an edge",
        ),
        (
            judged(sgd=SLOWER._replace(at_edge=True)),
            "slower, but at an edge of the grid: sgd",
        ),
        (
            judged(adam=ALIKE, seeds=6),
            "with 6 test seeds no adjusted p-value can be below 0.16",
        ),
        (
            verdict({}, False, 10),
            "not compared with rmsprop: sgd, momentum, adagrad, adam",
        ),
        (
            verdict({"adam": FASTER, "sgd": SLOWER}, False, 10),
            "not compared with rmsprop: momentum, adagrad",
        ),
    ],
)
def test_anything_else_is_undecided(verdict_of: Finding, reason: str) -> None:
    assert verdict_of[:2] == (UNDECIDED, reason)


def test_five_seeds_decide_nothing_however_clear() -> None:
    found = verdict(dict.fromkeys(RIVALS, Rival(ANECDOTE, False)), False, 5)
    assert found.verdict is ANECDOTE
