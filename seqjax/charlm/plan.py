"""When a training ends, is evaluated, and writes samples.

It ends after so many updates or after so much time. Evaluations and samples go by the
same measure, unless they are asked for at certain updates.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from seqjax.charlm.config import Config
from seqjax.lab.errors import UserError

# Fractions, because in floating point 0.55 of 100 updates is more than 55.
LOOKS = tuple(Fraction(i, 20) for i in range(21))
"""After which shares of a training it is evaluated if nothing else is asked for."""

WRITINGS = tuple(Fraction(i, 100) for i in (0, 1, 10, 50, 100))
"""After which shares of it samples are written if nothing else is asked for."""

SHARE = 0.1
"""Most of the time that evaluations may take, where the time decides."""

FAR = 2**31 - 1
"""More updates than any training has."""


class Place(NamedTuple):
    """How far a training has come: its updates, and its time in seconds."""

    updates: int
    seconds: float


class Plan(NamedTuple):
    """When a training ends, is evaluated, and writes.

    Attributes:
        updates: How many there are; `FAR` where the time decides.
        seconds: How long it is; infinity where the updates decide.
        look_updates: Evaluated after every so many; 0: by `LOOKS`.
        write_updates: Samples are written after these; none: by `WRITINGS`.
    """

    updates: int
    seconds: float
    look_updates: int
    write_updates: tuple[int, ...]

    @property
    def is_timed(self) -> bool:
        """Whether the time decides when it ends, and not the updates."""
        return self.updates == FAR

    def share(self, place: Place) -> float:
        """How much of the training is done, 0 to 1."""
        return min(1.0, max(place.updates / self.updates, place.seconds / self.seconds))

    def is_over(self, place: Place) -> bool:
        """Whether it has come to its end."""
        return self.share(place) >= 1

    def next_stop(self, updates: int) -> int:
        """The update after which something is to be done, unless the time says so."""
        stops = [self.updates, *self.write_updates]
        if self.look_updates:
            stops.append((updates // self.look_updates + 1) * self.look_updates)
        elif not self.is_timed:
            stops += self._counts(LOOKS)
        if not (self.write_updates or self.is_timed):
            stops += self._counts(WRITINGS)
        return min(stop for stop in stops if stop > updates)

    def is_look(
        self, before: Place | None, place: Place, cost: float = 0.0, over: bool = False
    ) -> bool:
        """Whether to evaluate.

        Args:
            before: Where that was done last; None: nowhere yet.
            place: Where the training is.
            cost: Seconds that it takes, 0 by default.
            over: Whether it is over although not at its end, as all seeds have stopped;
                no by default.
        """
        if before is None or over or self.is_over(place):
            return before != place
        if self.look_updates:
            every = self.look_updates
            return place.updates // every > before.updates // every
        if self.is_timed:
            pause = max(self.seconds * float(LOOKS[1]), cost / SHARE)
            return place.seconds - before.seconds >= pause
        return self._passed(LOOKS, before, place)

    def is_writing(
        self, before: Place | None, place: Place, over: bool = False
    ) -> bool:
        """Whether to write samples.

        Args:
            before: Where this was asked last; None: nowhere yet.
            place: Where the training is.
            over: As for `is_look`.
        """
        if self.write_updates:
            reached = -1 if before is None else before.updates
            return any(reached < step <= place.updates for step in self.write_updates)
        if before is None or over:
            return before != place
        return self._passed(WRITINGS, before, place)

    def _passed(self, shares: Sequence[Fraction], before: Place, place: Place) -> bool:
        if self.is_timed:
            start, end = self.share(before), self.share(place)
            return any(start < share <= end for share in shares)
        counts = self._counts(shares)
        return any(before.updates < count <= place.updates for count in counts)

    def _counts(self, shares: Sequence[Fraction]) -> list[int]:
        return [math.ceil(self.updates * share) for share in shares]


def plan_of(config: Config, characters: int) -> Plan:
    """The plan of a training on a text of so many characters.

    Args:
        config: What was asked for.
        characters: Of the part that is trained on.

    Raises:
        UserError: More updates than can be counted.
    """
    updates, seconds = float(config.steps), math.inf
    if config.epochs:
        updates = max(1.0, config.epochs * config.updates_per_epoch(characters))
    if updates >= FAR:
        raise UserError(
            f"a training must have fewer than {FAR} updates, not {updates:.4g}; "
            "give fewer steps or epochs"
        )
    count = math.ceil(updates)
    if config.minutes:
        count, seconds = FAR, 60 * config.minutes
    return Plan(count, seconds, config.evaluate_every, config.sample_steps)
