# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A character model of your own book
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/seqjax/blob/main/notebooks/04_characters.ipynb)
#
# We train a network to say which character comes next, on a text of your own or, if you
# name none, on the manual that comes with Python. We look at what it has learnt beside
# what mere counting knows, let it write at several temperatures, have it go on with
# your opening, and ask what it only remembers.

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
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from seqjax.charlm.config import Config
from seqjax.charlm.measures.baselines import ngram_loss
from seqjax.charlm.prompts import begin, stepper_of
from seqjax.charlm.samples import chosen_samples, shown
from seqjax.charlm.study import TRAIN, corpus_for
from seqjax.charlm.writing import write
from seqjax.core.decoding import draw, make_choice
from seqjax.lab.data.corpora import python_manual
from seqjax.lab.reporting.figures import PALETTE, style
from seqjax.lab.run_directory.model_files import load_model, save_model
from seqjax.lab.running.devices import cache_folder, configure
from seqjax.lab.study import Results, SilentReporter

# %matplotlib inline

# Every core becomes a device, over which seeds are spread; compiled code is kept.
configure(None, cache_folder())

# Your own text: the path of a file, uploaded or on this machine, such as "book.txt".
# Without one, the manual that comes with Python: 0.4 million characters.
BOOK = ""

# All sizes stand here. A smoke run shows that everything works, and learns little.
SMOKE = os.environ.get("SEQJAX_SMOKE") == "1"
jax.config.update("jax_disable_most_optimizations", SMOKE)  # to compile in less time
SEEDS = 1 if SMOKE else 2
HIDDEN = 16 if SMOKE else 128
UPDATES = 20 if SMOKE else 1500
DRAWS = 200 if SMOKE else 4000
EXCERPT = 20_000  # characters that a smoke run learns

FOLDER = Path(tempfile.mkdtemp())
if SMOKE:
    BOOK = str(FOLDER / "excerpt.txt")
    Path(BOOK).write_text(python_manual()[:EXCERPT], encoding="utf-8")

# %% [markdown]
# ## The text
#
# It is cut into contiguous parts: the first nine tenths are trained on, the rest is
# held out. (Windows drawn from the whole text would overlap those held out.) The
# vocabulary is that of the whole text, in the order of code points, and it forgets
# nothing.

# %%
config = Config(
    corpus=(BOOK,) if BOOK else (),
    layers=1,
    hidden_size=HIDDEN,
    seeds=SEEDS,
    steps=UPDATES,
    evaluate_every=max(1, UPDATES // 10),
    sample_steps=(0, UPDATES // 10, UPDATES),
    sample_lengths=(70,),
    sample_temperatures=(0.0, 0.5, 1.0),
)
corpus = corpus_for(config)
vocabulary = corpus.vocabulary
train, held_out, _ = corpus.encoded()

for part in corpus.parts:
    assert vocabulary.decode(vocabulary.encode(part)) == part
assert abs(len(train) / (len(train) + len(held_out)) - 0.9) < 0.01
print(f"{len(train)} characters to train on, {len(held_out)} held out")
print(f"{vocabulary.size} different ones; the text held out begins:")
print(corpus.parts.validation[:200])

# %%
counts = np.bincount(train, minlength=vocabulary.size)
most = np.argsort(-counts)[:40].astype(np.int32)
with style():
    figure = Figure(figsize=(8, 3))
    axes = figure.subplots()
    axes.bar(range(len(most)), 100 * counts[most] / len(train), color=PALETTE[0])
    names = [shown(vocabulary.decode(most[[i]])) for i in range(len(most))]
    axes.set_xticks(range(len(most)), names, family="monospace")
    axes.set(xlabel="character (the first is usually a space)", ylabel="share (%)")
    axes.grid(visible=False, axis="x")
figure

# %% [markdown]
# ## What counting knows
#
# The loss is the cross-entropy of the next character, in nats. A model that knows
# nothing pays $\ln V$ for a vocabulary of $V$; one that knows how frequent characters
# are pays less; one that has counted what follows any four characters (a 5-gram with
# Kneser-Ney smoothing) much less. All are tested on the text held out.

# %%
baselines = {
    "uniform": np.log(vocabulary.size),
    "unigram": ngram_loss(train, held_out, vocabulary.size, 1).nats,
    "5-gram": ngram_loss(train, held_out, vocabulary.size, 5).nats,
}
assert baselines["uniform"] > baselines["unigram"] > baselines["5-gram"]
print({name: round(float(loss), 3) for name, loss in baselines.items()})

# %% [markdown]
# ## Training
#
# An LSTM, on windows of 30 characters with Adam at 2e-3, as the course has it, and two
# seeds side by side. A study tells a reporter how it gets on, and hands it every model
# that is worth keeping; ours keeps them in memory. (On the command line `python -m
# seqjax.charlm train book.txt` keeps them on disk, and goes on after a crash.)


# %%
class Shelf(SilentReporter):
    """Keeps the models of a training in memory, by name."""

    def __init__(self):
        self.models = {}

    def model(self, name, model):
        """Put a model on the shelf, in place of the one of that name."""
        self.models[name] = model


shelf = Shelf()
results = Results.of(TRAIN.run(config, (), shelf))
with style():
    figures = TRAIN.figures(config, results)
figures["training"]

# %%
with style():
    figure = Figure(figsize=(7, 4))
    axes = figure.subplots()
    for seed in range(SEEDS):
        rows = [row for row in results.rows if row["seed"] == seed]
        losses = [row["validation_loss"] for row in rows]
        axes.plot(
            [row["step"] for row in rows], losses, "o-", label=f"LSTM, seed {seed}"
        )
    for (name, loss), line in zip(baselines.items(), ("-", "--", ":"), strict=True):
        axes.axhline(loss, color="0.35", lw=1.2, ls=line, label=name)
    axes.set(xlabel="update", ylabel="loss held out (nats per character)")
    axes.legend(ncols=2, loc="upper right", bbox_to_anchor=(1, 0.93))
figure

# %% [markdown]
# After enough updates the network knows more than frequencies. Whether it has overtaken
# the 5-gram by then is a matter of minutes, and of the text.

# %%
final = [row["validation_loss"] for row in results.rows if row["step"] == UPDATES]
assert len(final) == SEEDS
assert max(final) < baselines["uniform"]
assert SMOKE or max(final) < baselines["unigram"] - 0.3
print(f"held out after {UPDATES} updates: {', '.join(f'{x:.3f}' for x in final)} nats")

# %% [markdown]
# What it wrote while it learnt. Temperature 0 takes the most probable character each
# time; 1 draws as the model says; ⏎ stands for a line break.

# %%
for sample in chosen_samples(results):
    print(f"{sample.step:5}  T = {sample.temperature:3g}  {shown(sample.text)}")

# %% [markdown]
# ## Temperature
#
# The logits $z$ are divided by $T$ before the softmax: $p \propto \exp(z / T)$. So a
# low temperature sharpens the distribution, and a high one flattens it, from the most
# probable character alone to all alike. (One of the reports multiplies instead.)

# %%
model = shelf.models["seed-0/best"]
OPENING = corpus.parts.validation[:40]
stream = begin(model, [OPENING], jax.random.key(0), "line")
TEMPERATURES = (0.25, 0.5, 1.0, 2.0)
chances = [jax.nn.softmax(stream.logits[0] / T) for T in TEMPERATURES]
entropies = [float(jax.scipy.special.entr(p).sum()) for p in chances]

with style():
    figure = Figure(figsize=(8, 3.6))
    axes = figure.subplots()
    most = np.argsort(-np.asarray(chances[2]))[:15].astype(np.int32)
    for i, (T, p) in enumerate(zip(TEMPERATURES, chances, strict=True)):
        label = f"T = {T:g}: {entropies[i]:.2f} nats"
        axes.bar(np.arange(15) + 0.2 * i - 0.3, p[most], 0.2, label=label)
    names = [shown(vocabulary.decode(most[[i]])) for i in range(len(most))]
    axes.set_xticks(range(15), names, family="monospace")
    axes.set(xlabel="next character", ylabel="probability")
    axes.legend(title="temperature: entropy")
figure

# %%
assert np.all(np.diff(entropies) > 0), "more heat, more surprise"
assert entropies[-1] < np.log(vocabulary.size), "never more than all alike"

# %% [markdown]
# Does what is drawn have these probabilities? We draw the next character many times,
# and compare frequencies. Half the sum of absolute differences of both (total
# variation) is 0 for equal distributions and 1 for disjoint ones; what chance alone
# makes of it is measured by drawing with NumPy.

# %%
T = 1.0
streams = begin(model, [OPENING] * DRAWS, jax.random.key(1), "line")
drawn, _ = draw(
    stepper_of(model.network), model.params, streams, make_choice(T), num_tokens=1
)
expected = np.asarray(chances[TEMPERATURES.index(T)], np.float64)
expected /= expected.sum()
random = np.random.default_rng(0)


def away(counts):
    """Total variation between frequencies and the model's probabilities."""
    return 0.5 * np.abs(counts / DRAWS - expected).sum()


ours = away(np.bincount(np.asarray(drawn)[:, 0], minlength=vocabulary.size))
theirs = [away(random.multinomial(DRAWS, expected)) for _ in range(200)]

with style():
    figure = Figure(figsize=(7, 3))
    axes = figure.subplots()
    axes.hist(theirs, bins=25, color="0.7", label="NumPy, 200 times")
    axes.axvline(ours, color=PALETTE[3], lw=2, label="seqjax")
    axes.set(xlabel="total variation from the model", ylabel="times")
    axes.legend()
figure

# %%
assert ours < 1.5 * max(theirs)

# %% [markdown]
# ## Go on with your opening
#
# A text depends on the model, its prompt, the temperature and the key; not on what else
# is written with it. At temperature 0 not even the key matters.

# %%
PROMPTS = (OPENING, corpus.parts.validation[200:230])
keys = jax.random.split(jax.random.key(2), 2)
length = 40 if SMOKE else 300
cool = make_choice(0.5)
texts = write(model, PROMPTS, length, key=keys[0], choice=cool)
for prompt, text in zip(PROMPTS, texts, strict=True):
    print(f"[{prompt}]{text}\n{'-' * 60}")

alone = write(model, PROMPTS[:1], length, key=keys[0], choice=cool)
assert alone[0] == texts[0] or jax.default_backend() != "cpu"
greedy = [write(model, PROMPTS, length, key=k, choice=make_choice(0)) for k in keys]
assert greedy[0] == greedy[1]

# %% [markdown]
# ## What it only remembers
#
# A model that recites has not learnt to write. At every evaluation the study measures
# the longest run of a sample that stands in the training text word for word, beside
# that of held-out text, which repeats what the language repeats.

# %%
figures["memorisation"]

# %%
assert all(0 <= row["longest_run"] <= 200 for row in results.rows)
if not SMOKE:
    runs = [row["longest_run"] for row in results.rows if row["step"] == UPDATES]
    expected = results.rows[0]["expected_run"]  # the longest of held-out text
    assert max(runs) < max(50, 2 * expected), "it does not recite"

# %% [markdown]
# ## Keep it
#
# A model is a folder with its weights (safetensors) and a JSON that says all that is
# needed to use them. Read back, it is the same to the last bit.

# %%
save_model(FOLDER / "model", model)
again = load_model(FOLDER / "model")
same = jax.tree.map(jnp.array_equal, model.params, again.params)
assert all(jax.tree.leaves(same))
assert write(again, PROMPTS, length, key=keys[0], choice=cool) == texts
print(sorted(path.name for path in (FOLDER / "model").iterdir()))

# %% [markdown]
# To go on: name your book in `BOOK` (on Colab, upload it by the folder symbol at the
# left first), and give it more updates, two layers and 256 units. On the command line,
# `python -m seqjax.charlm` also compares the styles of several models, and prints a
# card of what each is worth.
