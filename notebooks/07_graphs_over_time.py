# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Graphs over time
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/seqjax/blob/main/notebooks/07_graphs_over_time.ipynb)
#
# Values on the nodes of a graph change over time, and we forecast the next. What are
# the edges worth to a forecast, and what is memory? A simulated series lets us answer
# with a bound: we know how it was made, so we know the best forecast that there can be.

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
from dataclasses import replace

import jax
import numpy as np
from matplotlib.figure import Figure
from scipy.linalg import solve_discrete_are

from seqjax.core import statistics
from seqjax.graphs.forecast.config import ForecastConfig
from seqjax.graphs.forecast.data import prepare
from seqjax.graphs.forecast.study import FORECAST
from seqjax.graphs.forecast.summary import comparisons, errors, estimate
from seqjax.lab.data.graph_data import karate
from seqjax.lab.reporting.figures import PALETTE, style
from seqjax.lab.running.devices import cache_folder, configure
from seqjax.lab.study import Results, SilentReporter
from seqjax.tasks.spreading import heat, mean_of_neighbours

# %matplotlib inline

# Every core becomes a device, over which seeds are spread; compiled code is kept.
configure(None, cache_folder())

# All sizes stand here. A smoke run shows that everything works, and learns nothing.
SMOKE = os.environ.get("SEQJAX_SMOKE") == "1"
jax.config.update("jax_disable_most_optimizations", SMOKE)  # to compile in less time
SETTINGS = ForecastConfig(
    models=("gc-lstm",),
    controls=("persistence", "lstm", "gcn", "shuffled"),
    seeds=8,
    steps=150,  # updates of every model
)
if SMOKE:
    SETTINGS = replace(
        SETTINGS, controls=("persistence",), seeds=2, steps=5, hidden_size=4
    )

# %% [markdown]
# ## Heat on a graph
#
# Every node of a small graph, the karate club of the notebook before, is heated at
# random, warms its neighbours, and loses a little. With $P = D^{-1} A$ the mean over
# neighbours and $u_t, e_t$ standard normal at every node,
#
# $$x_{t+1} = 0.98\, \bigl(x_t + 0.6\, (P x_t - x_t)\bigr) + u_t, \qquad
# y_t = x_t + e_t,$$
#
# and only $y$ is measured. Because of the exchange, neighbours are worth knowing;
# because of the noise, so is more than the last value.

# %%
club = karate()
values = heat(club.edges, club.num_nodes, SETTINGS.snapshots, seed=0)

with style():
    figure = Figure(figsize=(7, 4))
    axes = figure.subplots()
    image = axes.imshow(values[:120].T, aspect="auto", cmap="cividis")
    figure.colorbar(image, ax=axes, label="temperature measured (arbitrary units)")
    axes.set(xlabel="time (steps)", ylabel="node")
    axes.grid(visible=False)
figure

# %% [markdown]
# We check the simulation against its equation. Without noise and with loss and exchange
# known, what is left of $x_{t+1}$ is $u_t$: of mean 0 and deviation 1, and not
# correlated over time or with what went before.

# %%
P = mean_of_neighbours(club.edges, club.num_nodes).toarray()
F = 0.98 * (0.4 * np.eye(club.num_nodes) + 0.6 * P)
clean = heat(club.edges, club.num_nodes, 4000, seed=0, noise=0)
left = clean[1:] - clean[:-1] @ F.T
assert abs(left.mean()) < 0.02
assert abs(left.std() - 1) < 0.01
assert abs(np.mean(left[1:] * left[:-1])) < 0.01
assert abs(np.mean(left[1:] * clean[1:-1]) / clean.std()) < 0.01

# %% [markdown]
# ## The best forecast there can be
#
# For a linear system with Gaussian noise the best forecast of all is known, the Kalman
# filter's. In the long run its forecasts of $x$ err with a covariance $S$ that solves a
# Riccati equation, and those of $y$ with $S + I$; nothing that is computed from past
# measurements can err less in the mean square. SciPy solves the equation, and we run
# the filter as well, on a series of its own, to see that it really errs as much.

# %%
identity = np.eye(club.num_nodes)
S = solve_discrete_are(F.T, identity, identity, identity)
gain = F @ S @ np.linalg.inv(S + identity)


def filtered(measured):
    """Forecasts of every next value from all before, one step ahead."""
    x, found = np.zeros(measured.shape[1]), []
    for y in measured:
        found.append(x)
        x = F @ x + gain @ (y - x)
    return np.array(found)


measured = heat(club.edges, club.num_nodes, 3000, seed=1)
errs = (filtered(measured) - measured)[500:]
np.testing.assert_allclose(errs.std(axis=0), np.sqrt(np.diag(S) + 1), rtol=0.08)

with style():
    figure = Figure(figsize=(7, 3.2))
    axes = figure.subplots()
    nodes, expected = np.arange(club.num_nodes), np.sqrt(np.diag(S) + 1)
    spread = 2 * expected / np.sqrt(2 * len(errs))  # of a deviation that is measured
    label = "Riccati equation, two standard errors"
    axes.errorbar(nodes, expected, spread, fmt="_", color=PALETTE[1], label=label)
    axes.plot(errs.std(axis=0), "o", color=PALETTE[0], label="filter, measured")
    axes.set(xlabel="node", ylabel="forecast error (deviation)")
    axes.legend()
figure

# %% [markdown]
# ## What is learnt from the data
#
# Now networks that know neither equation nor constants. `gc-lstm` has both, a graph
# convolution in every gate of an LSTM; each control lacks one thing:
#
# | model | edges | memory |
# | --- | --- | --- |
# | `gc-lstm` | yes | yes |
# | `lstm`, one for every node | no | yes |
# | `gcn`, two graph convolutions | yes | no |
# | `shuffled`, `gc-lstm` that learns from snapshots in random order | yes | useless |
# | `persistence`, the last value again | no | no |
#
# The first 60 % of the series are learnt from, on the next 20 % the update to keep is
# chosen, the rest is tested on. Errors are in units of each node's standard deviation.

# %%
results = Results.of(FORECAST.run(SETTINGS, (), SilentReporter()))
series = prepare(SETTINGS)
cut, scale = series.places.test, series.scale.deviation[:, 0]

# The filter reads all that the networks read, and is tested on the same values.
told = series.graph.values[:, :, 0].astype(float)
errs = (filtered(told) - told)[cut:] / scale
bound = float(np.sqrt(np.mean(errs**2)))

with style():
    figures = FORECAST.figures(SETTINGS, results)
    axes = figures["errors"].axes[0]
    axes.axhline(bound, color=PALETTE[3])
    place = axes.get_yaxis_transform()
    note = "best possible (Kalman)"
    axes.text(0.99, bound, note, ha="right", va="top", transform=place)
    axes.set_ylim(bottom=0.97 * bound)
figures["errors"]

# %%
print(f"{'best possible':13} {bound:.3f}")
for name in SETTINGS.names:
    found = estimate(results, name, 1)
    span = "" if np.isnan(found.low) else f" [{found.low:.3f}, {found.high:.3f}]"
    print(f"{name:13} {found.value:.3f}{span}")
    assert found.value > 0.98 * bound, "nobody beats the bound, but for chance"

# %% [markdown]
# Is what we see more than chance? The contender against each control, seed by seed:
# difference of errors with its 95 % interval, below 0 where the contender is better,
# and p-values adjusted for the number of comparisons (Holm).

# %%
for each in comparisons(SETTINGS, results):
    less, (model, control, _) = each.found.difference, each.setting
    span = f"[{less.low:+.3f}, {less.high:+.3f}]"
    pair = f"{model} - {control:11}"
    print(f"{pair} {less.value:+.3f} {span}, p = {each.found.p_value:.3f}")
if not SMOKE:
    for control in ("lstm", "gcn", "persistence"):
        ours, theirs = (errors(results, name, 1) for name in ("gc-lstm", control))
        theirs = np.broadcast_to(theirs, ours.shape).copy()
        found = statistics.paired_comparison(ours, theirs)
        assert found.difference.high < 0, f"better than {control}"

# %% [markdown]
# So on this series both edges and memory pay, and how much is left to gain can be read
# off the bound. The forecasts themselves, at the nodes with most neighbours:

# %%
figures["forecasts"]

# %% [markdown]
# Which update is kept is chosen on the validation part, never on the test:

# %%
figures["validation"]

# %%
for row in results.rows:
    if row["kept_update"] is not None:
        curve = results.history[f"{row['model']}/validation_rmse"][row["seed"]]
        assert np.nanargmin(curve) == row["kept_update"]

# %% [markdown]
# What does not follow: that a graph and memory always pay. On real series they often do
# not; `python -m seqjax.graphs forecast --dataset chickenpox` is an honest example. To
# go on: `replace(SETTINGS, dataset="sir")` forecasts an epidemic in towns, and
# `horizon=5` looks further ahead.
