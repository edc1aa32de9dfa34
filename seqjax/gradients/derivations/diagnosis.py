"""What is wrong with a derivation: its results against exact ones and known mistakes.

The diagnosis is a match, not a guess: a mistake is named only if making it in the exact
computation gives the derivation's own numbers on every example.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from seqjax.gradients.derivations.catalogue import (
    CellGradients,
    Example,
    cases,
    mutants,
)
from seqjax.gradients.derivations.matching import (
    TOLERANCE,
    agreement,
    aligned,
    factor_between,
    joined,
    largest_error,
    readings,
    relative_error,
)

Array = np.ndarray
Derivation = Callable[[Example], Array]

MOST_NAMED = 2
"""Mistakes with equal results are all named, up to so many."""


class Verdict(NamedTuple):
    """What is said of one derivation.

    Attributes:
        accepted: it is right, up to what `says` notes.
        says: in one line.
        details: further lines: where it differs, and by how much.
    """

    accepted: bool
    says: str = ""
    details: tuple[str, ...] = ()


class CannotJudge(Exception):
    """A function whose result cannot be compared; the message is one clause."""


class Judge:
    """Judges derivations of one cell.

    Args:
        cell: which cell.
        seed: of the examples.
    """

    def __init__(self, cell: CellGradients, seed: int) -> None:
        self.cell = cell
        self.seed = seed
        self.cases = cases(cell, seed)
        self.plain = cases(cell, seed, from_zero=True)

    def verdict(self, name: str, derivation: Derivation) -> Verdict:
        """Holds one derivation against the exact gradients.

        Args:
            name: whose gradient it is, `dW_hh`.
            derivation: the function; its results have the right shape up to a
                transpose.

        Raises:
            CannotJudge: if the derivation does.
        """
        results = [derivation(case.example) for case in self.cases]
        expected = [case.exact[name] for case in self.cases]
        note = agreement(results, expected)
        if note is not None:
            return Verdict(True, note)
        error = largest_error(results, expected)
        with contextlib.suppress(CannotJudge):
            from_zero = [derivation(case.example) for case in self.plain]
            note = agreement(from_zero, [case.exact[name] for case in self.plain])
            if note is not None:
                note = joined(note, "right where the first state is zero")
                return Verdict(True, note)
        details = [f"largest relative error {error:.2g}"]
        with contextlib.suppress(CannotJudge):
            details += self._where(name, derivation, results[0])
        if any(np.any(result) for result in results):
            says = "; or: ".join(self._named(name, results, expected))
        else:
            says = "it is zero everywhere"
        says = says or "differs, and no known mistake matches"
        return Verdict(False, says, tuple(details))

    def _named(
        self, name: str, results: list[Array], expected: list[Array]
    ) -> list[str]:
        """The known mistakes that give these results, the simplest first."""
        factor = factor_between(results, expected, self.cases)
        if factor is not None:
            return [factor]
        found: list[tuple[int, str]] = []
        for mutant in mutants(self.cell.name, self.seed):
            if relative_error(mutant.found[name], expected[0]) < TOLERANCE:
                continue  # a mistake that this gradient does not show
            if not aligned(results[0], mutant.found[name]):
                continue
            wrong = [mutant.found[name]]
            with np.errstate(all="ignore"):
                wrong += [
                    self.cell.gradients(case.example, mutant.made)[name]
                    for case in self.cases[1:]
                ]
            says = "; and ".join(made.says for made in mutant.made)
            note = agreement(results, wrong)
            if note is not None:
                cost = 2 * len(mutant.made) + (note == "transposed")
                found.append((cost, joined(says, note)))
                continue
            factor = factor_between(results, wrong, self.cases)
            if factor is not None:
                found.append((2 * len(mutant.made) + 1, f"{says}; and {factor}"))
        least = min((cost for cost, _ in found), default=0)
        simplest = dict.fromkeys(says for cost, says in found if cost == least)
        return list(simplest)[:MOST_NAMED]

    def _where(self, name: str, derivation: Derivation, whole: Array) -> Iterator[str]:
        """At which step back in time the results begin to differ.

        A saturated step passes nothing further back, so what is left of the gradient is
        the sum over the steps after it.
        """
        if name in ("dW_ph", "db_p"):
            return
        example = self.cases[0].example
        if np.array_equal(derivation(self.cell.cut(example, example.T)), whole):
            return  # it runs the forward pass itself, and sees no saturated step
        errors = {}
        for t in range(example.T, 0, -1):
            until = self.cell.cut(example, t - 1) if t > 1 else example
            found, exact = derivation(until), self.cell.gradients(until)[name]
            errors[t] = min(relative_error(f, exact) for f in readings(found, exact))
        wrong = [t for t, error in errors.items() if error > TOLERANCE]
        if wrong:
            listed = ", ".join(
                f"t = {t}: {error if t in wrong else 0:.1g}"
                for t, error in errors.items()
            )
            last = ", the last step itself" if wrong[0] == example.T else ""
            yield f"it first differs at the term of step t = {wrong[0]}{last}"
            yield f"relative error of the terms of steps T to t: {listed}"
