"""What a model predicts of a text, against a loop in float64 and other formulations."""

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import pytest

from seqjax.charlm.evaluation.reading import (
    CONTEXT,
    SHORTEST,
    SPANS,
    STEPS,
    Spans,
    carried,
    predict,
    reset,
    spread,
)
from seqjax.nn import LanguageNetwork
from seqjax.tasks.language import evaluate, windows

VOCABULARY = 5
NETWORK = LanguageNetwork("rnn", VOCABULARY, 4, layers=2)
PARAMS = NETWORK.init(jax.random.key(1))
TEXT = np.random.default_rng(0).integers(0, VOCABULARY, 2500).astype(np.int32)


def by_hand(start: int, length: int, context: int) -> npt.NDArray[np.float64]:
    """ln p of every symbol at `length` places, read from `context` symbols before."""
    w = {k: v.astype(float) for k, v in NETWORK.to_arrays(PARAMS).items()}
    h, found = np.zeros((2, 4)), []
    for place in range(start - context, start + length - 1):
        x = np.eye(VOCABULARY)[TEXT[place]]
        for layer in range(2):
            name = f"recurrent.layer_{layer}"
            drive = x @ w[f"{name}.w_x"] + h[layer] @ w[f"{name}.w_h"]
            h[layer] = x = np.tanh(drive + w[f"{name}.b"])
        logits = x @ w["projection.w"] + w["projection.b"]
        found.append(logits - np.log(np.exp(logits).sum()))
    return np.array(found[context - 1 :])


def whole(spans: Spans) -> npt.NDArray[np.float64]:
    """The same of all spans, in their order."""
    parts = [
        by_hand(start, min(spans.length, spans.end - start), spans.context)
        for start in spans.starts.tolist()
    ]
    return np.concatenate(parts)


CASES = {
    "one stream, in two calls": carried(30, 30 + STEPS + 5),
    "several streams": carried(300, 300 + 3 * SHORTEST + 7),
    "reset": reset(30, 100, 7),
    "more windows than one call takes": reset(1, 2 + 2 * SPANS, 2),
    "spread over the text": spread(2500, 1200),
}


@pytest.mark.parametrize("case", CASES)
def test_predictions_are_those_of_a_loop_in_float64(case: str) -> None:
    spans = CASES[case]
    found, expected = predict(NETWORK, PARAMS, TEXT, spans), whole(spans)
    places = np.concatenate(
        [
            np.arange(start, min(start + spans.length, spans.end))
            for start in spans.starts
        ]
    )
    came = TEXT[places]
    row = np.arange(len(came))
    np.testing.assert_allclose(found.target, expected[row, came], atol=2e-5)
    np.testing.assert_allclose(found.likeliest, expected.max(1), atol=2e-5)
    sure = np.sort(expected, axis=1)
    clear = sure[:, -1] - sure[:, -2] > 1e-5
    assert clear.mean() > 0.99
    hits = expected.argmax(1) == came
    np.testing.assert_array_equal(found.hits[clear], hits[clear])
    p = np.exp(expected)
    np.testing.assert_allclose(found.symbols, p.mean(0), rtol=1e-4)
    np.testing.assert_allclose(found.variances, (p * (1 - p)).mean(0), rtol=1e-4)
    np.testing.assert_allclose(found.all, expected, atol=2e-5)
    np.testing.assert_array_equal(found.came, came)


@pytest.mark.parametrize("first", [1, 40, CONTEXT, 700])
@pytest.mark.parametrize("length", [1, 30, 600, 1500])
def test_a_part_is_predicted_once_and_wholly(first: int, length: int) -> None:
    end = first + length
    for spans in (carried(first, end), reset(first, end, 7)):
        places = np.concatenate(
            [np.arange(s, min(s + spans.length, end)) for s in spans.starts]
        )
        assert places.tolist() == list(range(first, end))
        assert spans.starts.min() - spans.context >= 0
    assert carried(first, end).context == min(first, CONTEXT)


def test_places_spread_over_a_text_do_not_meet_and_cover_its_ends() -> None:
    spans = spread(2500, 1200)
    assert len(spans.starts) == 1200 // SHORTEST
    assert spans.starts[0] == spans.context == CONTEXT
    assert spans.starts[-1] + spans.length == 2500
    assert (np.diff(spans.starts) >= spans.length).all()
    short = spread(20, 1000)
    assert short.starts.tolist() == [10]
    assert (short.context, short.length) == (10, 10)


def test_the_reset_loss_is_that_of_the_task() -> None:
    found = predict(NETWORK, PARAMS, TEXT, reset(1, len(TEXT), 30))
    score = jax.jit(evaluate, static_argnums=0)(
        NETWORK, PARAMS, *windows(jnp.asarray(TEXT), 30)
    )
    assert -found.target.mean() == pytest.approx(float(score.loss), rel=1e-5)
    assert found.hits.mean() == pytest.approx(float(score.accuracy), abs=1e-3)


def test_of_a_long_text_some_places_keep_every_probability(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("seqjax.charlm.evaluation.reading.MOST_JUDGED", 500)
    spans = carried(30, 430)
    found = predict(NETWORK, PARAMS, TEXT, spans)
    kept = np.arange(30, 430)[np.arange(30, 430) % 4 == 0]
    np.testing.assert_allclose(found.all, whole(spans)[kept - 30], atol=2e-5)
    np.testing.assert_array_equal(found.came, TEXT[kept])
    assert len(found.target) == 400
