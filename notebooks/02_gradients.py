# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Gradients through time, derived step by step
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/seqjax/blob/main/notebooks/02_gradients.ipynb)
#
# How does a loss at the end of a sequence reach a weight that was used at every step?
# We derive the gradients of the vanilla RNN and of the LSTM by hand, each equation
# beside the line of code that computes it, and hold every result against two
# independent ones: JAX's own derivative, and finite differences. Then we look at the
# way itself: how large the gradient still is at each step back in time.

# %% [markdown]
# ## Set up
#
# Nothing is installed where seqjax is there already.

# %%
import importlib.metadata
import importlib.util
import pathlib
import sys

if importlib.util.find_spec("seqjax") is None:
    from IPython import get_ipython

    # What this kernel has imported has to stay as it is, until it starts anew.
    of_module = importlib.metadata.packages_distributions()
    imported = {name for module in sys.modules for name in of_module.get(module, ())}
    pins = [f"{name}=={importlib.metadata.version(name)}" for name in sorted(imported)]
    pathlib.Path("imported.txt").write_text("\n".join(pins), encoding="utf-8")

    # JAX and its plug-in for a GPU or TPU must be of one version. Asked for together,
    # pip leaves both as they are, or exchanges both where JAX is too old.
    plugins = {"jax-cuda12-plugin": "cuda12", "jax-cuda13-plugin": "cuda13"}
    plugins["libtpu"] = "tpu"
    there = {found.name for found in importlib.metadata.distributions()}
    extras = ",".join(extra for name, extra in plugins.items() if name in there)
    ours = "'seqjax @ git+https://github.com/OWNER/seqjax'"
    wanted = f"'jax[{extras}]' {ours}"
    get_ipython().run_line_magic("pip", f"install -q -c imported.txt {wanted}")

# %%
import os

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from seqjax.core import losses
from seqjax.core.cells import (
    LSTM,
    RNN,
    HiddenCarry,
    LSTMCarry,
    LSTMParams,
    RNNParams,
)
from seqjax.core.gradient_flow import (
    memory_gradients,
    scaled_norm,
    state_gradients,
    state_jacobians,
)
from seqjax.core.initializers import orthogonal
from seqjax.core.recurrence import recur
from seqjax.gradients.config import Config
from seqjax.gradients.derivations.catalogue import CELLS
from seqjax.gradients.derivations.diagnosis import Judge
from seqjax.gradients.derivations.examples import Sizes, draw_lstm, draw_rnn
from seqjax.gradients.study import FLOW
from seqjax.lab.reporting.figures import PALETTE, categories, shades, style
from seqjax.lab.running.devices import cache_folder, configure
from seqjax.lab.study import Results, SilentReporter

# %matplotlib inline

# Every core becomes a device, over which seeds are spread; compiled code is kept.
configure(None, cache_folder())

# All sizes stand here. A smoke run shows that everything works.
SMOKE = os.environ.get("SEQJAX_SMOKE") == "1"
jax.config.update("jax_disable_most_optimizations", SMOKE)  # to compile in less time
SIZES = Sizes(steps=8, inputs=3, hidden=5, classes=4)  # of the worked examples
SEEDS = 2 if SMOKE else 6
LENGTH = 30 if SMOKE else 80  # digits of the palindromes that gradients flow through
HIDDEN = 8 if SMOKE else 64
EXAMPLES = 4 if SMOKE else 64
INITIALIZERS = ("orthogonal",) if SMOKE else ("he", "orthogonal")

# A check to eight digits needs double precision.
jax.config.update("jax_enable_x64", True)

# %% [markdown]
# ## The vanilla RNN, forward
#
# For one sequence $x_1, \dots, x_T$, with $h_0$ given and a one-hot target $\hat y$:
#
# $$h_t = \tanh(W_{hx} x_t + W_{hh} h_{t-1} + b_h), \qquad
# p = W_{ph} h_T + b_p, \qquad y = \mathrm{softmax}(p), \qquad
# L = -\sum_k \hat y_k \log y_k.$$
#
# `draw_rnn` makes a small random example in which all of this is computed, with indices
# as on paper: `s.h[t]` is $h_t$, and `s.h[0]` the state before the first step.

# %%
s = draw_rnn(0, SIZES)

for t in range(1, s.T + 1):
    a = s.W_hx @ s.x[t] + s.W_hh @ s.h[t - 1] + s.b_h
    assert np.allclose(s.h[t], np.tanh(a)), "h_t is what the equation says"
assert np.isclose(s.y.sum(), 1), "y is a distribution"

# %% [markdown]
# ## Backward, step by step
#
# We write $\bar v$ for $\partial L / \partial v$, a vector of the shape of $v$.
#
# **The answer.** With softmax and cross-entropy together, $\bar p = y - \hat y$, and as
# $p = W_{ph} h_T + b_p$,
#
# $$\frac{\partial L}{\partial W_{ph}} = \bar p\, h_T^\top, \qquad
# \frac{\partial L}{\partial b_p} = \bar p, \qquad
# \bar h_T = W_{ph}^\top \bar p.$$
#
# **One step back.** Let $\delta_t$ be the cotangent of what tanh is applied to. As
# $\tanh' = 1 - \tanh^2$,
#
# $$\delta_t = (1 - h_t^2) \circ \bar h_t, \qquad \bar h_{t-1} = W_{hh}^\top \delta_t.$$
#
# $h_{t-1}$ has no other way to the loss than through $h_t$, so this is all of $\bar
# h_{t-1}$.


# %%
def rnn_backward(s):
    """dL/dh_t for t = 0 to T, and delta_t for t = 1 to T, from the last step back."""
    h_bar, delta = np.zeros_like(s.h), np.zeros_like(s.h)
    h_bar[s.T] = s.W_ph.T @ (s.y - s.target)
    for t in range(s.T, 0, -1):
        delta[t] = (1 - s.h[t] ** 2) * h_bar[t]
        h_bar[t - 1] = s.W_hh.T @ delta[t]
    return h_bar, delta


h_bar, delta = rnn_backward(s)

with style():
    figure = Figure(figsize=(7, 3.4))
    axes = figure.subplots()
    looks = categories(["dL/dh", "delta"])
    axes.plot(np.linalg.norm(h_bar, axis=1), label=r"$|\bar h_t|$", **looks["dL/dh"])
    steps = np.arange(1, s.T + 1)
    norms = np.linalg.norm(delta[1:], axis=1)
    axes.plot(steps, norms, label=r"$|\delta_t|$", **looks["delta"])
    axes.set_yscale("log")
    axes.set(xlabel="step t", ylabel="euclidean norm", title="One example, by hand")
    axes.legend()
figure

# %% [markdown]
# **The weights.** $W_{hh}$ is the same at every step. Give each step a copy of its own:
# the gradient with respect to copy $t$ is $\delta_t h_{t-1}^\top$, and the gradient of
# the shared matrix is the sum over copies,
#
# $$\frac{\partial L}{\partial W_{hh}} = \sum_{t=1}^T \delta_t h_{t-1}^\top, \qquad
# \frac{\partial L}{\partial W_{hx}} = \sum_{t=1}^T \delta_t x_t^\top, \qquad
# \frac{\partial L}{\partial b_h} = \sum_{t=1}^T \delta_t.$$

# %%
by_hand = RNNParams(
    w_x=(delta[1:].T @ s.x[1:]).T,
    w_h=(delta[1:].T @ s.h[:-1]).T,
    b=delta[1:].sum(axis=0),
)

# %% [markdown]
# seqjax multiplies a row of states from the left, `h @ w_h`, so its matrices are the
# transposed ones of the equations. Three ways to the same gradient: by hand; by JAX,
# which differentiates the loop (`method="scan"`); and by the derivative written by hand
# inside seqjax (`method="adjoint"`, the one that trainings use).


# %%
def rnn_loss(params, s, method):
    """Cross-entropy of the example, by seqjax's own recurrence and loss."""
    carry = HiddenCarry(jnp.asarray(s.h[:1]))
    final, _ = recur(RNN, params, jnp.asarray(s.x[1:, None]), carry, method=method)
    logits = final.h @ s.W_ph.T + s.b_p
    return losses.cross_entropy(logits, jnp.asarray([s.target.argmax()]))


rnn_params = RNNParams(*map(jnp.asarray, (s.W_hx.T, s.W_hh.T, s.b_h)))
for method in ("scan", "adjoint"):
    exact = jax.grad(rnn_loss)(rnn_params, s, method)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, atol=1e-13), by_hand, exact
    )

# %% [markdown]
# **Finite differences** know nothing of derivatives at all. Along a random direction
# $v$ of all weights, $(L(w + \epsilon v) - L(w - \epsilon v)) / 2 \epsilon$ should be
# $\langle \bar w, v \rangle$, up to an error of order $\epsilon^2$ and the rounding of
# the loss, of order $10^{-16} / \epsilon$. A right derivative shows a valley between
# both; a wrong one a plateau that no $\epsilon$ brings down.


# %%
def differences(loss, params, gradient, epsilons):
    """Relative error of the central difference along a random direction."""
    random = np.random.default_rng(0)
    along = jax.tree.map(lambda leaf: random.normal(size=leaf.shape), params)
    pairs = zip(jax.tree.leaves(gradient), jax.tree.leaves(along), strict=True)
    slope = sum(np.vdot(g, v) for g, v in pairs)
    sides = ([e, -e] for e in epsilons)
    ahead = [[loss(moved(params, along, e)) for e in both] for both in sides]
    return np.abs(np.diff(ahead)[:, 0] / (-2 * epsilons) - slope) / abs(slope)


def moved(params, along, distance):
    """Parameters, so far along a direction."""
    return jax.tree.map(lambda p, v: p + distance * v, params, along)


epsilons = np.logspace(-10, -1, 19)
rnn_errors = differences(
    jax.jit(lambda p: rnn_loss(p, s, "scan")), rnn_params, by_hand, epsilons
)
wrong = by_hand._replace(w_h=(delta[1:].T @ s.h[1:]).T)  # h_t in place of h_{t-1}
wrong_errors = differences(
    jax.jit(lambda p: rnn_loss(p, s, "scan")), rnn_params, wrong, epsilons
)

with style():
    figure = Figure(figsize=(7, 3.8))
    axes = figure.subplots()
    looks = categories(["right", "wrong"])
    axes.loglog(epsilons, rnn_errors, label="by hand", **looks["right"])
    label = "with $h_t$ in place of $h_{t-1}$"
    axes.loglog(epsilons, wrong_errors, label=label, **looks["wrong"])
    axes.set_xlabel(r"step $\epsilon$")
    axes.set_ylabel("relative error of the slope")
    axes.set_title("RNN: finite differences against the gradient")
    axes.legend()
figure

# %%
assert rnn_errors.min() < 1e-8, "right to eight digits"
assert wrong_errors.min() > 1e-3, "a shifted index is found"

# %% [markdown]
# ## The LSTM
#
# $$g, i, f, o = \tanh, \sigma, \sigma, \sigma \text{ of } W_{\ast x} x_t +
# W_{\ast h} h_{t-1} + b_\ast, \qquad
# c_t = g_t \circ i_t + c_{t-1} \circ f_t, \qquad h_t = \tanh(c_t) \circ o_t.$$
#
# Now two things go from step to step. $c_t$ reaches the loss in two ways, through $h_t$
# and through $c_{t+1}$, and both add up:
#
# $$\bar c_t = \underbrace{\bar c_{t+1} \circ f_{t+1}}_{\text{from the next step}} +
# \bar h_t \circ o_t \circ (1 - \tanh^2 c_t).$$
#
# Each gate stands in one product. Its cotangent is that of the product times the other
# factor, times the gate's own slope ($1 - g^2$ for tanh, $i (1 - i)$ for $\sigma$):
#
# $$\delta^g = \bar c \circ i \circ (1 - g^2), \quad
# \delta^i = \bar c \circ g \circ i (1 - i), \quad
# \delta^f = \bar c \circ c_{t-1} \circ f (1 - f), \quad
# \delta^o = \bar h \circ \tanh c \circ o (1 - o).$$
#
# All four gates have read $h_{t-1}$: $\bar h_{t-1} = \sum_\ast W_{\ast h}^\top
# \delta^\ast_t$.


# %%
def gate_cotangents(s, t, h_bar, c_bar):
    """The delta of each gate at step t."""
    return {
        "g": c_bar * s.i[t] * (1 - s.g[t] ** 2),
        "i": c_bar * s.g[t] * s.i[t] * (1 - s.i[t]),
        "f": c_bar * s.c[t - 1] * s.f[t] * (1 - s.f[t]),
        "o": h_bar * np.tanh(s.c[t]) * s.o[t] * (1 - s.o[t]),
    }


def lstm_backward(s):
    """dL/dh_t and dL/dc_t for t = 0 to T, and the deltas by step and gate."""
    h_bar, c_bar, delta = np.zeros_like(s.h), np.zeros_like(s.c), {}
    h_bar[s.T] = s.W_ph.T @ (s.y - s.target)
    for t in range(s.T, 0, -1):
        c_bar[t] += h_bar[t] * s.o[t] * (1 - np.tanh(s.c[t]) ** 2)
        delta[t] = gate_cotangents(s, t, h_bar[t], c_bar[t])
        c_bar[t - 1] = c_bar[t] * s.f[t]
        h_bar[t - 1] = sum(getattr(s, f"W_{k}h").T @ delta[t][k] for k in "gifo")
    return h_bar, c_bar, delta


s = draw_lstm(0, SIZES)
h_bar, c_bar, delta = lstm_backward(s)

with style():
    figure = Figure(figsize=(7, 3.4))
    axes = figure.subplots()
    looks = categories(["h", "c"])
    axes.plot(np.linalg.norm(h_bar, axis=1), label=r"$|\bar h_t|$", **looks["h"])
    axes.plot(np.linalg.norm(c_bar, axis=1), label=r"$|\bar c_t|$", **looks["c"])
    axes.set_yscale("log")
    axes.set(xlabel="step t", ylabel="euclidean norm", title="One example, by hand")
    axes.legend()
figure

# %% [markdown]
# The weights' gradients are sums over time again, a block for each gate; seqjax keeps
# them side by side in the order i, f, g, o. The same three ways, and differences.


# %%
def in_blocks(blocks):
    """Gate blocks side by side, in the order i, f, g, o."""
    return np.concatenate([blocks[gate] for gate in "ifgo"], axis=-1)


over_time = {k: np.array([delta[t][k] for t in range(1, s.T + 1)]) for k in "ifgo"}
by_hand = LSTMParams(
    w_x=in_blocks({k: s.x[1:].T @ d for k, d in over_time.items()}),
    w_h=in_blocks({k: s.h[:-1].T @ d for k, d in over_time.items()}),
    b=in_blocks({k: d.sum(axis=0) for k, d in over_time.items()}),
)


def lstm_loss(params, s, method):
    """Cross-entropy of the example, by seqjax's own recurrence and loss."""
    carry = LSTMCarry(c=jnp.asarray(s.c[:1]), h=jnp.asarray(s.h[:1]))
    final, _ = recur(LSTM, params, jnp.asarray(s.x[1:, None]), carry, method=method)
    logits = final.h @ s.W_ph.T + s.b_p
    return losses.cross_entropy(logits, jnp.asarray([s.target.argmax()]))


lstm_params = LSTMParams(
    w_x=jnp.asarray(in_blocks({k: getattr(s, f"W_{k}x").T for k in "ifgo"})),
    w_h=jnp.asarray(in_blocks({k: getattr(s, f"W_{k}h").T for k in "ifgo"})),
    b=jnp.asarray(in_blocks({k: getattr(s, f"b_{k}") for k in "ifgo"})),
)
for method in ("scan", "adjoint"):
    exact = jax.grad(lstm_loss)(lstm_params, s, method)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, atol=1e-13), by_hand, exact
    )

lstm_errors = differences(
    jax.jit(lambda p: lstm_loss(p, s, "scan")), lstm_params, by_hand, epsilons
)
assert lstm_errors.min() < 1e-8, "right to eight digits"

# %% [markdown]
# The gradients with respect to the *states*, which the derivation passes through on its
# way, are what `seqjax.core.gradient_flow` measures in a network of any size. They are
# those of the derivation. (`state_gradients` takes the derivative by $h_t$ with $c_t$
# held, as above; `memory_gradients` adds the way of $c_t$ through $h_t$.)


# %%
def last_loss(final):
    """Cross-entropy of the final state."""
    logits = final.h @ s.W_ph.T + s.b_p
    return losses.cross_entropy(logits, jnp.asarray([s.target.argmax()]))


xs = jnp.asarray(s.x[1:, None])
first = LSTMCarry(c=jnp.asarray(s.c[:1]), h=jnp.asarray(s.h[:1]))
states, bars = state_gradients(LSTM, lstm_params, xs, first, last_loss)
memory = memory_gradients(LSTM, lstm_params, xs, states, bars)
np.testing.assert_allclose(bars.h[:, 0], h_bar, atol=1e-13)
np.testing.assert_allclose(memory[:, 0], c_bar[1:], atol=1e-13)

# %% [markdown]
# ## Check your own
#
# `python -m seqjax.gradients check FILE.py` judges a derivation in a file, and names
# the mistake where it knows it. Here it is asked about a right one and two that are
# often seen: the wrong sign, and states shifted by a step.

# %%
judge = Judge(CELLS["rnn"], seed=0)
answers = {
    "right": lambda s: rnn_backward(s)[1][1:].T @ s.h[:-1],
    "wrong sign": lambda s: -rnn_backward(s)[1][1:].T @ s.h[:-1],
    "shifted": lambda s: rnn_backward(s)[1][1:].T @ s.h[1:],
}
for name, answer in answers.items():
    verdict = judge.verdict("dW_hh", answer)
    assert verdict.accepted == (name == "right")
    print(f"{name}: {'accepted' if verdict.accepted else 'rejected: ' + verdict.says}")

# %% [markdown]
# ## Why gradients vanish and explode
#
# Each step back multiplies by $W_{hh}^\top \mathrm{diag}(1 - h_t^2)$. Where the states
# are near 0 the slopes are near 1, and only $W_{hh}$ counts. Let it be $\rho$ times an
# orthogonal matrix, which keeps lengths: then $|\bar h_t| = \rho^{T-t} |\bar h_T|$
# exactly, and after a hundred steps a few per cent decide between nothing and
# everything.

# %%
STEPS, UNITS = 100, 16
turn = orthogonal(jax.random.key(0), UNITS, UNITS).astype(jnp.float64)
silence = jnp.zeros((STEPS, 1, 1))
rest = HiddenCarry(jnp.zeros((1, UNITS)))
factors = (0.8, 0.95, 1.0, 1.05, 1.2)


def flow(factor):
    """|dL/dh_t| of L = sum of h_T, in a network that is fed nothing and rests in 0."""
    params = RNNParams(jnp.zeros((1, UNITS)), factor * turn, jnp.zeros(UNITS))
    _, bars = state_gradients(RNN, params, silence, rest, lambda c: c.h.sum())
    return np.asarray(scaled_norm(bars.h))[:, 0]


with style():
    figure = Figure(figsize=(7, 4))
    axes = figure.subplots()
    for factor, color in zip(factors, shades(len(factors)), strict=True):
        axes.plot(flow(factor), color=color, label=rf"$\rho$ = {factor}")
    axes.set_yscale("log")
    axes.set(xlabel="step t", ylabel="$|dL/dh_t|$", title="A linear RNN")
    axes.axhline(10, color=PALETTE[3], lw=1, ls="--", label="a usual limit")
    figure.legend(loc="outside right center")
figure

# %%
for factor in factors:
    norms = flow(factor)
    expected = norms[-1] * factor ** np.arange(STEPS, -1, -1)
    np.testing.assert_allclose(norms, expected, rtol=1e-4)

# %% [markdown]
# Clipping the norm of the gradient answers explosion, since a direction is left that
# one can follow. It does nothing for a gradient that has vanished.

# %% [markdown]
# ## Untrained networks on a real task
#
# Now real inputs and real initial weights: palindromes, whose last digit a network
# names, as in the first notebook. The study `python -m seqjax.gradients flow` measures
# $|dL/dh_t|$ over many seeds and examples. First with weights as He et al. draw them,
# one float per digit; then orthogonal ones, everything else the same.

# %%
SETTINGS = {
    "length": LENGTH,
    "at": (0,),
    "seeds": SEEDS,
    "examples": EXAMPLES,
    "jacobian_examples": 1,
    "jacobian_times": 4,
    "hidden_size": HIDDEN,
}
jax.config.update("jax_enable_x64", False)  # the study has its own way to precision


def measure(initializer):
    """Settings and results of untrained networks."""
    config = Config(initializer=initializer, **SETTINGS)
    return config, Results.of(FLOW.run(config, (), SilentReporter()))


measured = {name: measure(name) for name in INITIALIZERS}
with style():
    drawn = {name: FLOW.figures(*found) for name, found in measured.items()}
drawn[INITIALIZERS[0]]["gradient_norms"]

# %%
drawn[INITIALIZERS[-1]]["gradient_norms"]

# %% [markdown]
# How far apart are both cells? The mean distance between their curves, in decades (1 is
# a factor of ten), with its interval over seeds:

# %%
apart = {}
for name, (config, results) in measured.items():
    (pair,) = FLOW.summarise(config, results)["distance_of_curves"]
    apart[name] = pair["decades"]
    low, high = apart[name]["low"], apart[name]["high"]
    print(f"{name:10} {apart[name]['value']:.1f} [{low:.1f}, {high:.1f}] decades")
assert SMOKE or apart["he"]["low"] > apart["orthogonal"]["high"]

# %% [markdown]
# So "the gradient of an RNN vanishes and that of an LSTM does not" depends on how the
# weights begin: with He weights and digits up to 9 the units saturate, each step's
# slope $1 - h^2$ is near zero, and their product leaves single precision; with
# orthogonal ones both cells keep about as much. The same from the side of the states:
# singular values of the Jacobian of the final state by an earlier one, 1 where nothing
# is lost.

# %%
drawn[INITIALIZERS[-1]]["singular_values"]

# %% [markdown]
# Both pictures are one statement. The chain rule says that the Jacobian $J_t = \partial
# h_T / \partial h_t$ carries the gradient back: $\bar h_t = J_t^\top \bar h_T$. On the
# example of the beginning, for every $t$:

# %%
with jax.enable_x64(True):
    s = draw_rnn(0, SIZES)
    xs, first = jnp.asarray(s.x[1:, None]), HiddenCarry(jnp.asarray(s.h[:1]))
    states, bars = state_gradients(RNN, rnn_params, xs, first, last_loss)
    jacobians = state_jacobians(RNN, rnn_params, xs, states, range(s.T + 1))
    carried = np.einsum("tij,i->tj", jacobians[:, 0], bars.h[-1, 0])
    np.testing.assert_allclose(carried, bars.h[:, 0], atol=1e-13)
    np.testing.assert_allclose(bars.h[:, 0], rnn_backward(s)[0], atol=1e-13)

# %% [markdown]
# To go on: give `Config` `at=(0, 100)` to look again after a hundred updates, or
# `cells=("rnn", "lstm", "gru")`.
