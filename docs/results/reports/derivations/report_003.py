r"""dL/dW_ph and dL/dW_hh as report 003 derives them: section 1.1.

y of the report is ``s.target``, \hat{y} is ``s.y``, p is ``s.p``, T is ``s.T``. Report
004, a draft of 003, leaves both open ("\frac{\partial \mathcal{L}}{\partial
\mathbf{W}_{hh}} = \dots", its equation (2)): there is nothing to judge.
"""

from typing import Any

import numpy as np

Array = np.ndarray


def dW_ph(s: Any) -> Array:
    r"""Equation (13), its p read as the \hat{y} of (7); shape (classes, hidden)."""
    # Report 003, section 1.1, equations (7), (9) and (13):
    #   \frac{\partial \mathcal{L}}{\partial p_i} = \hat{y}_i - y_i
    #   \iff \frac{\partial \mathcal{L}}{\partial p} = p - y
    #   \frac{\partial \mathcal{L}}{\partial \mathbf{W}_{ph}}
    #     = (\mathbf{p} - \mathbf{y}) \cdot \mathbf{h}^{(T)}
    # p is what the softmax is taken of in (1) to (6), and (9) says that it is the same
    # as (7): so p of (9) and (13) is \hat{y}. Taken at its word it is judged in
    # report_003_literal_p.py. The product with h is the outer one, for its shape.
    return np.outer(s.y - s.target, s.h[s.T])


def dW_hh(s: Any) -> Array:
    """Equations (14) to (17), of shape (hidden, hidden)."""
    # Report 003, section 1.1, equation (14):
    #   \frac{\partial \mathcal{L}}{\partial \mathbf{W}_{hh}}
    #     = \frac{\partial \mathcal{L}}{\partial \hat{\mathbf{y}}}
    #       \frac{\partial \hat{\mathbf{y}}}{\partial \mathbf{p}}
    #       \frac{\partial \mathbf{p}}{\partial \mathbf{h}^{(T)}}
    #       \frac{\partial \mathbf{h}^{(T)}}{\partial \mathbf{W}_{hh}}
    # The first two of its factors are those of (3) and (4).
    by_output = -s.target / s.y
    softmax = np.diag(s.y) - np.outer(s.y, s.y)
    return np.einsum("i,iab->ab", by_output @ softmax @ s.W_ph, _state_by_W_hh(s, s.T))


def _state_by_W_hh(s: Any, t: int) -> Array:
    """dh_t/dW_hh by recursion, of shape (hidden, hidden, hidden), the state's first."""
    # Report 003, section 1.1, equation (17):
    #   \frac{\partial \mathbf{h}^{(T)}}{\partial \mathbf{W}_{hh}}
    #     = (1 - {\mathbf{h}^{(T)}}^2) \cdot ( \mathbf{h}^{(T-1)}
    #       + \mathbf{W}_{hh}
    #         \frac{\partial \mathbf{h}^{(T-1)}}{\partial \mathbf{W}_{hh}} )
    # h^{(T-1)} alone is the first term of (16), (dW_hh/dW_hh) h^{(T-1)}: entry a of the
    # state and row a of the matrix. h^{(0)} is given: the recursion ends in 0.
    size = len(s.W_hh)
    if t == 0:
        return np.zeros((size, size, size))
    direct = np.einsum("ia,b->iab", np.eye(size), s.h[t - 1])
    before = np.einsum("ij,jab->iab", s.W_hh, _state_by_W_hh(s, t - 1))
    return (1 - s.h[t] ** 2)[:, None, None] * (direct + before)
