"""A tagger answers at every step as the classifier that has read so many steps."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.nn import RecurrentClassifier, RecurrentTagger
from tests.nn.networks import (
    BATCH,
    HIDDEN,
    INPUTS,
    LENGTHS,
    TIME,
    draw_inputs,
    layer_by_layer,
    random_weights,
)
from tests.variants import and_slow

CLASSES = 3

each_cell = pytest.mark.parametrize("cell", and_slow(["lstm"], ["rnn", "gru"]))


def tagger(cell: str, num_layers: int = 1, **options: Any) -> RecurrentTagger:
    def make() -> RecurrentTagger:
        return RecurrentTagger(
            cell,
            INPUTS,
            HIDDEN,
            CLASSES,
            num_layers=num_layers,
            rngs=nnx.Rngs(params=0),
            **options,
        )

    model = random_weights(make)
    assert isinstance(model, RecurrentTagger)
    return model


def classifier_of(model: RecurrentTagger) -> RecurrentClassifier:
    """The classifier with the tagger's weights, by name."""
    own = model.recurrent
    classifier = RecurrentClassifier(
        own.cell,
        INPUTS,
        HIDDEN,
        CLASSES,
        num_layers=own.num_layers,
        rngs=nnx.Rngs(params=1),
    )
    nnx.update(classifier, nnx.state(model, nnx.Param))
    return classifier


@pytest.mark.usefixtures("x64")
@each_cell
def test_an_answer_is_that_of_the_classifier_that_reads_so_far(cell: str) -> None:
    model, xs = tagger(cell, num_layers=2), draw_inputs()
    classifier = classifier_of(model)
    so_far = jax.jit(lambda steps: classifier(xs, num_steps=steps))
    answers = jax.jit(model)(xs)
    assert answers.shape == (TIME, BATCH, CLASSES)
    for t in range(TIME):
        np.testing.assert_allclose(
            answers[t], so_far(jnp.int32(t + 1)), rtol=0, atol=1e-12
        )


@pytest.mark.usefixtures("x64")
@each_cell
def test_answers_of_a_ragged_batch_are_those_of_numpy(cell: str) -> None:
    model, xs = tagger(cell, num_layers=2), draw_inputs()
    zeros = {
        name: jax.tree.map(lambda leaf: np.asarray(leaf, float), carry)
        for name, carry in model.recurrent.initial_carry(BATCH, jnp.float64).items()
    }
    ys, _ = layer_by_layer(model.recurrent, xs, zeros, LENGTHS)
    w, b = (np.asarray(p[...]) for p in (model.projection.w, model.projection.b))
    lengths = jnp.asarray(LENGTHS, jnp.int32)
    answers = jax.jit(lambda xs: model(xs, lengths=lengths))(xs)
    for sequence, length in enumerate(LENGTHS):
        expected = ys[:length, sequence] @ w + b
        np.testing.assert_allclose(
            answers[:length, sequence], expected, rtol=0, atol=1e-12
        )


@each_cell
def test_steps_that_are_not_taken_change_nothing(cell: str) -> None:
    model, xs = tagger(cell), draw_inputs()
    run = jax.jit(lambda xs, steps: model(xs, num_steps=steps))
    whole = run(xs, jnp.int32(TIME))
    part = run(xs.at[3:].set(jnp.nan), jnp.int32(3))
    np.testing.assert_array_equal(part[:3], whole[:3])
    # What comes after is the projection of nothing: finite, so that masks work on it.
    bias = np.broadcast_to(model.projection.b[...], (TIME - 3, BATCH, CLASSES))
    np.testing.assert_array_equal(part[3:], bias)


@pytest.mark.usefixtures("x64")
def test_every_answer_has_its_share_in_the_gradient() -> None:
    model, xs = tagger("lstm"), draw_inputs()
    graph, params = nnx.split(model, nnx.Param)
    weights = jnp.asarray(np.random.default_rng(3).normal(size=(TIME, BATCH, CLASSES)))

    @jax.jit
    def loss(params: Any) -> Any:
        return jnp.sum(nnx.merge(graph, params)(xs, num_steps=4)[:4] * weights[:4])

    rng = np.random.default_rng(4)
    way = jax.tree.map(lambda p: jnp.asarray(rng.normal(size=p.shape)), params)

    def ahead(step: float) -> float:
        return float(loss(jax.tree.map(lambda p, d: p + step * d, params, way)))

    slope = (ahead(1e-5) - ahead(-1e-5)) / 2e-5
    products = jax.tree.map(lambda g, d: jnp.sum(g * d), jax.grad(loss)(params), way)
    assert float(sum(jax.tree.leaves(products))) == pytest.approx(slope, rel=1e-7)
