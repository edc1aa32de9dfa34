"""Settings of the evaluation of language models."""

from dataclasses import dataclass

from seqjax.charlm.evaluation.structure import KINDS
from seqjax.core.checks import (
    check_choice,
    check_distinct,
    check_integer,
    check_number,
)

PARTS = ("validation", "test")
PROMPTS = ("held-out", "train")


@dataclass(frozen=True)
class Config:
    """The card of a model: what it predicts, what it writes, what it recites.

    Attributes:
        model: Run directory of a training, or the folder of one model (one of them).
        model_seed: Seeds of the training to evaluate; none given: all there are.
        last: Evaluate the models after the last update, not those with the lowest
            validation loss.
        part: Held-out part of the text to measure on: validation or test.
        temperatures: Temperatures to write at; 0 takes the likeliest character.
        lengths: Lengths of the samples in characters; the shorter begin the longer.
        samples: Samples per temperature.
        top_p: Draw from the fewest likeliest characters with this share of the
            probability (above 0, at most 1).
        prompts: Part of the text from whose random places the samples go on: held-out
            or train.
        prompt_length: Characters that the model reads before it goes on.
        seed: Of the prompts' places and the draws.
        pieces: Most pieces of held-out text that the samples are held against.
        grams: Lengths k of the k-grams that are looked up in the training text, in
            characters.
        structure: Kind of text: auto (found in the training text), latex, html, play or
            prose.
        ngram_order: n of the n-grams that the model is held against.
        window: Characters after which the state is reset, where it is; 0: the T of the
            training.
        weights: The models' weights, by the first digits of their checksums; none
            given: as they are. Others are refused.
    """

    model: tuple[str, ...] = ()
    model_seed: tuple[int, ...] = ()
    last: bool = False
    part: str = "validation"
    temperatures: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
    lengths: tuple[int, ...] = (100, 500)
    samples: int = 64
    top_p: float = 1.0
    prompts: str = "held-out"
    prompt_length: int = 100
    seed: int = 0
    pieces: int = 256
    grams: tuple[int, ...] = (8, 16, 32, 64)
    structure: str = "auto"
    ngram_order: int = 5
    window: int = 0
    weights: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        if len(self.model) != 1:
            given = " and ".join(self.model) or "none"
            raise ValueError(
                f"MODEL must be one folder, not {given}; "
                "give the --out of seqjax.charlm train"
            )
        check_choice("part", self.part, PARTS)
        check_choice("prompts", self.prompts, PROMPTS)
        check_choice("structure", self.structure, ("auto", *KINDS))
        for name, least in (("lengths", 1), ("grams", 1)):
            check_distinct(name, getattr(self, name))
            for value in getattr(self, name):
                check_integer(name, value, minimum=least)
        check_distinct("temperatures", self.temperatures)
        for temperature in self.temperatures:
            check_number("temperatures", temperature, minimum=0.0, hint="0 is greedy")
        check_number(
            "top_p",
            self.top_p,
            minimum=0.0,
            maximum=1.0,
            exclusive=True,
            hint="1 keeps every character",
        )
        for name, least in (
            ("samples", 1),
            ("prompt_length", 1),
            ("seed", 0),
            ("pieces", 1),
            ("ngram_order", 1),
            ("window", 0),
        ):
            check_integer(name, getattr(self, name), minimum=least)

    @property
    def longest(self) -> int:
        """The length that samples are written to."""
        return max(self.lengths)

    @property
    def names(self) -> list[str]:
        """The models' names, as those of their blocks."""
        return [f"seed-{seed}" for seed in self.model_seed] or ["model"]
