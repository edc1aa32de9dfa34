# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Optimisers
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/seqjax/blob/main/notebooks/03_optimizers.ipynb)
#
# An optimiser turns gradients into steps. We write down what four of them do and hold
# seqjax's against the formulas; watch all of them on three functions of two variables,
# each of which has one difficulty in its purest form; and then compare them on a
# recurrent network, each at its own best learning rate, over fresh seeds.

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
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from seqjax.core.landscapes import LANDSCAPES
from seqjax.lab.reporting.figures import categories, style
from seqjax.lab.running.devices import cache_folder, configure
from seqjax.lab.study import Results, SilentReporter
from seqjax.optimizers.config import Config, LandscapeConfig
from seqjax.optimizers.landscape import LANDSCAPE_STUDY
from seqjax.optimizers.study import STUDY
from seqjax.optimizers.summary import comparisons
from seqjax.train import direction

# %matplotlib inline

# Every core becomes a device, over which seeds are spread; compiled code is kept.
configure(None, cache_folder())

# All sizes stand here. A smoke run shows that everything works, and learns nothing.
SMOKE = os.environ.get("SEQJAX_SMOKE") == "1"
jax.config.update("jax_disable_most_optimizations", SMOKE)  # to compile in less time
COMPARED = ("sgd", "momentum", "rmsprop", "adam")
GRID = Config(
    optimizers=COMPARED,
    learning_rates=(1e-3, 1e-2, 1e-1, 1.0),
    seeds=3,  # for every optimiser and rate, to choose the rate
    test_seeds=8,  # for every optimiser at that rate, to compare
    steps=1000,  # updates of every model, at most
)
if SMOKE:
    GRID = replace(
        GRID,
        optimizers=("sgd", "rmsprop"),
        learning_rates=(1e-3, 1e-2),
        seeds=1,
        test_seeds=2,
        hidden_size=8,
        steps=10,
        batch_size=8,
        length=4,
    )
PLACES = ("ravine", "plateau") if SMOKE else ("ravine", "saddle", "plateau")

# %% [markdown]
# ## Four rules
#
# A step is `params - rate * direction`. With the gradient $g_t$, the direction is
#
# - **gradient descent**: $g_t$ itself;
# - **momentum**: $m_t = 0.9\, m_{t-1} + g_t$;
# - **RMSProp**: $g_t / (\sqrt{v_t} + 10^{-8})$, with
#   $v_t = 0.99\, v_{t-1} + 0.01\, g_t^2$;
# - **Adam**: $\hat m_t / (\sqrt{\hat v_t} + 10^{-8})$, running means with decays 0.9
#   and 0.999, both divided by $1 - \text{decay}^t$, which corrects for a start at 0.
#
# The constants are those of torch; libraries differ in them, and `direction` takes
# another library's name.


# %%
def rmsprop(g, m, v, t):
    """The direction, and both memories after it."""
    v = 0.99 * v + 0.01 * g**2
    return g / (np.sqrt(v) + 1e-8), m, v


def adam(g, m, v, t):
    """The direction, and both memories after it."""
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    return m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), m, v


RULES = {
    "sgd": lambda g, m, v, t: (g, m, v),
    "momentum": lambda g, m, v, t: (0.9 * m + g, 0.9 * m + g, v),
    "rmsprop": rmsprop,
    "adam": adam,
}


def by_formula(rule, gradients):
    """Directions as a rule has them."""
    m, v, found = 0.0, 0.0, []
    for t, g in enumerate(gradients, 1):
        move, m, v = rule(g, m, v, t)
        found.append(move)
    return np.array(found)


def by_seqjax(name, gradients):
    """Directions as training has them."""
    optimizer, params = direction(name), jnp.zeros(())
    state, moves = optimizer.init(params), []
    for g in gradients:
        move, state = optimizer.direction(jnp.asarray(g), state, params)
        moves.append(move)
    return np.array(moves)


# %% [markdown]
# Given noisy gradients, both agree at every step.

# %%
noisy = np.random.default_rng(0).normal(0.2, 1.0, size=20).astype(np.float32)
for name, rule in RULES.items():
    np.testing.assert_allclose(
        by_seqjax(name, noisy), by_formula(rule, noisy), rtol=1e-3
    )

# %% [markdown]
# Given a gradient that is small and always the same, 0.01, the rules differ most at the
# start. Momentum adds up to ten times the gradient. The adaptive rules answer with a
# step that does not depend on the size of the gradient at all, and RMSProp's first step
# is ten times as long as those to come: its $v$ starts at 0 and nothing corrects for
# it.

# %%
faint = np.full(100, 0.01)
steps = np.arange(1, len(faint) + 1)
with style():
    figure = Figure(figsize=(7, 3.8))
    axes = figure.subplots()
    for name, look in categories(COMPARED).items():
        axes.loglog(
            steps, by_formula(RULES[name], faint), label=name, markevery=9, **look
        )
    axes.set(xlabel="step", ylabel="direction (times the rate: the step)")
    axes.set_title("Answers to a constant gradient of 0.01")
    axes.legend(ncols=2)
figure

# %%
np.testing.assert_allclose(by_formula(RULES["momentum"], faint)[-1], 0.1, rtol=1e-3)
np.testing.assert_allclose(by_formula(rmsprop, faint)[0], 10, rtol=1e-3)
np.testing.assert_allclose(by_formula(adam, faint), 1, rtol=1e-3)

# %% [markdown]
# ## Three landscapes
#
# A ravine is a hundred times as steep across as along; a saddle is at rest in a point
# that is no minimum; a plateau hardly has a slope. Every optimiser makes 400 steps from
# the same start, at the fastest of 51 rates. Fastest means the fewest steps until 1 %
# of the first loss is left, and a rate counts for the worst of itself and its
# neighbours.

# %%
config = LandscapeConfig(landscapes=PLACES, optimizers=COMPARED)
results = Results.of(LANDSCAPE_STUDY.run(config, (), SilentReporter()))
with style():
    figures = LANDSCAPE_STUDY.figures(config, results)
figures["ravine_fastest_paths"]

# %% [markdown]
# Across the ravine with curvature 100, gradient descent at rate $r$ multiplies $y$ by
# $1 - 100 r$ at every step. This can be seen in its path, step for step, and it gives
# the limit: above $r = 2 / 100$ the factor is below $-1$, and the path flies off.

# %%
rows = [row for row in results.rows if row["block"] == "ravine"]
place = [row["rule"] for row in rows].index("limit")
rate, path = rows[place]["learning_rate"], results.history["ravine/points"][place]
assert rows[place]["optimizer"] == "sgd"
steps = np.arange(50)
expected = LANDSCAPES["ravine"].start[1] * (1 - 100 * rate) ** steps
np.testing.assert_allclose(path[:50, 1], expected, rtol=1e-3)
assert np.isclose(rate, 0.99 * LANDSCAPES["ravine"].limit)

# %% [markdown]
# Near that limit, gradient descent goes to and fro across the ravine. Momentum at the
# same rate turns back less often; Nesterov's form would have a limit of its own.

# %%
figures["ravine_limit_paths"]

# %% [markdown]
# On the plateau the gradient at the start is 0.00065. A step in proportion to it hardly
# moves; a step that does not depend on its size walks straight across.

# %%
figures["plateau_fastest_paths"]

# %%
figures.get("saddle_fastest_paths", figures["plateau_fastest_losses"])

# %% [markdown]
# What is often said in words, judged by these numbers:

# %%
claims = LANDSCAPE_STUDY.summarise(config, results)["claims"]
for claim in claims:
    print(claim["claim"], {k: v for k, v in claim.items() if isinstance(v, dict)})
assert len(claims) == 2
assert all(claim["verdict"] == "holds" for claim in claims)

# %% [markdown]
# ## On a recurrent network
#
# Two optimisers at one learning rate say little, since the rate of one and the rate of
# the other are different things. So each is tried at the same rates, and then compared
# at the rate that suits it, on seeds that had no part in the choice. A vanilla RNN
# reads the first nine digits of a palindrome, one-hot, and names the tenth; its weights
# begin small, which is where the optimiser matters.

# %%
results = Results.of(STUDY.run(GRID, (), SilentReporter()))
with style():
    figures = STUDY.figures(GRID, results)
figures["rates"]

# %%
figures["training_curves"]

# %%
figures["updates_to_solve"]

# %% [markdown]
# How many updates more than RMSProp does each of the others need? Seeds are paired, a
# failure counts as all updates there are, brackets are 95 % intervals (Student), and
# the p-values of the sign-flip test are adjusted for the number of comparisons (Holm).

# %%
compared = comparisons(GRID, results)
for name, raced in compared.items():
    more, p = raced.updates.difference, raced.updates.p_value
    print(
        f"{name:9} {more.value:+.0f} [{more.low:+.0f}, {more.high:+.0f}], p = {p:.3f}"
    )
if not SMOKE:
    assert compared["sgd"].updates.difference.low > 0, "gradient descent is slower"

# %% [markdown]
# What does not follow: that one of the adaptive rules is the best. Their intervals say
# how far eight seeds can tell them apart, on one task, with all constants but the rate
# left alone. `python -m seqjax.optimizers` does the same with more rates, optimisers
# and seeds. To go on: add `"lion"` or `"nadam"` to `COMPARED`, or set
# `initializer="orthogonal"` in `GRID` and see the differences disappear.
