"""What layers refuse, in exact words, and in what other ways sequences may come."""

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.cells import GRU as GRU_CELL
from seqjax.core.cells import LSTM as LSTM_CELL
from seqjax.core.recurrence import recur
from seqjax.nn import (
    GRU,
    LSTM,
    GatedRecurrent,
    GraphClassifier,
    GraphForecaster,
    LanguageModel,
    Linear,
    Recurrent,
    RecurrentClassifier,
    RecurrentTagger,
    TreeClassifier,
)
from seqjax.nn.batch_norm import BatchNormLSTM, InputNormLSTM
from seqjax.nn.randomness import check_rngs

TIME, BATCH, INPUTS, HIDDEN = 5, 4, 3, 6
XS = jnp.asarray(
    np.random.default_rng(0).normal(size=(TIME, BATCH, INPUTS)), jnp.float32
)
IDS = jnp.arange(TIME * BATCH, dtype=jnp.int32).reshape(TIME, BATCH) % INPUTS


def lstm(**options: Any) -> Recurrent:
    return LSTM(INPUTS, HIDDEN, rngs=nnx.Rngs(0), **options)


MODEL = lstm()
CARRY = MODEL.initial_carry(BATCH)
PARAMS = MODEL.params()["layer_0"]
LANGUAGE = LanguageModel("lstm", INPUTS, HIDDEN, num_layers=1, rngs=nnx.Rngs(0))
GATED = GatedRecurrent("lstm", INPUTS, HIDDEN, rngs=nnx.Rngs(0))
TIMES = np.arange(1.0, TIME + 1, dtype=np.float32)[:, None]
NORMAL = BatchNormLSTM(INPUTS, HIDDEN, rngs=nnx.Rngs(0))

RULE = (
    "xs must be real features of shape (time, batch, 3), or integer indices of shape "
    "(time, batch), not"
)
FEATURES = (
    "xs must have 3 features along the last axis, as the weights have, not 1; give 3, "
    "or make the layer for 1"
)
LONG = (
    "lengths must be between 0 and the 5 steps of xs, not 99; give longer xs or a "
    "shorter length"
)
COUNT = (
    "lengths must be one number for each of the 4 sequences of xs, not of shape (1,); "
    "give as many as there are sequences"
)
KIND = "lengths must be integers, not float32; round them to steps"
INDEX = (
    "must be indices from 0 to 2, not 3; give others, a layer for more of them, or "
    "numbers as floats"
)


def numbers(what: str, kind: str) -> str:
    return (
        f"{what} must be an array of numbers, not {kind}; give jnp.asarray(...) of "
        "numbers"
    )


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "f1 four axes": (
        lambda: MODEL(XS[None]),
        f"{RULE} float32[1, 5, 4, 3]; reshape it",
    ),
    "f1 one axis": (lambda: MODEL(XS[0, 0]), f"{RULE} float32[3]; reshape it"),
    "f1 core takes a batch": (
        lambda: recur(LSTM_CELL, PARAMS, XS[:, 0]),
        f"{RULE} float32[5, 3]; of one sequence alone give xs[:, None]",
    ),
    "f2 one feature for three": (lambda: MODEL(XS[..., :1]), FEATURES),
    "f2 core": (lambda: recur(LSTM_CELL, PARAMS, XS[..., :1]), FEATURES),
    "f2 gated": (lambda: GATED(XS[..., :1], TIMES), FEATURES),
    "f2 batch norm": (lambda: NORMAL(XS[..., :1], [5] * 4), FEATURES),
    "f2 compiled": (lambda: jax.jit(MODEL)(XS[..., :1]), FEATURES),
    "f3 batch": (
        lambda: MODEL(XS[:, :1], CARRY),
        "carry['layer_0'].c must be of shape (1, 6), not (4, 6); give one of shape "
        "(1, 6)",
    ),
    "f3 core": (
        lambda: recur(LSTM_CELL, PARAMS, XS[:, :1], CARRY["layer_0"]),
        "carry.c must be of shape (1, 6), not (4, 6); give one of shape (1, 6)",
    ),
    "f3 compiled": (
        lambda: jax.jit(MODEL)(XS[:, :1], CARRY),
        "carry['layer_0'].c must be of shape (1, 6), not (4, 6); give one of shape "
        "(1, 6)",
    ),
    "f3 a pair, whose order is torch's or flax's": (
        lambda: MODEL(XS, {"layer_0": tuple(CARRY["layer_0"])}),
        "carry['layer_0'] must be LSTMCarry(c, h), not tuple; start from that of "
        "initial_carry, or give none",
    ),
    "f3 no dictionary": (
        lambda: MODEL(XS, CARRY["layer_0"]),
        "carry must be a dictionary by layer, layer_0, not LSTMCarry; give "
        "{'layer_0': ...}",
    ),
    "f3 other layers": (
        lambda: MODEL(XS, {"layer_1": CARRY["layer_0"]}),
        "carry must be those of layer_0, not of layer_1; give one for each layer",
    ),
    "f3 precision": (
        lambda: MODEL(XS, MODEL.initial_carry(BATCH, jnp.float16)),
        "carry['layer_0'].c must be float32 like the weights, or wider, not float16; "
        "cast it",
    ),
    "f3 step of a text": (
        lambda: LANGUAGE.step(LANGUAGE.initial_carry(3), jnp.asarray(IDS[0])),
        "carry['layer_0'].c must be of shape (4, 6), not (3, 6); give one of shape "
        "(4, 6)",
    ),
    "f4 too long": (lambda: MODEL(XS, lengths=jnp.array([1, 2, 99, 3])), LONG),
    "f4 a list": (lambda: MODEL(XS, lengths=[1, 2, 99, 3]), LONG),
    "f4 core": (lambda: recur(LSTM_CELL, PARAMS, XS, lengths=[99] * 4), LONG),
    "f4 gated": (lambda: GATED(XS, TIMES, lengths=[99] * 4), LONG),
    "f4 batch norm": (lambda: NORMAL(XS, [99] * 4), LONG),
    "f4 negative": (
        lambda: MODEL(XS, lengths=[-3] * 4),
        LONG.replace("99", "-3"),
    ),
    "f4 too few": (lambda: MODEL(XS, lengths=[3]), COUNT),
    "f4 too few, compiled": (
        lambda: jax.jit(lambda n: MODEL(XS, lengths=n))(jnp.array([3])),
        COUNT,
    ),
    "f4 fractions": (lambda: MODEL(XS, lengths=[2.5, 1, 2, 3]), KIND),
    "f4 fractions, compiled": (
        lambda: jax.jit(lambda n: MODEL(XS, lengths=n))(jnp.ones(4)),
        KIND,
    ),
    "f4 booleans": (
        lambda: MODEL(XS, lengths=jnp.ones(4, bool)),
        numbers("lengths", "bool"),
    ),
    "f5": (lambda: MODEL(IDS + 1), f"xs {INDEX}"),
    "f5 core": (lambda: recur(LSTM_CELL, PARAMS, IDS + 1), f"xs {INDEX}"),
    "f5 negative": (lambda: MODEL(IDS - 1), f"xs {INDEX.replace('not 3', 'not -1')}"),
    "f5 gradient": (
        lambda: jax.grad(lambda p: recur(LSTM_CELL, p, IDS + 1)[1].sum())(PARAMS),
        f"xs {INDEX}",
    ),
    "f5 text": (lambda: LANGUAGE(IDS + 1), f"characters {INDEX}"),
    "f5 text of numbers": (
        lambda: LANGUAGE(XS),
        "characters must be integer indices with 2 axes, not float32[5, 4, 3]; give "
        "those of the vocabulary",
    ),
    "f6 gates of too few steps": (
        lambda: MODEL(XS, gates={"layer_0": jnp.ones((2, 4, 6))}),
        "gates['layer_0'] must be of shape (5, 4, 6) or (5, 1, 6), not (2, 4, 6); give "
        "one of shape (5, 4, 6)",
    ),
    "f6 core": (
        lambda: recur(LSTM_CELL, PARAMS, XS, gate=jnp.ones((2, 4, 6))),
        "gate must be of shape (5, 4, 6) or (5, 1, 6), not (2, 4, 6); give one of "
        "shape (5, 4, 6)",
    ),
    "f16 booleans": (lambda: MODEL(XS > 0), numbers("xs", "bool")),
    "f16 complex": (
        lambda: MODEL(XS.astype(np.complex64)),
        f"{RULE} complex64[5, 4, 3]; give the real part",
    ),
    "f16 text": (lambda: MODEL("abc"), numbers("xs", "str")),
    "f16 none": (lambda: MODEL(None), numbers("xs", "NoneType")),
    "f16 segment": (
        lambda: lstm(method="scan", segment=2),
        "segment must be None with the method 'scan', which has no segments, not 2; "
        "use the method 'adjoint'",
    ),
    "f16 memory length": (
        lambda: lstm(memory_length=9),
        "memory_length must be None with the forget_bias 'zero', not 9; use 'chrono'",
    ),
    "f16 unroll": (
        lambda: recur(LSTM_CELL, PARAMS, XS, unroll=2),
        "unroll must be 1 with the method 'adjoint', not 2; use the method 'scan'",
    ),
    "f16 reverse": (
        lambda: lstm(reverse=True, bidirectional=True),
        "reverse must be False where both directions are run; leave it out",
    ),
    "steps": (
        lambda: MODEL(XS, num_steps=6),
        "num_steps must be at most the 5 steps of xs, not 6; take fewer steps or give "
        "longer xs",
    ),
    "steps of a type": (
        lambda: MODEL(XS, num_steps=2.5),
        "num_steps must be one integer, not 2.5; give a number of steps",
    ),
    "a key": (
        lambda: MODEL(XS, dropout_key=3),
        "dropout_key must be one key of JAX, not 3; give jax.random.key(0)",
    ),
    "another cell's parameters": (
        lambda: recur(GRU_CELL, PARAMS, XS),
        "params must be GRUParams, those of the cell 'gru', not LSTMParams; draw them "
        "with initialize_cell",
    ),
    "times": (
        lambda: GATED(XS, TIMES[:2]),
        "times must be of shape (5, 4) or (5, 1), not (2, 1); give one time stamp to "
        "every step",
    ),
    "linear": (
        lambda: Linear(3, 2, rngs=nnx.Rngs(0))(XS[..., :1]),
        FEATURES.replace("xs", "x"),
    ),
    "graph features": (
        lambda: GraphClassifier(3, 4, 2, model="mlp", rngs=nnx.Rngs(0))(
            None, XS[0, :, :1]
        ),
        FEATURES.replace("xs", "x"),
    ),
    "graph axes": (
        lambda: GraphClassifier(3, 4, 2, model="mlp", rngs=nnx.Rngs(0))(None, XS),
        "x must be real features of shape (nodes, 3), not float32[5, 4, 3]; reshape it",
    ),
    "graphs over time": (
        lambda: GraphForecaster(3, 4, 2, cell="lstm", model="mlp", rngs=nnx.Rngs(0))(
            None, XS[..., :1]
        ),
        FEATURES,
    ),
    "a forest": (
        lambda: TreeClassifier("binary", 3, 4, 2, rngs=nnx.Rngs(0))(3),
        "forest must be a Forest, not int; make it with seqjax.core.trees.pack",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_in_one_line(case: str) -> None:
    action, message = REFUSED[case]
    with pytest.raises(ValueError, match="must") as caught:
        action()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (0, "rngs must be nnx.Rngs, not 0; give nnx.Rngs(0)"),
        (None, "rngs must be nnx.Rngs, not None; give nnx.Rngs(0)"),
        (
            nnx.Rngs(dropout=0),
            "rngs must have a stream 'params', but have dropout; give nnx.Rngs(0), or "
            "params=0 among them",
        ),
    ],
)
def test_f16_what_are_no_rngs_is_refused(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match="rngs") as caught:
        inspect.unwrap(check_rngs)(given)
    assert str(caught.value) == message


def test_nothing_of_the_checks_is_compiled() -> None:
    """The program of checked arguments is that of the cell alone."""
    lengths = jnp.array([1, 2, 3, 4], jnp.int32)
    text = jax.jit(lambda xs, n: MODEL(xs, lengths=n)[0]).lower(XS, lengths).as_text()
    for word in ("custom_call", "callback", "check"):
        assert word not in text


@pytest.mark.parametrize(
    ("cell", "both"),
    [("lstm", True), pytest.param("gru", False, marks=pytest.mark.slow)],
)
def test_f1_one_sequence_alone_is_a_batch_of_one_without_its_axis(
    cell: str, both: bool
) -> None:
    model = Recurrent(
        *(cell, INPUTS, HIDDEN), num_layers=2, bidirectional=both, rngs=nnx.Rngs(0)
    )
    carry = jax.tree.map(lambda leaf: leaf + 0.5, model.initial_carry(1))
    alone = jax.tree.map(lambda leaf: leaf[0], carry)

    def loss(xs: Any, carry: Any, lengths: Any) -> Any:
        ys, final = model(xs, carry, lengths=lengths)
        return (ys**2).sum() + sum((x**2).sum() for x in jax.tree.leaves(final))

    ys, final = model(XS[:, 0], alone, lengths=3)
    whole, ends = model(XS[:, :1], carry, lengths=[3])
    np.testing.assert_array_equal(ys, whole[:, 0])
    for name, fields in final.items():
        for field, value in fields._asdict().items():
            np.testing.assert_array_equal(value, getattr(ends[name], field)[0])
    one = jax.grad(loss)(XS[:, 0], alone, 3)
    many = jax.grad(loss)(XS[:, :1], carry, jnp.array([3]))
    np.testing.assert_array_equal(one, many[:, 0])
    assert model.initial_carry(None).keys() == carry.keys()
    assert model.initial_carry(None)["layer_0"].h.shape == (HIDDEN,)


def test_f1_vmap_over_sequences_is_the_batch() -> None:
    def loss(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda xs: (run(xs) ** 2).sum()

    def mapped(xs: Any) -> Any:
        return jax.vmap(lambda x: MODEL(x)[0], 1, 1)(xs)

    np.testing.assert_allclose(mapped(XS), MODEL(XS)[0], atol=1e-6)
    np.testing.assert_allclose(
        jax.grad(loss(mapped))(XS),
        jax.grad(loss(lambda xs: MODEL(xs)[0]))(XS),
        atol=1e-6,
    )


def test_batch_first_is_the_same_turned() -> None:
    turned, lengths = XS.swapaxes(0, 1), [5, 2, 3, 1]
    carry = jax.tree.map(lambda leaf: leaf + 0.5, CARRY)
    ys, final = MODEL(XS, carry, lengths=lengths)
    other, ends = lstm(batch_first=True)(turned, carry, lengths=lengths)
    np.testing.assert_array_equal(other, ys.swapaxes(0, 1))
    np.testing.assert_array_equal(ends["layer_0"].c, final["layer_0"].c)
    empty, _ = lstm(batch_first=True)(turned, outputs=False)
    assert empty.shape == (BATCH, 0, HIDDEN)
    # One sequence alone has no batch to come first.
    alone, _ = lstm(batch_first=True)(XS[:, 0])
    np.testing.assert_array_equal(alone, MODEL(XS[:, 0])[0])
    ids, _ = lstm(batch_first=True)(IDS.T)
    np.testing.assert_array_equal(ids, MODEL(IDS)[0].swapaxes(0, 1))
    with pytest.raises(ValueError, match="shape") as caught:
        lstm(batch_first=True)(turned[None])
    assert "(batch, time, 3)" in str(caught.value)


def test_all_layers_of_sequences_take_one_alone_and_batches_first() -> None:
    turned = XS.swapaxes(0, 1)

    def pair(make: Callable[..., Any]) -> tuple[Any, Any]:
        return make(rngs=nnx.Rngs(0)), make(batch_first=True, rngs=nnx.Rngs(0))

    for kind in (RecurrentClassifier, RecurrentTagger):
        first, second = pair(lambda kind=kind, **k: kind("gru", INPUTS, 4, 2, **k))
        whole = first(XS)
        axes = (1, 0, 2) if whole.ndim == 3 else (0, 1)
        np.testing.assert_array_equal(second(turned), whole.transpose(axes))
        alone = whole[:, 0] if whole.ndim == 3 else whole[0]
        np.testing.assert_allclose(first(XS[:, 0]), alone, atol=1e-6)
    first, second = pair(lambda **k: GatedRecurrent("gru", INPUTS, 4, **k))
    stamps = np.repeat(TIMES, BATCH, 1)
    whole = first(XS, stamps)[0]
    np.testing.assert_array_equal(second(turned, stamps.T)[0], whole.swapaxes(0, 1))
    np.testing.assert_array_equal(
        second(turned, TIMES.T)[0], first(XS, TIMES)[0].swapaxes(0, 1)
    )
    np.testing.assert_allclose(first(XS[:, 0], TIMES[:, 0])[0], whole[:, 0], atol=1e-6)
    for normal in (BatchNormLSTM, InputNormLSTM):
        first, second = pair(lambda normal=normal, **k: normal(INPUTS, 4, **k))
        whole, used = first(XS, [5, 2, 3, 4])
        np.testing.assert_array_equal(second(turned, [5, 2, 3, 4])[0], whole)
        np.testing.assert_allclose(first(XS[:, 0], 5, used)[0], whole[0], atol=1e-5)
    first, second = pair(
        lambda **k: LanguageModel("gru", INPUTS, 4, embedding_size=2, **k)
    )
    whole = first(IDS)[0]
    np.testing.assert_array_equal(second(IDS.T)[0], whole.swapaxes(0, 1))
    np.testing.assert_allclose(first(IDS[:, 0])[0], whole[:, 0], atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32])
def test_f16_integers_with_an_axis_of_features_are_features(dtype: Any) -> None:
    pixels = (
        np.random.default_rng(1).integers(0, 5, (TIME, BATCH, INPUTS)).astype(dtype)
    )
    expected, _ = MODEL(pixels.astype(np.float32))
    np.testing.assert_array_equal(MODEL(pixels)[0], expected)
    np.testing.assert_array_equal(recur(LSTM_CELL, PARAMS, pixels)[1], expected)
    # Without that axis they are indices, in a type of few bits too.
    small = (IDS % INPUTS).astype(dtype)
    one_hot = np.eye(INPUTS, dtype=np.float32)[small]
    np.testing.assert_allclose(MODEL(small)[0], MODEL(one_hot)[0], atol=1e-6)


def test_f16_a_number_of_steps_may_be_numpy_s() -> None:
    """Sizes may be, too: see the tests of `check_integer`."""
    ys, _ = MODEL(XS, num_steps=np.int64(2))
    np.testing.assert_array_equal(ys[:2], MODEL(XS[:2])[0])


def test_reverse_runs_back_and_keeps_the_order() -> None:
    ys, final = lstm(reverse=True)(XS)
    expected, ends = MODEL(XS[::-1])
    np.testing.assert_allclose(ys, expected[::-1], atol=1e-6)
    np.testing.assert_allclose(final["layer_0"].c, ends["layer_0"].c, atol=1e-6)


@pytest.mark.usefixtures("x64")
def test_f9b_the_first_carry_has_the_precision_of_the_parameters() -> None:
    model = GRU(INPUTS, HIDDEN, rngs=nnx.Rngs(0))
    xs = XS.astype(np.float64)
    carry = model.initial_carry(BATCH)
    assert carry["layer_0"].h.dtype == np.float64
    given, without = model(xs, carry)[0], model(xs)[0]
    assert given.dtype == np.float64
    np.testing.assert_allclose(given, without, rtol=0, atol=1e-14)
    single = GatedRecurrent(
        "lstm", INPUTS, HIDDEN, param_dtype=jnp.float32, rngs=nnx.Rngs(0)
    )
    ys, final = single(xs.astype(np.float32), TIMES)
    assert ys.dtype == final["layer_0"].c.dtype == np.float32
    assert single.initial_carry(1)["layer_0"].c.dtype == np.float32


def _layers() -> dict[str, Callable[[], Any]]:
    rngs = nnx.Rngs(0)

    def gradient(model: nnx.Module, *args: Any, **options: Any) -> Any:
        parts: Any = nnx.split(model, nnx.Param, ...)
        graph, params, rest = parts

        def loss(params: Any) -> Any:
            found = nnx.merge(graph, params, rest)(*args, **options)
            return sum(
                jnp.sum(x) for x in jax.tree.leaves(found) if x.dtype == np.float32
            )

        return jax.grad(loss)(params)

    cells = {
        f"{cell} {method}": lambda cell=cell, method=method: gradient(
            Recurrent(cell, INPUTS, HIDDEN, method=method, rngs=rngs),
            XS,
            lengths=[1, 2, 3, 5],
        )
        for cell in ("rnn", "lstm", "gru")
        for method in ("adjoint", "scan")
    }
    return {
        **cells,
        "gated": lambda: gradient(
            GatedRecurrent("peephole", INPUTS, HIDDEN, rngs=rngs), XS, TIMES
        ),
        "batch norm": lambda: gradient(NORMAL, XS, [1, 2, 3, 5]),
        "input norm": lambda: gradient(
            InputNormLSTM(INPUTS, HIDDEN, rngs=rngs), XS, [1, 2, 3, 5]
        ),
        "language": lambda: gradient(LANGUAGE, IDS),
        "step of a text": lambda: LANGUAGE.step(
            LANGUAGE.initial_carry(BATCH), jnp.asarray(IDS[0])
        ),
        "graph": lambda: gradient(
            GraphForecaster(INPUTS, 4, 2, cell="gru", model="mlp", rngs=rngs), None, XS
        ),
    }


@pytest.mark.parametrize("layer", _layers())
def test_f11_ranks_are_not_promoted(layer: str) -> None:
    with jax.numpy_rank_promotion("raise"):
        _layers()[layer]()
