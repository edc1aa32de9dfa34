"""Settings of the frequency study."""

from dataclasses import dataclass

from seqjax.core.checks import (
    check_choice,
    check_distinct,
    check_integer,
    check_number,
)
from seqjax.core.gate_params import PARAMETERS
from seqjax.core.initializers import FORGET_BIASES
from seqjax.lab.command_line.option_rules import check_fields
from seqjax.nn.batch_norm import NORMALIZED
from seqjax.nn.gated_recurrent import GATED_CELLS
from seqjax.phased.running import check_open_ratio
from seqjax.tasks.frequency import LONGEST, SAMPLINGS, SHORTEST

MODELS = ("phased", "bn-lstm", "lstm")
"""The contenders; the first is what the others are compared with."""


@dataclass(frozen=True)
class FrequencyConfig:
    """One frequency study: every model in every regime, over many seeds.

    Attributes:
        regimes: When the waves are looked at, among standard (every ms),
            high-resolution (every 0.1 ms, ten times the work) and asynchronous (at
            random times).
        models: Contenders, among phased, bn-lstm and lstm.
        seeds: Number of seeds per regime and model.
        first_seed: Number of the first seed.
        epochs: Epochs of every training; fewer where the budget says so.
        budget: Minutes for everything. An epoch of every model is timed at the start,
            and all of them are trained for as many as fit, the same number each; none:
            no limit.
        epoch_size: Fresh waves of an epoch, rounded up to whole batches.
        batch_size: Waves per update.
        seeds_per_device: Seeds that a device trains side by side; 0: one on a CPU, all
            of them on an accelerator.
        hidden_size: Units of the recurrent layer.
        learning_rate: Step size.
        optimizer: Among {optimizers}; with torch's constants.
        clip_norm: Largest norm of the gradient; inf leaves it alone.
        initializer: Of the matrices: normal, xavier, he, orthogonal, identity, torch.
        forget_bias: Of the LSTM at the start: zero or one.
        phased_cell: Cell that the phased model gates: {cells} or peephole.
        learnt: What its gate learns, among period, shift and open_ratio.
        open_ratio: What its open ratios start from (above 0, at most 1).
        normalized: What the bn-lstm normalises: cell (Cooijmans et al. 2016), or input,
            as the programs of Neil et al. (2016) do.
        longest: Longest duration of a wave in ms.
        success_accuracy: A seed has succeeded if its accuracy (0 to 1) on the test set
            is at least this.
        evaluation_size: Waves of the test set, which nothing is ever trained on.
    """

    regimes: tuple[str, ...] = ("standard",)
    models: tuple[str, ...] = MODELS
    seeds: int = 3
    first_seed: int = 0
    epochs: int = 70
    budget: float | None = None
    epoch_size: int = 5000
    batch_size: int = 32
    seeds_per_device: int = 0
    hidden_size: int = 110
    learning_rate: float = 1e-3
    optimizer: str = "adam"
    clip_norm: float = 10.0
    initializer: str = "he"
    forget_bias: str = "zero"
    phased_cell: str = "lstm"
    learnt: tuple[str, ...] = PARAMETERS
    open_ratio: float = 0.05
    normalized: str = "cell"
    longest: int = LONGEST
    success_accuracy: float = 0.95
    evaluation_size: int = 512

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        for name, known in (
            ("regimes", SAMPLINGS),
            ("models", MODELS),
            ("learnt", PARAMETERS),
        ):
            check_distinct(name, getattr(self, name))
            for value in getattr(self, name):
                check_choice(name, value, known)
        check_fields(self, own=("forget_bias",))
        for name in ("epochs", "epoch_size"):
            check_integer(name, getattr(self, name), minimum=1)
        check_integer(
            "longest",
            self.longest,
            minimum=SHORTEST,
            hint="that is the shortest duration of a wave in ms",
        )
        if self.budget is not None:
            check_number(
                "budget",
                self.budget,
                minimum=0.0,
                exclusive=True,
                hint="give minutes, or none",
            )
        check_open_ratio("open_ratio", self.open_ratio)
        # Chrono is for a memory of a known length.
        check_choice("forget_bias", self.forget_bias, FORGET_BIASES[:2])
        check_choice("phased_cell", self.phased_cell, GATED_CELLS)
        check_choice("normalized", self.normalized, NORMALIZED)
        check_number(
            "success_accuracy", self.success_accuracy, minimum=0.0, maximum=1.0
        )

    @property
    def updates_per_epoch(self) -> int:
        """Batches of an epoch."""
        return -(-self.epoch_size // self.batch_size)

    @property
    def seed_numbers(self) -> range:
        """The seeds of every setting."""
        return range(self.first_seed, self.first_seed + self.seeds)


def settings(config: FrequencyConfig) -> list[tuple[str, str]]:
    """Regime and model of every block: regimes outside, models inside."""
    return [(regime, model) for regime in config.regimes for model in config.models]


def block_name(regime: str, model: str) -> str:
    """The name of one block."""
    return f"{regime}-{model}"
