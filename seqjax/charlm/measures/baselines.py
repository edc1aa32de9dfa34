"""What a model is held against: counting, n-grams and compressors on the same split."""

import bz2
import gzip
import lzma
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from seqjax.charlm.measures.ngram import Smoothing, fit_ngram, log_probabilities


class Loss(NamedTuple):
    """A loss per symbol.

    Attributes:
        nats: mean of -ln P.
        bits: the same in bits.
    """

    nats: float
    bits: float

    @property
    def perplexity(self) -> float:
        """exp(nats): as unsure as between so many symbols equally likely."""
        return math.exp(self.nats)


class Gap(NamedTuple):
    """How much worse a model is on a text that it was not trained on.

    Attributes:
        nats: held-out loss less training loss.
        bits: the same in bits.
        share: of the held-out loss; near 1 where the training text is known by heart.
    """

    nats: float
    bits: float
    share: float


def loss_of_nats(nats: float) -> Loss:
    """The loss that is so many nats per symbol."""
    return Loss(nats, nats / math.log(2))


def loss_of_bits(bits: float) -> Loss:
    """The loss that is so many bits per symbol."""
    return Loss(bits * math.log(2), bits)


def generalisation_gap(train_nats: float, held_out_nats: float) -> Gap:
    """Compare losses in nats, on parts of one text.

    Args:
        train_nats: on text that was trained on.
        held_out_nats: on text that was not.
    """
    nats = held_out_nats - train_nats
    share = nats / held_out_nats if held_out_nats else math.nan
    return Gap(nats, nats / math.log(2), share)


def ngram_loss(
    train: Int[np.ndarray, " train"],
    held_out: Int[np.ndarray, " held_out"],
    size: int,
    order: int = 5,
    smoothing: Smoothing = "kneser-ney",
) -> Loss:
    """Loss of n-grams counted in `train` on `held_out`, which follows it.

    Args:
        train: symbols, 0 to `size` - 1.
        held_out: likewise; its first symbols have the end of `train` for context.
        size: number of symbols.
        order: n, 5 by default; 1 is the unigram.
        smoothing: of `fit_ngram`; ``"kneser-ney"`` by default.

    Raises:
        ValueError: `held_out` is empty, or as `fit_ngram`.
    """
    _check_held_out(len(held_out))
    model = fit_ngram(train, size, order, smoothing)
    context = train[len(train) - min(order - 1, len(train)) :]
    scored = log_probabilities(
        model, np.concatenate([context, held_out]), start=len(context)
    )
    return loss_of_nats(float(-scored.mean()))


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    # No time stamp, and the best that each can do.
    "gzip": lambda data: gzip.compress(data, 9, mtime=0),
    "bzip2": lambda data: bz2.compress(data, 9),
    "xz": lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
}
"""By name; gzip sees 32 kB back, bzip2 sorts 900 kB at a time, xz sees everything."""


def compressed_loss(train: str, held_out: str, compressor: str) -> Loss:
    """What a held-out text adds to the compressed training text, per character.

    Args:
        train: the text that comes first.
        held_out: the text that follows it.
        compressor: a name in `COMPRESSORS`.

    Raises:
        ValueError: `held_out` is empty.
    """
    _check_held_out(len(held_out))
    compress = COMPRESSORS[compressor]
    alone = len(compress(train.encode("utf-8", "surrogatepass")))
    both = len(compress((train + held_out).encode("utf-8", "surrogatepass")))
    return loss_of_bits(8 * (both - alone) / len(held_out))


def _check_held_out(length: int) -> None:
    if not length:
        raise ValueError("held_out must have a symbol, not none; hold out some text")
