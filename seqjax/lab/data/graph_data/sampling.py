"""Random numbers for graphs: streams of their own, and pairs without repetition."""

import numpy as np
from jaxtyping import Int64

from seqjax.core.checks import check_integer

_DENSE = 0.2


def generator(seed: int, purpose: str) -> np.random.Generator:
    """Random numbers of a seed for one purpose, whatever others use the seed for.

    Args:
        seed: 0 or more.
        purpose: A word.

    Raises:
        ValueError: A seed that is no such number.
    """
    check_integer("seed", seed, minimum=0)
    return np.random.default_rng([seed, *purpose.encode()])


def distinct(
    random: np.random.Generator, probability: float | int, total: int
) -> Int64[np.ndarray, " drawn"]:
    """The numbers 0 to `total` - 1 that are drawn, ascending, each by itself.

    How many is drawn first, from the binomial distribution; given this, every set of so
    many is as likely. So the work is in what is drawn, not in `total`.

    Args:
        random: Where random numbers come from.
        probability: Of each number.
        total: How many there are to draw from.
    """
    if probability > _DENSE:
        return np.flatnonzero(random.random(total) < probability)
    wanted = int(random.binomial(total, probability))
    drawn = np.zeros(0, np.int64)
    while len(drawn) < wanted:
        # Some fall on others: by the birthday rule, and a few for luck.
        repeated = wanted**2 / (2 * total) if total else 0
        more = int(wanted - len(drawn) + 1.2 * repeated + 10)
        drawn = np.concatenate([drawn, random.integers(0, total, more, np.int64)])
        # np.unique goes by a hash table: 40 s for ten million, where this takes 0.5 s.
        drawn.sort()
        drawn = drawn[np.append(True, drawn[1:] != drawn[:-1])]
    # Those too many leave at random, or the largest would always.
    surplus = random.choice(len(drawn), len(drawn) - wanted, replace=False)
    return np.delete(drawn, surplus)


def below_diagonal(
    numbers: Int64[np.ndarray, " pairs"],
) -> Int64[np.ndarray, "2 pairs"]:
    """Row and column of numbered places below the diagonal: 10, 20, 21, 30, ..."""
    # Row r begins at r (r - 1) / 2; the root is off by one row at most.
    row = np.floor((1 + np.sqrt(1 + 8 * numbers.astype(np.float64))) / 2)
    row = row.astype(np.int64)
    row -= numbers < row * (row - 1) // 2
    row += numbers >= row * (row + 1) // 2
    return np.stack([row, numbers - row * (row - 1) // 2])
