# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A gate that time opens
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/seqjax/blob/main/notebooks/05_time_gate.ipynb)
#
# A gate that time opens: a unit of a phased LSTM (Neil et al., 2016) may change only
# while its gate is open, once in every period. We look at the openness $k$ of such a
# gate, at what it does to a cell, and at a task that is made for it: a signal that
# comes once in a period, with noise between.

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

from seqjax.core import statistics
from seqjax.core.cells import LSTM
from seqjax.core.initializers import initialize_cell
from seqjax.core.recurrence import recur
from seqjax.core.time_gate import TimeGate, openness, phase, share_open
from seqjax.lab.reporting.figures import PALETTE, style
from seqjax.lab.running.devices import cache_folder, configure
from seqjax.lab.study import Results, SilentReporter
from seqjax.phased.gate.config import GateConfig
from seqjax.phased.gate.study import GATE
from seqjax.phased.noise.config import NoiseConfig
from seqjax.phased.noise.study import NOISE
from seqjax.phased.noise.summary import outcome_of
from seqjax.tasks.periodic import Law, best, blind, draw

# %matplotlib inline

# Every core becomes a device, over which seeds are spread; compiled code is kept.
configure(None, cache_folder())

# All sizes stand here. A smoke run shows that everything works, and learns nothing.
SMOKE = os.environ.get("SEQJAX_SMOKE") == "1"
jax.config.update("jax_disable_most_optimizations", SMOKE)  # to compile in less time
NOISY = NoiseConfig(
    models=("right", "wrong", "lstm", "period-learnt", "period-held"),
    values=60,  # of a sequence, every tenth of which counts
    seeds=6,
    steps=500,  # updates of every model, at most
)
if SMOKE:
    NOISY = NoiseConfig(
        models=("right",),
        values=20,
        seeds=2,
        steps=10,
        batch_size=8,
        hidden_size=4,
        evaluation_size=50,
    )

# %% [markdown]
# ## When a gate is open
#
# A unit has a period $\tau$, a shift $s$ and an open ratio $r_\mathrm{on}$. Its phase
# and its openness at time $t$ are
#
# $$\varphi = \frac{(t - s) \bmod \tau}{\tau}, \qquad
# k = \begin{cases} 2 \varphi / r_\mathrm{on} & \varphi < r_\mathrm{on} / 2 \\
# 2 - 2 \varphi / r_\mathrm{on} & r_\mathrm{on} / 2 \le \varphi < r_\mathrm{on} \\
# \alpha \varphi & \text{otherwise,} \end{cases}$$
#
# with a small leak $\alpha$ in training, so that a gradient finds its way, and none in
# a test. The figure shows one gate, and what a change of each number does to it.

# %%
config = GateConfig()
results = Results.of(GATE.run(config, (), SilentReporter()))
with style():
    figures = GATE.figures(config, results)
figures["report_001"]

# %% [markdown]
# We check what one can see: the peak is 1 and lies in the middle of the opening; the
# gate is open for the share $r_\mathrm{on}$ of a period; and as its opening is a
# triangle of height 1, its mean openness is half of that share.

# %%
for row in results.rows:
    assert np.isclose(row["peak"], 1)
    assert np.isclose(row["peak_phase"], row["open_ratio"] / 2)
    assert np.isclose(row["share_open"], row["open_ratio"], atol=1e-4)
    assert np.isclose(row["mean_openness"], row["open_ratio"] / 2, atol=1e-4)

# %% [markdown]
# ## Can the numbers be learnt?
#
# Where the gate opens, $k = 2 \varphi / r_\mathrm{on}$ and $\partial \varphi / \partial
# \tau = -(t - s) / \tau^2$. (The modulus is no obstacle: it subtracts whole periods,
# and of how many, nothing but the jumps depends on $\tau$.) So the derivative by the
# period grows with time: a change of the period by a little shifts the hundredth
# opening a hundred times as far as the first. This is what makes a period hard to
# learn.

# %%
TAU, RATIO = 5.0, 0.5
times = jnp.linspace(0.013, 60, 1500)


def one_gate(period):
    """Openness of a gate of this period over time."""
    gate = TimeGate(*(jnp.asarray([value]) for value in (period, 0.0, RATIO)))
    return openness(gate, times, 0.0)[:, 0]


slopes = jax.jacrev(one_gate)(TAU)

with style():
    figure = Figure(figsize=(7, 4.2))
    upper, lower = figure.subplots(2, 1, sharex=True)
    upper.plot(times, one_gate(TAU), color=PALETTE[0], label=rf"$\tau$ = {TAU:g}")
    upper.plot(times, one_gate(TAU + 0.1), color=PALETTE[1], ls="--", label="+ 0.1")
    upper.set_ylabel("openness $k$")
    figure.legend(loc="outside upper center", ncols=2)
    lower.plot(times, slopes, color=PALETTE[2], lw=1)
    lower.set_xlabel("time $t$")
    lower.set_ylabel(r"$\partial k / \partial \tau$")
figure

# %% [markdown]
# Against the formula, and against finite differences in double precision, at all times
# that are not just at a corner:

# %%
phi = np.asarray((times % TAU) / TAU)
inside = np.minimum(abs(phi - RATIO / 2), abs(phi - RATIO)) > 0.01
inside &= (phi > 0.01) & (phi < 0.99)
sign = np.where(phi < RATIO / 2, 1, np.where(phi < RATIO, -1, 0))
formula = -sign * 2 / RATIO * np.asarray(times) / TAU**2
np.testing.assert_allclose(slopes[inside], formula[inside], rtol=1e-3, atol=1e-4)

with jax.enable_x64(True):
    times = jnp.asarray(np.asarray(times), jnp.float64)
    moved = (one_gate(TAU + 1e-6) - one_gate(TAU - 1e-6)) / 2e-6
np.testing.assert_allclose(moved[inside], formula[inside], atol=1e-3)

# %% [markdown]
# ## What a gate does to a cell
#
# With $\tilde c, \tilde h$ what the cell's own step would make of its state,
#
# $$c_t = k_t \circ \tilde c_t + (1 - k_t) \circ c_{t-1}, \qquad
# h_t = k_t \circ \tilde h_t + (1 - k_t) \circ h_{t-1}.$$
#
# So a gate that is always open is the cell itself, and one that is always closed keeps
# the state, to the last bit. `recur` runs any cell with a gate.

# %%
UNITS, STEPS = 12, 60
keys = jax.random.split(jax.random.key(0), 3)
params = initialize_cell(keys[0], LSTM, 1, UNITS)
xs = jax.random.normal(keys[1], (STEPS, 1, 1))
drawn = jax.random.normal(keys[2], (2, 1, UNITS))
first = LSTM.initial_carry(1, UNITS)._replace(c=drawn[0], h=drawn[1])

opened, ys = recur(LSTM, params, xs, first, gate=jnp.ones((STEPS, 1, UNITS)))
plain, plain_ys = recur(LSTM, params, xs, first)
np.testing.assert_allclose(ys, plain_ys, atol=1e-6)

closed, _ = recur(LSTM, params, xs, first, gate=jnp.zeros((STEPS, 1, UNITS)))
assert np.array_equal(closed.c, first.c)
assert np.array_equal(closed.h, first.h)

# %% [markdown]
# Between these, units of longer periods change more rarely: a clock for every time
# scale. Each row is a unit; its state stays where its gate is closed.

# %%
gate = TimeGate(
    period=jnp.linspace(3.0, 30.0, UNITS),
    shift=jnp.zeros(UNITS),
    open_ratio=jnp.full(UNITS, 0.3),
)
stamps = jnp.arange(STEPS, dtype=jnp.float32)
k = openness(gate, stamps[:, None], 0.0)
_, ys = recur(LSTM, params, xs, first, gate=k)

with style():
    figure = Figure(figsize=(7, 4.6))
    upper, lower = figure.subplots(2, 1, sharex=True)
    for axes, values, name in (
        (upper, k[:, 0], "openness $k$"),
        (lower, ys[:, 0], "$h$"),
    ):
        image = axes.imshow(values.T, aspect="auto", cmap="cividis", origin="lower")
        figure.colorbar(image, ax=axes, label=name)
        axes.set_ylabel("unit (longer periods above)")
        axes.grid(visible=False)
    lower.set_xlabel("time step")
figure

# %%
kept = np.asarray(k[1:, 0]) == 0
assert np.array_equal(np.asarray(ys[1:, 0])[kept], np.asarray(ys[:-1, 0])[kept])
is_open = np.asarray(phase(gate, stamps[:, None]) < 0.3)
np.testing.assert_allclose(share_open(gate, stamps[:, None]), is_open.mean((1, 2)))

# %% [markdown]
# ## A signal once in a period
#
# A sequence has a sign, + or -. Every tenth value is that sign plus noise; all others
# are louder noise, and say nothing. What is the sign? Sequences begin anywhere in the
# period, but every value comes with its time.

# %%
law = Law(jnp.asarray(NOISY.period), jnp.asarray(NOISY.noise))
waves = draw(jax.random.key(1), law, 2, 60)
with style():
    figure = Figure(figsize=(7, 3.4))
    axes = figure.subplots()
    time, value = np.asarray(waves.times[:, 0]), np.asarray(waves.values[:, 0])
    counts = time % NOISY.period == 0
    axes.plot(time, value, color="0.7", lw=1, marker=".", label="noise")
    axes.plot(time[counts], value[counts], "o", color=PALETTE[0], label="counts")
    axes.axhline(0, color="0.35", lw=1)
    axes.set(xlabel="time (steps)", ylabel="value", title="A sequence of the sign +")
    axes.legend(ncols=2)
figure

# %% [markdown]
# Two numbers frame what can be reached. Who knows which values count, and takes the
# sign of their sum, is right with probability $\Phi(\sqrt n)$ for $n$ of them, and
# nobody can do better. Who adds up everything is far worse. We count both on many
# sequences.

# %%
many = draw(jax.random.key(2), law, 4000, NOISY.values)
counts = np.asarray(many.times) % NOISY.period == 0
truth = 2 * np.asarray(many.labels) - 1
knowing = (np.sign((np.asarray(many.values) * counts).sum(0)) == truth).mean()
adding = (np.sign(np.asarray(many.values).sum(0)) == truth).mean()
all_of_them = blind(NOISY.counting, NOISY.values - NOISY.counting, NOISY.noise)
assert abs(knowing - best(NOISY.counting)) < 0.03
assert abs(adding - all_of_them) < 0.03
print(f"the best possible: {best(NOISY.counting):.3f}; sum of all: {all_of_them:.3f}")

# %% [markdown]
# ## Gates that are right, wrong, and learnt
#
# Small networks of eight units: with gates of the right period and moment, which are
# fixed; of a wrong period; a plain LSTM, which reads the time as a second input; and
# with periods that start anywhere between half and twice the right one, to be learnt or
# left alone.

# %%
results = Results.of(NOISE.run(NOISY, (), SilentReporter()))
with style():
    figures = NOISE.figures(NOISY, results)
figures["accuracy"]

# %%
for name in NOISY.models:
    found = statistics.mean(outcome_of(NOISY, results, name).accuracy)
    print(f"{name:14} {found.value:.3f} [{found.low:.3f}, {found.high:.3f}]")
if not SMOKE:
    accuracy = {
        name: outcome_of(NOISY, results, name).accuracy for name in NOISY.models
    }
    right, other = (statistics.mean(accuracy[name]) for name in ("right", "wrong"))
    assert right.low > other.high, "it is the period that matters, not having a gate"
    gain = statistics.paired_comparison(accuracy["right"], accuracy["lstm"])
    assert gain.difference.low > 0, "no gate: the LSTM has to find the rhythm itself"

# %% [markdown]
# Are the periods really learnt? All units of all seeds before and after, and by how
# much a period has moved:

# %%
if not SMOKE:
    before, after = np.moveaxis(results.history["period-learnt/period"], 1, 0)
    moved = np.abs(after - before)
    print(f"half of the periods moved by less than {np.median(moved):.2f} steps")
    assert np.median(moved) < 1
figures.get("periods", figures["accuracy"])

# %% [markdown]
# The periods hardly move: most of what these networks reach they owe to units that
# happened to start near the right period, as those whose periods were left alone show.
# `python -m seqjax.phased noise` says how much is learnt, with numbers for each
# parameter alone and all together, and `python -m seqjax.phased frequency` repeats the
# published comparison on telling periods apart.
#
# To go on: make the signal rarer (`period=20`), or the noise louder.
