"""Training and testing all seeds of one model, and measuring what needs no training."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from seqjax.core.graphs import MODELS
from seqjax.core.keys import seed_keys
from seqjax.graphs.forecast.config import ForecastConfig
from seqjax.graphs.forecast.data import Series, measured, names_of
from seqjax.graphs.forecast.models import REFERENCES, SHUFFLED, kind_of
from seqjax.lab.running.training import train
from seqjax.lab.study import Block, Reporter
from seqjax.tasks.forecast import ForecastData, ForecastTask
from seqjax.tasks.forecast_network import ForecastNetwork
from seqjax.tasks.series import ahead
from seqjax.train import Ensemble, SeedMap, direction, make_hyper


class Errors(NamedTuple):
    """Of forecasts of the test part, in standard deviations of the training part.

    Attributes:
        rmse: root of the mean square, for every number of steps ahead.
        mae: mean of the absolute errors.
    """

    rmse: Float[Array | np.ndarray, "*seeds horizon"]
    mae: Float[Array | np.ndarray, "*seeds horizon"]


class Outcome(NamedTuple):
    """A model on the test part.

    Attributes:
        errors: of its forecasts.
        shown: forecasts of the first feature of the nodes to draw.
    """

    errors: Errors
    shown: Float[Array | np.ndarray, "*seeds origins horizon shown"]


def task_of(config: ForecastConfig, model: str, features: int) -> ForecastTask:
    """What a trained model learns.

    Args:
        config: the study's.
        model: a contender or a control.
        features: values of a node in a snapshot.
    """
    kind = kind_of(model, config.models)
    network = ForecastNetwork(
        kind.cell,
        features,
        config.lags,
        config.hidden_size,
        config.convolution,
        kind.encoder,
        kind.readout,
        config.predicts == "change",
        config.initializer,
        config.forget_bias,
    )
    return ForecastTask(network, config.steps, shuffled=model == SHUFFLED)


def trained_block(
    config: ForecastConfig, series: Series, model: str, report: Reporter
) -> Block:
    """Train all seeds of a model, and test the update that validation has chosen."""
    cost = float(config.seeds)
    report.block(model, kind_of(model, config.models).title, cost * config.steps)
    task = task_of(config, model, series.graph.values.shape[2])
    graph, build = series.graph, MODELS[config.convolution].matrix
    assert build is not None
    matrix = build(graph.edges, graph.num_nodes, graph.weights)
    data = ForecastData(matrix, jax.tree.map(jnp.asarray, series.parts))
    ensemble = Ensemble(
        task.task(),
        direction(config.optimizer),
        config.seeds,
        group=config.seeds_per_device or None,
    )
    trained = train(
        ensemble,
        ensemble.init(seed_keys(config.seed_numbers)),
        make_hyper(config.learning_rate, clip_norm=config.clip_norm),
        data,
        config.steps,
        report,
        cost=cost,
    )

    def test(params: Any, data: ForecastData) -> Outcome:
        found = task.forecasts(params, data, config.horizon)
        return tested(series, found, config.horizon)

    tests = SeedMap(test, config.seeds, mesh=ensemble.mesh)
    watched = trained.states.memory
    found = tests.gather(tests(watched.params, data))
    ending = ensemble.gather(
        (trained.states.step, trained.states.diverged, watched._replace(params=()))
    )
    history = {
        "loss": trained.history["loss"],
        "closer": trained.history["accuracy"],
        "gradient_norm": trained.history["gradient_norm"],
        "validation_rmse": np.sqrt(ending[2].curve),
        **_shown(series, found.shown, config.horizon),
    }
    return Block(model, _rows(config, series, model, found.errors, ending), history)


def reference_block(
    config: ForecastConfig, series: Series, model: str, report: Reporter
) -> Block:
    """Measure a forecast that needs no training."""
    report.block(model, REFERENCES[model], 0)
    found = reference(series, model, config.horizon)
    result = tested(series, jnp.asarray(found), config.horizon)
    result = jax.tree.map(lambda leaf: np.asarray(leaf)[None], result)
    return Block(
        model,
        _rows(config, series, model, result.errors, None),
        _shown(series, result.shown, config.horizon),
    )


def reference(
    series: Series, model: str, horizon: int
) -> Float[np.ndarray, "time horizon nodes features"]:
    """The last value, or 0, the mean, at every step ahead of each test snapshot."""
    test = series.parts.test
    last = np.asarray(test.inputs)[:, None, :, -test.targets.shape[2] :]
    if model == "mean":
        last = np.zeros_like(last)
    return np.repeat(last, horizon, axis=1)


def tested(
    series: Series,
    found: Float[Array, "time horizon nodes features"],
    horizon: int,
) -> Outcome:
    """Hold forecasts against what came, from every time on that has so many steps."""
    truth = ahead(np.asarray(series.parts.test.targets), horizon)
    found = found[: len(truth)]
    gaps, over = found - truth, (0, 2, 3)
    errors = Errors(
        jnp.sqrt(jnp.mean(gaps**2, axis=over)), jnp.mean(jnp.abs(gaps), axis=over)
    )
    return Outcome(errors, found[:, :, series.shown, 0])


def _shown(
    series: Series,
    shown: Float[np.ndarray, "seeds origins horizon shown"],
    horizon: int,
) -> dict[str, np.ndarray]:
    """Forecasts and what came, of the nodes to draw, at the last step ahead."""
    truth = ahead(np.asarray(series.parts.test.targets), horizon)
    return {
        "forecast": measured(series, shown[:, :, -1]),
        "truth": measured(series, truth[:, -1, series.shown, 0]),
        "nodes": np.array(names_of(series)),
    }


def _rows(
    config: ForecastConfig, series: Series, model: str, errors: Errors, ending: Any
) -> list[dict[str, Any]]:
    """A row per seed and number of steps ahead."""
    last = tested(
        series,
        jnp.asarray(reference(series, "persistence", config.horizon)),
        config.horizon,
    ).errors
    rows = []
    seeds = config.seed_numbers if ending is not None else (None,)
    for i, seed in enumerate(seeds):
        for h in range(config.horizon):
            row = {
                "model": model,
                "seed": seed,
                "steps_ahead": h + 1,
                "rmse": float(errors.rmse[i, h]),
                "mae": float(errors.mae[i, h]),
                "relative_rmse": _ratio(errors.rmse[i, h], last.rmse[h]),
                "relative_mae": _ratio(errors.mae[i, h], last.mae[h]),
                "validation_rmse": None,
                "kept_update": None,
                "steps": None,
                "diverged": False,
            }
            if ending is not None:
                steps, diverged, watched = ending
                row |= {
                    "validation_rmse": _ratio(np.sqrt(watched.loss[i]), 1.0),
                    "kept_update": int(watched.update[i]),
                    "steps": int(steps[i]),
                    "diverged": bool(diverged[i]),
                }
            rows.append(row)
    return rows


def _ratio(error: Any, by: Any) -> float | None:
    """None where it is no number, as with a persistence that is never wrong."""
    return float(error) / float(by) if float(by) and np.isfinite(error) else None
