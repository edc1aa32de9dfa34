"""What is done with models in training where they are looked at: rows, files, samples.

Each function makes a new snapshot of the old one, in one step: a training that is
broken off within it goes on as if it had not begun.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.charlm.building import Equipment, described
from seqjax.charlm.examining import Held
from seqjax.charlm.opening import BEST, LAST, model_name
from seqjax.charlm.snapshot import Row, Snapshot
from seqjax.charlm.summary import best_row
from seqjax.lab.run_directory.model_files import StoredModel
from seqjax.lab.study import Reporter

Params = Any


def look(
    equipment: Equipment, snapshot: Snapshot, params: Params, report: Reporter
) -> Snapshot:
    """Evaluates all seeds, and stores their models.

    Args:
        equipment: Of the training.
        snapshot: Where it stands.
        params: Of all seeds, on their devices.
        report: Who keeps the models.

    Returns:
        The snapshot with a row more for every seed.
    """
    held = equipment.examiner.held_out(params)
    count = len(equipment.seeds)
    better, best_loss = np.ones(count, bool), snapshot.best_loss
    if held is not None:
        loss = np.where(np.isfinite(held.loss), held.loss, np.inf)
        # At the first look anything is: there has to be a model.
        better = (loss < best_loss) | (snapshot.looked is None)
        best_loss = np.where(better, loss, best_loss)

    def take(new: np.ndarray, old: np.ndarray) -> np.ndarray:
        return np.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old)

    rows = [_row(equipment, snapshot, i, held) for i in range(count)]
    for i, row in enumerate(rows):
        model = _model(equipment, snapshot.states.params, i, row)
        row["longest_run"] = equipment.examiner.longest_run(model, row["seed"])
        report.model(model_name(row["seed"], LAST), model)
        if better[i]:
            report.model(model_name(row["seed"], BEST), model)
    return snapshot._replace(
        rows=snapshot.rows + rows,
        best_params=jax.tree.map(take, snapshot.states.params, snapshot.best_params),
        best_loss=best_loss,
        looked=snapshot.place,
    )


def write(equipment: Equipment, snapshot: Snapshot) -> Snapshot:
    """Writes samples of the first seed, which stand in the new snapshot."""
    row = _row(equipment, snapshot, 0, None)
    model = _model(equipment, snapshot.states.params, 0, row)
    written = equipment.examiner.samples(model, equipment.seeds[0])
    samples = [
        {
            "step": snapshot.updates,
            "temperature": float(sample.temperature),
            "length": sample.length,
            "text": sample.text,
        }
        for sample in written
    ]
    return snapshot._replace(samples=snapshot.samples + samples)


def store_best(equipment: Equipment, snapshot: Snapshot, report: Reporter) -> None:
    """Stores the best models of a snapshot, in place of what came after it.

    A training that was broken off may have gone on beyond what was kept of it; where
    the time decides, the second time it is evaluated elsewhere.
    """
    for i, seed in enumerate(equipment.seeds):
        rows = [row for row in snapshot.rows if row["seed"] == seed]
        if rows:
            model = _model(equipment, snapshot.best_params, i, best_row(rows))
            report.model(model_name(seed, BEST), model)


def _row(equipment: Equipment, snapshot: Snapshot, i: int, held: Held | None) -> Row:
    """What there is to say of a seed at an evaluation, but for its samples."""
    config, step = equipment.config, int(snapshot.states.step[i])
    last = jnp.asarray(max(0, step - 1), jnp.int32)
    factor = equipment.schedule(last, jnp.asarray(snapshot.horizon, jnp.int32))
    row: Row = {
        "seed": equipment.seeds[i],
        "step": step,
        "epoch": step / equipment.updates_per_epoch,
        "seconds": snapshot.seconds if equipment.plan.is_timed else None,
        "learning_rate": config.learning_rate * float(factor),
        "train_loss": snapshot.recent_mean("loss", i),
        "train_accuracy": snapshot.recent_mean("accuracy", i),
    }
    for name in Held._fields:
        value = None if held is None else float(getattr(held, name)[i])
        row[f"validation_{name}"] = value
    return row | {
        "longest_run": None,
        "expected_run": equipment.examiner.expected_run,
        "diverged": bool(snapshot.states.diverged[i]),
    }


def _model(equipment: Equipment, params: Params, i: int, row: Row) -> StoredModel:
    """The model of a seed: its share of the parameters of all."""
    return StoredModel(
        equipment.network,
        jax.tree.map(lambda leaf: leaf[i], params),
        equipment.corpus.vocabulary,
        described(equipment.config, equipment.corpus, row),
    )
