"""The numbers of a palindrome study that are worth quoting, and their table."""

from typing import Any, NamedTuple

from seqjax.core.cells import CELLS
from seqjax.core.counting import count_parameters
from seqjax.lab import measures
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Outcome, outcome, rows_of
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results, Table
from seqjax.palindrome.config import Config
from seqjax.tasks.palindromes import CHANCE, NUM_CLASSES, num_features

SUCCESS = 0.99
"""A seed has succeeded if its accuracy on the evaluation set is at least this."""


class Setting(NamedTuple):
    """What one block trains, for all seeds."""

    cell: str
    length: int

    @property
    def name(self) -> str:
        """The block's: ``lstm-005``."""
        return f"{self.cell}-{self.length:03d}"

    @classmethod
    def all(cls, config: Config) -> list["Setting"]:
        """In the order of the results: cells outside, lengths inside."""
        return [cls(cell, n) for cell in config.cells for n in config.lengths]


def outcome_of(config: Config, results: Results, cell: str, length: int) -> Outcome:
    """How the seeds of one cell at one length fared."""
    setting = Setting(cell, length)
    rows = rows_of(results, setting)
    return outcome(rows, CHANCE, SUCCESS, config.steps, setting=setting)


def measured(config: Config) -> list[Measure]:
    """What is told of a setting."""
    return [
        measures.accuracy(),
        measures.MIDDLE,
        measures.success(SUCCESS),
        measures.solving(config.steps, "steps"),
        measures.DIVERGED,
        Measure(
            "distinct_strings",
            "strings",
            lambda o: o.rows[0]["distinct_strings"],
            lambda value, o: f"{value:.0e}" + measures.seen(o),
        ),
        measures.HELD_OUT,
    ]


def summarise(config: Config, results: Results) -> dict[str, Any]:
    """`summary.json`: estimates per cell and length, chance level, parameter counts."""
    return {
        "chance_accuracy": CHANCE,
        "success_accuracy": SUCCESS,
        "parameters": {
            cell: count_parameters(
                CELLS[cell],
                num_features(config.encoding),
                config.hidden_size,
                NUM_CLASSES,
                num_layers=config.layers,
            )._asdict()
            for cell in config.cells
        },
        "settings": [
            measures.numbers(measured(config), outcome_of(config, results, *setting))
            for setting in Setting.all(config)
        ],
    }


def tables(config: Config, results: Results) -> list[Table]:
    """One row per cell and length."""
    return [
        measures.table(
            measured(config),
            [outcome_of(config, results, *setting) for setting in Setting.all(config)],
            title="Palindromes: last digit from the first T - 1, "
            + counted(config.seeds, "seed"),
            axes=("cell", "T"),
            caption=(
                f"Chance {CHANCE:g}. Brackets: 95 % intervals over seeds ({{intervals}}"
                f"). Tested on {config.evaluation_size} strings, never trained on "
                "unless marked seen."
            ),
        )
    ]
