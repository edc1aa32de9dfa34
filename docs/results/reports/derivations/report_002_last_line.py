r"""dL/dW_hh of report 002 by its very last line, with h^{(t-1)} in every factor.

The other reading of ``report_002.py``, where that is taken for a slip.
"""

from typing import Any

import numpy as np

Array = np.ndarray


def dW_hh(s: Any) -> Array:
    """The last line on W_hh, of shape (hidden, hidden)."""
    # Report 002, question 1.1, last line on W_hh:
    #   -\mathbf{y} ( I - \mathbf{1} (\hat{\mathbf{y}}^{(t)})^T ) \mathbf{W}_{ph}
    #     \sum_{k=0}^{t-1} ( \prod_{i=0}^k (\mathbf{W}_{hh})^i
    #       diag ( 1 - (\mathbf{h}^{(t-1)})^2 ) ) \mathbf{h}^{(t-k-1)}
    t = s.T
    ones = np.ones_like(s.y)
    top = -s.target @ (np.eye(len(s.y)) - np.outer(ones, s.y)) @ s.W_ph
    total = np.zeros_like(s.W_hh)
    for k in range(0, t):
        product = np.eye(len(s.W_hh))
        for i in range(0, k + 1):
            power = np.linalg.matrix_power(s.W_hh, i)
            product = product @ power @ np.diag(1 - s.h[t - 1] ** 2)
        total = total + np.outer(top @ product, s.h[t - k - 1])
    return total
