r"""dL/dW_ph and dL/dW_hh as report 000 derives them: section 1.1, no numbers.

y of the report is ``s.target``, \hat{y} is ``s.y``, P is ``s.p``, t is the last step
``s.T``. The report multiplies arrays of all shapes by ``*``: it is read as what makes
an array of the right shape.
"""

from typing import Any

import numpy as np

Array = np.ndarray


def dW_ph(s: Any) -> Array:
    """The third line of the section, of shape (classes, hidden)."""
    # Report 000, section 1.1, third line:
    #   \frac{\partial L^{(t)}}{\partial W_{ph}}
    #     = -y_k^{(t)} (I_{kj} - \hat{y}_j^{(t)}) * h^{(t)}
    # k stands twice on the right and not on the left: it is summed over. Since y is
    # one-hot, only the target's class has a term in any case.
    identity = np.eye(len(s.y))
    return np.einsum("k,kj,i->ji", -s.target, identity - s.y[None], s.h[s.T])


def dW_hh(s: Any) -> Array:
    """The last line of the section as it is printed, of shape (hidden, hidden)."""
    # Report 000, section 1.1, the factors, then the last line:
    #   \frac{\partial L}{\partial \hat{y}_k} = \frac{-y_k^{(t)}}{\hat{y}_k^{(t)}}
    #   \frac{\partial \hat{y}_k}{\partial P_k^{(t)}}
    #     = -\hat{y}_k^{(t)} (I_{kj} - \hat{y}_j^{(t)})
    #   \frac{\partial h_k^{(t)}}{\partial h_s^{(t)}}
    #     = \prod_{j=k+1}^t \frac{\partial h_j^{(t)}}{\partial h_{j-1}^{(t)}}
    #   \frac{\partial h_s^{(t)}}{\partial W_{hh}} = (1 - h^{2(t)}) * h^{(t-1)}
    #   \frac{\partial L^{(t)}}{\partial W_{hh}} = \sum_{s=0}^t
    #     y_k^{(t)} (I_{kj} - \hat{y}_j^{(t)}) * W_{ph}
    #     * \prod_{j=k+1}^t \frac{\partial h_j^{(t)}}{\partial h_{j-1}^{(t)}}
    #     * (1 - h^{2(t)}) * h^{(t-1)}
    # As printed: the sum from s = 0, the sign, and t (not s) in the last two factors.
    # As kindly as the text allows: k, a class everywhere else, is no time, so that the
    # product is taken to begin at j = s + 1; dh_j/dh_{j-1}, which is not worked out, is
    # taken to be right; the later step stands on the left.
    t = s.T
    classes = np.eye(len(s.y)) - s.y[None]
    top = np.einsum("k,kj->j", s.target, classes) @ s.W_ph
    total = np.zeros_like(s.W_hh)
    for step in range(0, t + 1):
        product = np.eye(len(s.W_hh))
        for j in range(step + 1, t + 1):
            product = np.diag(1 - s.h[j] ** 2) @ s.W_hh @ product
        total = total + np.outer(top @ product * (1 - s.h[t] ** 2), s.h[t - 1])
    return total
