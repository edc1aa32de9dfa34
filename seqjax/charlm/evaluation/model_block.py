"""The block of a model: what it predicts of the text, and what it writes."""

import math
from typing import Any

import jax
import numpy as np

from seqjax.charlm.evaluation.locating import Found
from seqjax.charlm.evaluation.quality import measure
from seqjax.charlm.evaluation.reading import (
    Predictions,
    carried,
    predict,
    reset,
    spread,
)
from seqjax.charlm.evaluation.reference import Reference
from seqjax.charlm.evaluation.rows import Rows, loss_rows, measured_rows, row
from seqjax.charlm.measures import longest_run, reliability
from seqjax.charlm.writing import write
from seqjax.core.decoding import make_choice
from seqjax.lab.run_directory.model_files import StoredModel, load_model
from seqjax.lab.study import Block, Reporter

READINGS = 3
"""Times that a model reads a text: with the state carried, reset, and what it learnt"""


def model_block(
    name: str, found: Found, reference: Reference, report: Reporter
) -> Block:
    """What one model predicts and writes.

    Args:
        name: of the block.
        found: the model's files.
        reference: the text.
        report: is told of the progress.
    """
    model = load_model(found.folder)
    rows = [
        row("model", "updates", found.training.get("step", math.nan)),
        row("model", "window", _window(model, reference)),
    ]
    history: dict[str, np.ndarray] = {}
    rows += _predictions(model, reference, report, history)
    rows += _samples(model, reference, report, history)
    return Block(name, [row | {"seed": found.seed} for row in rows], history)


def _window(model: StoredModel, reference: Reference) -> int:
    """Characters after which the state is reset."""
    return reference.config.window or int(model.training["window"])


def _predictions(
    model: StoredModel,
    reference: Reference,
    report: Reporter,
    history: dict[str, np.ndarray],
) -> Rows:
    """Losses with the state carried and reset, on held-out and training text."""
    config, window = reference.config, _window(model, reference)
    text, train = reference.symbols, reference.train_symbols
    held_out, length = reference.per_character(), len(reference.held_out_symbols)
    rows = []
    for part, state, symbols, spans, many in (
        (config.part, "carried", text, carried(reference.first, len(text)), held_out),
        (
            config.part,
            "reset",
            text,
            reset(reference.first, len(text), window),
            held_out,
        ),
        (
            "train",
            "carried",
            train,
            spread(len(train), length),
            reference.per_character(held_out=False),
        ),
    ):
        found = predict(model.network, model.params, symbols, spans)
        nats = float(-found.target.mean()) * many
        keys = {"part": part, "state": state, "count": len(found.target)}
        rows += loss_rows("model", nats, **keys)
        rows.append(row("model", "accuracy", float(found.hits.mean()), **keys))
        if part == config.part and state == "carried":
            rows += _calibration(found, symbols[reference.first :], history, **keys)
        report.advance(1.0, {f"{part} {state}": nats})
    return rows


def _calibration(
    found: Predictions,
    text: np.ndarray,
    history: dict[str, np.ndarray],
    **keys: Any,
) -> Rows:
    """Whether what has probability p comes p of the time: likeliest, all, by symbol."""
    symbols, counts = found.symbols, np.bincount(text, minlength=len(found.symbols))
    bias = np.abs(symbols - counts / counts.sum()).sum() / 2
    # The mean absolute value of normal variables, as in `reliability`.
    usual = np.sqrt(2 / np.pi * found.variances / len(text)).sum() / 2
    history["symbol_probability"] = symbols
    numbers = {"symbol_error": float(bias), "symbol_chance": float(usual)}
    if np.isfinite(found.target).all():
        judged = {
            "calibration": reliability(found.likeliest, found.hits),
            "calibration_all": reliability(
                found.all.ravel(),
                (np.arange(found.all.shape[1]) == found.came[:, None]).ravel(),
            ),
        }
        for field in ("confidence", "accuracy", "counts"):
            history[f"reliability_{field}"] = np.stack(
                [getattr(entry, field) for entry in judged.values()]
            )
        for name, entry in judged.items():
            numbers |= {f"{name}_error": entry.error, f"{name}_chance": entry.chance}
    return [row("model", name, value, **keys) for name, value in numbers.items()]


def _samples(
    model: StoredModel,
    reference: Reference,
    report: Reporter,
    history: dict[str, np.ndarray],
) -> Rows:
    """What the model writes at every temperature, measured at every length."""
    config, judge = reference.config, reference.judge
    rows, written, measured, runs = [], [], [], []
    for temperature in config.temperatures:
        samples = _written(model, reference, temperature)
        found = [
            measure(judge, [sample[:length] for sample in samples])
            for length in config.lengths
        ]
        for length, entry in zip(config.lengths, found, strict=True):
            keys = {"temperature": temperature, "length": length}
            rows += measured_rows("model", judge.measures, entry, **keys)
        longest = [longest_run(judge.train, sample) for sample in samples]
        runs.append(max(longest, key=lambda one: one.length))
        written.append(samples)
        measured.append(found)
        report.advance(1.0, {"temperature": temperature, "run": runs[-1].length})
    history |= {
        "samples": np.array(written),
        "hits": np.array([[entry.hits for entry in found] for found in measured]),
        "totals": np.array([[entry.totals for entry in found] for found in measured]),
        "longest_run": np.array([one.text for one in runs]),
        "longest_run_at": np.array([one.source for one in runs]),
        "longest_run_times": np.array([reference.train.count(o.text) for o in runs]),
    }
    return rows


def _written(model: StoredModel, reference: Reference, temperature: float) -> list[str]:
    """Samples of as many characters as the longest wanted."""
    config = reference.config
    many = reference.per_character()
    # Bytes make fewer characters, and not always as many as in real text.
    length = config.longest if many == 1 else math.ceil(1.25 * many * config.longest)
    choice = make_choice(temperature, top_p=None if config.top_p == 1 else config.top_p)
    key = jax.random.key(config.seed)
    samples = write(model, reference.prompts, length, key=key, choice=choice)
    return [sample[: config.longest] for sample in samples]
