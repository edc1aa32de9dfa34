"""What goes wrong with the gradients of the LSTM."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from seqjax.gradients.derivations.lstm import GATES
from seqjax.gradients.derivations.mistakes import SHARED, Mistake, at, mistake

Array = np.ndarray


def _of_gates() -> Iterator[Mistake]:
    """What can go wrong with each gate's own derivative, and on its way back."""
    for gate in GATES:
        tanh = gate == "g"
        right = "1 - g^2" if tanh else f"{gate} (1 - {gate})"
        wrong = "g (1 - g)" if tanh else f"1 - {gate}^2"

        def ones(s: Any, t: int, gate: str = gate) -> Array:
            return np.ones_like(getattr(s, gate)[t])

        def other(s: Any, t: int, gate: str = gate) -> Array:
            value = getattr(s, gate)[t]
            return value * (1 - value) if gate == "g" else 1 - value**2

        def but(s: Any, name: str, gate: str = gate) -> Array:
            matrix: Array = getattr(s, f"W_{name}h").T
            return np.zeros_like(matrix) if name == gate else matrix

        function = "tanh" if tanh else "the sigmoid"
        yield mistake(
            f"{right} is missing, the derivative of gate {gate}",
            **{f"slope_{gate}": ones},
        )
        yield mistake(
            f"the derivative of gate {gate}, {function}, is {right}, not {wrong}",
            **{f"slope_{gate}": other},
        )
        yield mistake(
            f"the way back through gate {gate} to h_{{t-1}} is left out", recurrent=but
        )
    for gate, factor in (("g", "i"), ("i", "g"), ("f", "c_{t-1}"), ("o", "tanh(c)")):
        yield mistake(
            f"the factor {factor} is missing in the derivative by gate {gate}",
            **{f"beside_{gate}": lambda s, t: np.ones_like(s.c[t])},
        )


MISTAKES: tuple[Mistake, ...] = (
    *SHARED,
    *_of_gates(),
    mistake(
        "a transpose is missing: going back in time takes W_*h^T, not W_*h",
        recurrent=lambda s, gate: getattr(s, f"W_{gate}h"),
    ),
    mistake(
        "the way back through h_{t-1} into the gates is left out: only the memory c is "
        "followed back",
        recurrent=lambda s, gate: np.zeros_like(getattr(s, f"W_{gate}h")),
    ),
    mistake(
        "the way back along the memory is left out: c_t depends on c_{t-1} f_t",
        kept=lambda s, t: np.zeros_like(s.f[t]),
    ),
    mistake(
        "the factor f_t is missing on the way back along the memory",
        kept=lambda s, t: np.ones_like(s.f[t]),
    ),
    mistake(
        "the time index is shifted: f_{t-1} stands where f_t belongs on the way back "
        "along the memory",
        kept=lambda s, t: s.f[t - 1],
    ),
    mistake(
        "the time index is shifted: f_{t+1} stands where f_t belongs on the way back "
        "along the memory",
        kept=lambda s, t: at(s.f, t + 1),
    ),
    mistake(
        "the time index is shifted: c_t stands where c_{t-1} belongs in the derivative "
        "by gate f",
        beside_f=lambda s, t: s.c[t],
    ),
    mistake(
        "c_t stands where tanh(c_t) belongs in the derivative by gate o",
        beside_o=lambda s, t: s.c[t],
    ),
    mistake(
        "the factor o is missing between h_t and c_t",
        opened=lambda s, t: np.ones_like(s.o[t]),
    ),
    mistake(
        "1 - tanh(c)^2 is missing, the derivative of tanh between h_t and c_t",
        memory_slope=lambda s, t: np.ones_like(s.c[t]),
    ),
    mistake(
        "the derivative of tanh(c) is 1 - tanh(c)^2, not 1 - c^2",
        memory_slope=lambda s, t: 1 - s.c[t] ** 2,
    ),
    mistake(
        "the derivative of tanh(c) is 1 - tanh(c)^2, not 1 - h^2: h has the factor o",
        memory_slope=lambda s, t: 1 - s.h[t] ** 2,
    ),
)
