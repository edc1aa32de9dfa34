"""Verdicts, turned round and taken together."""

from seqjax.lab.verdict import DOES_NOT, HOLDS, UNDECIDED, Verdict, all_of, opposite


def test_the_contrary_claim() -> None:
    assert opposite(Verdict(HOLDS, "x")) == Verdict(DOES_NOT, "x")
    assert opposite(Verdict(DOES_NOT, "x")) == Verdict(HOLDS, "x")
    assert opposite(Verdict(UNDECIDED, "x")) == Verdict(UNDECIDED, "x")


def test_all_of_several_is_as_weak_as_the_weakest() -> None:
    holds, open_, not_ = (Verdict(v, v) for v in (HOLDS, UNDECIDED, DOES_NOT))
    assert all_of([holds, holds]) == HOLDS
    assert all_of([holds, open_]) == UNDECIDED
    assert all_of([open_, not_, holds]) == DOES_NOT
