r"""dL/dW_hh of report 000 with its time indices mended, and nothing else.

The other reading of ``report_000.py``: t of the last two factors is taken to be s, the
step of the term. What is wrong beside the indices shows here.
"""

from typing import Any

import numpy as np

Array = np.ndarray


def dW_hh(s: Any) -> Array:
    """The last line of section 1.1 with s for t in its last factors."""
    # Report 000, section 1.1, last line, with (1 - h^{2(t)}) * h^{(t-1)} read as
    # (1 - h^{2(s)}) * h^{(s-1)}; h^{(0)} does not depend on W_hh: no term s = 0.
    t = s.T
    classes = np.eye(len(s.y)) - s.y[None]
    top = np.einsum("k,kj->j", s.target, classes) @ s.W_ph
    total = np.zeros_like(s.W_hh)
    for step in range(1, t + 1):
        product = np.eye(len(s.W_hh))
        for j in range(step + 1, t + 1):
            product = np.diag(1 - s.h[j] ** 2) @ s.W_hh @ product
        own = 1 - s.h[step] ** 2
        total = total + np.outer(top @ product * own, s.h[step - 1])
    return total
