"""Every optimiser against its library's published formula, written out in NumPy."""

from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from seqjax.train import (
    OPTIMIZERS,
    Direction,
    Ensemble,
    direction,
    loop,
    make_hyper,
    train,
)
from seqjax.train.optimizers import FLAVORS, as_direction
from tests.registered import OPTIMIZER_NAMES
from tests.train.problem import ONE, TASK
from tests.variants import and_slow

STEPS, RATE = 10, 0.03


def gradients() -> np.ndarray:
    """Gradients of ten steps, with sizes from 1e-4 to 10 and an exact zero."""
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(STEPS, 6)) * np.array([1e-4, 1e-2, 1, 1, 10, 0])
    return drawn.astype(np.float32)


def ours(name: str, flavor: str, start: np.ndarray) -> np.ndarray:
    optimizer = direction(name, flavor)
    params = jnp.asarray(start)
    with jax.numpy_dtype_promotion("standard"):  # optax mixes integers and floats
        state = optimizer.init(params)
        for g in gradients():
            step, state = optimizer.direction(jnp.asarray(g), state, params)
            params = params - RATE * step
    return np.asarray(params)


def by_formula(name: str, flavor: str, start: np.ndarray) -> np.ndarray:
    """The libraries' documented updates in float64."""
    p = start.astype(np.float64)
    m, v = np.zeros_like(p), np.zeros_like(p)
    if name == "rmsprop" and flavor == "tf1":
        v += 1
    if name == "adagrad" and flavor != "torch":
        v += 0.1
    b1, b2 = 0.9, 0.999
    # Zeiler's (2012) decay and epsilon as each library has them.
    rho, small = {"torch": (0.9, 1e-6), "keras": (0.95, 1e-7), "tf1": (0.95, 1e-8)}.get(
        flavor, (0.0, 0.0)
    )
    for t, g in enumerate(gradients().astype(np.float64), start=1):
        if name == "sgd":
            p = p - RATE * g
        elif name in ("momentum", "nesterov"):
            m = 0.9 * m + g
            p = p - RATE * (g + 0.9 * m if name == "nesterov" else m)
        elif name == "rmsprop":
            decay = {"torch": 0.99, "char-rnn": 0.95}.get(flavor, 0.9)
            v = decay * v + (1 - decay) * g**2
            root = {
                "torch": np.sqrt(v) + 1e-8,
                "char-rnn": np.sqrt(v) + 1e-8,
                "keras": np.sqrt(v + 1e-7),
                "tf1": np.sqrt(v + 1e-10),
            }[flavor]
            p = p - RATE * g / root
        elif name == "adagrad":
            v = v + g**2
            root = {
                "torch": np.sqrt(v) + 1e-10,
                "keras": np.sqrt(v + 1e-7),
                "tf1": np.sqrt(v),
            }[flavor]
            p = p - RATE * g / root
        elif name == "adadelta":
            v = rho * v + (1 - rho) * g**2
            step = np.sqrt(m + small) / np.sqrt(v + small) * g
            m = rho * m + (1 - rho) * step**2
            p = p - RATE * step
        elif name == "adamax":
            # Kingma & Ba (2015), algorithm 2; v is the infinity norm.
            m, v = b1 * m + (1 - b1) * g, np.maximum(b2 * v, np.abs(g) + 1e-8)
            p = p - RATE / (1 - b1**t) * m / v
        elif name in ("adam", "adamw"):
            decay = {"torch": 1e-2, "keras": 4e-3}.get(flavor, 0) * (name == "adamw")
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            shrunk = p - RATE * decay * p
            if flavor == "torch":
                m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
                p = shrunk - RATE * m_hat / (np.sqrt(v_hat) + 1e-8)
            else:
                eps = 1e-7 if flavor == "keras" else 1e-8
                rate = RATE * np.sqrt(1 - b2**t) / (1 - b1**t)
                p = shrunk - rate * m / (np.sqrt(v) + eps)
        elif name == "nadam":
            # Dozat 2016 with his schedule of the momentum, which optax does not have.
            pace, eps = {"torch": (0.004, 1e-8), "keras": (1.0, 1e-7)}[flavor]
            momenta = b1 * (1 - 0.5 * 0.96 ** (np.arange(1, t + 2) * pace))
            so_far, then = np.prod(momenta[:-1]), np.prod(momenta)
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            m_hat = momenta[-1] * m / (1 - then) + (1 - momenta[-2]) * g / (1 - so_far)
            p = p - RATE * m_hat / (np.sqrt(v / (1 - b2**t)) + eps)
        elif name == "lion":
            p = p - RATE * np.sign(0.9 * m + 0.1 * g)
            m = 0.99 * m + 0.01 * g
    return p


def exists(name: str, flavor: str) -> bool:
    try:
        direction(name, flavor)
    except ValueError:
        return False
    return True


# What is in the table is tested, as soon as it is there.
PAIRS = [pair for pair in product(OPTIMIZERS, FLAVORS) if exists(*pair)]


@pytest.mark.parametrize(("name", "flavor"), PAIRS)
def test_ten_steps_follow_the_formula(name: str, flavor: str) -> None:
    start = np.linspace(-1, 1, 6, dtype=np.float32)
    np.testing.assert_allclose(
        ours(name, flavor, start), by_formula(name, flavor, start), rtol=2e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    "name",
    [
        "sgd",
        "momentum",
        "nesterov",
        "adagrad",
        "adadelta",
        "rmsprop",
        "adam",
        "adamw",
        "adamax",
        "nadam",
    ],
)
def test_ten_steps_follow_torch(name: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    start = np.linspace(-1, 1, 6, dtype=np.float32)
    p = torch.nn.Parameter(torch.tensor(start))
    make = {
        "sgd": lambda: torch.optim.SGD([p], RATE),
        "momentum": lambda: torch.optim.SGD([p], RATE, momentum=0.9),
        "nesterov": lambda: torch.optim.SGD([p], RATE, momentum=0.9, nesterov=True),
        "adagrad": lambda: torch.optim.Adagrad([p], RATE),
        "adadelta": lambda: torch.optim.Adadelta([p], RATE),
        "adamax": lambda: torch.optim.Adamax([p], RATE),
        "nadam": lambda: torch.optim.NAdam([p], RATE),
        "rmsprop": lambda: torch.optim.RMSprop([p], RATE),
        "adam": lambda: torch.optim.Adam([p], RATE),
        "adamw": lambda: torch.optim.AdamW([p], RATE),
    }
    optimizer = make[name]()
    for g in gradients():
        p.grad = torch.tensor(g)
        optimizer.step()
    np.testing.assert_allclose(
        ours(name, "torch", start), p.detach().numpy(), rtol=2e-5, atol=1e-6
    )


def test_unknown_names_are_told_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="optimizer must be one of") as error:
        direction("rmsprp")
    assert str(error.value) == (
        f"optimizer must be one of {OPTIMIZER_NAMES}, not 'rmsprp'; did you mean "
        "'rmsprop'?"
    )
    with pytest.raises(ValueError, match="flavor") as error:
        direction("adamw", "tf1")
    assert str(error.value) == (
        "flavor must have the optimizer adamw, which tf1 has not; use torch or keras"
    )


def with_optax(optimizer: Any, updates: int, rate: float = 1.0) -> tuple[Any, Any]:
    """Parameters and losses of `train`, under optax's own promotion."""
    with jax.numpy_dtype_promotion("standard"):
        state, metrics = train(
            *(TASK, optimizer, jax.random.key(0), make_hyper(rate), ONE),
            num_updates=updates,
        )
    return state.params, metrics.loss


OF_OPTAX = {
    "adam": lambda: optax.adam(0.1),
    "sgd": lambda: optax.sgd(0.5, momentum=0.9),
    "a chain": lambda: optax.chain(optax.clip_by_global_norm(0.1), optax.sgd(1.0)),
    "a schedule": lambda: optax.adam(optax.cosine_decay_schedule(0.1, 30)),
    "injected": lambda: optax.inject_hyperparams(optax.adam)(learning_rate=0.1),
    "every second": lambda: optax.MultiSteps(
        optax.sgd(0.5), 2
    ).gradient_transformation(),
    "of the loss": lambda: optax.polyak_sgd(max_learning_rate=1.0),
    "of the function": lambda: optax.lbfgs(),
}


@pytest.mark.parametrize(
    "name",
    and_slow(
        ("a chain", "a schedule", "every second", "of the loss"),
        ("adam", "sgd", "injected", "of the function"),
    ),
)
def test_f7_updates_of_optax_are_added_and_descend(name: str) -> None:
    """Equal to the loop in optax's own documentation, and down."""
    optimizer = OF_OPTAX[name]()
    params, losses = with_optax(optimizer, 12)
    assert losses[-3:].mean() < 0.8 * losses[0]
    start = loop.init(TASK, optimizer, jax.random.key(0))
    expected, state = start.params, start.optimizer
    update = optax.with_extra_args_support(optimizer).update
    with jax.numpy_dtype_promotion("standard"):
        for step in range(12):
            x = TASK.batch(jax.random.fold_in(start.key, step), ONE)

            def loss(params: Any, x: Any = x) -> Any:
                return TASK.loss(params, x, ONE)[0]

            value, grads = jax.value_and_grad(loss)(expected)
            updates, state = update(
                grads, state, expected, value=value, grad=grads, value_fn=loss
            )
            expected = optax.apply_updates(expected, updates)
    for ours_, theirs in zip(
        jax.tree.leaves(params), jax.tree.leaves(expected), strict=True
    ):
        np.testing.assert_allclose(ours_, theirs, rtol=2e-4, atol=2e-5)


def test_f7_a_direction_and_optax_with_its_rate_go_the_same_way() -> None:
    named, _ = with_optax(direction("adam"), 8, rate=0.1)
    own, _ = with_optax(optax.adam(0.1), 8)
    factor, _ = with_optax(optax.adam(0.2), 8, rate=0.5)
    for a, b, c in zip(*map(jax.tree.leaves, (named, own, factor)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(a, c, rtol=1e-5, atol=1e-6)


def test_f7_an_ensemble_takes_optax_too() -> None:
    with jax.numpy_dtype_promotion("standard"):
        ensemble = Ensemble(TASK, optax.adam(0.1), 2, capacity=10)
        keys = jax.vmap(jax.random.key)(jnp.arange(2))
        hyper = make_hyper(1.0)
        states, metrics = ensemble.advance(ensemble.init(keys), hyper, ONE, 10)
    losses = ensemble.gather(metrics.loss)
    assert (losses[:, -3:].mean(1) < 0.8 * losses[:, 0]).all()


def test_a_direction_cannot_be_taken_for_a_transformation_of_optax() -> None:
    assert not isinstance(direction("adam"), optax.GradientTransformation)
    assert not hasattr(direction("adam"), "update")
    assert not isinstance(optax.adam(1.0), Direction)


@pytest.mark.parametrize("wrong", ["adam", None, 0.1, optax.adam])
def test_what_is_no_optimizer_is_refused(wrong: Any) -> None:
    message = (
        "optimizer must be a Direction or an optax.GradientTransformation, not "
        f"{wrong!r}; give direction('adam') or optax.adam(1e-3)"
    )
    hyper = make_hyper(1.0)
    for give in (
        lambda: as_direction(wrong),
        lambda: train(TASK, wrong, jax.random.key(0), hyper, ONE, num_updates=1),
        lambda: Ensemble(TASK, wrong, 1),
    ):
        with pytest.raises(ValueError, match="optimizer") as caught:
            give()
        assert str(caught.value) == message
