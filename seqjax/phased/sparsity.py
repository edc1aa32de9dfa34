"""How much of a step's arithmetic closed units make superfluous.

A unit whose gate is 0 keeps its memory and its output, so the step needs none of the
products that make its four gates' preactivations; an open one needs all of them, since
it reads the outputs of closed units too. So of 4 H (H + inputs) multiplications of a
step and a wave, the share of open units is needed, and no more is saved than the rest.
It is a count of what would be needed, in a test (leak 0): in training closed units leak
and none is saved, and our loops compute all products in either case.
"""

from typing import NamedTuple

GATES = 4
"""Of an LSTM."""


class Products(NamedTuple):
    """Multiplications in the matrix products of one wave, on average.

    Attributes:
        plain: of the plain LSTM, which reads value and time.
        phased: of the phased LSTM as it is computed, which reads the value.
        needed: of the phased LSTM's, those of units that are open.
        saved: share of the phased LSTM's that are not needed.
    """

    plain: float
    phased: float
    needed: float
    saved: float


def products(hidden: int, steps: float, share_open: float) -> Products:
    """Count the products of a wave.

    Args:
        hidden: units.
        steps: time points of a wave, on average.
        share_open: share of units that are open at a step, on average.
    """
    plain = GATES * hidden * (hidden + 2) * steps
    phased = GATES * hidden * (hidden + 1) * steps
    return Products(plain, phased, share_open * phased, 1 - share_open)
