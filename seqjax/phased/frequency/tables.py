"""What a frequency study prints: the paper's table, comparisons, the gates."""

from seqjax.lab import measures
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table
from seqjax.phased.frequency.config import MODELS, FrequencyConfig, settings
from seqjax.phased.frequency.selection import outcome_of
from seqjax.phased.frequency.summary import (
    comparisons,
    epochs_text,
    gate_numbers,
    percent,
    told,
)
from seqjax.phased.measured import gate_cells
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
    table = measures.table(
        told(config, results),
        [outcome_of(config, results, *setting) for setting in settings(config)],
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
    )
    return table._replace(left=2)


def _comparisons(config: FrequencyConfig, results: Results) -> Table:
    compared = comparisons(config, results)
    return Table(
        title=f"{MODELS[0]} against the others, on the same seeds",
        columns=("regime", "model", "accuracy gained (points)", "p (Holm)"),
        rows=[
            [
                found.regime,
                found.model,
                estimate_text(percent(found.accuracy.difference), "{:+.2f}"),
                f"{found.p_value:.3f}",
            ]
            for found in compared
        ],
        left=2,
        caption=(
            "Sign-flip test on pairs of a seed, whose waves are the same; Holm over "
            f"the others of a regime. At {counted(config.seeds, 'seed')} no p-value "
            f"can be below {min(1.0, 2.0 ** (1 - config.seeds)):.2g}."
        ),
    )


def _gates(config: FrequencyConfig, results: Results) -> Table:
    body = []
    for regime in config.regimes if MODELS[0] in config.models else ():
        numbers = gate_numbers(config, results, regime)
        body.append([regime, *gate_cells(numbers)])
    return Table(
        title=f"Gates of {MODELS[0]}, before and after training",
        columns=(
            "regime",
            f"share of periods in {RANGE[0]:g} to {RANGE[1]:g} ms",
            "mean open ratio",
            "units open at a step",
            "products not needed",
        ),
        rows=body,
        caption=(
            "Means over seeds. A step needs the products of its open units only, in a "
            "test, where gates do not leak; in training they do, and nothing is saved. "
            "Counted, not gained: all products are computed here."
        ),
    )
