"""Writing with a trained model: beginnings of texts in, what follows them out.

A text depends on the model, its prompt, the choice, the key and its place among the
prompts: not on its length, on how many others are written with it, or on the pieces
that it comes in. What a function returns does not repeat the prompt.
"""

import codecs
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, PRNGKeyArray

from seqjax.charlm.prompts import Start, begin, stepper_of
from seqjax.core.checks import check_integer
from seqjax.core.decoding import Choice, Streams, draw, make_choice
from seqjax.lab.data.corpora import Vocabulary
from seqjax.lab.run_directory.model_files import StoredModel

PIECE = 128
"""Symbols of one call, so that one program writes any length. A 2 x 128 LSTM on two
cores takes 16 us for each; in pieces of 1024 it is 15 us, in pieces of 32 it is 21."""

Number = int | float


class Written(NamedTuple):
    """One text of `write_table`.

    Attributes:
        temperature: That it was drawn at.
        prompt: Its beginning, which `text` does not repeat.
        length: Symbols of the text.
        text: What follows the prompt.
    """

    temperature: Number
    prompt: str
    length: int
    text: str


def stream(
    model: StoredModel,
    prompts: Sequence[str],
    length: int,
    *,
    key: PRNGKeyArray,
    choice: Choice | None = None,
    start: Start = "line",
) -> Iterator[list[str]]:
    """Writes on from every prompt, piece by piece.

    Args:
        model: What writes; only its network, parameters and vocabulary matter.
        prompts: Beginnings of the texts; one may be empty.
        length: Symbols of each text after its prompt: characters, or bytes where the
            model counts in them.
        key: Source of the draws.
        choice: How symbols are chosen, see `seqjax.core.decoding.make_choice`; by
            default drawn from the softmax.
        start: How a text without a prompt begins, see `seqjax.charlm.prompts.begin`;
            ``"line"`` by default.

    Returns:
        An iterator over the next piece of every text. A piece may be empty: the bytes
        of a character are held back until it is whole.

    Raises:
        ValueError: On a length below 1, no prompt, or an unknown start.
        UserError: A prompt has a character that the model does not know.
    """
    check_integer("length", length, minimum=1)
    drawn = _drawn(model, begin(model, prompts, key, start), choice, length)
    return _decoded(model.vocabulary, len(prompts), drawn)


def write(
    model: StoredModel,
    prompts: Sequence[str],
    length: int,
    *,
    key: PRNGKeyArray,
    choice: Choice | None = None,
    start: Start = "line",
) -> list[str]:
    """Writes on from every prompt.

    Args:
        model: What writes.
        prompts: Beginnings of the texts; one may be empty.
        length: Symbols of each text after its prompt.
        key: Source of the draws.
        choice: How symbols are chosen; by default drawn from the softmax.
        start: How a text without a prompt begins, ``"line"`` by default.

    Returns:
        What follows each prompt; `stream` yields the same in pieces.

    Raises:
        ValueError: As `stream`.
        UserError: As `stream`.
    """
    check_integer("length", length, minimum=1)
    texts = _whole(model, begin(model, prompts, key, start), choice, length)
    return [model.vocabulary.decode(text) for text in texts]


def write_table(
    model: StoredModel,
    prompts: Sequence[str],
    lengths: Sequence[int],
    temperatures: Sequence[Number],
    *,
    key: PRNGKeyArray,
    start: Start = "line",
) -> list[Written]:
    """Writes at every temperature, from every prompt, a text of every length.

    All temperatures share one compiled program, and so do all parameters that a network
    may have; thus a training can call this at every evaluation. The temperatures share
    the random numbers too: their texts differ by nothing else.

    Args:
        model: What writes.
        prompts: Beginnings of the texts; one may be empty.
        lengths: Symbols after the prompt; each length is a text of its own.
        temperatures: They divide the logits; 0 takes the most probable symbol.
        key: Source of the draws.
        start: How a text without a prompt begins, ``"line"`` by default.

    Returns:
        The texts by temperature, then prompt, then length.

    Raises:
        ValueError: As `stream`.
        UserError: As `stream`.
    """
    for length in lengths:
        check_integer("lengths", length, minimum=1)
    cells = [(prompt, length) for prompt in prompts for length in lengths]
    opened = begin(model, [prompt for prompt, _ in cells], key, start)
    table = []
    for temperature in temperatures:
        texts = _whole(model, opened, make_choice(temperature), max(lengths))
        table += [
            Written(temperature, prompt, n, model.vocabulary.decode(text[:n]))
            for (prompt, n), text in zip(cells, texts, strict=True)
        ]
    return table


def _drawn(
    model: StoredModel, streams: Streams, choice: Choice | None, length: int
) -> Iterator[Int32[np.ndarray, "texts symbols"]]:
    """The numbers of all texts' next symbols."""
    stepper, choice = stepper_of(model.network), choice or make_choice()
    for done in range(0, length, PIECE):
        # The last call draws too many, sooner than be compiled for fewer.
        tokens, streams = draw(stepper, model.params, streams, choice, num_tokens=PIECE)
        yield np.asarray(tokens)[:, : length - done]


def _whole(
    model: StoredModel, streams: Streams, choice: Choice | None, length: int
) -> Int32[np.ndarray, "texts symbols"]:
    """The numbers of all texts' symbols."""
    return np.concatenate(list(_drawn(model, streams, choice, length)), axis=1)


def _decoded(
    vocabulary: Vocabulary,
    count: int,
    pieces: Iterator[Int32[np.ndarray, "texts symbols"]],
) -> Iterator[list[str]]:
    """The texts of pieces, of which a byte model's may end within a character."""
    if vocabulary.kind != "bytes":
        for piece in pieces:
            yield [vocabulary.decode(text) for text in piece]
        return
    decoders = [codecs.getincrementaldecoder("utf-8")("replace") for _ in range(count)]
    for piece in pieces:
        yield [
            decoder.decode(text.astype(np.uint8).tobytes())
            for decoder, text in zip(decoders, piece, strict=True)
        ]
    yield [decoder.decode(b"", final=True) for decoder in decoders]
