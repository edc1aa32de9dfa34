"""What should be known before a model is shared: whether it recites, and its gap."""

from typing import NamedTuple

from seqjax.charlm.evaluation.card import Card, Longest
from seqjax.charlm.evaluation.memorising import (
    FACTOR,
    PASSAGE,
    beyond_chance,
    recites,
)
from seqjax.lab.reporting.text import counted

LARGE_GAP = 0.25
"""A generalisation gap is large from this share of the held-out loss on: so much of
what is new in a text of this kind is no longer new in the text trained on."""


class Findings(NamedTuple):
    """What was found.

    Attributes:
        recites: whether samples repeat longer runs than held-out text explains; None
            where the samples are too short to tell.
        large_gap: whether the generalisation gap of a model is large.
        said: it all, in sentences.
    """

    recites: bool | None
    large_gap: bool
    said: tuple[str, ...]

    @property
    def warns(self) -> bool:
        """Whether there is a warning among the sentences."""
        return bool(self.recites) or self.large_gap


def findings(card: Card) -> Findings:
    """Looks at a card for what speaks against sharing its models.

    Args:
        card: of the models.
    """
    verdict, recital = _recital(card)
    large, gap = _gap(card)
    said = [recital, gap]
    if verdict or large:
        said.append(
            "If the text is private, share neither the models nor what they write."
        )
    source = "held-out text" if card.config.prompts == "held-out" else "training text"
    said.append(
        f"Looked at: what follows {counted(card.config.samples, 'prompt')} of "
        f"{source}, at {counted(len(card.config.temperatures), 'temperature')}; "
        "other prompts may bring out more."
    )
    return Findings(verdict, large, tuple(said))


def limit(one: Longest) -> int:
    """The least characters of a run that would be a recital.

    Args:
        one: of which only the held-out text matters.
    """
    return max(PASSAGE, FACTOR * one.held_out)


def _recital(card: Card) -> tuple[bool | None, str]:
    worst = max(card.longest(), key=lambda one: one.run)
    length = card.config.longest
    if recites(worst.run, worst.held_out):
        chance = beyond_chance(worst.samples, worst.pieces)
        return True, (
            f"WARNING: {_who(card, worst.name)} recites the training text. At "
            f"temperature {worst.temperature:g}, {worst.beyond} of "
            f"{counted(worst.samples, 'sample')} of {length} characters "
            f"{'repeats' if worst.beyond == 1 else 'repeat'} more of it verbatim than "
            f"any of {counted(worst.pieces, 'piece')} of held-out text "
            f"({chance:.1f} expected by chance); the longest run has {worst.run} "
            f"characters, that of held-out text {worst.held_out}."
        )
    least = limit(worst)
    if worst.held_out == length:
        return None, (
            f"Whether it recites cannot be told: a piece of held-out text of {length} "
            "characters stands in the training text as it is; hold out text that does "
            "not, or give longer --lengths."
        )
    if length < least:
        return None, (
            f"Whether it recites cannot be told: a recital would be a run of {least} "
            f"characters, since held-out text has one of {worst.held_out}, but samples "
            f"have {length}; give --lengths {2 * least} or more."
        )
    return False, (
        f"No recital was found: the longest run of the training text in a sample of "
        f"{length} characters is one of {worst.run}, at temperature "
        f"{worst.temperature:g}, and that of {counted(worst.pieces, 'piece')} of "
        f"held-out text one of {worst.held_out}; a recital would be {least} or more."
    )


def _gap(card: Card) -> tuple[bool, str]:
    gaps = card.gaps()
    place = max(range(len(gaps)), key=lambda i: gaps[i].share)
    worst, name = gaps[place], card.config.names[place]
    held_out = card.values("nats", card.config.part, "carried")[place]
    known = held_out - worst.nats
    numbers = (
        f"{known:.2f} nats per character on training text, {held_out:.2f} on "
        f"held-out text, a gap of {worst.share:.0%}"
    )
    if worst.share >= LARGE_GAP:
        return True, (
            f"WARNING: {_who(card, name)} knows the training text much better than "
            f"text that is new: {numbers} ({LARGE_GAP:.0%} or more is large)."
        )
    return False, (
        f"The generalisation gap is not large: {_who(card, name)} has {numbers} "
        f"({LARGE_GAP:.0%} or more would be large)."
    )


def _who(card: Card, name: str) -> str:
    if card.several:
        return f"the model of {name.replace('-', ' ')}"
    return "the model"
