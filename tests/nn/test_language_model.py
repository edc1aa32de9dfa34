"""The language model against float64 NumPy loops, and its step against its whole."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.cells import CELLS
from seqjax.core.cells.base import Cell
from seqjax.core.counting import count_parameters
from seqjax.core.losses import cross_entropy
from seqjax.nn import LanguageModel, LanguageNetwork
from tests.core.cases import MINIMAL
from tests.nn.networks import draw_carry, layer_by_layer, random_weights
from tests.registered import CELL_NAMES

TIME, BATCH, VOCAB, HIDDEN = 6, 3, 5, 4
MODELS = pytest.mark.parametrize(
    ("cell", "embedding"),
    [
        (CELLS["rnn"], None),
        (CELLS["lstm"], None),
        (CELLS["lstm"], 3),
        (CELLS["gru"], 3),
        (MINIMAL, None),
    ],
    ids=["rnn", "lstm", "lstm-embedded", "gru-embedded", "minimal"],
)


def make(cell: Cell | str, embedding: int | None = None, **options: Any) -> Any:
    return random_weights(
        lambda: LanguageModel(
            cell,
            VOCAB,
            HIDDEN,
            embedding_size=embedding,
            rngs=nnx.Rngs(params=0),
            **options,
        )
    )


def draw_text(time: int = TIME, batch: int = BATCH) -> jax.Array:
    return jnp.asarray(np.random.default_rng(1).integers(0, VOCAB, size=(time, batch)))


def by_numpy(model: Any, text: Any, carry: Any, lengths: Any) -> Any:
    """Logits and final carries by matrices: one-hot vectors, embedding and all."""
    xs = np.eye(VOCAB)[np.asarray(text)]
    if model.embedding_size is not None:
        xs = xs @ np.asarray(model.embedding[...])
    ys, final = layer_by_layer(model.recurrent, xs, carry, lengths)
    w, b = np.asarray(model.projection.w[...]), np.asarray(model.projection.b[...])
    return ys @ w + b, final


@pytest.mark.usefixtures("x64")
@MODELS
def test_logits_are_those_of_a_numpy_loop(cell: Cell, embedding: int | None) -> None:
    model, text = make(cell, embedding), draw_text()
    carry, lengths = draw_carry(model.recurrent), [6, 2, 5]
    # Compiled as a whole, here and below: op by op it takes many times as long.
    logits, final = jax.jit(lambda n: model(text, carry, lengths=n))(
        jnp.asarray(lengths)
    )
    expected, expected_final = by_numpy(model, text, carry, lengths)
    for i, length in enumerate(lengths):
        np.testing.assert_allclose(
            logits[:length, i], expected[:length, i], rtol=0, atol=1e-12
        )
    for name, value in final.items():
        for field, found in value._asdict().items():
            wanted = expected_final[name][field]
            np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)


@pytest.mark.usefixtures("x64")
@MODELS
def test_character_by_character_is_the_whole(cell: Cell, embedding: int | None) -> None:
    """With everything prepared beforehand, in one loop; and with nothing prepared."""
    model, text = make(cell, embedding), draw_text()
    carry = draw_carry(model.recurrent)

    @jax.jit
    def both(text: Any) -> Any:
        step = model.stepper()

        def turned(carry: Any, characters: Any) -> Any:
            logits, carry = step(carry, characters)
            return carry, logits

        final, logits = jax.lax.scan(turned, carry, text)
        whole, whole_final = model(text, carry)
        one, _ = model.step(carry, text[0])
        return (logits, final, one), (whole, whole_final, whole[0])

    jax.tree.map(partial(np.testing.assert_allclose, rtol=0, atol=1e-12), *both(text))


def test_a_text_in_two_pieces_is_the_text() -> None:
    model = make("lstm", 3)

    @jax.jit
    def both(text: Any) -> Any:
        early, between = model(text[:2])
        late, end = model(text[2:], between)
        # The zero carry is where a text starts without one.
        from_zero, _ = model(text, model.initial_carry(BATCH))
        logits, final = model(text)
        return (jnp.concatenate([early, late]), end, from_zero), (logits, final, logits)

    found = both(draw_text())
    jax.tree.map(partial(np.testing.assert_allclose, rtol=0, atol=1e-6), *found)


def test_dropout_is_between_the_layers_and_needs_a_key() -> None:
    text, key = draw_text(), jax.random.key(4)
    model = make("gru", dropout=0.5)

    @jax.jit
    def outputs(key: Any) -> Any:
        ys, _ = model.recurrent(text, dropout_key=key)
        return model(text, dropout_key=key), model.projection(ys), model(text)

    (found, final), by_hand, (kept, kept_final) = outputs(key)
    np.testing.assert_allclose(found, by_hand, rtol=0, atol=1e-6)
    assert (abs(found - kept) > 1e-3).any()
    # The first layer has read nothing that was dropped.
    np.testing.assert_array_equal(final["layer_0"].h, kept_final["layer_0"].h)
    np.testing.assert_allclose(kept, make("gru")(text)[0], rtol=0, atol=1e-6)
    single = make("gru", dropout=0.5, num_layers=1)
    np.testing.assert_array_equal(single(text, dropout_key=key)[0], single(text)[0])


@pytest.mark.usefixtures("x64")
def test_gradient_is_that_of_finite_differences() -> None:
    model, text = make("rnn", 3), draw_text()
    graph, params = nnx.split(model, nnx.Param)

    @jax.jit
    def loss(params: Any) -> Any:
        return cross_entropy(nnx.merge(graph, params)(text[:-1])[0], text[1:])

    grads, rng = jax.jit(jax.grad(loss))(params), np.random.default_rng(0)
    way = jax.tree.map(lambda p: jnp.asarray(rng.normal(size=p.shape)), params)
    found = sum(jax.tree.leaves(jax.tree.map(lambda g, w: (g * w).sum(), grads, way)))
    ends = [
        loss(jax.tree.map(lambda p, w, s=sign: p + s * 1e-5 * w, params, way))
        for sign in (1, -1)
    ]
    np.testing.assert_allclose(found, (ends[0] - ends[1]) / 2e-5, rtol=1e-7)


@pytest.mark.parametrize("embedding", [None, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_parameters_are_as_many_as_counted(cell: str, embedding: int | None) -> None:
    network = LanguageNetwork(cell, 7, 5, layers=2, embedding_size=embedding)
    params = jax.eval_shape(network.init, jax.random.key(0))
    inputs = 7 if embedding is None else embedding
    counted = count_parameters(CELLS[cell], inputs, 5, 7, num_layers=2).total
    table = 0 if embedding is None else 7 * embedding
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == counted + table


def test_a_network_is_its_model_as_functions() -> None:
    network = LanguageNetwork(
        "lstm", VOCAB, HIDDEN, layers=2, embedding_size=3, dropout=0.5
    )
    text, dropout_key = draw_text(), jax.random.key(2)
    rng, key = np.random.default_rng(0), jax.random.key(0)
    shapes = jax.eval_shape(network.init, key)
    params = jax.tree.map(lambda s: jnp.asarray(rng.normal(size=(2, *s.shape))), shapes)
    graph, _ = nnx.split(nnx.eval_shape(lambda: network.model(key)), nnx.Param)

    def functions(params: Any) -> Any:
        carry = network.initial_carry(BATCH)
        whole, _ = network.apply(params, text, carry, dropout_key=dropout_key)
        stepped, _ = network.stepper(params)(carry, text[0])
        return whole, stepped

    @jax.jit
    def module(params: Any) -> Any:
        model = nnx.merge(graph, params)
        whole, _ = model(text, dropout_key=dropout_key)
        return whole, model(text[:1])[0][0]

    together = jax.jit(jax.vmap(functions))(params)
    for i in range(2):
        one = jax.tree.map(lambda leaf, i=i: leaf[i], params)
        for found, wanted in zip(together, module(one), strict=True):
            np.testing.assert_allclose(found[i], wanted, rtol=0, atol=1e-5)
    assert (together[0][0] != together[0][1]).any()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_arrays_by_name_and_back(cell: str) -> None:
    # The initialiser that compiles soonest.
    network = LanguageNetwork(cell, 6, 3, embedding_size=2, initializer="torch")
    params = jax.jit(network.init)(jax.random.key(1))
    arrays = network.to_arrays(params)
    b_hn = {f"recurrent.layer_{i}.b_hn" for i in (0, 1)} if cell == "gru" else set()
    assert arrays.keys() == b_hn | {
        "embedding",
        "projection.w",
        "projection.b",
        *(
            f"recurrent.layer_{i}.{name}"
            for i in (0, 1)
            for name in ("w_x", "w_h", "b")
        ),
    }
    np.testing.assert_array_equal(arrays["embedding"], params["embedding"][...])
    back = network.from_arrays(dict(reversed(arrays.items())))
    # Of another structure, the map would refuse them.
    jax.tree.map(np.testing.assert_array_equal, back, params)


SMALL = LanguageNetwork("rnn", 3, 2, layers=1)


def changed(**changes: Any) -> Any:
    """The small network's arrays with some changed, or (None) left out."""
    shapes = {
        "projection.b": (3,),
        "projection.w": (2, 3),
        "recurrent.layer_0.b": (2,),
        "recurrent.layer_0.w_h": (2, 2),
        "recurrent.layer_0.w_x": (3, 2),
    }
    arrays: dict[str, Any] = {
        name: np.zeros(shape, np.float32) for name, shape in shapes.items()
    }
    for name, value in changes.items():
        arrays[name.replace("__", ".")] = value
    return {name: value for name, value in arrays.items() if value is not None}


def test_the_small_network_takes_its_arrays() -> None:
    SMALL.from_arrays(changed())


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"projection__b": None}, "projection.b is missing"),
        ({"bias": np.zeros(1)}, "bias is no parameter"),
        (
            {"projection__w": np.zeros((3, 2), np.float32)},
            "projection.w is float32[3, 2] instead of float32[2, 3]",
        ),
        (
            {"projection__b": np.zeros(3, np.float64), "more": np.zeros(1)},
            "more is no parameter, projection.b is float64[3] instead of float32[3]",
        ),
    ],
)
def test_arrays_of_another_network_are_refused(changes: Any, fault: str) -> None:
    with pytest.raises(ValueError, match="arrays") as error:
        SMALL.from_arrays(changed(**changes))
    assert str(error.value) == (
        f"arrays must be the parameters of their network, but {fault}; "
        "give those of the same model"
    )


def init(cell: str, vocab_size: int) -> Any:
    return jax.eval_shape(LanguageNetwork(cell, vocab_size).init, jax.random.key(0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            partial(make, "lstm", 0),
            "embedding_size must be an integer of at least 1, not 0; "
            "give 1 or more, or None for one-hot vectors",
        ),
        (
            partial(init, "lstm", 0),
            "vocab_size must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            partial(init, "lstn", 3),
            f"cell must be one of {CELL_NAMES}, not 'lstn'; did you mean 'lstm'?",
        ),
        (
            partial(make, "lstm", num_layers=0),
            "num_layers must be an integer of at least 1, not 0; give 1 or more",
        ),
    ],
)
def test_what_cannot_be_is_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match="must be") as error:
        call()
    assert str(error.value) == message
