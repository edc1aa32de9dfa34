"""Losses of counting and compressing, against what is known of them without either."""

import math
import re
import zlib

import numpy as np
import pytest

from seqjax.charlm.measures import (
    COMPRESSORS,
    compressed_loss,
    fit_ngram,
    generalisation_gap,
    log_probabilities,
    loss_of_bits,
    loss_of_nats,
    ngram_loss,
)


def test_nats_and_bits_are_one_loss() -> None:
    loss = loss_of_bits(3.0)
    assert loss.perplexity == pytest.approx(8)
    assert loss_of_nats(loss.nats).bits == pytest.approx(3)


def test_the_gap_is_the_difference() -> None:
    gap = generalisation_gap(0.5, 2.0)
    assert (gap.nats, gap.share) == (1.5, 0.75)
    assert gap.bits == pytest.approx(1.5 / math.log(2))
    assert math.isnan(generalisation_gap(0.0, 0.0).share)


def test_fair_dice_cost_their_entropy_whatever_the_order() -> None:
    symbols = np.random.default_rng(0).integers(0, 8, 60_000).astype(np.int32)
    for order in (1, 2, 3):
        loss = ngram_loss(symbols[:50_000], symbols[50_000:], 8, order)
        assert 2.999 < loss.bits < 3.05


def test_held_out_text_goes_on_from_the_training_text() -> None:
    text = np.tile(np.array([0, 1, 2], np.int32), 134)[:400]
    model = fit_ngram(text[:300], 3, 4)
    expected = -log_probabilities(model, text, 300).mean()
    assert ngram_loss(text[:300], text[300:], 3, 4).nats == pytest.approx(expected)
    assert -log_probabilities(model, text[300:], 0).mean() > expected + 0.005
    assert expected < 0.005


@pytest.mark.parametrize("compressor", COMPRESSORS)
def test_random_letters_cost_their_entropy(compressor: str) -> None:
    rng = np.random.default_rng(2)
    letters = np.array(list("abcdefghijklmnop"))  # 4 bits each
    train, held_out = ("".join(rng.choice(letters, 30_000)) for _ in range(2))
    assert 3.99 < compressed_loss(train, held_out, compressor).bits < 4.6


@pytest.mark.parametrize("compressor", COMPRESSORS)
def test_what_was_there_before_costs_little(compressor: str) -> None:
    rng = np.random.default_rng(3)
    text = "".join(rng.choice(np.array(list("abcdefgh")), 10_000))
    # bzip2 knows no copies: it sorts by context, and pays half for each character.
    most = {"bzip2": 1.6}.get(compressor, 0.75)
    assert compressed_loss(text, text, compressor).bits < most
    assert compressed_loss(text, text[::-1], compressor).bits > 2.9


def test_a_character_of_many_bytes_is_one_character() -> None:
    train = "".join(map(chr, np.random.default_rng(4).integers(0x4E00, 0x9FA5, 3000)))
    held_out = train[::-1]
    both, alone = (train + held_out).encode(), train.encode()

    def size(data: bytes) -> int:  # gzip is deflate with a frame of fixed size
        return len(zlib.compress(data, 9))

    bits = 8 * (size(both) - size(alone)) / 3000
    assert compressed_loss(train, held_out, "gzip").bits == pytest.approx(
        bits, abs=0.01
    )


def test_nothing_held_out_is_refused() -> None:
    message = "held_out must have a symbol, not none; hold out some text"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        compressed_loss("abc", "", "xz")
    none = np.zeros(0, np.int32)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ngram_loss(np.zeros(9, np.int32), none, 2)
