"""Where a training stands, and how that becomes arrays for a checkpoint and back."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from seqjax.charlm.plan import Place
from seqjax.lab.errors import UserError
from seqjax.lab.running.tree_arrays import from_arrays, to_arrays
from seqjax.train import Metrics, Progress, TrainState

Tree = Any
Row = dict[str, Any]


class Snapshot(NamedTuple):
    """All that decides how a training goes on, and all that has come out of it.

    Attributes:
        states: Of all seeds, on the host.
        updates: So many have been tried.
        seconds: So long has it taken.
        horizon: Updates that the last of its learning rates were laid out for.
        text: SHA-256 of what is learnt.
        metrics: Loss, accuracy and gradient norm of every update, (seeds, updates).
        rows: Of the results, so far.
        samples: Written so far, as plain data.
        best_params: Of every seed, on the host: those with the lowest held-out loss.
        best_loss: That loss, (seeds,); infinite before the first evaluation.
        looked: Where it was evaluated last; None: nowhere yet.
        look_seconds: How long that took.
        asked: Where samples were written last, or were not due; None: nowhere yet.
    """

    states: TrainState
    updates: int
    seconds: float
    horizon: int
    text: str
    metrics: dict[str, np.ndarray]
    rows: list[Row]
    samples: list[Row]
    best_params: Tree
    best_loss: np.ndarray
    looked: Place | None = None
    look_seconds: float = 0.0
    asked: Place | None = None

    @property
    def place(self) -> Place:
        """How far it has come."""
        return Place(self.updates, self.seconds)

    def recent_mean(self, metric: str, i: int) -> float | None:
        """Mean of a seed's metric since the last evaluation; None without updates."""
        since = self.looked.updates if self.looked else 0
        values = self.metrics[metric][i, since:]
        values = values[np.isfinite(values)]
        return float(values.mean()) if len(values) else None

    def advanced(
        self, states: TrainState, progress: Progress, *, seconds: float, horizon: int
    ) -> "Snapshot":
        """Where it stands after a chunk of updates.

        Args:
            states: Of all seeds, on the host.
            progress: The chunk.
            seconds: So long has it all taken.
            horizon: Updates that the learning rates of the chunk were laid out for.
        """
        return self._replace(
            states=states,
            updates=progress.updates,
            seconds=seconds,
            horizon=horizon,
            metrics={
                name: np.concatenate([old, getattr(progress.metrics, name)], axis=1)
                for name, old in self.metrics.items()
            },
        )

    def history(self) -> dict[str, np.ndarray]:
        """The arrays of the results: every update, and every sample."""
        types = {"step": int, "temperature": float, "length": int, "text": str}
        return self.metrics | {
            f"sample_{name}": np.array([sample[name] for sample in self.samples], kind)
            for name, kind in types.items()
        }

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Everything as arrays without objects."""
        plain = {
            "updates": self.updates,
            "seconds": self.seconds,
            "horizon": self.horizon,
            "text": self.text,
            "rows": self.rows,
            "samples": self.samples,
            "looked": self.looked,
            "look_seconds": self.look_seconds,
            "asked": self.asked,
        }
        return {
            **to_arrays("state", self.states),
            **to_arrays("best", self.best_params),
            **{f"metric-{name}": array for name, array in self.metrics.items()},
            "best_loss": self.best_loss,
            "plain": np.frombuffer(json.dumps(plain).encode(), np.uint8),
        }

    def restored(self, arrays: Mapping[str, np.ndarray]) -> "Snapshot":
        """The snapshot that `to_arrays` has turned into these.

        Its own states and parameters say how the arrays are put together.

        Raises:
            UserError: They are of a training on another text.
        """
        plain = json.loads(arrays["plain"].tobytes())
        if plain["text"] != self.text:
            raise UserError(
                "the text must be the one that the training began with, but has been "
                "changed since; put that one back, or give --overwrite to start anew"
            )
        return Snapshot(
            states=from_arrays("state", self.states, arrays),
            updates=plain["updates"],
            seconds=plain["seconds"],
            horizon=plain["horizon"],
            text=plain["text"],
            metrics={name: arrays[f"metric-{name}"] for name in self.metrics},
            rows=plain["rows"],
            samples=plain["samples"],
            best_params=from_arrays("best", self.best_params, arrays),
            best_loss=arrays["best_loss"],
            looked=_place(plain["looked"]),
            look_seconds=plain["look_seconds"],
            asked=_place(plain["asked"]),
        )


def first_snapshot(states: TrainState, horizon: int, text: str) -> Snapshot:
    """Where a training stands before its first update.

    Args:
        states: Of all seeds, on the host.
        horizon: Updates that the learning rates are laid out for.
        text: SHA-256 of what is learnt.
    """
    count = len(states.step)
    return Snapshot(
        states=states,
        updates=0,
        seconds=0.0,
        horizon=horizon,
        text=text,
        metrics={name: np.zeros((count, 0), np.float32) for name in Metrics._fields},
        rows=[],
        samples=[],
        best_params=states.params,
        best_loss=np.full(count, np.inf),
    )


def _place(pair: list[Any] | None) -> Place | None:
    return None if pair is None else Place(int(pair[0]), float(pair[1]))
