"""The forecast study: train contenders and controls on one split, then compare."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.core.graphs import MODELS
from seqjax.graphs.forecast.config import ForecastConfig
from seqjax.graphs.forecast.data import Series, prepare
from seqjax.graphs.forecast.figures import figures
from seqjax.graphs.forecast.models import REFERENCES, SHUFFLED, kind_of, title
from seqjax.graphs.forecast.summary import Setting, summarise
from seqjax.graphs.forecast.tables import tables
from seqjax.graphs.forecast.testing import (
    Tested,
    drawn,
    ratio,
    reference,
    rows_of,
    tested,
)
from seqjax.lab.data.graph_data import READ_AXES, read_line
from seqjax.lab.study import Block, Number, Reporter, Study
from seqjax.lab.sweep import Ended, Sweep
from seqjax.tasks import Trial
from seqjax.tasks.forecast import ForecastData, ForecastTask
from seqjax.tasks.forecast_network import ForecastNetwork
from seqjax.train import TrainState


class Forecasts(Sweep[ForecastConfig]):
    """Contenders and controls on one series.

    Attributes:
        series: of the run that is going on.
    """

    setting = Setting
    ending = {
        "steps_ahead": int,
        "rmse": float,
        "mae": float,
        "relative_rmse": float,
        "relative_mae": float,
        "validation_rmse": float,
        "kept_update": int,
        "steps": int,
        "diverged": bool,
    }
    axes = {
        "loss": ("seed", "step"),
        "closer": ("seed", "step"),
        "gradient_norm": ("seed", "step"),
        "validation_rmse": ("seed", "step"),
        "forecast": ("seed", "snapshot", "shown_node"),
        "truth": ("snapshot", "shown_node"),
        "nodes": ("shown_node",),
        **READ_AXES,
    }
    unit = "updates"
    accuracy = "closer"
    in_chunks = False  # A reference has no seeds, and would be in every chunk.

    series: Series

    def settings(self, config: ForecastConfig) -> list[Setting]:
        """Contenders, controls, references."""
        return [Setting(name) for name in config.names]

    def title(self, config: ForecastConfig, setting: Setting) -> str:
        """The model in a few words."""
        return title(setting.model, config.models)

    def cost(self, config: ForecastConfig, setting: Setting) -> float:
        """One update; a reference needs none."""
        return 0.0 if setting.model in REFERENCES else 1.0

    def run(
        self, config: ForecastConfig, finished: Collection[str], report: Reporter
    ) -> Iterator[Block]:
        """Train and test; yields a block per model. Pure but for report and data."""
        # Once, or a file that is changed meanwhile would be another for each model.
        self.series = prepare(config)
        yield from super().run(config, finished, report)

    def learner(self, config: ForecastConfig, setting: Setting) -> ForecastTask:
        """A network that forecasts one step ahead."""
        features = self.series.graph.values.shape[2]
        return task_of(config, setting.model, features)

    def trial(
        self, config: ForecastConfig, learner: ForecastTask, setting: Setting
    ) -> Trial:
        """The series, and the graph as the convolution needs it."""
        graph, build = self.series.graph, MODELS[config.convolution].matrix
        assert build is not None
        weights: Any = graph.weights
        if graph.weights_over_time is not None:
            # Those of the newest snapshot of every input.
            first = config.lags - 1
            weights = graph.weights_over_time[first:-1]
        matrix = build(graph.edges, graph.num_nodes, weights)
        data = ForecastData(matrix, jax.tree.map(jnp.asarray, self.series.parts))
        return Trial(data, data, None, True)

    def params(self, states: TrainState) -> Any:
        """Those that have forecast the validation part best."""
        return states.memory.params

    def test(
        self, config: ForecastConfig, learner: ForecastTask
    ) -> Callable[[Any, ForecastData], Tested]:
        """Of one seed, at all steps ahead."""

        def test(params: Any, data: ForecastData) -> Tested:
            found = learner.forecasts(params, data, config.horizon)
            test = data.parts.test
            return tested(found, test.targets, test.scored)

        return test

    def rows(
        self, config: ForecastConfig, setting: Setting, ended: Ended
    ) -> list[dict[str, Any]]:
        """One row per seed and number of steps ahead."""
        states = ended.trained.states
        loss, update, steps, diverged = ended.gathered(
            (states.memory.loss, states.memory.update, states.step, states.diverged)
        )
        endings = [
            {
                "seed": seed,
                "validation_rmse": ratio(np.sqrt(loss[i]), 1.0),
                "kept_update": int(update[i]),
                "steps": int(steps[i]),
                "diverged": bool(diverged[i]),
            }
            for i, seed in enumerate(config.seed_numbers)
        ]
        return rows_of(self.series, setting.model, ended.tested, endings)

    def history(
        self, config: ForecastConfig, setting: Setting, ended: Ended
    ) -> Mapping[str, np.ndarray]:
        """Curves, and forecasts of the nodes to draw."""
        curves = ended.trained.history
        watched = ended.gathered(ended.trained.states.memory.curve)
        return {
            "loss": curves["loss"],
            self.accuracy: curves["accuracy"],
            "gradient_norm": curves["gradient_norm"],
            "validation_rmse": np.sqrt(watched),
            **drawn(self.series, ended.tested),
        }

    def block(
        self,
        config: ForecastConfig,
        setting: Setting,
        report: Reporter,
        *,
        deadline: Number = float("inf"),
    ) -> Block:
        """Train and test all seeds of a model, or measure a reference."""
        if setting.model not in REFERENCES:
            return super().block(config, setting, report, deadline=deadline)
        report.block(setting.model, self.title(config, setting), 0)
        found = reference(self.series, setting.model, config.horizon)
        untrained = dict.fromkeys(["seed", "validation_rmse", "kept_update", "steps"])
        ending = {**untrained, "diverged": False}
        rows = rows_of(self.series, setting.model, found, [ending])
        return Block(setting.model, rows, drawn(self.series, found))


def task_of(config: ForecastConfig, model: str, features: int) -> ForecastTask:
    """What a contender or a control learns of so many values per node."""
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


FORECAST: Study[ForecastConfig] = Forecasts().study(
    name="graphs forecast",
    summary="the next values of a graph's nodes: recurrent cells on it, and controls",
    config_type=ForecastConfig,
    summarise=summarise,
    tables=tables,
    figures=figures,
    check=prepare,
    reads=lambda config: read_line(prepare(config).graph),
)
