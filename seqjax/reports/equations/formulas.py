r"""Formulas and a matrix that the reports print, transcribed.

d is the number of input features, n of hidden units, o of outputs (c in report 003).
"""


def lstm_000(d: int, n: int, o: int) -> int:
    """Parameters of an LSTM cell by report 000, section 1.5."""
    # "4(n^2 + dn + n)"
    return 4 * (n**2 + d * n + n)


def lstm_001(d: int, n: int, o: int) -> int:
    """Parameters of an LSTM cell by report 001, section 1.5 (b)."""
    # "N_{LSTM} = 4 * n * (1 + d + n)"
    return 4 * n * (1 + d + n)


def lstm_linear_001(d: int, n: int, o: int) -> int:
    """The same with "the linear mapping to the output"."""
    # "N_{linear} = o * (n + 1)"
    return lstm_001(d, n, o) + o * (n + 1)


def lstm_002(d: int, n: int, o: int) -> int:
    """Parameters of an LSTM cell by report 002, question 1.5 b)."""
    # "gate parameters = n \times d + n \times n + n = n(d + n + 1)", of four gates
    # "4n(d+n+1)"
    return 4 * n * (d + n + 1)


def lstm_linear_002(d: int, n: int, o: int) -> int:
    """The same with "the linear layer that maps the hidden state to the output"."""
    # "o \times n + o = o(n+1)"
    return lstm_002(d, n, o) + o * (n + 1)


def lstm_003(d: int, n: int, o: int) -> int:
    """Parameters of an LSTM cell by reports 003 and 004, section 1.5 b)."""
    # "4 \cdot (d \cdot n + n \cdot n + n)"
    return 4 * (d * n + n * n + n)


def lstm_linear_003(d: int, n: int, o: int) -> int:
    """The same with "the projection onto the classes", by report 003 alone."""
    # "4 \cdot (d \cdot n + n \cdot n + n) + n \cdot c + c"
    return 4 * (d * n + n * n + n) + n * o + o


NODES = "ABCDEF"

# Report 000, section 3.2 a), below the heading A B C D E F.
ADJACENCY = (
    (1, 1, 0, 0, 1, 1),
    (1, 1, 1, 1, 0, 0),
    (0, 1, 1, 1, 0, 0),
    (0, 1, 1, 1, 0, 1),
    (1, 0, 0, 0, 1, 1),
    (1, 0, 0, 1, 1, 1),
)
"""The matrix that report 000 prints, rows and columns in the order of `NODES`."""
