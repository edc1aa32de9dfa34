"""When a training ends, is evaluated, and writes samples.

It ends after so many updates or after so much time. Evaluations and samples go by the
same measure, unless they are asked for at certain updates.
"""

import math
from typing import NamedTuple

from seqjax.charlm.config import Config

LOOKS = 20
"""How often a training is evaluated if nothing else is asked for."""

WRITINGS = (0.0, 0.01, 0.1, 0.5, 1.0)
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
        look_updates: Evaluated after every so many; 0: by `looks`.
        write_updates: Samples are written after these; none: by `WRITINGS`.
    """

    updates: int
    seconds: float
    look_updates: int
    write_updates: tuple[int, ...]

    def share(self, place: Place) -> float:
        """How much of the training is done, 0 to 1."""
        return min(1.0, max(place.updates / self.updates, place.seconds / self.seconds))

    def is_over(self, place: Place) -> bool:
        """Whether it has come to its end."""
        return self.share(place) >= 1

    def next_stop(self, updates: int) -> int:
        """The update after which something is to be done, unless the time says so."""
        stops = [self.updates]
        if self.look_updates:
            stops.append((updates // self.look_updates + 1) * self.look_updates)
        elif self.updates < FAR:
            stops += [math.ceil(self.updates * i / LOOKS) for i in range(LOOKS)]
        stops += self.write_updates
        if not self.write_updates and self.updates < FAR:
            stops += [math.ceil(self.updates * share) for share in WRITINGS]
        return min(stop for stop in stops if stop > updates)

    def is_look(self, before: Place | None, place: Place, cost: float) -> bool:
        """Whether to evaluate.

        Args:
            before: where it was done last; None: nowhere yet.
            place: where the training is.
            cost: seconds that it took.
        """
        if before is None or self.is_over(place):
            return True
        if self.look_updates:
            return place.updates // self.look_updates > (
                before.updates // self.look_updates
            )
        if self.updates == FAR:
            pause = max(self.seconds / LOOKS, cost / SHARE)
            return place.seconds - before.seconds >= pause
        return self._passed([i / LOOKS for i in range(LOOKS)], before, place)

    def is_writing(self, before: Place | None, place: Place) -> bool:
        """Whether to write samples, having looked whether to at `before` last."""
        if self.write_updates:
            reached = -1 if before is None else before.updates
            return any(reached < step <= place.updates for step in self.write_updates)
        return before is None or self._passed(list(WRITINGS), before, place)

    def _passed(self, shares: list[float], before: Place, place: Place) -> bool:
        if self.updates < FAR:
            counts = [math.ceil(self.updates * share) for share in shares]
            return any(before.updates < count <= place.updates for count in counts)
        start, end = self.share(before), self.share(place)
        return any(start < share <= end for share in shares)


def plan_of(config: Config, characters: int) -> Plan:
    """The plan of a training on a text of so many characters.

    Args:
        config: What was asked for.
        characters: Of the part that is trained on.
    """
    updates, seconds = config.steps, math.inf
    if config.epochs:
        per_epoch = config.updates_per_epoch(characters)
        updates = max(1, math.ceil(config.epochs * per_epoch))
    if config.minutes:
        updates, seconds = FAR, 60 * config.minutes
    return Plan(updates, seconds, config.evaluate_every, config.sample_steps)
