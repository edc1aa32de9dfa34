r"""dL/dW_ph and dL/dW_hh as report 002 derives them: question 1.1, no numbers.

y of the report is ``s.target``, \hat{y} is ``s.y``, t is the last step ``s.T``.
"""

from typing import Any

import numpy as np

Array = np.ndarray


def dW_ph(s: Any) -> Array:
    """The last line on W_ph, of shape (classes, hidden)."""
    # Report 002, question 1.1, last line on W_ph:
    #   -\mathbf{y} \left( I - \mathbf{1} (\hat{\mathbf{y}}^{(t)})^T \right)
    #     (\mathbf{h^{(t)}})^T
    # y stands on the left of a matrix: it is a row, and what comes of it, by the
    # sentence before ("performing the outer product"), is a column for h^T.
    ones = np.ones_like(s.y)
    left = -s.target @ (np.eye(len(s.y)) - np.outer(ones, s.y))
    return np.outer(left, s.h[s.T])


def dW_hh(s: Any) -> Array:
    """The last but one line on W_hh, of shape (hidden, hidden)."""
    # Report 002, question 1.1, last line but one on W_hh:
    #   -\mathbf{y} diag(1/\hat{\mathbf{y}}_k^{(t)})
    #     ( diag(\hat{\mathbf{y}}^{(t)})
    #       - \hat{\mathbf{y}}^{(t)} (\hat{\mathbf{y}}^{(t)})^T )
    #     \mathbf{W}_{ph} \sum_{k=0}^{t-1} ( \prod_{i=0}^k (\mathbf{W}_{hh})^i
    #       diag ( 1 - (\mathbf{h}^{(t-i)})^2 ) ) \mathbf{h}^{(t-k-1)}
    # The power of W_hh is i, the number of the factor. The last line has h^{(t-1)} in
    # place of h^{(t-i)}: taken for a slip here, since all before it have t - i, and
    # judged as it stands in report_002_last_line.py. The product runs from the left;
    # its last factor and h are multiplied as for W_ph, by an outer product.
    t = s.T
    jacobian = np.diag(s.y) - np.outer(s.y, s.y)
    top = -s.target @ np.diag(1 / s.y) @ jacobian @ s.W_ph
    total = np.zeros_like(s.W_hh)
    for k in range(0, t):
        product = np.eye(len(s.W_hh))
        for i in range(0, k + 1):
            power = np.linalg.matrix_power(s.W_hh, i)
            product = product @ power @ np.diag(1 - s.h[t - i] ** 2)
        total = total + np.outer(top @ product, s.h[t - k - 1])
    return total
