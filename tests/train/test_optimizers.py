"""Every optimiser against its library's published formula, written out in NumPy."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.train import OPTIMIZERS, direction
from seqjax.train.optimizers import FLAVORS
from tests.registered import OPTIMIZER_NAMES

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
            # Dozat 2016 without the momentum schedule, as optax has it.
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            m_hat = b1 * m / (1 - b1 ** (t + 1)) + (1 - b1) * g / (1 - b1**t)
            p = p - RATE * m_hat / (np.sqrt(v / (1 - b2**t)) + 1e-8)
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
