"""Claims about the time gate; `seqjax.phased` has judged most of them itself."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.core.cells import LSTM
from seqjax.core.gated import GatedInput, gated
from seqjax.core.initializers import initialize_cell
from seqjax.core.time_gate import TimeGate, openness
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, Finding
from seqjax.lab.judging.rules import all_of, either, more_often, provided
from seqjax.lab.study import Number
from seqjax.reports.judging import (
    Evidence,
    Judge,
    Told,
    accuracies,
    exact,
    found_in,
    short_of_updates,
    with_interval,
)

PARAMETERS = {"tau": "period", "s": "shift", "r_on": "open-ratio"}
"""What the report calls the numbers of the gate, and the ids of claims."""


def panels(*, tolerance: Number) -> Judge:
    """Whether the gate's four panels are as the report describes them.

    Args:
        tolerance: of what single precision rounds.
    """

    def judge(evidence: Evidence) -> Finding:
        found = evidence.run("gate").summary["panels"]
        curves = [curve for panel in found for curve in panel["curves"]]
        right = [
            abs(curve["peak"] - 1) < tolerance
            and abs(curve["peak_phase"] - curve["open_ratio"] / 2) < tolerance
            for curve in curves
        ]
        titles = "; ".join(panel["title"] for panel in found)
        measured = (
            f"{sum(right)} of {len(curves)} curves have their peak of 1 at "
            f"phi = r_on / 2 ({titles})"
        )
        return Finding(HOLDS if all(right) else DOES_NOT, measured)

    return judge


Openness = Callable[[np.ndarray, float], np.ndarray]
"""k of phases and of r_on."""


def of_the_gate(phi: np.ndarray, ratio: float) -> np.ndarray:
    """K as `seqjax.core.time_gate` computes it, of a period of 1 without a leak.

    Args:
        phi: phases.
        ratio: r_on.
    """
    with jax.enable_x64(True):
        gate = TimeGate(*(jnp.array([each], jnp.float64) for each in (1.0, 0.0, ratio)))
        return np.asarray(openness(gate, jnp.asarray(phi, jnp.float64), 0.0))[:, 0]


def never_closed(
    *, ratios: Sequence[Number], phases: int, k: Openness = of_the_gate
) -> Judge:
    """Whether a gate with r_on above 1 has no closed phase.

    Args:
        ratios: values of r_on.
        phases: between 0 and 1, both left out, that are looked at.
        k: the gate; default: ours.
    """

    def compute() -> Finding:
        phi = np.arange(1, phases + 1) / (phases + 1)
        opened = {ratio: k(phi, float(ratio)) for ratio in ratios}
        told = ", ".join(
            f"r_on = {ratio:g}: {int((each <= 0).sum())}"
            for ratio, each in opened.items()
        )
        measured = f"phases of {phases} at which the gate is closed: {told}"
        right = all((each > 0).all() for each in opened.values())
        return Finding(HOLDS if right else DOES_NOT, measured)

    return exact(compute)


def keeps_and_takes(*, units: int) -> Judge:
    """Whether an LSTM keeps all of its state at k = 0, and takes the new one at k = 1.

    Args:
        units: of the LSTM, with random weights and states.
    """

    def compute() -> Finding:
        keys = jax.random.split(jax.random.key(0), 3)
        params = initialize_cell(keys[0], LSTM, 1, units)
        zeros = LSTM.initial_carry(1, units, jnp.float32)
        old = jax.tree.map(lambda x: x + jax.random.normal(keys[1], x.shape), zeros)
        x = jax.random.normal(keys[2], (1, 1))
        new, _ = LSTM.step(params, old, x)
        apart = []
        for k, wanted in ((0.0, old), (1.0, new)):
            given = GatedInput(x, jnp.full((1, units), k))
            found, _ = gated(LSTM).step(params, old, given)
            gaps = jax.tree.map(lambda a, b: jnp.abs(a - b).max(), found, wanted)
            apart.append(max(float(gap) for gap in gaps))
        measured = (
            f"of {units} units, the largest change of c and h at k = 0 is "
            f"{apart[0]:g}, the largest distance from the new ones at k = 1 "
            f"{apart[1]:g}"
        )
        return Finding(HOLDS if apart == [0, 0] else DOES_NOT, measured)

    return exact(compute)


def learnable(job: str, parameter: str) -> Judge:
    """Whether learning one number of the gate makes it more accurate.

    Args:
        job: "learning" or "noise".
        parameter: of the gate.
    """
    return Told(job, f"{job}-{PARAMETERS[parameter]}-learnable")


def easier(job: str) -> Judge:
    """Whether each number alone is easier to learn than all three.

    More accurate or in fewer updates: one of the two is enough for each of them.

    Args:
        job: "learning" or "noise".
    """

    def judge(evidence: Evidence) -> Finding:
        each = []
        for symbol, name in PARAMETERS.items():
            accurate, sooner = (
                Told(job, f"{job}-{name}-easier-{what}")(evidence)
                for what in ("accuracy", "updates")
            )
            found = either([accurate, sooner])
            measured = (
                f"{symbol} {found.verdict}: accuracy {accurate.measured}, updates "
                f"{sooner.measured}"
            )
            each.append(found._replace(measured=measured))
        return all_of(each)

    return judge


def frequency(*, margin: Number, epochs: int) -> Judge:
    """Whether a gated LSTM tells periods apart better than a plain one.

    That it learns to, without being better, makes no use of the gate.

    Args:
        margin: accuracies that differ by less are called equal.
        epochs: of the paper; with fewer a failure proves nothing.
    """

    def judge(evidence: Evidence) -> Finding:
        run = evidence.run("frequency")
        summary = run.summary
        row = found_in(summary["settings"], regime="standard", model="phased")
        where = {"less": "lstm", "regime": "standard"}
        compared = found_in(summary["comparisons"], **where)
        gained, had = compared["accuracy_gained"], summary["epochs"]
        chance = summary["chance_accuracy"]
        ours, plain = (
            accuracies(run, chance, regime="standard", model=each)
            for each in ("phased", "lstm")
        )
        found = more_often(ours - plain, margin)
        measured = (
            f"{with_interval(gained, '{:+.3f}')} of accuracy against an LSTM without a "
            f"gate, {found.measured}; with it "
            f"{with_interval(row['accuracy'], '{:.3f}')} after {had} epochs, chance "
            f"{chance:.2f}"
        )
        why = f"the budget ended the training before the paper's {epochs} epochs"
        found = found._replace(measured=measured)
        return short_of_updates(provided(found, fails=had >= epochs, why=why))

    return judge
