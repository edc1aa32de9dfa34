"""What a model predicts of a text, character by character."""

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Float64, Int, Int32, Int64

from seqjax.nn import LanguageNetwork

Params = Any

SPANS = 512
"""Most stretches of a text that are read side by side."""

STEPS = 128
"""Most characters of each that are read in one call."""

STREAMS = 64
"""A text is read in so many streams where the state is carried ..."""

SHORTEST = 512
"""... unless they were shorter than this."""

CONTEXT = 256
"""Characters that are read of each stream, if there are so many, before it counts."""

MOST_JUDGED = 2_000_000
"""At most so many probabilities of every character at a place are kept."""


class Spans(NamedTuple):
    """Stretches of a text to predict, each read from the zero state.

    Attributes:
        starts: place of the first character predicted in each.
        length: characters predicted in each, up to the end.
        context: characters read before them, at least 1; there are so many before each.
        end: no character from this place on is predicted.
    """

    starts: Int64[np.ndarray, " spans"]
    length: int
    context: int
    end: int


class Predictions(NamedTuple):
    """What a model said of each character, in the order of the text.

    Attributes:
        target: ln p of the character that came.
        likeliest: ln p of the likeliest one.
        hits: whether that came.
        all: ln p of every character, at places evenly spread over the text.
        came: the character that came at each of these places.
        symbols: mean probability of every character over the whole text.
        variances: mean of p (1 - p) likewise.
    """

    target: Float64[np.ndarray, " places"]
    likeliest: Float64[np.ndarray, " places"]
    hits: Bool[np.ndarray, " places"]
    all: Float[np.ndarray, "judged symbols"]
    came: Int32[np.ndarray, " judged"]
    symbols: Float64[np.ndarray, " symbols"]
    variances: Float64[np.ndarray, " symbols"]


def carried(first: int, end: int) -> Spans:
    """Spans that cover a part of a text, read with the state of what came before.

    Some streams side by side, as one would take long; each has read `CONTEXT`
    characters, more than a small network remembers, before it counts.

    Args:
        first: place where the part begins; something stands before it.
        end: place where it ends.
    """
    count = min(STREAMS, max(1, (end - first) // SHORTEST))
    length = -(-(end - first) // count)
    starts = np.arange(first, end, length)
    return Spans(starts, length, min(CONTEXT, first), end)


def reset(first: int, end: int, window: int) -> Spans:
    """Spans that cover a part of a text, the state reset after every `window`.

    Args:
        first: place where the part begins; something stands before it.
        end: place where it ends.
        window: T, characters from the zero state on.
    """
    return Spans(np.arange(first, end, window), window, 1, end)


def spread(end: int, size: int) -> Spans:
    """Spans of about `size` characters in all, evenly spread over a text.

    Args:
        end: characters of the text, at least 2.
        size: how many to predict; all but the first few if there are not so many.
    """
    context = min(CONTEXT, max(1, end // 2))
    size = min(size, end - context)
    count = min(STREAMS, max(1, size // SHORTEST))
    length = size // count
    starts = np.linspace(context, end - length, count).astype(np.int64)
    return Spans(starts, length, context, end)


def predict(
    network: LanguageNetwork,
    params: Params,
    text: Int[np.ndarray, " characters"],
    spans: Spans,
) -> Predictions:
    """What a model says of a text.

    Args:
        network: of the model.
        params: of the model.
        text: symbols, of which the spans are places.
        spans: what is predicted.
    """
    total = int(np.minimum(spans.end - spans.starts, spans.length).sum())
    every = max(1, -(-total * network.vocab_size // MOST_JUDGED))
    places, target, likeliest, best, all_, judged = [], [], [], [], [], []
    symbols = np.zeros((2, network.vocab_size))
    for where, logs in _read(network, params, text, spans):
        places.append(where)
        target.append(logs[np.arange(len(where)), text[where]].astype(np.float64))
        likeliest.append(logs.max(1).astype(np.float64))
        best.append(logs.argmax(1))
        chosen = where % every == 0
        all_.append(logs[chosen])
        judged.append(where[chosen])
        probability = np.exp(logs)
        symbols += (
            probability.sum(0, np.float64),
            (probability * (1 - probability)).sum(0, np.float64),
        )
    place, judge = np.concatenate(places), np.concatenate(judged)
    order, judged_order = np.argsort(place), np.argsort(judge)
    return Predictions(
        np.concatenate(target)[order],
        np.concatenate(likeliest)[order],
        (np.concatenate(best) == text[place])[order],
        np.concatenate(all_)[judged_order],
        text[judge[judged_order]].astype(np.int32),
        *symbols / total,
    )


def _read(
    network: LanguageNetwork,
    params: Params,
    text: Int[np.ndarray, " characters"],
    spans: Spans,
) -> Iterator[tuple[Int64[np.ndarray, " n"], Float[np.ndarray, "n symbols"]]]:
    """Places of a text, and ln p of every symbol there."""
    rows = min(len(spans.starts), SPANS)
    steps = spans.context - 1 + spans.length
    chunk = min(steps, STEPS)
    for row in range(0, len(spans.starts), rows):
        starts = spans.starts[row : row + rows]
        carry = network.initial_carry(rows)
        for step in range(0, steps, chunk):
            # What is read there says what comes one place on.
            ahead = np.arange(step, step + chunk)[:, None] - spans.context + 1
            place = ahead + starts
            counted = (ahead >= 0) & (ahead < spans.length) & (place < spans.end)
            shape = ((0, 0), (0, rows - len(starts)))
            seen = np.pad(text[np.clip(place - 1, 0, len(text) - 1)], shape)
            logs, carry = _chunk(network, params, carry, jnp.asarray(seen, jnp.int32))
            if counted.any():
                yield place[counted], np.asarray(logs)[:, : len(starts)][counted]


@partial(jax.jit, static_argnames="network")
def _chunk(
    network: LanguageNetwork,
    params: Params,
    carry: Any,
    characters: Int[Array, "time spans"],
) -> tuple[Float[Array, "time spans symbols"], Any]:
    logits, carry = network.apply(params, characters, carry)
    return jax.nn.log_softmax(logits.astype(jnp.float32)), carry
