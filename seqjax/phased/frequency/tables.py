"""What a frequency study prints: the paper's table, comparisons, the gates."""

from seqjax.lab import measures
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results, Table
from seqjax.phased.frequency.config import MODELS, FrequencyConfig, Setting
from seqjax.phased.frequency.summary import (
    COMPARED,
    comparisons,
    epochs_text,
    gates,
    outcome_of,
    told,
)
from seqjax.phased.measured import PERIODS, change, saved
from seqjax.tasks.frequency import RANGE


def tables(config: FrequencyConfig, results: Results) -> list[Table]:
    """Results, comparisons, gates; without what there is none of."""
    found = [
        _results(config, results),
        _comparisons(config, results),
        _gates(config, results),
    ]
    return [table for table in found if table.rows]


def _results(config: FrequencyConfig, results: Results) -> Table:
    return measures.table(
        told(config, results),
        [outcome_of(config, results, *setting) for setting in Setting.all(config)],
        title=(
            f"Frequency discrimination: {counted(config.seeds, 'seed')}, "
            f"{counted(config.hidden_size, 'unit')}, {epochs_text(config, results)}"
        ),
        axes=("regime", "model"),
        caption=(
            "Brackets: 95 % intervals over seeds ({intervals}). Published: Neil et al. "
            "(2016), mean and standard deviation of 5 seeds after 70 epochs. Tested on "
            f"{config.evaluation_size} waves, never trained on, the same for all "
            "seeds; chance: always answering class 1."
        ),
        left=2,
    )


def _comparisons(config: FrequencyConfig, results: Results) -> Table:
    return measures.table(
        COMPARED,
        comparisons(config, results),
        title=f"{MODELS[0]} against the others, on the same seeds",
        axes=("regime", "model"),
        left=2,
        caption=(
            "Sign-flip test on pairs of a seed, whose waves are the same; Holm over "
            f"the others of a regime. At {counted(config.seeds, 'seed')} no p-value "
            f"can be below {min(1.0, 2.0 ** (1 - config.seeds)):.2g}."
        ),
    )


def _gates(config: FrequencyConfig, results: Results) -> Table:
    low, high = RANGE
    return Table.of(
        gates(config, results),
        {
            "regime": lambda told: told["regime"],
            f"share of periods in {low:g} to {high:g} ms": change(PERIODS),
            "mean open ratio": change("open_ratio"),
            "units open at a step": change("share_of_units_open"),
            "products not needed": saved,
        },
        title=f"Gates of {MODELS[0]}, before and after training",
        caption=(
            "Means over seeds. A step needs the products of its open units only, in a "
            "test, where gates do not leak; in training they do, and nothing is saved. "
            "Counted, not gained: all products are computed here."
        ),
    )
