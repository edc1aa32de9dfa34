"""Settings of the study of periodic noise."""

from dataclasses import dataclass
from typing import NamedTuple

from seqjax.core.checks import check_choices, check_integer, check_number
from seqjax.core.gate_params import PARAMETERS
from seqjax.phased.options import GatedCell, GatedTraining, check_open_ratio

PLAIN, RIGHT, WRONG, ALL = "lstm", "right", "wrong", "all"

OFF = {ALL: PARAMETERS, **{name: (name,) for name in PARAMETERS}}
"""Which numbers of a gate start off, by the name of the start."""

LEARNT, HELD = "learnt", "held"

MODELS = (
    RIGHT,
    PLAIN,
    WRONG,
    *(f"{name}-{end}" for name in OFF for end in (LEARNT, HELD)),
)


class Setting(NamedTuple):
    """What one block trains, for all seeds."""

    model: str


@dataclass(frozen=True)
class NoiseConfig(GatedCell, GatedTraining):
    """One study of periodic noise: every model over many seeds.

    Attributes:
        models: Among right (a gate of the signal's period and moment, fixed), wrong
            (one of another period, fixed), lstm (without a gate; it reads the time),
            and all-learnt, period-learnt, shift-learnt, open_ratio-learnt (gates of
            which all or that one number starts off, and is learnt while the others are
            right), and all-held, period-held, shift-held, open_ratio-held (the same
            starts, nothing of the gate learnt).
        period: Steps from one value that counts to the next (2 or more).
        wrong_period: Period of the wrong gate, in steps.
        off_open_ratio: Open ratio where it starts off (above 0, at most 1); else it is
            one step of the period. Periods that start off are log-uniform from half of
            the right one to twice of it, shifts uniform over one period.
        values: Values of a sequence; a multiple of the period.
        noise: Standard deviation of the values that do not count; the others have 1.
    """

    models: tuple[str, ...] = MODELS
    period: int = 10
    wrong_period: float = 13.0
    off_open_ratio: float = 0.5
    values: int = 100
    noise: float = 2.0
    seeds: int = 8
    steps: int = 800
    batch_size: int = 64
    hidden_size: int = 8
    learning_rate: float = 5e-3
    initializer: str = "xavier"
    forget_bias: str = "one"
    stop_accuracy: float = 0.98
    success_accuracy: float = 0.95
    evaluation_size: int = 1000

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choices("models", self.models, MODELS)
        super().__post_init__()
        hint = "between values that count there must be one that does not"
        check_integer("period", self.period, minimum=2, hint=hint)
        check_open_ratio("off_open_ratio", self.off_open_ratio)
        hint = "give the time from opening to opening"
        check_number(
            "wrong_period", self.wrong_period, minimum=0.0, exclusive=True, hint=hint
        )
        if self.wrong_period == self.period:
            raise ValueError(
                f"wrong_period must not be the period, {self.period}, "
                f"not {self.wrong_period:g}; give another one"
            )
        check_integer("values", self.values, minimum=1)
        if self.values % self.period:
            above = self.period * (self.values // self.period + 1)
            raise ValueError(
                f"values must be a multiple of the period, {self.period}, "
                f"not {self.values}; give {above}"
            )
        check_number("noise", self.noise, minimum=0.0, hint="give a standard deviation")

    @property
    def open_ratio(self) -> float:
        """The right open ratio: a step of the period, so that one value falls in."""
        return 1 / self.period

    @property
    def counting(self) -> int:
        """Values of a sequence that count."""
        return self.values // self.period


def start_of(model: str) -> tuple[str, ...]:
    """What of a gate starts off in a model."""
    return OFF.get(model.partition("-")[0], ())


def learnt_of(model: str) -> tuple[str, ...]:
    """What of a gate a model learns."""
    return start_of(model) if model.endswith(f"-{LEARNT}") else ()
