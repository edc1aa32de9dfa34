"""``python -m seqjax.reports.ablation``: does an LSTM learn without one of its gates?

All five reports say what each of g, i, f and o is for, and why it has its tanh or its
sigmoid. Here one gate at a time has the other non-linearity, or is held at 1, and every
cell learns the same palindromes from the same seeds as the LSTM. It prints one line of
JSON; its numbers are those of the rule "gate ablated" in ``claims/rules.toml``.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from seqjax.core.cells import LSTM, Cell, LSTMCarry, LSTMParams
from seqjax.core.cells.base import project, recurrent, sigmoid
from seqjax.core.keys import seed_keys
from seqjax.lab.command_line import cli
from seqjax.lab.errors import UserError
from seqjax.lab.study import Number
from seqjax.reports.claims import PLACE
from seqjax.reports.claims.reading import toml
from seqjax.tasks import Network, PalindromeTask
from seqjax.tasks.palindromes import CHANCE, NUM_CLASSES, num_features
from seqjax.train import Ensemble, direction, make_hyper

RULE = "gate ablated"

Gate = Callable[[Array], Array]

USUAL: Mapping[str, Gate] = {"i": sigmoid, "f": sigmoid, "g": jnp.tanh, "o": sigmoid}
"""The non-linearities of the LSTM, in the order of its blocks."""


def cell_with(gates: Mapping[str, Gate], name: str) -> Cell:
    """An LSTM with other functions of its gates' preactivations.

    Args:
        gates: i, f, g and o.
        name: of the cell.
    """

    def step(params: LSTMParams, carry: LSTMCarry, x: Array) -> tuple[LSTMCarry, Array]:
        a = project(x, params.w_x, carry.h.dtype) + recurrent(carry.h, params.w_h)
        blocks = jnp.split(a + params.b, len(USUAL), axis=-1)
        i, f, g, o = (
            gates[gate](block) for gate, block in zip(USUAL, blocks, strict=True)
        )
        c = g * i + carry.c * f
        h = jnp.tanh(c) * o
        return LSTMCarry(c, h), h

    return LSTM._replace(name=name, step=step, adjoint=None)


def variants() -> dict[str, Cell]:
    """The LSTM, and what it is with one gate swapped or, but for g, removed."""
    found = {"lstm": cell_with(USUAL, "lstm")}
    for gate in USUAL:
        other = sigmoid if gate == "g" else jnp.tanh
        found[f"{gate} swapped"] = cell_with({**USUAL, gate: other}, f"{gate} swapped")
        if gate != "g":  # without candidates there is nothing to remember
            found[f"{gate} removed"] = cell_with(
                {**USUAL, gate: jnp.ones_like}, f"{gate} removed"
            )
    return found


def accuracies(
    cell: Cell, *, seeds: int, length: int, updates: int, units: int, rate: Number
) -> list[float]:
    """What a cell has learnt of palindromes, seed by seed.

    One-hot digits, batches of 128, Adam, a gradient clipped at norm 10; tested on 2000
    strings that were never trained on. A seed that diverged has guessed.

    Args:
        cell: what learns.
        seeds: numbers from 0 on.
        length: digits of a palindrome.
        updates: of each seed.
        units: of the cell.
        rate: learning rate.
    """
    network = Network(cell, num_features("onehot"), NUM_CLASSES, units)
    learner = PalindromeTask(network, "onehot", 128, length)
    trial = learner.trial(length, 2000)
    ensemble = Ensemble(learner.task(), direction("adam"), seeds)
    hyper = make_hyper(float(rate), clip_norm=10.0)
    keys = seed_keys(range(seeds))
    *_, last = ensemble.run(keys, hyper, trial.training, num_updates=updates)
    states = ensemble.gather(last.states)
    score = jax.jit(jax.vmap(learner.score, (0, None)))
    found = np.asarray(score(states.params, trial.evaluation).accuracy, float)
    return [float(each) for each in np.where(states.diverged, CHANCE, found)]


def main(argv: Sequence[str] | None = None) -> int:
    """Trains all variants and prints their accuracies.

    Args:
        argv: words of the command line, of which there may be none; ``sys.argv`` by
            default.

    Returns:
        Exit status, as `seqjax.lab.command_line.cli.main`.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    return cli.guarded("seqjax.reports.ablation", lambda: _print(words))


def _print(words: Sequence[str]) -> int:
    if words:
        raise UserError(
            f"seqjax.reports.ablation takes no words, got {' '.join(words)}; its "
            "numbers are in seqjax/reports/claims/rules.toml"
        )
    numbers: dict[str, Any] = toml(PLACE / "rules.toml")[RULE]["numbers"]
    given = {name: value for name, value in numbers.items() if name != "margin"}
    found = {name: accuracies(cell, **given) for name, cell in variants().items()}
    print(json.dumps({"numbers": given, "accuracies": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
