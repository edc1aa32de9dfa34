"""What was measured, by regime and model: outcomes, epochs, curves."""

import numpy as np
from jaxtyping import Float

from seqjax.lab import measures
from seqjax.lab.measures import Outcome
from seqjax.lab.study import Results
from seqjax.phased.frequency.config import FrequencyConfig, Setting
from seqjax.tasks.frequency import CHANCE


def outcome_of(
    config: FrequencyConfig, results: Results, regime: str, model: str
) -> Outcome:
    """How the seeds of one regime and model fared; times are epochs."""
    setting, epochs = Setting(regime, model), trained_epochs(results)
    rows, least = measures.rows_of(results, setting), config.success_accuracy
    return measures.outcome(
        rows, CHANCE, least, epochs, setting=setting, solved="solved_epoch"
    )


def trained_epochs(results: Results) -> int:
    """Epochs of every training, as many as the budget allowed."""
    return int(results.rows[0]["epochs"])


def curves_of_tests(
    config: FrequencyConfig, results: Results, regime: str, model: str
) -> Float[np.ndarray, "seeds epochs"]:
    """Test accuracy before the first epoch and after each; chance once diverged."""
    setting = Setting(regime, model)
    curves = np.array(results.history[f"{setting.name}/test_accuracy"], float)
    for curve, row in zip(curves, measures.rows_of(results, setting), strict=True):
        if row["diverged"]:
            curve[-(-row["steps"] // config.updates_per_epoch) :] = CHANCE
    return curves
