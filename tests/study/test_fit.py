"""Many seeds of one network from Python."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import optax
import pytest
from flax import nnx
from matplotlib.figure import Figure

import seqjax
from seqjax import study
from seqjax.core.keys import named_keys, seed_keys
from seqjax.lab.errors import UserError

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(40, 3)).astype(np.float32)
Y = X.sum(axis=1, keepdims=True) + 1
SHORT: dict[str, Any] = {
    "loss": study.squared_error,
    "steps": 30,
    "batch_size": 8,
    "seeds": 3,
    "progress": False,
}


class Network(nnx.Module):
    """With dropout and batch statistics, which it keeps from step to step."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.first = nnx.Linear(3, 5, rngs=rngs)
        self.norm = nnx.BatchNorm(5, rngs=rngs)
        self.dropout = nnx.Dropout(0.2, rngs=rngs)
        self.last = nnx.Linear(5, 1, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.last(self.dropout(jnp.tanh(self.norm(self.first(x)))))


def plain(rngs: nnx.Rngs) -> nnx.Module:
    return nnx.Linear(3, 1, rngs=rngs)


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Types are checked by seqjax itself, as outside of the tests."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(scope="module")
def found() -> seqjax.Fitted:
    return seqjax.fit(plain, (X, Y), optimizer=optax.adam(0.1), **SHORT)


def test_a_plain_loop_of_flax_and_optax_agrees() -> None:
    test = (X[:7], Y[:7])
    found = seqjax.fit(plain, (X, Y), test=test, optimizer=optax.adam(0.1), **SHORT)
    for seed in range(3):
        keys = named_keys(seed_keys([seed])[0], ("params", "batches"))
        model = plain(nnx.Rngs(keys["params"]))
        optimizer = nnx.Optimizer(model, optax.adam(0.1), wrt=nnx.Param)

        def loss_of(model: Any, x: Any, y: Any) -> Any:
            return ((model(x) - y) ** 2).mean()

        for step in range(30):
            key = jax.random.fold_in(keys["batches"], step)
            chosen = jax.random.randint(key, (8,), 0, 40)
            loss, grads = nnx.value_and_grad(loss_of)(model, X[chosen], Y[chosen])
            np.testing.assert_allclose(found.history["loss"][seed, step], loss, 1e-4)
            optimizer.update(model, grads)
        assert found.losses[seed] == pytest.approx(float(loss_of(model, *test)), 1e-4)
        np.testing.assert_allclose(
            found.predict(X)[seed],
            model(X),
            rtol=1e-4,
            atol=1e-5,
        )


def test_it_learns_and_tells_of_it(found: seqjax.Fitted) -> None:
    whole = seqjax.fit(
        plain, (X, Y), optimizer=optax.adam(0.1), **{**SHORT, "steps": 300}
    )
    assert whole.losses.max() < 1e-3 < found.losses.min()
    assert (whole.loss.n, whole.seeds, list(whole.steps)) == (3, range(3), [300] * 3)
    assert whole.loss.low < whole.loss.value < whole.loss.high
    assert not whole.diverged.any()
    assert "mean loss" in str(whole)
    assert np.isnan(whole.scores).all()


def test_a_seed_is_the_same_whatever_the_others(found: seqjax.Fitted) -> None:
    alone = seqjax.fit(
        plain,
        (X, Y),
        optimizer=optax.adam(0.1),
        **{**SHORT, "seeds": 1, "first_seed": 2},
    )
    np.testing.assert_array_equal(alone.history["loss"][0], found.history["loss"][2])
    np.testing.assert_array_equal(alone.predict(X)[0], found.predict(X)[2])


def test_what_is_tested_on_is_never_trained_on() -> None:
    """Tested examples cannot be learnt: each has a code of its own."""
    codes, labels = jnp.eye(20), jnp.arange(20) % 2
    found = seqjax.fit(
        lambda rngs: nnx.Linear(20, 2, rngs=rngs),
        (codes, labels),
        optimizer=optax.adam(0.1),
        test=0.25,
        validation=0.25,
        **{**SHORT, "loss": study.cross_entropy, "steps": 200, "validate_every": 200},
    )
    right = study.accuracy
    model = found.module(0)
    known = [
        float(right(model(codes[i : i + 1]), labels[i : i + 1])) for i in range(20)
    ]
    start = found.params["kernel"][...][0]
    moved = np.abs(start - _untrained(found)).max(axis=1) > 0.05
    assert moved.sum() == 10
    assert np.array(known)[moved].all()


def _untrained(found: seqjax.Fitted) -> np.ndarray:
    keys = named_keys(seed_keys([0])[0], ("params",))
    model = nnx.Linear(20, 2, rngs=nnx.Rngs(keys["params"]))
    return np.asarray(model.kernel[...])


def test_the_best_of_the_looks_is_kept() -> None:
    """A rate that overshoots: the validation set's best look is not the last one."""
    noisy = (X, Y + np.random.default_rng(1).normal(size=Y.shape).astype(np.float32))
    own = (X[:10], Y[:10])
    given = {**SHORT, "steps": 40, "test": own, "optimizer": optax.sgd(0.3)}
    best = seqjax.fit(plain, noisy, validation=own, validate_every=10, **given)
    looks = np.stack(
        [
            seqjax.fit(plain, noisy, **{**given, "steps": steps}).losses
            for steps in (10, 20, 30, 40)
        ]
    )
    np.testing.assert_allclose(best.losses, looks.min(axis=0), rtol=1e-6)
    assert (looks.argmin(axis=0) < 3).any()


def test_patience_ends_a_seed() -> None:
    own = (X[:10], Y[:10])
    found = seqjax.fit(
        plain,
        (X, Y),
        test=own,
        validation=own,
        validate_every=5,
        patience=2,
        optimizer=optax.sgd(0.0),
        **{**SHORT, "steps": 100},
    )
    # The first look is better than none; the next two are no better than it.
    assert list(found.steps) == [15] * 3
    assert np.isnan(found.history["loss"][:, 15:]).all()


def test_what_a_network_keeps_is_kept(tmp_path: Path) -> None:
    found = seqjax.fit(Network, (X, Y), validation=0.2, validate_every=10, **SHORT)
    assert np.isfinite(found.predict(X)).all()
    file = tmp_path / "fit.safetensors"
    found.save(file)
    again = seqjax.Fitted.load(file, Network)
    np.testing.assert_array_equal(again.predict(X), found.predict(X))
    np.testing.assert_array_equal(again.losses, found.losses)
    np.testing.assert_array_equal(again.history["loss"], found.history["loss"])
    assert str(again) == str(found)
    module = found.module(1)
    np.testing.assert_allclose(module(X), found.predict(X)[1], rtol=1e-5, atol=1e-6)


def test_pure_functions_trees_and_batches_that_are_made() -> None:
    """Sequences of different lengths, padded, with their lengths beside them."""

    def init(key: Any) -> Any:
        return {"w": jax.random.normal(key, (3,)), "b": jnp.zeros(())}

    def apply(params: Any, inputs: Any) -> Any:
        steps, lengths = inputs["xs"], inputs["lengths"]
        inside = jnp.arange(steps.shape[1]) < lengths[:, None]
        return jnp.where(inside, steps @ params["w"], 0).sum(axis=1) + params["b"]

    def batch(key: Any) -> Any:
        own, lengths = jax.random.split(key)
        inputs = {
            "xs": jax.random.normal(own, (8, 4, 3)),
            "lengths": jax.random.randint(lengths, (8,), 1, 5),
        }
        return inputs, apply({"w": jnp.ones(3), "b": 2.0}, inputs)

    found = seqjax.fit(
        (init, apply),
        batch,
        test=batch(jax.random.key(5)),
        optimizer=optax.adam(0.1),
        **{**SHORT, "steps": 200},
    )
    assert found.losses.max() < 1e-2
    assert found.params["w"].shape == (3, 3)
    with pytest.raises(UserError) as refused:
        found.module()
    assert str(refused.value) == (
        "module must be asked for of an nnx.Module, but the model is a pure function; "
        "use params"
    )


def test_a_seed_that_diverges_is_a_failure() -> None:
    found = seqjax.fit(plain, (X, Y), optimizer=optax.sgd(1e30), **SHORT)
    untrained = seqjax.fit(plain, (X, Y), optimizer=optax.sgd(0.0), **SHORT)
    assert found.diverged.all()
    np.testing.assert_allclose(found.losses, untrained.losses, rtol=1e-6)


def test_curves_are_drawn(found: seqjax.Fitted, tmp_path: Path) -> None:
    figure = found.plot(tmp_path / "curves.svg")
    assert isinstance(figure, Figure)
    assert (tmp_path / "curves.svg").stat().st_size > 1000


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"model": nnx.Linear(3, 1, rngs=nnx.Rngs(0))},
            "model must make the network of every seed, not be one: each has weights "
            "of its own; give lambda rngs: Linear(..., rngs=rngs)",
        ),
        (
            {"optimizer": 0.1},
            "optimizer must be one of optax, as optax.adam(1e-3), not float",
        ),
        (
            {"loss": "mse"},
            "loss must be a function, not str; for example seqjax.study.squared_error",
        ),
        (
            {"data": X},
            "data must be a pair of inputs and targets, not ndarray; give (inputs, "
            "targets)",
        ),
        (
            {"data": (X, Y[:5])},
            "data must have as many inputs as targets, at least one, not 40 and 5; "
            "put examples along the first axis",
        ),
        (
            {"test": 2},
            "test must be a pair of inputs and targets, or a share between 0 and 1, "
            "not 2; for example test=0.2",
        ),
        (
            {"test": 0.6, "validation": 0.6},
            "test and validation must leave some of the 40 examples to train on; give "
            "smaller shares",
        ),
        (
            {"data": lambda key: (X, Y)},
            "test must be a pair of inputs and targets where data is a function, not "
            "None; give test=(inputs, targets)",
        ),
        (
            {"data": study.Data((X, Y), (X, Y)), "test": 0.2},
            "test must be left out where data is study.Data, which has its own; give "
            "study.Data(train=..., test=..., validation=...)",
        ),
        ({"steps": 0}, "steps must be an integer of at least 1, not 0; give 1 or more"),
        (
            {"validation": 0.2, "validate_every": 31},
            "validate_every must be at most the 30 steps, not 31; look more often, or "
            "train longer",
        ),
        ({"patience": 3}, "patience must be left out without validation, not 3"),
    ],
)
def test_refusals(given: dict[str, Any], words: str, unchecked: None) -> None:
    whole = {"model": plain, "data": (X, Y), **SHORT, **given}
    with pytest.raises(UserError) as refused:
        seqjax.fit(**whole)
    assert str(refused.value) == words


def test_a_file_of_another_model(found: seqjax.Fitted, tmp_path: Path) -> None:
    file = tmp_path / "fit.safetensors"
    found.save(file)
    with pytest.raises(UserError) as refused:
        seqjax.Fitted.load(file, lambda rngs: nnx.Linear(4, 1, rngs=rngs))
    assert str(refused.value) == (
        f"model must be the one that was fitted: {file} has [3, 3, 1] for "
        "model/0/kernel/value, not [3, 4, 1]; give the function that was given to fit"
    )
    with pytest.raises(UserError) as refused:
        seqjax.Fitted.load(tmp_path / "none", plain)
    assert str(refused.value) == (
        f"{tmp_path / 'none'} must be a file that save has written, but there is none; "
        "name another"
    )
