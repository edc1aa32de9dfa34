"""What goes wrong with the gradients of the vanilla RNN."""

import numpy as np
from numpy.linalg import matrix_power

from seqjax.gradients.derivations.examples import RNNExample
from seqjax.gradients.derivations.mistakes import SHARED, Mistake, at, mistake
from seqjax.gradients.derivations.rnn import Rules

Array = np.ndarray


def _apart(rules: Rules, s: RNNExample, t: int, top: Array) -> Array:
    """All derivatives of tanh after step t first, then all matrices."""
    delta = top
    for j in range(s.T, t, -1):
        delta = rules.slope(s, t, j) * delta
    return rules.slope(s, t, t) * (matrix_power(rules.recurrent(s), s.T - t) @ delta)


def _matrices_first(rules: Rules, s: RNNExample, t: int, top: Array) -> Array:
    """All matrices first, then all derivatives of tanh."""
    delta = matrix_power(rules.recurrent(s), s.T - t) @ top
    for j in range(s.T, t - 1, -1):
        delta = rules.slope(s, t, j) * delta
    return delta


def _own_step_last(rules: Rules, s: RNNExample, t: int, top: Array) -> Array:
    """The product over time is right, and its term's own step is taken for the last."""
    delta = top
    for j in range(s.T, t, -1):
        delta = rules.recurrent(s) @ (rules.slope(s, t, j) * delta)
    return rules.slope(s, t, s.T) * delta


def _last_step_in_every_term(first: int) -> Mistake:
    """The derivative of h_t by W_hh with the last step's numbers, from some step on."""
    too_early = ", in a sum over time that begins at t = 0" if first == 0 else ""
    return Mistake(
        "the time index is fixed: (1 - h_T^2) h_{T-1}, the last step's, stands in "
        f"every term where (1 - h_t^2) h_{{t-1}} belongs{too_early}",
        {
            "chain": _own_step_last,
            "state": lambda s, t: s.h[s.T - 1],
            "terms": lambda s: range(first, s.T + 1),
        },
        alone=True,
    )


def _family() -> list[Mistake]:
    """Exponents a t + b j + c T + d that the product over j might have been given."""
    found = []
    for a, b, c in ((1, 0, 0), (0, 1, 0), (-1, 0, 1), (0, -1, 1), (-1, 1, 0)):
        for d in (-1, 0, 1):
            name = " ".join(
                f"{'+' if sign > 0 else '-'} {symbol}"
                for sign, symbol in ((c, "T"), (b, "j"), (a, "t"), (d, "1"))
                if sign
            ).removeprefix("+ ")

            def power(
                s: RNNExample,
                t: int,
                j: int,
                a: int = a,
                b: int = b,
                c: int = c,
                d: int = d,
            ) -> int:
                return max(a * t + b * j + c * s.T + d, 0)

            says = (
                f"the exponent is wrong: W_hh stands to the power {name} in every "
                "factor j of the product, whose factors are the exponent already"
            )
            found.append(Mistake(says, {"exponent": power}, alone=d != 0))
    return found


MISTAKES: tuple[Mistake, ...] = (
    *SHARED,
    mistake(
        "1 - h^2 is missing, the derivative of tanh",
        slope=lambda s, t, j: np.ones_like(s.h[j]),
    ),
    mistake(
        "1 - h_T^2 is missing, the derivative of tanh at the last step",
        slope=lambda s, t, j: 1 - s.h[j] ** 2 * (j < s.T),
    ),
    mistake(
        "1 - h_j^2 is missing, the derivative of tanh, at all steps before the last",
        slope=lambda s, t, j: 1 - s.h[j] ** 2 * (j == s.T),
    ),
    mistake(
        "1 - h_t^2 is missing, the derivative of tanh at the step of each term itself",
        slope=lambda s, t, j: 1 - s.h[j] ** 2 * (j > t),
    ),
    mistake(
        "the time index is shifted: 1 - h_{t-1}^2 stands where 1 - h_t^2 belongs",
        slope=lambda s, t, j: 1 - s.h[j - 1] ** 2,
    ),
    mistake(
        "the time index is shifted: 1 - h_{t+1}^2 stands where 1 - h_t^2 belongs",
        slope=lambda s, t, j: 1 - at(s.h, j + 1) ** 2,
    ),
    mistake(
        "the derivative of tanh is 1 - h^2, not h (1 - h), which is the sigmoid's",
        slope=lambda s, t, j: s.h[j] * (1 - s.h[j]),
    ),
    mistake(
        "the derivative of tanh is 1 - h^2, not 1 - h: the square is missing",
        slope=lambda s, t, j: 1 - s.h[j],
    ),
    mistake(
        "the derivative of tanh is 1 - h^2, not 1 + h^2",
        slope=lambda s, t, j: 1 + s.h[j] ** 2,
    ),
    mistake(
        "the derivative of tanh is 1 - h^2, not 1 - tanh(h)^2: h is a tanh already",
        slope=lambda s, t, j: 1 - np.tanh(s.h[j]) ** 2,
    ),
    mistake(
        "1 - h^2, the derivative of tanh, is there twice at every step",
        slope=lambda s, t, j: (1 - s.h[j] ** 2) ** 2,
    ),
    mistake(
        "a transpose is missing: going back in time takes W_hh^T, not W_hh",
        recurrent=lambda s: s.W_hh,
    ),
    mistake(
        "W_hh is missing in the product over time",
        recurrent=lambda s: np.eye(len(s.W_hh)),
    ),
    *_family(),
    mistake(
        "the product over time is one factor too short",
        steps=lambda s, t: range(s.T - 1, t, -1),
    ),
    mistake(
        "the product over time is one factor too long",
        steps=lambda s, t: range(s.T - 1, max(t - 1, 1) - 1, -1),
    ),
    mistake(
        "the product over time has a factor too many at its end: it runs to t - 1",
        steps=lambda s, t: range(s.T - 1, t - 2, -1),
    ),
    mistake(
        "the product over time is missing: every term has the last step's gradient",
        chain=lambda rules, s, t, top: rules.slope(s, s.T, s.T) * top,
    ),
    mistake(
        "the product over time is missing: every h_t is taken to lead straight to p",
        chain=lambda rules, s, t, top: rules.slope(s, t, t) * top,
    ),
    mistake(
        "the order is wrong: matrices and 1 - h^2 have to alternate, W_hh cannot be "
        "taken out of the product as a power",
        chain=_apart,
    ),
    mistake(
        "the order is wrong: matrices and 1 - h^2 have to alternate; W_hh to a power "
        "comes first here",
        chain=_matrices_first,
    ),
    _last_step_in_every_term(1),
    _last_step_in_every_term(0),
)
