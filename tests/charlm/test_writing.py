"""Writing and searching, against NumPy walks, all texts there are, and chi-squares."""

import inspect
import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
import pytest
from scipy import stats

from seqjax.charlm import writing
from seqjax.charlm.prompts import symbol
from seqjax.charlm.searching import search
from seqjax.charlm.writing import PIECE, stream, write, write_table
from seqjax.core.decoding import choose, make_choice
from seqjax.lab.errors import UserError
from tests.charlm.tiny_models import (
    TEXT,
    WITHOUT_LINES,
    greedy,
    log_prob,
    log_probs,
    tiny_model,
)

PROMPTS = ["The ", "é", "", "A\n\tTd"]
LONG = 2 * PIECE + 40
MANY = 2000
"""Texts to count symbols in. Few tests have another number of texts than this, one, or
those of `PROMPTS`: each number is a program of its own to compile."""
FALSE_ALARM = 1e-6
"""Probability with which each chi-square test would fail for another key, if right."""


def key(seed: int = 0) -> jax.Array:
    return jax.random.key(seed)


def test_the_greedy_text_is_the_most_probable_symbol_each_time() -> None:
    model = tiny_model()
    texts = write(model, PROMPTS, 30, key=key(), choice=make_choice(0))
    assert texts == [greedy(model, prompt or "\n", 30) for prompt in PROMPTS]
    assert len(set(texts)) == len(PROMPTS)


def test_greedy_is_the_limit_of_the_temperature() -> None:
    model = tiny_model()
    limit = write(model, PROMPTS, LONG, key=key(), choice=make_choice(0))
    cold = write(model, PROMPTS, LONG, key=key(), choice=make_choice(1e-5))
    warm = write(model, PROMPTS, LONG, key=key(), choice=make_choice(0.5))
    assert cold == limit
    assert all(a != b for a, b in zip(warm, limit, strict=True))


@pytest.mark.parametrize("top_p", [None, 1.0])
def test_symbols_are_drawn_from_what_the_model_says(top_p: float | None) -> None:
    model = tiny_model()
    choice = make_choice(0.7, top_p=top_p)
    texts = write(model, ["The "] * MANY, 2, key=key(3), choice=choice)
    first = log_probs(model, "The ")[-1] / 0.7
    for found, logits in (
        ([text[0] for text in texts], first),
        # Of the texts that begin by the most frequent symbol, the second one.
        *[
            ([text[1] for text in texts if text[0] == a], log_probs(model, t)[-1] / 0.7)
            for a in [model.vocabulary.symbols[int(first.argmax())]]
            for t in ["The " + a]
        ],
    ):
        p = np.exp(logits) / np.exp(logits).sum()
        counts = np.bincount(
            model.vocabulary.encode("".join(found)), minlength=model.vocabulary.size
        )
        often = np.sort(p)[-4] <= p  # the others are counted together
        expected = np.append(p[often], p[~often].sum()) * len(found)
        seen = np.append(counts[often], counts[~often].sum())
        assert expected.min() > 5
        assert stats.chisquare(seen, expected).pvalue > FALSE_ALARM
        # So many draws would tell another temperature.
        q = np.exp(logits * 0.7 / 1.2)
        q = q / q.sum()
        other = np.append(q[often], q[~often].sum()) * len(found)
        assert stats.chisquare(seen, other).pvalue < FALSE_ALARM


def test_a_nucleus_of_all_is_plain_sampling() -> None:
    model = tiny_model()
    plain = write(model, PROMPTS, LONG, key=key())
    assert write(model, PROMPTS, LONG, key=key(), choice=make_choice()) == plain
    whole = make_choice(top_p=1.0)
    assert write(model, PROMPTS, LONG, key=key(), choice=whole) == plain
    part = make_choice(top_p=0.5)
    assert write(model, PROMPTS, LONG, key=key(), choice=part) != plain


def test_a_text_depends_neither_on_its_length_nor_on_the_others_nor_on_the_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = tiny_model()
    together = write(model, PROMPTS, LONG, key=key())
    many = write(model, PROMPTS * (MANY // 4), 50, key=key())
    assert len(set(many)) == MANY
    assert many[:4] == [text[:50] for text in together]
    assert write(model, PROMPTS[:1], LONG, key=key()) == together[:1]
    monkeypatch.setattr(writing, "PIECE", 7)
    assert write(model, PROMPTS, 50, key=key()) == [text[:50] for text in together]
    assert write(model, PROMPTS, 50, key=key(1)) != [text[:50] for text in together]


def test_a_stream_is_the_whole_text_in_pieces() -> None:
    model = tiny_model()
    pieces = list(stream(model, PROMPTS, LONG, key=key()))
    assert [[len(text) for text in piece] for piece in pieces] == [
        [PIECE] * 4,
        [PIECE] * 4,
        [40] * 4,
    ]
    whole = ["".join(texts) for texts in zip(*pieces, strict=True)]
    assert whole == write(model, PROMPTS, LONG, key=key())
    # Nothing is drawn before it is asked for, but mistakes are told at once.
    assert inspect.isgenerator(stream(model, PROMPTS, 10**9, key=key()))


@pytest.mark.parametrize("piece", [1, 2, 3, 5])
def test_characters_are_whole_though_pieces_of_bytes_are_not(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "aé€😀ß" * 3
    data = np.frombuffer(text.encode() + b"\xf0\x9f", np.uint8).astype(np.int32)

    rest = [*data.tolist(), *[0] * piece]

    def draw(*arguments: Any, num_tokens: int) -> Any:
        now, rest[:num_tokens] = rest[:num_tokens], []
        return np.asarray([now], np.int32), arguments[2]

    monkeypatch.setattr(writing, "PIECE", piece)
    monkeypatch.setattr(writing, "draw", draw)
    model = tiny_model(of_bytes=True)
    pieces = [text for (text,) in stream(model, [""], len(data), key=key())]
    # Of a character that is never whole there is one sign.
    assert "".join(pieces) == text + "\ufffd"
    assert "" in pieces if piece == 1 else len(pieces) > 3


def test_any_bytes_are_read_in_pieces_as_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = tiny_model(of_bytes=True)
    how: dict[str, Any] = {"key": key(), "choice": make_choice(1.5)}
    whole = write(model, PROMPTS, 300, **how)
    assert any("\ufffd" in text and len(text) < 300 for text in whole)
    monkeypatch.setattr(writing, "PIECE", 3)
    pieces = stream(model, PROMPTS, 300, **how)
    assert ["".join(texts) for texts in zip(*pieces, strict=True)] == whole


def test_a_table_has_every_temperature_prompt_and_length() -> None:
    model = tiny_model()
    lengths, temperatures = [7, PIECE + 5], [0, 0.5, 2.0]
    table = write_table(model, ["The ", ""], lengths, temperatures, key=key(4))
    cells = list(itertools.product(temperatures, ["The ", ""], lengths))
    assert [(w.temperature, w.prompt, w.length) for w in table] == cells
    assert [len(w.text) for w in table] == [length for *_, length in cells]
    # A cell is the text that its place among the prompts makes it.
    prompts = ["The ", "The ", "", ""]
    for i, temperature in enumerate(temperatures):
        choice = make_choice(temperature)
        alone = write(model, prompts, PIECE + 5, key=key(4), choice=choice)
        for written, text in zip(table[4 * i : 4 * i + 4], alone, strict=True):
            assert written.text == text[: written.length]
    assert len({w.text[:7] for w in table if w.temperature == 2}) == 4


def test_one_program_serves_all_parameters_temperatures_and_equal_networks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    traces = []

    def counting(*arguments: Any) -> Any:
        traces.append(1)
        return choose(*arguments)

    monkeypatch.setattr("seqjax.core.decoding.streams.choose", counting)
    found = [
        # Of a size that no other test has, or its program would be there already.
        write_table(
            tiny_model(hidden_size=5, seed=seed), [""], [9, 5], [1.0, t], key=key()
        )
        for seed, t in ((0, 0.5), (1, 0), (2, 2.0))
    ]
    assert len(traces) == 1
    assert len({table[0].text for table in found}) == 3


def test_a_text_without_a_prompt_begins_as_after_a_line_break() -> None:
    for model in (tiny_model(), tiny_model(of_bytes=True)):
        lines = write(model, ["\n"] * 4, 50, key=key())
        assert write(model, [""] * 4, 50, key=key()) == lines
        assert write(model, ["\t"] * 4, 50, key=key()) != lines


def test_a_random_beginning_is_any_symbol_alike_whatever_the_choice() -> None:
    model = tiny_model()
    how: dict[str, Any] = {"key": key(2), "choice": make_choice(0)}
    texts = write(model, [""] * MANY, 5, **how, start="random")
    firsts = "".join(text[0] for text in texts)
    found = np.bincount(model.vocabulary.encode(firsts), minlength=len(set(TEXT)))
    assert stats.chisquare(found).pvalue > FALSE_ALARM
    assert {first + greedy(model, first, 4) for first in TEXT} == set(texts)
    # It does not touch a prompt.
    prompted = write(model, PROMPTS, 5, **how, start="random")
    assert prompted[2] == texts[2]
    assert prompted[3] == greedy(model, PROMPTS[3], 5)


def test_a_random_beginning_is_what_there_is_without_line_breaks() -> None:
    model = tiny_model(WITHOUT_LINES)
    texts = write(model, [""] * 4, 50, key=key())
    assert write(model, [""] * 4, 50, key=key(), start="random") == texts
    cold = write(model, [""] * 4, 50, key=key(), choice=make_choice(0))
    assert [text[0] for text in cold] == [text[0] for text in texts]
    assert cold == [text[0] + greedy(model, text[0], 49) for text in texts]


def test_a_random_first_byte_is_a_letter() -> None:
    model = tiny_model(of_bytes=True)
    found = [
        text
        for seed in range(40)
        for text in write(model, [""] * 4, 1, key=key(seed), start="random")
    ]
    assert all(text.isascii() and text.isalpha() for text in found)
    assert len(set(found)) > 40


def test_a_beam_of_one_is_greedy_and_its_probability_is_the_models() -> None:
    model = tiny_model()
    for prompt in PROMPTS:
        (found,) = search(model, prompt, 30, width=1)
        assert found.text == greedy(model, prompt or "\n", 30)
        assert found.length == 30
        expected = log_prob(model, prompt or "\n", found.text)
        assert found.log_prob == pytest.approx(expected, rel=1e-5)
        assert found.score == found.log_prob


def test_a_beam_wide_enough_finds_the_most_probable_of_all_texts() -> None:
    model = tiny_model(WITHOUT_LINES)
    texts = ["".join(t) for t in itertools.product(WITHOUT_LINES, repeat=4)]
    exact = {text: log_prob(model, "ab", text) for text in texts}
    found = search(model, "ab", 4, width=4**4)
    assert [f.text for f in found] == sorted(texts, key=lambda t: -exact[t])
    for one in found:
        assert one.log_prob == pytest.approx(exact[one.text], rel=1e-4)
    # More beams than texts: there are no texts of no probability.
    assert len(search(model, "ab", 2, width=100)) == 16


def test_a_symbol_may_end_the_texts_of_a_search() -> None:
    model = tiny_model(WITHOUT_LINES)
    texts = [
        "".join(t)
        for n in range(1, 5)
        for t in itertools.product(WITHOUT_LINES, repeat=n)
        if "c" not in t[:-1] and (n == 4 or t[-1] == "c")
    ]
    power = 0.8
    exact = {t: log_prob(model, "ab", t) / ((5 + len(t)) / 6) ** power for t in texts}
    found = search(model, "ab", 4, width=4**4, length_normalization=power, end="c")
    assert [f.text for f in found] == sorted(texts, key=lambda t: -exact[t])
    for one in found:
        assert one.score == pytest.approx(exact[one.text], rel=1e-4)
        assert one.length == len(one.text)


def test_a_search_without_a_prompt_goes_on_from_a_beginning() -> None:
    lines, none = tiny_model(), tiny_model(WITHOUT_LINES)
    assert search(lines, "", 9, width=3) == search(lines, "\n", 9, width=3)
    drawn = write(none, [""] * 4, 1, key=key(7))[0]
    for found in search(none, "", 6, width=3, key=key(7)):
        assert found.text[0] == drawn
        rest = log_prob(none, drawn, found.text[1:])
        assert found.log_prob == pytest.approx(rest, rel=1e-5)


UNKNOWN = (
    "must only have characters that the model's text has, not 'b' (U+0062), 'ü' "
    "(U+00FC); leave them out, or train on a text that has them or on bytes"
)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            partial(write, prompts=["Abü"], length=3),
            UserError,
            f"prompt {UNKNOWN}",
        ),
        (
            partial(stream, prompts=["A", "Abü"], length=3),
            UserError,
            f"prompt {UNKNOWN}",
        ),
        (
            partial(stream, prompts=["A"], length=0),
            ValueError,
            "length must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            partial(write, prompts=["A"], length=-3),
            ValueError,
            "length must be an integer of at least 1, not -3; give 1 or more",
        ),
        (
            partial(write_table, prompts=["A"], lengths=[3, 0], temperatures=[1]),
            ValueError,
            "lengths must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            partial(write, prompts=[], length=3),
            ValueError,
            "number of prompts must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            partial(search, prompt="A", length=3, width=2, end="Ab"),
            UserError,
            "end must only have characters that the model's text has, not 'b' "
            "(U+0062); leave them out, or train on a text that has them or on bytes",
        ),
        (
            partial(search, prompt="A", length=3, width=2, end="Th"),
            UserError,
            "end must be one character, not the 2 of 'Th'; "
            "give one that the model's text has",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    call: Callable[..., Any], error: type[Exception], message: str
) -> None:
    assert "b" not in TEXT
    with pytest.raises(error, match="must") as raised:
        call(tiny_model(), key=key())
    assert str(raised.value) == message


def test_a_symbol_of_bytes_is_one_byte() -> None:
    vocabulary = tiny_model(of_bytes=True).vocabulary
    assert symbol(vocabulary, "A", "end") == 65
    with pytest.raises(UserError, match="end must be one byte, not the 2 of 'é'; "):
        symbol(vocabulary, "é", "end")
