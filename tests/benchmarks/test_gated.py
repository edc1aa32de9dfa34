"""The race of gated cells: who is in it, and that a wrong one would be noticed."""

from typing import Any, cast

import numpy as np
import pytest

from benchmarks import gated as script
from benchmarks.contenders import gated, plain_jax
from benchmarks.contenders.problem import Problem
from benchmarks.harness.race import AGREED, Disagreement, Entrant, check_equal
from benchmarks.harness.workers import Contender, Result, Worker
from seqjax.core.gate_params import PARAMETERS
from tests.variants import and_slow

TINY = Problem("lstm", 12, 2, batch=6, hidden=8, clip=0.05)


pytestmark = pytest.mark.usefixtures("as_in_a_worker")


def shown(contender: Contender) -> Result:
    contender.run(AGREED)
    return contender.result()


@pytest.mark.parametrize("cell", and_slow(["lstm"], ["rnn", "gru"]))
def test_an_open_gate_trains_the_cell_itself(cell: str) -> None:
    problem = TINY._replace(cell=cell)
    results = {
        "plain": shown(plain_jax.training(problem, "scan", "map")),
        "open": shown(gated.always_open(problem, "adjoint")),
    }
    assert all(np.abs(leaf).max() > 0.01 for leaf in results["plain"].values())
    check_equal(results, tolerance=1e-3)


@pytest.mark.slow
def test_gates_are_trained_alike_by_both_derivatives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = {m: shown(gated.training(TINY, m)) for m in ("adjoint", "scan")}
    check_equal(right, tolerance=1e-3)
    assert set(right["scan"]) == {*TINY.params(), *PARAMETERS}
    for name in PARAMETERS:
        assert np.abs(right["scan"][name]).max() > 1e-3, "a gate learns too"
    assert gated.silent(TINY, "scan").result() == {}
    late = gated.stamps(TINY) + 0.5
    monkeypatch.setattr(gated, "stamps", lambda problem: late)
    wrong = shown(gated.training(TINY, "adjoint"))
    with pytest.raises(Disagreement):
        check_equal({"right": right["scan"], "wrong": wrong}, tolerance=0.01)


def test_gates_of_a_seed_are_the_same_in_any_company() -> None:
    many, few = gated.gates(TINY._replace(seeds=4)), gated.gates(TINY)
    for name in PARAMETERS:
        np.testing.assert_array_equal(many[name][:2], few[name])
    assert not np.array_equal(few["shift"][0], few["shift"][1])


def test_both_agreements_come_before_the_race(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, list[str]]] = []

    class Recorder:
        built: dict[str, tuple[Any, ...]] = {}

        def build(self, name: str, *target: Any) -> None:
            self.built[name] = target

        def drop(self) -> None:
            self.built = {}

    def note(what: str) -> Any:
        def take(entrants: list[Entrant], **options: Any) -> dict[str, Any]:
            told.append((what, [entrant.name for entrant in entrants]))
            return {}

        return take

    monkeypatch.setattr(script, "agree", note("agree"))
    monkeypatch.setattr(script, "race", note("race"))
    workers = {"XLA": Recorder(), script.TORCH: Recorder()}
    chosen = script.options(["--rounds", "3"])
    script.measure(TINY, cast(dict[str, Worker], workers), chosen)
    assert told == [
        ("agree", [script.GATED, script.SCAN]),
        (
            "race",
            [script.OWN, script.OPEN, script.GATED, script.SCAN, script.TORCH],
        ),
    ]
    # What has a gate must have nothing to show among those that have none.
    targets = {name: target[0] for name, target in workers["XLA"].built.items()}
    assert (
        targets[script.GATED]
        == targets[script.SCAN]
        == ("benchmarks.contenders.gated:silent")
    )
