# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Graphs and receptive fields
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/seqjax/blob/main/notebooks/06_graphs.ipynb)
#
# A layer of a graph convolutional network (GCN) lets every node see its neighbours; $k$
# layers let it see $k$ hops far. We take that apart: the layer as a product of
# matrices, who reaches whom counted in three independent ways, a GCN that learns which
# side members of a karate club will take, and what goes wrong when layers are many.

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
from flax import nnx
from matplotlib.figure import Figure

from seqjax.core.graphs import product, renormalized
from seqjax.core.graphs.reach import hop_distances
from seqjax.core.graphs.smoothness import energy, make_contrast
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.study import CLASSIFY
from seqjax.graphs.classify.summary import accuracy_of, chance
from seqjax.graphs.hops.config import HopsConfig
from seqjax.graphs.hops.study import HOPS
from seqjax.lab.data.graph_data import example, karate
from seqjax.lab.reporting.figures import PALETTE, style
from seqjax.lab.running.devices import cache_folder, configure
from seqjax.lab.study import Results, SilentReporter
from seqjax.nn import GraphConvolution

# %matplotlib inline

# Every core becomes a device, over which seeds are spread; compiled code is kept.
configure(None, cache_folder())

# All sizes stand here. A smoke run shows that everything works, and learns nothing.
SMOKE = os.environ.get("SEQJAX_SMOKE") == "1"
jax.config.update("jax_disable_most_optimizations", SMOKE)  # to compile in less time
SEEDS = 2 if SMOKE else 10
EPOCHS = 10 if SMOKE else 200
MODELS = ("renormalized",) if SMOKE else ("renormalized", "mlp")
LAYERS = 2 if SMOKE else 4
DEPTHS = (1, 2, 4, 8) if SMOKE else (1, 2, 4, 8, 16, 32, 64)
HIDDEN = 4 if SMOKE else 16
MEMORY_NODES = 100 if SMOKE else 10_000  # of a random graph on which memory is measured

# %% [markdown]
# ## A layer is a product of matrices
#
# With $A$ the adjacency matrix, $I$ for loops that let a node see itself, and $D$ the
# degrees of $A + I$, a layer without its activation is
#
# $$H' = \hat A H W, \qquad \hat A = D^{-1/2} (A + I) D^{-1/2}.$$
#
# In words: a node sends its features along all edges, every node adds up what arrives,
# scaled by the roots of both degrees, and one matrix $W$ is applied at every node. We
# write the dense formula down for a graph of six nodes and compare. (seqjax stores only
# the entries that are not zero; `product` with the identity shows the matrix.)

# %%
graph = example()
dense = np.eye(graph.num_nodes)
dense[graph.edges[1], graph.edges[0]] = 1
scale = 1 / np.sqrt(dense.sum(axis=1))
formula = scale[:, None] * dense * scale

matrix = renormalized(graph.edges, graph.num_nodes)
np.testing.assert_allclose(product(matrix, jnp.eye(6)), formula, atol=1e-6)

with style():
    figure = Figure(figsize=(5, 4))
    axes = figure.subplots()
    image = axes.imshow(np.ma.masked_equal(formula, 0), cmap="viridis_r", vmin=0)
    figure.colorbar(image, ax=axes, label=r"entry of $\hat A$; white: exactly 0")
    axes.set_xticks(range(6), graph.node_names)
    axes.set_yticks(range(6), graph.node_names)
    axes.set(xlabel="from node", ylabel="to node")
    axes.grid(visible=False)
figure

# %%
layer = GraphConvolution(3, 2, rngs=nnx.Rngs(0))
features = jax.random.normal(jax.random.key(1), (6, 3))
by_layer = layer(matrix, features)
(w,) = layer.w[...]  # this model has one matrix; others have several
np.testing.assert_allclose(by_layer, formula @ np.asarray(features @ w), atol=1e-5)

# %% [markdown]
# ## Who reaches whom
#
# Three ways to ask how many layers information needs from one node to another:
#
# 1. **count edges**: the length of a shortest path, breadth first;
# 2. **multiply**: the first power of $A + I$ in which the entry is not zero;
# 3. **differentiate**: the first number of layers after which the output at one node
#    depends on the input at the other, measured in random networks.
#
# A report claims that information from C reaches E in three updates, by C-D-F-E.

# %%
config = HopsConfig(
    models=MODELS,
    layers=LAYERS,
    depths=DEPTHS,
    seeds=SEEDS,
    hidden_size=HIDDEN,
    memory_nodes=MEMORY_NODES,
)
results = Results.of(HOPS.run(config, (), SilentReporter()))
summary = HOPS.summarise(config, results)
with style():
    figures = HOPS.figures(config, results)
memory_figure = figures["memory"]  # for the end
figures["path"]

# %%
hops = hop_distances(graph.edges, 6, np.arange(6))
influence = results.history["influence-renormalized/influence"]
for k in range(1, LAYERS + 1):
    within = hops <= k
    assert np.array_equal(np.linalg.matrix_power(dense, k).T > 0, within)
    assert (influence[k - 1][~within] == 0).all(), "not a little: exactly nothing"

answer = summary["path"]
assert answer["layers_needed"] == 3
assert answer["claimed"]["shortest"]
assert not answer["claimed"]["only_shortest"], "another way is as short"
print([each["path"] for each in answer["listed"]])

# %% [markdown]
# So the claim is right, and there is a second way of the same length. What is written
# nowhere: how much arrives. Below, each column shows from where a node has what it
# knows; white is exactly 0, and without edges ("mlp") every node knows itself alone.

# %%
figures["influence"]

# %% [markdown]
# ## A club falls apart
#
# Zachary's karate club: 34 members, 78 friendships. After a quarrel the club split into
# the instructor's (member 1) and the administrator's (member 34). We draw members at
# the values of two eigenvectors of $\hat A$, which puts friends near each other.

# %%
club = karate()
dense = np.eye(club.num_nodes)
dense[club.edges[1], club.edges[0]] = 1
scale = 1 / np.sqrt(dense.sum(axis=1))
values, vectors = np.linalg.eigh(scale[:, None] * dense * scale)
places = (vectors * scale[:, None])[:, [-2, -3]]
# Moved a little, or members with the same friends would hide each other.
places += np.random.default_rng(0).normal(scale=0.007, size=places.shape)

with style():
    figure = Figure(figsize=(7, 4.6))
    axes = figure.subplots()
    for start, end in club.edges.T:
        axes.plot(*places[[start, end]].T, color="0.8", lw=0.8, zorder=1)
    sides = ("the instructor's", "the administrator's")
    colors = (PALETTE[4], PALETTE[1])  # both light, under black numbers
    for side, (name, marker, color) in enumerate(zip(sides, "os", colors, strict=True)):
        mine = places[club.labels == side]
        axes.scatter(*mine.T, s=140, marker=marker, color=color, label=name)
    for name, place in zip(club.node_names, places, strict=True):
        axes.annotate(name, place, ha="center", va="center", fontsize=7)
    axes.set(xlabel="second eigenvector", ylabel="third eigenvector")
    axes.legend(title="club joined")
figure

# %% [markdown]
# How much of the club does a member see? After two layers, the depth of the usual GCN:

# %%
hops = hop_distances(club.edges, club.num_nodes, np.arange(club.num_nodes))
seen = np.array([(hops <= k).mean(axis=1) for k in range(6)])
with style():
    figure = Figure(figsize=(7, 3.4))
    axes = figure.subplots()
    axes.plot(100 * seen, color=PALETTE[0], alpha=0.25, lw=1)
    axes.plot(100 * seen.mean(axis=1), "o-", color=PALETTE[2], label="mean of members")
    axes.set(xlabel="layers", ylabel="members within reach (%)")
    axes.legend()
figure

# %%
assert np.allclose(seen[0], 1 / club.num_nodes), "without a layer: oneself"
assert np.allclose(seen[hops.max()], 1), "with as many layers as the diameter: all"
assert hops.max() == 5
print(f"after two layers a member sees {100 * seen[2].mean():.0f} % of the club")

# %% [markdown]
# ## Learning from two labels
#
# The GCN is told of two members which club they joined, the instructor and the
# administrator, and has to say it of the other 32. There are no features: every member
# is its own one-hot vector, so all that can be learnt is carried by the edges. Without
# them ("mlp") nothing can be known of a member who is not trained on.

# %%
config = ClassifyConfig(
    model=MODELS, seeds=SEEDS, epochs=EPOCHS, hidden_size=HIDDEN, dropout=0.0
)
results = Results.of(CLASSIFY.run(config, (), SilentReporter()))
with style():
    figures = CLASSIFY.figures(config, results)
figures["accuracy"]

# %%
for name in MODELS:
    found = accuracy_of(results, name)
    print(f"{name:13} {found.value:.3f} [{found.low:.3f}, {found.high:.3f}]")
constant = chance(results, MODELS[0])
print(f"always the same answer: {constant:.3f}")
if not SMOKE:
    gcn, alone = (accuracy_of(results, name) for name in MODELS)
    assert gcn.low > constant, "better than always the same answer"
    assert gcn.low > alone.high, "it is the edges that carry it"

# %% [markdown]
# What the hidden layer makes of the members, in the plane of its two principal
# components. Numbers are those of the nodes here, one less than the members'.

# %%
figures["embedding"]

# %% [markdown]
# ## Too many layers
#
# If two layers are good, why not twenty? Every product with $\hat A$ averages over
# neighbours, and in the end all nodes say the same. For the linear layer this can be
# worked out. The largest eigenvalue of $\hat A$ is 1, of the vector $\sqrt{d}$, on
# which the Dirichlet energy (how much neighbours differ) is zero. All else shrinks by
# at most $|\lambda_2| < 1$ a layer, so the energy falls by $\lambda_2^2$ a layer in the
# end.

# %%
sizes = np.sort(np.abs(values))[::-1]
contrast = make_contrast(club.edges, club.num_nodes)
matrix = renormalized(club.edges, club.num_nodes)
x = jax.random.normal(jax.random.key(0), (club.num_nodes, 8))
energies = []
for _ in range(41):
    energies.append(float(energy(contrast, x)))
    x = product(matrix, x)
ratios = np.array(energies[1:]) / np.array(energies[:-1])

with style():
    figure = Figure(figsize=(7, 3.8))
    axes = figure.subplots()
    axes.semilogy(energies, "o-", color=PALETTE[0], label="measured", markevery=2)
    expected = energies[20] * sizes[1] ** (2 * (np.arange(41) - 20))
    axes.semilogy(expected, "--", color=PALETTE[1], label=r"slope $\lambda_2^2$")
    axes.set(xlabel="linear layers", ylabel="Dirichlet energy (of length 1)")
    axes.legend()
figure

# %%
assert np.isclose(sizes[0], 1)
np.testing.assert_allclose(ratios[20:30], sizes[1] ** 2, rtol=0.02)

# %% [markdown]
# With random weights and relu between the layers neighbours come to agree just so, and
# a network without edges ("mlp") keeps its energy. (Its features too come to point the
# same way in the end, but more slowly: that part is due to depth alone.) The study
# measures both over seeds:

# %%
config = HopsConfig(
    dataset="karate",
    models=MODELS,
    layers=2,
    depths=DEPTHS,
    seeds=SEEDS,
    hidden_size=HIDDEN,
    memory_nodes=100,
    memory_size=4,
)
results = Results.of(HOPS.run(config, (), SilentReporter()))
with style():
    figures = HOPS.figures(config, results)
figures["smoothing"]

# %%
for entry in HOPS.summarise(config, results)["smoothing"]:
    if entry["layers"] in (DEPTHS[0], DEPTHS[-1]):
        e = entry["energy"]
        span = f"[{e['low']:.1e}, {e['high']:.1e}]"
        print(f"{entry['model']:13} {entry['layers']:3} layers {e['value']:.1e} {span}")
if not SMOKE:
    gcn = results.history["smoothing-renormalized/energy"]
    alone = results.history["smoothing-mlp/energy"]
    assert (gcn[:, 16] < gcn[:, 1] / 10).all(), "in every seed, by far"
    assert gcn[:, 16].max() < np.median(alone[:, 16]), "edges do it, not depth alone"

# %% [markdown]
# The other price of depth is memory. A mini-batch of 64 nodes must read all nodes
# within as many hops as there are layers: soon the whole graph. Sampling a few
# neighbours per node (`sampled`) bounds it.

# %%
memory_figure

# %%
for layers in range(1, LAYERS + 1):
    rows = [row for row in summary["memory"] if row["layers"] == layers]
    read = {row["way"]: row["nodes"]["value"] for row in rows}
    assert read["sampled"] <= read["hops"] <= read["full"]
print({way: round(nodes) for way, nodes in read.items()}, f"at {LAYERS} layers")

# %% [markdown]
# To go on: `python -m seqjax.graphs classify --dataset cora` trains a hundred seeds on
# citations, and `HopsConfig(dataset="karate", path=("17", "34"))` asks another
# question.
