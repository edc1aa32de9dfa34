"""Hand derivations as people write them: right ones in several styles, and wrong ones.

Each is the text of a file. The wrong ones are written out by hand, not made by the
library of mistakes that is to recognise them.
"""

HEAD = """
import numpy as np

def error(s):
    return s.y - s.target

def deltas(s):
    found = {s.T: (1 - s.h[s.T] ** 2) * (s.W_ph.T @ error(s))}
    for t in range(s.T - 1, 0, -1):
        found[t] = (1 - s.h[t] ** 2) * (s.W_hh.T @ found[t + 1])
    return found
"""

RECURSIVE = (
    HEAD
    + """
def dW_ph(s): return np.outer(error(s), s.h[s.T])
def dW_hh(s): return sum(np.outer(d, s.h[t - 1]) for t, d in deltas(s).items())
def dW_hx(s): return sum(np.outer(d, s.x[t]) for t, d in deltas(s).items())
def db_h(s): return sum(deltas(s).values())
def db_p(s): return error(s)
"""
)

EXPLICIT = """
import numpy as np

def back(s, t):  # dL/dh_T dh_T/dh_t as a product of Jacobians, a row
    row = (s.y - s.target) @ s.W_ph
    for j in range(s.T, t, -1):
        row = row @ np.diag(1 - s.h[j] ** 2) @ s.W_hh
    return row * (1 - s.h[t] ** 2)

def dW_ph(s): return (s.y - s.target)[:, None] * s.h[s.T][None]
def dW_hh(s):
    total = np.zeros(s.W_hh.shape)
    for i in range(1, s.T + 1):
        total = total + np.outer(back(s, i), s.h[i - 1])
    return total
def steps(s): return range(1, s.T + 1)
def dW_hx(s): return np.add.reduce([np.outer(back(s, i), s.x[i]) for i in steps(s)])
def db_h(s): return np.array([back(s, i) for i in steps(s)]).sum(axis=0)
def db_p(s): return s.y - s.target
"""

TRANSPOSED = (
    HEAD
    + """
def dW_ph(s): return np.outer(s.h[s.T], error(s))
def dW_hh(s): return sum(np.outer(s.h[t - 1], d) for t, d in deltas(s).items())
def dW_hx(s): return sum(np.outer(s.x[t], d) for t, d in deltas(s).items())
def db_h(s): return sum(deltas(s).values())[None]
def db_p(s): return error(s)[:, None]
"""
)

IN_PLACE = """
import numpy as np

def walk(s):
    delta = s.y
    delta -= s.target
    delta = s.W_ph.T @ delta
    for t in reversed(range(1, s.T + 1)):
        delta *= 1 - s.h[t] ** 2
        yield t, delta.copy()
        delta = s.W_hh.T @ delta

def dW_ph(s):
    s.y[s.target == 1] -= 1
    return np.einsum("i,j->ij", s.y, s.h[-1])
def dW_hh(s):
    stacked = {t: d for t, d in walk(s)}
    return np.einsum("ti,tj->ij", [stacked[t] for t in range(1, s.T + 1)], s.h[:-1])
def dW_hx(s): return sum(d[:, None] @ s.x[t][None] for t, d in walk(s))
def db_h(s): return sum(d for _, d in walk(s)).tolist()
def db_p(s): return list(s.y - s.target)
"""

IN_JAX = """
import jax
import jax.numpy as jnp

def loss(w, s):
    h = jnp.asarray(s.h[0])
    for t in range(1, s.T + 1):
        h = jnp.tanh(w["W_hx"] @ s.x[t] + w["W_hh"] @ h + w["b_h"])
    return -jnp.asarray(s.target) @ jax.nn.log_softmax(w["W_ph"] @ h + w["b_p"])

def all_of(s):
    names = ("W_hx", "W_hh", "W_ph", "b_h", "b_p")
    return jax.grad(loss)({name: getattr(s, name) for name in names}, s)

def dW_ph(s): return all_of(s)["W_ph"]
def dW_hh(s): return all_of(s)["W_hh"]
def dW_hx(s): return all_of(s)["W_hx"]
def db_h(s): return all_of(s)["b_h"]
def db_p(s): return all_of(s)["b_p"].astype(jnp.float32)
"""

# The course starts at h_0 = 0, where the first step has no term in dW_hh.
WITHOUT_H_0 = HEAD + (
    "def dW_hh(s): return sum(np.outer(d, s.h[t - 1]) for t, d in deltas(s).items()"
    " if t > 1)"
)

RIGHT = {
    "recursive": RECURSIVE,
    "explicit": EXPLICIT,
    "transposed": TRANSPOSED,
    "in place": IN_PLACE,
    "in JAX": IN_JAX,
}

LSTM_HEAD = """
import numpy as np

def walk(s):
    h_bar, c_bar = s.W_ph.T @ (s.y - s.target), 0.0
    for t in range(s.T, 0, -1):
        o_bar = h_bar * np.tanh(s.c[t]) * s.o[t] * (1 - s.o[t])
        c_bar = c_bar + h_bar * s.o[t] * (1 - np.tanh(s.c[t]) ** 2)
        g_bar = c_bar * s.i[t] * (1 - s.g[t] ** 2)
        i_bar = c_bar * s.g[t] * s.i[t] * (1 - s.i[t])
        f_bar = c_bar * s.c[t - 1] * s.f[t] * (1 - s.f[t])
        yield t, dict(g=g_bar, i=i_bar, f=f_bar, o=o_bar)
        h_bar = s.W_gh.T @ g_bar + s.W_ih.T @ i_bar
        h_bar = h_bar + s.W_fh.T @ f_bar + s.W_oh.T @ o_bar
        c_bar = c_bar * s.f[t]
"""
LSTM_TAIL = "".join(
    f"""
def dW_{gate}x(s): return sum(np.outer(d["{gate}"], s.x[t]) for t, d in walk(s))
def dW_{gate}h(s): return sum(np.outer(d["{gate}"], s.h[t - 1]) for t, d in walk(s))
def db_{gate}(s): return sum(d["{gate}"] for t, d in walk(s))
"""
    for gate in "gifo"
)
LSTM_TOP = """
def dW_ph(s): return np.outer(s.y - s.target, s.h[s.T])
def db_p(s): return s.y - s.target
"""
LSTM_RIGHT = LSTM_HEAD + LSTM_TAIL + LSTM_TOP


def wrong_lstm(right: str, wrong: str) -> str:
    """The right LSTM with one piece of its text exchanged."""
    assert LSTM_HEAD.count(right) == 1
    return LSTM_HEAD.replace(right, wrong) + LSTM_TAIL + LSTM_TOP


def product(factor: str, first: str = "i + 1", power: str = "1") -> str:
    """dW_hh as a sum of products, with its factors as given."""
    return f"""
import numpy as np
from numpy.linalg import matrix_power

def dW_hh(s):
    T, total = s.T, 0
    for i in range(1, T + 1):
        jacobian = np.eye(len(s.W_hh))
        for j in range({first}, T + 1):
            W = matrix_power(s.W_hh, {power})
            jacobian = {factor} @ jacobian
        row = (s.y - s.target) @ s.W_ph @ jacobian
        total = total + np.outer(row * (1 - s.h[i] ** 2), s.h[i - 1])
    return total
"""


def fixed(first: str) -> str:
    """dW_hh with the last step's state and tanh' in the term of every step from one."""
    return f"""
import numpy as np

def dW_hh(s):
    total = np.zeros_like(s.W_hh)
    for k in range({first}, s.T + 1):
        row = (s.y - s.target) @ s.W_ph
        for j in range(s.T, k, -1):
            row = (row * (1 - s.h[j] ** 2)) @ s.W_hh
        total += np.outer(row * (1 - s.h[s.T] ** 2), s.h[s.T - 1])
    return total
"""


STEP = "np.diag(1 - s.h[j] ** 2) @ W"
SUM = "for t, d in deltas(s).items())"

# Kind of mistake: the gradient that is wrong, the file, and what has to be said.
WRONG: dict[str, tuple[str, str, str]] = {
    "sign": (
        "dW_ph",
        HEAD + "def dW_ph(s): return np.outer(s.target - s.y, s.h[s.T])",
        "the sign is wrong: this is minus the gradient",
    ),
    "inner transpose": (
        "dW_hh",
        HEAD.replace("s.W_hh.T @", "s.W_hh @")
        + f"def dW_hh(s): return sum(np.outer(d, s.h[t - 1]) {SUM}",
        "a transpose is missing: going back in time takes W_hh^T, not W_hh",
    ),
    "state index": (
        "dW_hh",
        HEAD + f"def dW_hh(s): return sum(np.outer(d, s.h[t]) {SUM}",
        "the time index is shifted: h_t stands where h_{t-1} belongs",
    ),
    "input index": (
        "dW_hx",
        HEAD + f"def dW_hx(s): return sum(np.outer(d, s.x[t - 1]) {SUM}",
        "the time index is shifted: x_{t-1} stands where x_t belongs",
    ),
    "derivative's index": (
        "db_h",
        HEAD.replace("s.h[t] ** 2", "s.h[t - 1] ** 2").replace(
            "s.h[s.T] ** 2", "s.h[s.T - 1] ** 2"
        )
        + "def db_h(s): return sum(deltas(s).values())",
        "the time index is shifted: 1 - h_{t-1}^2 stands where 1 - h_t^2 belongs",
    ),
    "output index": (
        "dW_ph",
        HEAD + "def dW_ph(s): return np.outer(error(s), s.h[s.T - 1])",
        "the time index is shifted: h_{T-1} stands where h_T belongs",
    ),
    "missing sum": (
        "dW_hh",
        HEAD + "def dW_hh(s): return np.outer(deltas(s)[s.T], s.h[s.T - 1])",
        "the sum over time is missing: there is only the last step's term, t = T",
    ),
    "missing tanh'": (
        "dW_hx",
        HEAD.replace("(1 - s.h[s.T] ** 2) * ", "").replace("(1 - s.h[t] ** 2) * ", "")
        + f"def dW_hx(s): return sum(np.outer(d, s.x[t]) {SUM}",
        "1 - h^2 is missing, the derivative of tanh",
    ),
    "missing tanh' at the end": (
        "db_h",
        HEAD.replace("(1 - s.h[s.T] ** 2) * ", "")
        + "def db_h(s): return sum(deltas(s).values())",
        "1 - h_T^2 is missing, the derivative of tanh at the last step",
    ),
    "sigmoid's derivative": (
        "dW_hh",
        HEAD.replace("(1 - s.h[s.T] ** 2)", "s.h[s.T] * (1 - s.h[s.T])").replace(
            "(1 - s.h[t] ** 2)", "s.h[t] * (1 - s.h[t])"
        )
        + f"def dW_hh(s): return sum(np.outer(d, s.h[t - 1]) {SUM}",
        "the derivative of tanh is 1 - h^2, not h (1 - h), which is the sigmoid's",
    ),
    "exponent of distance": (
        "dW_hh",
        product(STEP, power="T - i"),
        "the exponent is wrong: W_hh stands to the power T - t in every factor j of "
        "the product, whose factors are the exponent already",
    ),
    "exponent of the sum's index": (
        "dW_hh",
        product(STEP, power="i"),
        "the exponent is wrong: W_hh stands to the power t in every factor j of the "
        "product, whose factors are the exponent already",
    ),
    "exponent of the product's index": (
        "dW_hh",
        product(STEP, power="j - 1"),
        "the exponent is wrong: W_hh stands to the power j in every factor j of the "
        "product, whose factors are the exponent already",
    ),
    "power outside the product": (
        "dW_hh",
        product("np.diag(1 - s.h[j] ** 2)").replace(
            "row = (s.y - s.target) @ s.W_ph @ jacobian",
            "row = (s.y - s.target) @ s.W_ph @ jacobian @ matrix_power(s.W_hh, T - i)",
        ),
        "the order is wrong: matrices and 1 - h^2 have to alternate, W_hh cannot be "
        "taken out of the product as a power",
    ),
    "last step in every term": (
        "dW_hh",
        fixed("1"),
        "the time index is fixed: (1 - h_T^2) h_{T-1}, the last step's, stands in "
        "every term where (1 - h_t^2) h_{t-1} belongs",
    ),
    "last step in every term, from 0, minus": (
        "dW_hh",
        fixed("0").replace("return total", "return -total"),
        "the time index is fixed: (1 - h_T^2) h_{T-1}, the last step's, stands in "
        "every term where (1 - h_t^2) h_{t-1} belongs, in a sum over time that begins "
        "at t = 0; and the sign is wrong: this is minus the gradient",
    ),
    "missing W_hh": (
        "dW_hh",
        product("np.diag(1 - s.h[j] ** 2)"),
        "W_hh is missing in the product over time",
    ),
    "no product": (
        "dW_hx",
        HEAD + "def dW_hx(s): return sum(np.outer(deltas(s)[s.T], x) for x in s.x)",
        "the product over time is missing: every term has the last step's gradient",
    ),
    "missing target": (
        "db_p",
        "def db_p(s): return s.y",
        "the target is missing: dL/dp is y - target, not y",
    ),
    "missing softmax": (
        "dW_ph",
        "import numpy as np\ndef dW_ph(s): return np.outer(-s.target, s.h[-1])",
        "the softmax is missing: dL/dp is y - target, not -target",
    ),
    "missing softmax'": (
        "db_p",
        "def db_p(s): return -s.target / s.y",
        "the derivative of the softmax is missing: -target / y is dL/dy, and dL/dp is "
        "y - target",
    ),
    "factor": (
        "dW_hh",
        HEAD + f"def dW_hh(s): return 2 * sum(np.outer(d, s.h[t - 1]) {SUM}",
        "there is a factor of 2 too many",
    ),
    "mean over time": (
        "db_h",
        HEAD + "def db_h(s): return np.mean(list(deltas(s).values()), axis=0)",
        "there is a factor of 1 / T too many",
    ),
    "sign and index, transposed": (
        "dW_hh",
        HEAD + f"def dW_hh(s): return -sum(np.outer(s.h[t], d) {SUM}",
        "the time index is shifted: h_t stands where h_{t-1} belongs; and the sign is "
        "wrong: this is minus the gradient, transposed",
    ),
    "index and missing tanh'": (
        "dW_hx",
        HEAD.replace("(1 - s.h[s.T] ** 2) * ", "").replace("(1 - s.h[t] ** 2) * ", "")
        + f"def dW_hx(s): return sum(np.outer(d, s.x[t - 1]) {SUM}",
        "the time index is shifted: x_{t-1} stands where x_t belongs; and 1 - h^2 is "
        "missing, the derivative of tanh",
    ),
    "LSTM: memory's path": (
        "dW_gh",
        wrong_lstm("c_bar = c_bar * s.f[t]", "c_bar = 0.0"),
        "the way back along the memory is left out: c_t depends on c_{t-1} f_t",
    ),
    "LSTM: gates' path": (
        "dW_ix",
        wrong_lstm("h_bar = h_bar + s.W_fh.T", "h_bar = 0 * s.W_fh.T").replace(
            "+ s.W_oh.T", "+ 0 * s.W_oh.T"
        ),
        "the way back through h_{t-1} into the gates is left out: only the memory c is "
        "followed back",
    ),
    "LSTM: index of c": (
        "dW_fh",
        wrong_lstm("s.c[t - 1]", "s.c[t]"),
        "the time index is shifted: c_t stands where c_{t-1} belongs in the derivative "
        "by gate f",
    ),
    "LSTM: gate's derivative": (
        "db_i",
        wrong_lstm("s.i[t] * (1 - s.i[t])", "(1 - s.i[t] ** 2)"),
        "the derivative of gate i, the sigmoid, is i (1 - i), not 1 - i^2",
    ),
    "LSTM: tanh of c": (
        "dW_ox",
        wrong_lstm("h_bar * np.tanh(s.c[t]) *", "h_bar * s.c[t] *"),
        "c_t stands where tanh(c_t) belongs in the derivative by gate o",
    ),
}
