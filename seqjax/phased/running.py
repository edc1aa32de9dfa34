"""What the studies of learning, silence and noise do alike: train, test, make rows."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from seqjax.core.checks import check_number
from seqjax.core.keys import seed_keys
from seqjax.core.time_gate import TimeGate, share_open
from seqjax.lab.running.training import endings, train
from seqjax.lab.study import Reporter
from seqjax.tasks import Score
from seqjax.train import Ensemble, Hyper, SeedMap, TrainState, make_hyper


class Look(NamedTuple):
    """A test of every seed, and its gates as they are then.

    Attributes:
        score: on the test set.
        gate: of all units; None where the network has none.
        steps_open: share of units that are open at each step of the test, or None.
        share_open: its mean over all steps that the sequences of the test take.
    """

    score: Score
    gate: TimeGate | None = None
    steps_open: Float[Array | np.ndarray, "*seeds time"] | None = None
    share_open: Float[Array | np.ndarray, "*seeds"] | None = None


class Ended(NamedTuple):
    """All seeds of one setting, trained and tested.

    Attributes:
        rows: of each seed, what `seqjax.lab.running.training.endings` says of it, and
            ``share_open``, see `Look` (None without a gate).
        history: curves of the training, and the gates before and after it.
    """

    rows: list[dict[str, Any]]
    history: dict[str, np.ndarray]


def check_training(config: Any) -> None:
    """Raise ValueError where an option that these studies have breaks its rule.

    Args:
        config: a dataclass with ``success_accuracy`` and ``open_ratio``.
    """
    check_number("success_accuracy", config.success_accuracy, minimum=0.0, maximum=1.0)
    check_open_ratio("open_ratio", config.open_ratio)
    if config.optimizer == "adamw":
        raise ValueError(
            "optimizer must move nothing without a gradient, as a gate that is not "
            "learnt has none, not 'adamw'; give 'adam'"
        )


def check_open_ratio(name: str, value: float) -> None:
    """Raise ValueError unless an option can be an open ratio.

    Args:
        name: of the option.
        value: given.
    """
    check_number(
        name,
        value,
        minimum=0.0,
        maximum=1.0,
        exclusive=True,
        hint="give the share of a period for which the gate is open",
    )


def steering(config: Any) -> Hyper:
    """The numbers that steer a training, from the options of the same names.

    Args:
        config: a study's.
    """
    return make_hyper(
        config.learning_rate,
        clip_norm=config.clip_norm,
        solved_accuracy=config.stop_accuracy,
        patience=config.stop_patience,
        stop=config.early_stop,
    )


def train_and_test(
    config: Any,
    ensemble: Ensemble,
    looks: SeedMap[Look],
    states: TrainState,
    training: Any,
    evaluation: Any,
    report: Reporter,
    cost: float,
) -> Ended:
    """Train all seeds of one setting, and test them.

    Args:
        config: a study's, with the options that `steering` reads, and ``steps``.
        ensemble: of the setting's program.
        looks: tests parameters.
        states: before the first update.
        training: what batches are drawn by.
        evaluation: what is tested on.
        report: told of the progress.
        cost: of one update of all seeds.
    """
    before = looks.gather(looks(states.params, evaluation))
    trained = train(
        ensemble, states, steering(config), training, config.steps, report, cost=cost
    )
    after = looks.gather(looks(trained.states.params, evaluation))
    rows = endings(ensemble, trained.states, after.score)
    shares = after.share_open
    for i, row in enumerate(rows):
        row["share_open"] = None if shares is None else float(shares[i])
    return Ended(rows, trained.history | _gates(before, after))


def starts(config: Any) -> Array:
    """Keys of a study's seeds.

    Args:
        config: with ``first_seed`` and ``seeds``.
    """
    return seed_keys(seed_numbers(config))


def seed_numbers(config: Any) -> range:
    """Numbers of a study's seeds.

    Args:
        config: with ``first_seed`` and ``seeds``.
    """
    return range(config.first_seed, config.first_seed + config.seeds)


def _gates(before: Look, after: Look) -> dict[str, np.ndarray]:
    """Gates and shares at both ends, (seed, start and end, unit or step)."""
    if before.gate is None or after.gate is None:
        return {}
    found = {
        name: np.stack([getattr(before.gate, name), getattr(after.gate, name)], axis=1)
        for name in TimeGate._fields
    }
    for name in ("steps_open", "share_open"):
        ends: Sequence[Any] = (getattr(before, name), getattr(after, name))
        found[name] = np.stack(ends, axis=1)
    return found


def look(
    score: Score,
    gate: TimeGate,
    times: Float[Array, "time rows"],
    lengths: Int[Array, " batch"] | None = None,
) -> Look:
    """A test of one seed, with its gate.

    Args:
        score: on the test set.
        gate: of all units.
        times: time stamps of the test.
        lengths: steps of each sequence of a ragged test; default: all of them.
    """
    shares = share_open(gate, times, lengths)
    if lengths is None:
        return Look(score, gate, shares, shares.mean())
    steps = jnp.arange(len(shares), dtype=lengths.dtype)[:, None]
    taken = (steps < lengths).sum(1).astype(shares.dtype)
    return Look(score, gate, shares, (shares * taken).sum() / taken.sum())


GATE_AXES = {
    "loss": ("seed", "step"),
    "accuracy": ("seed", "step"),
    "gradient_norm": ("seed", "step"),
    **dict.fromkeys(TimeGate._fields, ("seed", "start_and_end", "unit")),
    "steps_open": ("seed", "start_and_end", "time"),
    "share_open": ("seed", "start_and_end"),
}
"""Axes of what `train_and_test` returns."""

ROW = {
    "accuracy": float,
    "loss": float,
    "steps": int,
    "solved_step": int,
    "diverged": bool,
    "share_open": float,
}
"""Columns of its rows."""
