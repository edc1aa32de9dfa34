"""The beginnings of texts: read by the model, before anything is drawn."""

import string
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from seqjax.core.checks import check_choice
from seqjax.core.decoding import Stepper, Streams, open_streams
from seqjax.core.keys import named_keys
from seqjax.lab.data.corpora import Vocabulary
from seqjax.lab.errors import UserError
from seqjax.lab.run_directory.model_files import StoredModel
from seqjax.nn import LanguageNetwork

Start = Literal["line", "random"]
STARTS: tuple[Start, ...] = ("line", "random")
"""How a text without a prompt begins: as after a line break, which is read first and
not shown; or by a random symbol. Random is also where no line break is known."""

_LINE_BREAK = "\n"


@lru_cache
def stepper_of(network: LanguageNetwork) -> Stepper:
    """One stepper for equal networks.

    `jit` compiles anew for every other object, and a bound method of an equal network
    is another.
    """
    return network.stepper


def begin(
    model: StoredModel, prompts: Sequence[str], key: PRNGKeyArray, start: Start
) -> Streams:
    """Reads the prompts.

    Args:
        model: What reads.
        prompts: Beginnings of texts; one may be empty.
        key: Source of all draws of these texts.
        start: How a text without a prompt begins, see `STARTS`. A random symbol is
            drawn evenly from all (of a model of bytes, from the letters of ASCII), and
            whatever the choice of the others.

    Raises:
        ValueError: On no prompt, or an unknown start.
        UserError: A prompt has a character that the model does not know.
    """
    check_choice("start", start, STARTS)
    vocabulary, keys = model.vocabulary, named_keys(key, ("symbols", "first"))
    knows_lines = vocabulary.kind == "bytes" or _LINE_BREAK in vocabulary.symbols
    silent = _LINE_BREAK if start == "line" and knows_lines else ""
    numbers = [
        vocabulary.encode(prompt or silent, "prompt").tolist() for prompt in prompts
    ]
    streams = open_streams(
        stepper_of(model.network),
        model.params,
        model.network.initial_carry(len(prompts)),
        numbers,
        keys["symbols"],
    )
    empty = np.array([not text for text in numbers])
    if empty.any():
        first = _random_first(vocabulary, keys["first"], len(prompts))
        logits = jnp.where(empty[:, None], first, streams.logits)
        streams = streams._replace(logits=logits)
    return streams


def symbol(vocabulary: Vocabulary, text: str, what: str) -> int:
    """The number of a text's only symbol.

    Args:
        vocabulary: Whose symbol it is.
        text: The symbol.
        what: What to call it in an error.

    Raises:
        UserError: The text is not one symbol that the model knows.
    """
    numbers = vocabulary.encode(text, what)
    if len(numbers) != 1:
        unit = "byte" if vocabulary.kind == "bytes" else "character"
        raise UserError(
            f"{what} must be one {unit}, not the {len(numbers)} of {text!r}; "
            "give one that the model's text has"
        )
    return int(numbers[0])


def _random_first(
    vocabulary: Vocabulary, key: PRNGKeyArray, count: int
) -> Float[Array, "texts symbols"]:
    """Logits of one random symbol for each text: no choice can take another."""
    if vocabulary.kind == "bytes":
        candidates = vocabulary.encode(string.ascii_letters)
    else:
        candidates = np.arange(vocabulary.size, dtype=np.int32)
    keys = jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(count))
    draws = jax.vmap(lambda k: jax.random.randint(k, (), 0, len(candidates)))(keys)
    chosen = jnp.asarray(candidates)[draws]
    return jnp.where(jnp.arange(vocabulary.size) == chosen[:, None], 0.0, -jnp.inf)
