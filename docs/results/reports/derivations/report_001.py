r"""dL/dW_ph and dL/dW_hh as report 001 derives them: section 1.1.

y of the report is ``s.target``, \hat{y} is ``s.y``, T is ``s.T``.
"""

from typing import Any

import numpy as np

Array = np.ndarray


def dW_ph(s: Any) -> Array:
    """Equation (1), last line, of shape (classes, hidden)."""
    # Report 001, section 1.1, equation (1), last line:
    #   \frac{\partial L^{(T)}}{\partial W_{ph}}
    #     = (\hat{y}^{(T)} - y^{(T)}) h^{(T)T}
    return (s.y - s.target)[:, None] @ s.h[s.T][None]


def dW_hh(s: Any) -> Array:
    """The last line of the second block, of shape (hidden, hidden)."""
    # Report 001, section 1.1, second block (no number), last line:
    #   (\hat{y}^{(T)} - y^{(T)}) W_{ph} ( \sum_{k=0}^{T} ( \prod_{j=T}^{k+1}
    #     ( I - diag^2(h^{(j)}) ) W_{hh} ) (I - diag^2(h^{(k)})) h^{(k-1)} )
    # Read as products of matrices, a row times a column at the end would be a number:
    # the last product is the outer one, of what is left of h by h, as (1) writes it.
    # h^{(0)} is given and does not depend on W_hh, so that k = 0 has no term.
    total = np.zeros_like(s.W_hh)
    for k in range(1, s.T + 1):
        product = np.eye(len(s.W_hh))
        for j in range(s.T, k, -1):
            product = product @ (np.eye(len(s.W_hh)) - np.diag(s.h[j]) ** 2) @ s.W_hh
        own = np.eye(len(s.W_hh)) - np.diag(s.h[k]) ** 2
        row = (s.y - s.target) @ s.W_ph @ product @ own
        total = total + np.outer(row, s.h[k - 1])
    return total
