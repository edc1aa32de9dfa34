"""A study of networks with time gates: what the gates were, and what they became."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from seqjax.core.time_gate import TimeGate, share_open
from seqjax.lab.sweep import CURVES, ENDING, Ended, Setting, Sweep
from seqjax.tasks import GatedDiscriminator, Score

C = TypeVar("C")

Stamps = tuple[Float[Array, "time rows"], Int[Array, " batch"] | None]


class Gates(NamedTuple):
    """The gates of a network, and how often they are open in its test.

    Attributes:
        period: of every unit, as those of `TimeGate`.
        shift: likewise.
        open_ratio: likewise.
        steps_open: share of units that are open at each step of the test.
        share_open: its mean over all steps that the sequences of the test take.
    """

    period: Float[Array | np.ndarray, "*seeds hidden"]
    shift: Float[Array | np.ndarray, "*seeds hidden"]
    open_ratio: Float[Array | np.ndarray, "*seeds hidden"]
    steps_open: Float[Array | np.ndarray, "*seeds time"]
    share_open: Float[Array | np.ndarray, "*seeds"]

    @classmethod
    def of(
        cls,
        gate: TimeGate,
        times: Float[Array, "time rows"],
        lengths: Int[Array, " batch"] | None,
    ) -> "Gates":
        """The gates of one seed.

        Args:
            gate: of all units.
            times: time stamps of the test.
            lengths: steps of each sequence of a ragged test; None: all of them.
        """
        shares = share_open(gate, times, lengths)
        if lengths is None:
            return cls(*gate, shares, shares.mean())
        steps = jnp.arange(len(shares), dtype=lengths.dtype)[:, None]
        taken = (steps < lengths).sum(1).astype(shares.dtype)
        return cls(*gate, shares, (shares * taken).sum() / taken.sum())


class Look(NamedTuple):
    """A test, and the gates as they are then.

    Attributes:
        score: on the test set.
        gates: None where the network has none.
    """

    score: Score
    gates: Gates | None


class GatedSweep(Sweep[C]):
    """Looks at the gates before and after training.

    What is learnt has ``network`` and ``score``, as tasks have.
    """

    ending = {**ENDING, "share_open": float}
    axes = {
        **CURVES,
        **dict.fromkeys(TimeGate._fields, ("seed", "start_and_end", "unit")),
        "steps_open": ("seed", "start_and_end", "time"),
        "share_open": ("seed", "start_and_end"),
    }
    tests_untrained = True

    def gate(self, network: Any, params: Any) -> TimeGate | None:
        """Of all units of a network; None where it has none."""
        if not isinstance(network, GatedDiscriminator):
            return None
        return network.gates(params)["layer_0"]

    def stamps(self, learner: Any, evaluation: Any) -> Stamps:
        """Time stamps of a test, and the steps of each of its sequences if ragged."""
        tested = evaluation[0]
        return tested.times, tested.lengths

    def test(self, config: C, learner: Any) -> Callable[[Any, Any], Look]:
        """Score and gates of one seed."""

        def look(params: Any, evaluation: Any) -> Look:
            score = learner.score(params, evaluation)
            gate = self.gate(learner.network, params)
            if gate is None:
                return Look(score, None)
            return Look(score, Gates.of(gate, *self.stamps(learner, evaluation)))

        return look

    def rows(self, config: Any, setting: Setting, ended: Ended) -> list[dict[str, Any]]:
        """With the share of units that are open."""
        gates = ended.tested.gates
        return [
            {**row, "share_open": None if gates is None else float(gates.share_open[i])}
            for i, row in enumerate(super().rows(config, setting, ended))
        ]

    def history(
        self, config: C, setting: Setting, ended: Ended
    ) -> Mapping[str, np.ndarray]:
        """Curves, and the gates at both ends."""
        found = dict(super().history(config, setting, ended))
        ends = ended.untrained.gates, ended.tested.gates
        if ends[0] is not None:
            for name in Gates._fields:
                both = [getattr(gates, name) for gates in ends]
                found[name] = np.stack(both, axis=1)
        return found
