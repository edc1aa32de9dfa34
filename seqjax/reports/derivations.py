"""The reports' derivations of dL/dW_ph and dL/dW_hh, as files that can be judged.

000 has the sign of the first and the time indices of the second wrong; 001 is right up
to a transpose; 002 has W_hh to a power inside the product; 003 is right, recursively.
"""

_HEAD = '''"""dL/dW_ph and dL/dW_hh as report {report} derives them."""

import numpy as np


def deltas(s):
    found = {{s.T: (1 - s.h[s.T] ** 2) * (s.W_ph.T @ (s.y - s.target))}}
    for t in range(s.T - 1, 0, -1):
        found[t] = (1 - s.h[t] ** 2) * (s.W_hh.T @ found[t + 1])
    return found

'''

_SIGN_AND_INDEX = """
def dW_ph(s):
    return np.outer(s.target - s.y, s.h[s.T])


def dW_hh(s):
    return sum(np.outer(d, s.h[t]) for t, d in deltas(s).items())
"""

_TRANSPOSED = """
def dW_ph(s):
    return np.outer(s.h[s.T], s.y - s.target)


def dW_hh(s):
    return sum(np.outer(s.h[t - 1], d) for t, d in deltas(s).items())
"""

_EXPONENT = """
def dW_ph(s):
    return np.outer(s.y - s.target, s.h[s.T])


def dW_hh(s):
    total = 0
    for i in range(1, s.T + 1):
        jacobian = np.eye(len(s.W_hh))
        for j in range(i + 1, s.T + 1):
            power = np.linalg.matrix_power(s.W_hh, i)
            jacobian = np.diag(1 - s.h[j] ** 2) @ power @ jacobian
        row = (s.y - s.target) @ s.W_ph @ jacobian
        total = total + np.outer(row * (1 - s.h[i] ** 2), s.h[i - 1])
    return total
"""

_RECURSIVE = """
def dW_ph(s):
    return np.outer(s.y - s.target, s.h[s.T])


def dW_hh(s):
    return sum(np.outer(d, s.h[t - 1]) for t, d in deltas(s).items())
"""

_OWN = {
    "000": _SIGN_AND_INDEX,
    "001": _TRANSPOSED,
    "002": _EXPONENT,
    "003": _RECURSIVE,
}

FILES = {
    f"report_{report}.py": _HEAD.format(report=report) + text
    for report, text in _OWN.items()
}
"""Texts of the files, by name."""
