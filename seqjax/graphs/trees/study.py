"""The study of trees: train every reader on every task, test it on deeper ones."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from seqjax.core.trees import TREE_CELLS
from seqjax.graphs.trees.config import TreesConfig
from seqjax.graphs.trees.figures import figures
from seqjax.graphs.trees.summary import Setting, network_of, summarise
from seqjax.graphs.trees.tables import tables
from seqjax.graphs.trees.testing import Tested, Trial, judge, trial_of
from seqjax.lab.study import Study
from seqjax.lab.sweep import Ended, Sweep
from seqjax.tasks.expression_task import ExpressionTask


class Trees(Sweep[TreesConfig]):
    """Every reader on every task."""

    setting = Setting
    ending = {
        "depth": int,
        "accuracy": float,
        "loss": float,
        "same_mirrored": float,
        "chance": float,
        "from_root": float,
        "held_out": bool,
        "steps": int,
        "diverged": bool,
    }
    unit = "updates"

    def title(self, config: TreesConfig, setting: Setting) -> str:
        """``boolean lstm``."""
        return f"{setting.task} {setting.model}"

    def learner(self, config: TreesConfig, setting: Setting) -> ExpressionTask:
        """A reader of one grammar."""
        return ExpressionTask(network_of(config, *setting))

    def trial(
        self, config: TreesConfig, learner: ExpressionTask, setting: Setting
    ) -> Trial:
        """Expressions of one grammar, whatever the seeds."""
        alike = replace(config, first_seed=0, seeds=1)
        return trial_of(alike, setting.task, trees=setting.model in TREE_CELLS)

    def test(
        self, config: TreesConfig, learner: ExpressionTask
    ) -> Callable[[Any, Any], Tested]:
        """At every depth."""
        return partial(judge, learner, config.test_depth)

    def rows(
        self, config: TreesConfig, setting: Setting, ended: Ended
    ) -> list[dict[str, Any]]:
        """One row per seed and depth."""
        states = ended.trained.states
        steps, diverged = ended.gathered((states.step, states.diverged))
        return [
            {
                **setting._asdict(),
                "seed": seed,
                "depth": test.depth,
                **{name: float(v[i, d]) for name, v in ended.tested._asdict().items()},
                "chance": test.majority,
                "from_root": test.from_root,
                "held_out": test.held_out,
                "steps": int(steps[i]),
                "diverged": bool(diverged[i]),
            }
            for i, seed in enumerate(config.seed_numbers)
            for d, test in enumerate(ended.trial.tests)
        ]


TREES: Study[TreesConfig] = Trees().study(
    name="graphs trees",
    summary="Tree-LSTMs on expressions, beside an LSTM that reads them as strings",
    config_type=TreesConfig,
    summarise=summarise,
    tables=tables,
    figures=figures,
)
