"""Sampling and beam search, against NumPy walks, exhaustive search and chi-squares."""

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from seqjax.core.cells import GRU
from seqjax.core.decoding import (
    Streams,
    beam_search,
    choice,
    draw,
    make_choice,
    open_streams,
    restrict,
)
from seqjax.core.stepping import prepared_step, rounded
from tests.core.cases import counted, draw_params

Floats = npt.NDArray[np.float64]

FALSE_ALARM = 1e-6
"""Probability with which each chi-square test would fail for another key, if right."""


def trigram(table: Any) -> Any:
    """A model that remembers one token: `table[before, last]` are the logits.

    It is ever surer of itself, so that no two texts are equally probable.
    """

    def step(carry: Any, tokens: Any) -> Any:
        before, t = carry
        return table[before, tokens] * (1 + t / 8)[:, None], (tokens, t + 1)

    return step


def draw_table(vocab: int, seed: int = 0) -> jax.Array:
    drawn = np.random.default_rng(seed).normal(size=(vocab, vocab, vocab))
    return jnp.asarray(2 * drawn, jnp.float32)


def begin(table: Any, prompts: Sequence[Sequence[int]], seed: int = 0) -> Streams:
    carry = (jnp.zeros(len(prompts), jnp.int32), jnp.zeros(len(prompts)))
    return open_streams(trigram, table, carry, prompts, jax.random.key(seed))


def write(table: Any, streams: Streams, num_tokens: int = 50, **how: Any) -> Any:
    chosen = make_choice(**how)
    return np.asarray(draw(trigram, table, streams, chosen, num_tokens=num_tokens)[0])


def softmax(logits: Any, temperature: float = 1.0) -> Floats:
    values = np.asarray(logits, np.float64)
    values = np.exp((values - values.max()) / temperature)
    return np.asarray(values / values.sum())


def constant(logits: Any) -> Any:
    """A model that forgets all."""
    return lambda carry, tokens: (jnp.tile(logits, (len(tokens), 1)), carry)


LOGITS = jnp.asarray([0.3, -1.2, 1.1, 0.0, 0.9, -0.4, 1.1], jnp.float32)


def in_order(probabilities: Floats) -> list[int]:
    return sorted(range(len(probabilities)), key=lambda i: (-probabilities[i], i))


def expected(logits: Any, temperature: float, top_k: Any, top_p: Any) -> Floats:
    """The distribution that is to be drawn from, by its definition, token by token."""
    p = softmax(logits, temperature)
    for token in in_order(p)[len(p) if top_k is None else top_k :]:
        p[token] = 0
    p, held = p / p.sum(), 0.0
    for token in in_order(p):
        if top_p is not None and held >= top_p:
            p[token] = 0
        held += p[token]
    return np.asarray(p / p.sum())


HOW = [
    {"temperature": 1.0},
    {"temperature": 0.5},
    {"temperature": 2.0},
    {"temperature": 1.0, "top_k": 3},
    {"temperature": 2.0, "top_p": 0.8},
    {"temperature": 0.5, "top_k": 4, "top_p": 0.85},
]


@pytest.mark.parametrize("how", HOW, ids=str)
def test_frequencies_are_those_of_the_softmax(how: dict[str, Any]) -> None:
    streams = open_streams(
        constant, LOGITS, jnp.zeros(1), [[]], jax.random.key(5), first=LOGITS
    )
    count = 20_000
    tokens, _ = draw(constant, LOGITS, streams, make_choice(**how), num_tokens=count)
    found = np.bincount(np.asarray(tokens[0]), minlength=len(LOGITS))
    p = expected(LOGITS, how["temperature"], how.get("top_k"), how.get("top_p"))
    assert (found[p == 0] == 0).all()
    kept = p > 0
    assert stats.chisquare(found[kept], count * p[kept]).pvalue > FALSE_ALARM
    # So many draws tell the distributions apart.
    for other in HOW:
        q = expected(
            LOGITS, other["temperature"], other.get("top_k"), other.get("top_p")
        )
        if other != how and (q > 0).tolist() == kept.tolist():
            assert stats.chisquare(found[kept], count * q[kept]).pvalue < FALSE_ALARM


def test_tokens_of_a_text_and_of_two_texts_are_drawn_apart() -> None:
    """Pairs of neighbours in time, and of two texts, as products of probabilities."""
    p = softmax(LOGITS)
    streams = open_streams(
        constant, LOGITS, jnp.zeros(2), [[], []], jax.random.key(6), first=LOGITS
    )
    tokens, _ = draw(constant, LOGITS, streams, make_choice(), num_tokens=20_000)
    first, second = np.asarray(tokens)
    for a, b in ((first[:-1:2], first[1::2]), (first, second)):
        pairs = np.bincount(7 * a + b, minlength=49)
        chances = np.outer(p, p).ravel()
        assert stats.chisquare(pairs, len(a) * chances).pvalue > FALSE_ALARM


@pytest.mark.parametrize("most_compared", [512, 1], ids=["compared", "sorted"])
def test_restricted_logits_are_those_of_the_definition(
    most_compared: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "MOST_COMPARED", most_compared)
    rng = np.random.default_rng(3)
    # Rounded, so that many are equal.
    logits = jnp.asarray(rng.normal(size=(20, 9)).round(1), jnp.float32)
    # A function of its own, or the other case's compiled one would be taken.
    softened = jax.jit(lambda how, x: jax.nn.softmax(restrict(how, x), axis=-1))
    for temperature, top_k, top_p in itertools.product(
        (0.3, 1.0, 4.0), (None, 1, 4, 30), (None, 1e-4, 0.5, 0.83, 1.0)
    ):
        chosen = make_choice(temperature, top_k=top_k, top_p=top_p)
        found = np.asarray(softened(chosen, logits))
        for row, p in zip(np.asarray(logits), found, strict=True):
            wanted = expected(row, temperature, top_k, top_p)
            np.testing.assert_allclose(p, wanted, rtol=1e-5, atol=1e-7)


def test_greedy_is_the_limit_of_temperature_and_the_only_one_of_one() -> None:
    drawn = np.array(draw_table(6))
    # Ties: the first of the largest is taken, by all alike.
    drawn[:, ::2] = drawn[:, ::2].round()
    table = jnp.asarray(drawn)
    prompts, steps = [[1], [2, 3], [5, 5, 4]], 50
    walks = []
    for prompt in prompts:
        text = [0, *prompt]
        for _ in range(steps):
            text.append(int(np.argmax(np.asarray(table)[text[-2], text[-1]])))
        walks.append(text[-steps:])
    streams = begin(table, prompts)
    for how in ({"temperature": 0}, {"temperature": 5.0, "top_k": 1}):
        np.testing.assert_array_equal(write(table, streams, steps, **how), walks)
    assert (write(table, streams, steps, temperature=1.0) != walks).any()
    apart = draw_table(6)  # without ties, which stay ties at any temperature
    greedy = write(apart, begin(apart, prompts), steps, temperature=0)
    for tiny in (1e-4, 1e-38, 1e-45):
        found = write(apart, begin(apart, prompts), steps, temperature=tiny)
        np.testing.assert_array_equal(found, greedy)


def test_a_nucleus_of_all_is_plain_sampling_bit_for_bit() -> None:
    # Logits so far apart that sums of the probabilities reach 1 before their end.
    table = 3 * draw_table(5)
    streams = begin(table, [[1], [2], [3]])
    plain = write(table, streams, 400, temperature=3.0)
    for how in ({"top_p": 1.0}, {"top_k": 5}):
        found = write(table, streams, 400, temperature=3.0, **how)
        np.testing.assert_array_equal(found, plain)
    assert (write(table, streams, 400, temperature=3.0, top_p=0.9) != plain).any()


# A hidden size and a vocabulary whose products have odd last columns.
HIDDEN, VOCAB = 19, 13


def recurrent(params: Any) -> Any:
    """A GRU and its projection; the products that a text must not depend on."""
    cell, w = params
    gru, project = prepared_step(GRU, cell), rounded(w)

    def step(carry: Any, tokens: Any) -> Any:
        carry, y = gru(carry, tokens)
        return project(y), carry

    return step


def recurrent_params() -> Any:
    rng = np.random.default_rng(1)
    cell = jax.tree.map(
        lambda leaf: leaf.astype(jnp.float32), draw_params(GRU, VOCAB, HIDDEN, rng, 1.0)
    )
    return cell, jnp.asarray(rng.normal(size=(HIDDEN, VOCAB)), jnp.float32)


def start(prompts: Sequence[Sequence[int]], seed: int = 0) -> Streams:
    carry = GRU.initial_carry(len(prompts), HIDDEN)
    key = jax.random.key(seed)
    return open_streams(recurrent, recurrent_params(), carry, prompts, key)


def test_a_text_depends_neither_on_the_others_nor_on_the_pieces() -> None:
    params, chosen = recurrent_params(), make_choice(0.8)
    rng = np.random.default_rng(2)
    prompts = [rng.integers(0, VOCAB, size=i % 5).tolist() for i in range(70)]

    def texts(count: int, *pieces: int) -> npt.NDArray[np.int32]:
        streams, found = start(prompts[:count]), []
        for piece in pieces:
            more, streams = draw(recurrent, params, streams, chosen, num_tokens=piece)
            found.append(np.asarray(more))
        return np.concatenate(found, axis=1)

    all_together = texts(70, 300)
    for count, pieces in ((1, [300]), (3, [150, 150]), (20, [1] * 8)):
        found = texts(count, *pieces)
        np.testing.assert_array_equal(found, all_together[:count, : sum(pieces)])
    assert len({row.tobytes() for row in all_together}) == 70
    # Another key is another text; nothing but the key is.
    other = start(prompts[:1], seed=1)
    found, _ = draw(recurrent, params, other, chosen, num_tokens=300)
    assert (np.asarray(found) != all_together[:1]).any()


def test_noise_drawn_in_blocks_is_the_same_noise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = draw_table(4)
    streams = begin(table, [[1]])
    whole = write(table, streams, 97)
    monkeypatch.setattr("seqjax.core.decoding.streams.MOST_NOISE", 40)
    # Another function of the same model, or the compiled one would be taken again.
    again, chosen = counted(trigram)[0], make_choice()
    found, _ = draw(again, table, streams, chosen, num_tokens=97)
    np.testing.assert_array_equal(found, whole)


def test_prompts_of_many_lengths_are_read_as_each_alone() -> None:
    params = recurrent_params()
    prompts = [[3], [], [1, 2, 3, 4, 5, 6], [7, 12], [0]]
    first = jnp.arange(VOCAB, dtype=jnp.float32)
    carry = GRU.initial_carry(len(prompts), HIDDEN)
    found = open_streams(
        recurrent, params, carry, prompts, jax.random.key(0), first=first
    )
    step = jax.jit(recurrent(params))
    for i, prompt in enumerate(prompts):
        logits, carry = first[None], GRU.initial_carry(1, HIDDEN)
        for token in prompt:
            logits, carry = step(carry, jnp.asarray([token], jnp.int32))
        np.testing.assert_allclose(found.logits[i], logits[0], rtol=0, atol=1e-5)
        np.testing.assert_allclose(found.carry.h[i], carry.h[0], rtol=0, atol=1e-5)


def test_numbers_that_scale_are_traced() -> None:
    stepper, traces = counted(trigram)
    table = draw_table(4)
    streams = begin(table, [[1]])
    for temperature, top_p in ((0, 0.3), (0.5, 0.9), (2, 1)):
        chosen = make_choice(temperature, top_p=top_p)
        draw(stepper, table, streams, chosen, num_tokens=3)
    assert len(traces) == 1


def log_prob(table: Any, text: Sequence[int]) -> float:
    """Of a text after the prompt [1], in float64."""
    before, last, total = 0, 1, 0.0
    for t, token in enumerate(text):
        total += np.log(softmax(table[before, last] * (1 + t / 8))[token])
        before, last = last, token
    return float(total)


def ranked(
    table: Any, texts: Any, power: float
) -> list[tuple[float, float, tuple[int, ...]]]:
    """Score, log-probability and text, best first."""
    found = []
    for text in texts:
        value = log_prob(table, text)
        found.append((value / ((5 + len(text)) / 6) ** power, value, text))
    return sorted(found, reverse=True)


def all_texts(vocab: int, steps: int, end: int | None) -> set[tuple[int, ...]]:
    def cut(text: tuple[int, ...]) -> tuple[int, ...]:
        return text[: text.index(end) + 1] if end in text else text

    return {cut(text) for text in itertools.product(range(vocab), repeat=steps)}


def step_by_step(
    table: Any, steps: int, width: int, power: float, end: int | None
) -> Any:
    """Beam search on lists of texts."""
    beams: list[tuple[int, ...]] = [()]
    for _ in range(steps):
        extended = []
        for text in beams:
            ended = bool(text) and text[-1] == end
            vocab = table.shape[-1]
            extended += [text] if ended else [(*text, t) for t in range(vocab)]
        beams = [text for *_, text in ranked(table, extended, power)[:width]]
    return ranked(table, beams, power)


def assert_beams(found: Any, wanted: Any) -> None:
    for i, (score, value, text) in enumerate(wanted):
        assert int(found.lengths[i]) == len(text)
        assert tuple(found.tokens[i, : len(text)].tolist()) == text
        np.testing.assert_allclose(found.log_probs[i], value, rtol=1e-5)
        np.testing.assert_allclose(found.scores[i], score, rtol=1e-5)
        terms = np.asarray(found.token_log_probs[i])
        np.testing.assert_allclose(terms.sum(), value, rtol=1e-5)
        assert (terms[len(text) :] == 0).all()


@pytest.mark.parametrize("end", [None, 2])
@pytest.mark.parametrize("power", [0.0, 0.9])
def test_a_beam_wide_enough_is_an_exhaustive_search(
    end: int | None, power: float
) -> None:
    table, vocab, steps = draw_table(3, seed=4), 3, 4
    found = beam_search(
        trigram,
        table,
        begin(table, [[1]]),
        num_tokens=steps,
        width=vocab**steps,
        length_normalization=power,
        end=end,
    )
    texts = all_texts(vocab, steps, end)
    assert_beams(found, ranked(np.asarray(table, np.float64), texts, power))
    # There are no more texts than that, and what is no text says so.
    assert np.isneginf(found.log_probs[len(texts) :]).all()
    if end is not None:
        past = np.arange(steps) >= np.asarray(found.lengths)[: len(texts), None]
        assert (np.asarray(found.tokens)[: len(texts)][past] == end).all()


@pytest.mark.parametrize("width", [2, 5])
@pytest.mark.parametrize(("power", "end"), [(0.0, None), (0.6, 3)])
def test_beams_are_those_of_a_search_on_lists(
    width: int, power: float, end: int | None
) -> None:
    for seed in range(3):
        table = draw_table(6, seed=seed)
        found = beam_search(
            trigram,
            table,
            begin(table, [[1]]),
            num_tokens=9,
            width=width,
            length_normalization=jnp.float32(power),
            end=end,
        )
        wanted = step_by_step(np.asarray(table, np.float64), 9, width, power, end)
        assert_beams(found, wanted)


def test_one_beam_is_greedy_and_its_probability_is_the_models() -> None:
    """A long text: sums of log-probabilities must not blur which token is better."""
    params, steps = recurrent_params(), 400
    # Logits hardly apart, so that sums of some -1000 nats would round them away.
    params = (params[0], params[1] * 1e-3)
    stream = start([[4, 5, 6]])
    greedy, _ = draw(recurrent, params, stream, make_choice(0), num_tokens=steps)
    found = beam_search(recurrent, params, stream, num_tokens=steps, width=1)
    np.testing.assert_array_equal(found.tokens, greedy)
    step, logits, carry = recurrent(params), stream.logits, stream.carry

    def score(state: Any, token: Any) -> Any:
        logits, carry = state
        return step(carry, token[None]), jax.nn.log_softmax(logits[0])[token]

    _, terms = jax.lax.scan(score, (logits, carry), greedy[0])
    total = np.asarray(terms, np.float64).sum()
    np.testing.assert_allclose(found.log_probs[0], total, rtol=1e-6)
    np.testing.assert_allclose(found.token_log_probs[0], terms, rtol=0, atol=1e-6)
    wide = beam_search(recurrent, params, stream, num_tokens=steps, width=8)
    assert wide.log_probs[0] > found.log_probs[0]
    assert len({row.tobytes() for row in np.asarray(wide.tokens)}) == 8


def search(**changes: Any) -> Any:
    table = draw_table(3)
    prompts = changes.pop("prompts", [[1]])
    options = {"num_tokens": 2, "width": 2} | changes
    return beam_search(trigram, table, begin(table, prompts), **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            partial(make_choice, -1),
            "temperature must be a finite number of at least 0, not -1; "
            "0 takes the most probable token, 1 draws as the model says",
        ),
        (
            partial(make_choice, float("nan")),
            "temperature must be a finite number of at least 0, not nan; "
            "0 takes the most probable token, 1 draws as the model says",
        ),
        (
            partial(make_choice, top_k=0),
            "top_k must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            partial(make_choice, top_p=0),
            "top_p must be a finite number above 0 and at most 1, not 0; "
            "1 keeps every token",
        ),
        (
            partial(make_choice, top_p=1.5),
            "top_p must be a finite number above 0 and at most 1, not 1.5; "
            "1 keeps every token",
        ),
        (
            partial(search, width=0),
            "width must be an integer of at least 1, not 0; 1 is the greedy choice",
        ),
        (
            partial(search, num_tokens=0),
            "num_tokens must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            partial(search, length_normalization=-0.5),
            "length_normalization must be a finite number of at least 0, not -0.5; "
            "0 is the log-probability itself",
        ),
        (
            partial(search, end=3),
            "end must be a token from 0 to 2, not 3; "
            "encode it with the model's own vocabulary",
        ),
        (
            partial(search, prompts=[[1], [2]]),
            "stream must hold one text, not 2; search for one after the other",
        ),
        (
            partial(search, prompts=[]),
            "number of prompts must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            partial(search, prompts=[[0, 3, 1]]),
            "prompts must hold tokens from 0 to 2, not 3; "
            "encode them with the model's own vocabulary",
        ),
        (
            partial(search, prompts=[[0], [2, -1]]),
            "prompts must hold tokens from 0 to 2, not -1; "
            "encode them with the model's own vocabulary",
        ),
    ],
)
def test_what_cannot_be_is_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match="must") as error:
        call()
    assert str(error.value) == message
