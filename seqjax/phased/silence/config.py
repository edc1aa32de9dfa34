"""Settings of the silence study."""

from dataclasses import dataclass

from seqjax.core.checks import (
    check_choice,
    check_distinct,
    check_integer,
    check_number,
)
from seqjax.core.gate_params import PARAMETERS
from seqjax.lab.command_line.option_rules import check_fields
from seqjax.phased.running import check_training

MODELS = ("phased", "lstm")
"""With the gate and without; the first is compared with the second."""


@dataclass(frozen=True)
class SilenceConfig:
    """One silence study: every model at every length of silence, over many seeds.

    Attributes:
        models: Contenders, among phased (the gated LSTM) and lstm (the plain one).
        lengths: Lengths T of the silence in steps; sequences have T + 2 copied steps.
        copied: Symbols (of eight) to be copied across the silence.
        seeds: Number of seeds per model and length.
        first_seed: Number of the first seed.
        steps: Most updates of one model.
        batch_size: Sequences per update.
        seeds_per_device: Seeds that a device trains side by side; 0: one on a CPU, all
            of them on an accelerator.
        hidden_size: Units of the recurrent layer.
        learning_rate: Step size.
        optimizer: Among {optimizers}; with torch's constants.
        clip_norm: Largest norm of the gradient; inf leaves it alone.
        initializer: Of the matrices: normal, xavier, he, orthogonal, identity, torch.
        forget_bias: Of the LSTM at the start, gated or not: zero, one or chrono (which
            knows T).
        shortest_period: Shortest period that a gate starts from, in steps ...
        longest_period: ... and the longest one, in lengths of the silence (but no
            shorter than the shortest); periods are log-uniform between.
        open_ratio: What open ratios start from (above 0, at most 1).
        learnt: What the gates learn, among period, shift and open_ratio.
        early_stop: Stop a seed once it has solved the task.
        stop_accuracy: The task is solved at this running training accuracy (0 to 1) ...
        stop_patience: ... held for so many updates in a row.
        success_accuracy: A seed has succeeded if its accuracy (0 to 1) on the test set
            is at least this.
        evaluation_size: Sequences to test on, never trained on if there are enough.
    """

    models: tuple[str, ...] = MODELS
    lengths: tuple[int, ...] = (20, 63, 200, 632, 2000)
    copied: int = 1
    seeds: int = 6
    first_seed: int = 0
    steps: int = 500
    batch_size: int = 16
    seeds_per_device: int = 0
    hidden_size: int = 64
    learning_rate: float = 5e-3
    optimizer: str = "adam"
    clip_norm: float = 1.0
    initializer: str = "xavier"
    forget_bias: str = "one"
    shortest_period: float = 10.0
    longest_period: float = 2.0
    open_ratio: float = 0.05
    learnt: tuple[str, ...] = PARAMETERS
    early_stop: bool = True
    stop_accuracy: float = 0.98
    stop_patience: int = 20
    success_accuracy: float = 0.9
    evaluation_size: int = 128

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_distinct("models", self.models)
        for name in self.models:
            check_choice("models", name, MODELS)
        check_distinct("lengths", self.lengths)
        for length in self.lengths:
            hint = "the marker is the last step of the silence"
            check_integer("lengths", length, minimum=1, hint=hint)
        check_integer("copied", self.copied, minimum=1)
        check_fields(self)
        check_training(self)
        check_distinct("learnt", self.learnt)
        for name in self.learnt:
            check_choice("learnt", name, PARAMETERS)
        for name, hint in (
            ("shortest_period", "give the time from opening to opening"),
            ("longest_period", "give a number of silences"),
        ):
            value = getattr(self, name)
            check_number(name, value, minimum=0.0, exclusive=True, hint=hint)


def settings(config: SilenceConfig) -> list[tuple[str, int]]:
    """Model and length of every block: models outside, lengths inside."""
    return [(model, length) for model in config.models for length in config.lengths]


def block_name(model: str, length: int) -> str:
    """The name of one block."""
    return f"{model}-{length:04d}"
