"""Settings of a language model's training, and the presets of those who came before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqjax.charlm.corpus import FRACTIONS
from seqjax.charlm.presets import PRESETS, preset_settings
from seqjax.core.checks import (
    check_choice,
    check_distinct,
    check_integer,
    check_number,
)
from seqjax.lab.command_line.option_rules import check_fields
from seqjax.lab.data.corpora import KINDS
from seqjax.lab.data.corpora.vocabulary import Kind
from seqjax.train import SCHEDULES, batch_parts

DECAY_UNITS = ("updates", "epochs")
ENDS = ("steps", "epochs", "minutes")


@dataclass(frozen=True)
class Config:
    """One training of a character language model, with as many seeds as wanted.

    Attributes:
        corpus: Text files, or names of texts that are downloaded; several are learnt
            together. Without any: the manual that comes with Python.
        preset: Settings that all other options override: course, report-002,
            report-003, char-rnn or strong.
        encoding: Of the files; none: find it.
        gutenberg: Keep what Project Gutenberg put before and after a book.
        vocabulary: What a model counts in: characters or bytes.
        split: Shares of the text to train on, validate on and test on.
        cell: Among {cells}.
        layers: Recurrent layers on top of each other.
        hidden_size: Units of a layer.
        embedding: Length of a character's learnt vector; 0: one-hot vectors.
        dropout: Probability that an output between two layers is dropped.
        initializer: Of all weights: normal, xavier, he, orthogonal, identity, torch.
        forget_bias: Of the LSTM at the start: zero, one or chrono.
        seeds: Number of models, side by side.
        first_seed: Number of the first.
        steps: Updates of one model.
        epochs: Train so often through the text instead; 0: go by steps.
        minutes: Train so long instead, with compiling and evaluating; 0: go by steps.
        window: Characters T of one example.
        batch_size: Windows per update.
        carried: Go through the text in as many streams as a batch has windows, with
            the hidden states of the update before; else windows are drawn anywhere and
            begin with zeros.
        reset: Share of windows that begin with zeros all the same, where states are
            carried: as a text does that the model is to write.
        batch_parts: Parts of a batch whose gradients are added up, and which may lie on
            different cores; 0: two on a CPU if they divide the batch, else one.
        optimizer: Among {optimizers}.
        optimizer_flavor: Whose constants: torch, keras, tf1, char-rnn.
        learning_rate: Step size at the start (after the warm-up).
        schedule: Of the learning rate: constant, step or cosine.
        decay: Of schedule step: what the rate is multiplied by ...
        decay_every: ... after every so many ...
        decay_unit: ... updates or epochs, ...
        decay_after: ... for the first time after so many; 0: after the first such.
        warmup: Updates in which the rate rises from zero.
        clip_norm: Largest norm of the gradient; inf leaves it alone.
        evaluate_every: Updates between two evaluations; 0: evaluate twenty times.
        sample_steps: Updates at which samples are written; none given: before the
            first, after 1 %, 10 % and 50 %, and after the last.
        sample_temperatures: Temperatures of the samples; 0 is greedy.
        sample_lengths: Lengths of the samples, in characters.
    """

    corpus: tuple[str, ...] = ()
    preset: str = "course"
    encoding: str | None = None
    gutenberg: bool = False
    vocabulary: Kind = "characters"
    split: tuple[float, ...] = FRACTIONS
    cell: str = "lstm"
    layers: int = 2
    hidden_size: int = 128
    embedding: int = 0
    dropout: float = 0.0
    initializer: str = "torch"
    forget_bias: str = "zero"
    seeds: int = 1
    first_seed: int = 0
    steps: int = 5000
    epochs: float = 0.0
    minutes: float = 0.0
    window: int = 30
    batch_size: int = 64
    carried: bool = False
    reset: float = 0.0
    batch_parts: int = 0
    optimizer: str = "adam"
    optimizer_flavor: str = "torch"
    learning_rate: float = 2e-3
    schedule: str = "constant"
    decay: float = 0.96
    decay_every: float = 5000.0
    decay_unit: str = "updates"
    decay_after: float = 0.0
    warmup: int = 0
    clip_norm: float = 5.0
    evaluate_every: int = 0
    sample_steps: tuple[int, ...] = ()
    sample_temperatures: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0)
    sample_lengths: tuple[int, ...] = (20, 30, 50, 120)

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choice("preset", self.preset, PRESETS)
        check_fields(self, own=("encoding",))  # it is that of a text
        for name, choices in (
            ("vocabulary", KINDS),
            ("schedule", SCHEDULES),
            ("decay_unit", DECAY_UNITS),
        ):
            check_choice(name, getattr(self, name), choices)
        for name, least in (
            ("embedding", 0),
            ("window", 1),
            ("warmup", 0),
            ("evaluate_every", 0),
        ):
            check_integer(name, getattr(self, name), minimum=least)
        for name in ("epochs", "minutes", "decay_after"):
            check_number(name, getattr(self, name), minimum=0.0)
        check_number(
            "decay_every",
            self.decay_every,
            minimum=0.0,
            exclusive=True,
            hint="try 5000",
        )
        check_number("decay", self.decay, minimum=0.0, maximum=1.0, exclusive=True)
        check_number("reset", self.reset, minimum=0.0, maximum=1.0)
        if self.reset and not self.carried:
            raise ValueError(
                f"reset must be 0 where states are not carried, not {self.reset}; "
                "give --carried or --reset 0"
            )
        check_number("dropout", self.dropout, minimum=0.0, maximum=0.999)
        if self.dropout and self.layers == 1:
            raise ValueError(
                f"dropout must be 0 with one layer, not {self.dropout}, since it is "
                "between layers; give --layers 2 or --dropout 0"
            )
        if self.forget_bias == "chrono":
            check_integer(
                "window",
                self.window,
                minimum=3,
                hint="the chrono forget bias needs at least three inputs",
            )
        if self.epochs and self.minutes:
            raise ValueError(_ends(["epochs", "minutes"]))
        self._check_samples()

    def _check_samples(self) -> None:
        for name, least in (("sample_steps", 0), ("sample_lengths", 1)):
            for value in getattr(self, name):
                check_integer(name, value, minimum=least)
        if self.sample_steps:
            check_distinct("sample_steps", self.sample_steps)
        check_distinct("sample_lengths", self.sample_lengths)
        check_distinct("sample_temperatures", self.sample_temperatures)
        for temperature in self.sample_temperatures:
            check_number(
                "sample_temperatures", temperature, minimum=0.0, hint="0 is greedy"
            )

    def parts(self, platform: str) -> int:
        """Parts of a batch on a platform ("cpu", "gpu", ...)."""
        return self.batch_parts or batch_parts(platform, self.batch_size)

    def updates_per_epoch(self, characters: int) -> float:
        """Updates in which a model sees as many characters as are trained on."""
        return characters / (self.batch_size * self.window)


def resolve(explicit: Mapping[str, Any]) -> Config:
    """The configuration of the options given explicitly, on top of their preset."""
    preset = explicit.get("preset", "course")
    check_choice("preset", preset, PRESETS)
    given = [name for name in ENDS if name in explicit]
    if len(given) > 1:
        raise ValueError(_ends(given))
    settings = preset_settings(preset, explicit)
    if given:
        settings = {k: v for k, v in settings.items() if k not in ENDS}
    return Config(**(settings | dict(explicit)))


def _ends(given: Sequence[str]) -> str:
    """The error for more than one end of a training."""
    return (
        f"a training must end by one of {', '.join(ENDS)}, not by "
        f"{' and '.join(given)}; give one"
    )
