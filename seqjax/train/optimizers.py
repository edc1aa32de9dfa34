"""Optimisers by name, with the constants of torch, Keras or TF1.

The libraries mean different updates by one name: `optax.rmsprop` decays by 0.9 and
adds epsilon inside the root, torch's by 0.99 and outside it. A flavour fixes constants
and the place of epsilon, so that a published setting can be repeated step for step.

Every optimiser here is a `Direction`: `params - learning_rate * direction` is the next
iterate. The learning rate stays outside, traced, so that it can be swept without
compiling anew. A transformation of optax is another thing, and of another type: it
gives *updates*, with sign and rate in them, which are added. Trainings take both.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from seqjax.core.checks import check_choice

Tree = Any
Build = Callable[[], optax.GradientTransformation]

_ALL = ("torch", "keras", "tf1")
FLAVORS = (*_ALL, "char-rnn")


class Direction(NamedTuple):
    """An optimiser without its learning rate: where to go *down* along.

    Attributes:
        init: `params -> state`.
        direction: `(grads, state, params) -> (direction, state)`; the next iterate is
            `params - learning_rate * direction`. What a training knows besides comes by
            keyword: `value`, `grad` and `value_fn`, as optax calls them.
    """

    init: Callable[[Tree], Tree]
    direction: Callable[..., tuple[Tree, Tree]]


Optimizer: TypeAlias = Direction | optax.GradientTransformation
"""What trainings take: a direction, or what optax adds."""


def as_direction(optimizer: Optimizer | Any) -> Direction:
    """A direction as it is; of an optax transformation the way back from its updates.

    With the learning rate 1 the next iterate is then `params + updates`, to the bit, as
    optax means it; another rate is a factor of the updates.

    Args:
        optimizer: a `Direction`, or any transformation of optax.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(optimizer, Direction):
        return optimizer
    if not isinstance(optimizer, optax.GradientTransformation):
        raise ValueError(
            "optimizer must be a Direction or an optax.GradientTransformation, not "
            f"{optimizer!r}; give direction('adam') or optax.adam(1e-3)"
        )
    update = optax.with_extra_args_support(optimizer).update

    def back(
        grads: Tree, state: Tree, params: Tree = None, **known: Any
    ) -> tuple[Tree, Tree]:
        updates, state = update(grads, state, params, **known)
        return jax.tree.map(jnp.negative, updates), state

    return Direction(optimizer.init, back)


def _scaling(transformation: optax.GradientTransformation) -> Direction:
    """The direction that one of optax's `scale_by_...` makes of gradients."""

    def direction(
        grads: Tree, state: Tree, params: Tree = None, **known: Any
    ) -> tuple[Tree, Tree]:
        return transformation.update(grads, state, params)

    return Direction(transformation.init, direction)


class _SumOfSquares(NamedTuple):
    """Adagrad's accumulator, one array per parameter."""

    total: Tree


def _adagrad(
    initial: float, eps: float, *, inside: bool
) -> optax.GradientTransformation:
    """Adagrad (Duchi 2011): g / (sqrt(s) + eps), or g / sqrt(s + eps), s = sum of g^2.

    optax has the second only; torch divides by the first.
    """

    def init(params: Tree) -> _SumOfSquares:
        return _SumOfSquares(jax.tree.map(lambda p: jnp.full_like(p, initial), params))

    def update(
        grads: Tree, state: _SumOfSquares, params: Tree | None = None
    ) -> tuple[Tree, _SumOfSquares]:
        total = jax.tree.map(lambda s, g: s + g**2, state.total, grads)

        def scale(g: Array, s: Array) -> Array:
            root = jnp.sqrt(s + eps) if inside else jnp.sqrt(s) + eps
            return jnp.where(root > 0, g / jnp.where(root > 0, root, 1), 0)

        return jax.tree.map(scale, grads, total), _SumOfSquares(total)

    return optax.GradientTransformation(init, update)


class _Moments(NamedTuple):
    """Adam's state with the number of updates."""

    updates: Array
    mean: Tree
    square: Tree


def _adam_uncorrected_eps(eps: float) -> optax.GradientTransformation:
    """Adam with epsilon beside the uncorrected second moment, as Keras and TF1 have it.

    m sqrt(1 - b2^t) / ((1 - b1^t) (sqrt(v) + eps)): the "epsilon hat" that Kingma & Ba
    (2015) mention before section 2.1; optax and torch correct v first.
    """
    b1, b2 = 0.9, 0.999

    def init(params: Tree) -> _Moments:
        zeros = jax.tree.map(jnp.zeros_like, params)
        return _Moments(jnp.zeros([], jnp.int32), zeros, zeros)

    def update(
        grads: Tree, state: _Moments, params: Tree | None = None
    ) -> tuple[Tree, _Moments]:
        updates = state.updates + 1
        t = updates.astype(jnp.float32)
        mean = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, state.mean, grads)
        square = jax.tree.map(
            lambda v, g: b2 * v + (1 - b2) * g**2, state.square, grads
        )
        correction = jnp.sqrt(1 - b2**t) / (1 - b1**t)

        def scale(m: Array, v: Array) -> Array:
            return correction.astype(m.dtype) * m / (jnp.sqrt(v) + eps)

        return jax.tree.map(scale, mean, square), _Moments(updates, mean, square)

    return optax.GradientTransformation(init, update)


class _NesterovMoments(NamedTuple):
    """NAdam's state: Adam's, and the product of all momenta so far."""

    updates: Array
    mean: Tree
    square: Tree
    product: Array


def _nadam(eps: float, decay: float) -> optax.GradientTransformation:
    """NAdam (Dozat 2016) with his schedule of the momentum, as torch and Keras have it.

    With mu_t = 0.9 (1 - 0.5 * 0.96^(t decay)) and M_t the product of mu_1 to mu_t,

        (mu_{t+1} m_t / (1 - M_{t+1}) + (1 - mu_t) g_t / (1 - M_t)) / (sqrt(v^) + eps)

    torch's `momentum_decay` is 0.004, Keras' is fixed at 1. optax has no schedule.
    """
    b1, b2 = 0.9, 0.999

    def init(params: Tree) -> _NesterovMoments:
        zeros = jax.tree.map(jnp.zeros_like, params)
        one = jnp.ones([], jnp.float32)
        return _NesterovMoments(jnp.zeros([], jnp.int32), zeros, zeros, one)

    def update(
        grads: Tree, state: _NesterovMoments, params: Tree | None = None
    ) -> tuple[Tree, _NesterovMoments]:
        updates = state.updates + 1
        t = updates.astype(jnp.float32)
        here, then = (b1 * (1 - 0.5 * 0.96 ** (s * decay)) for s in (t, t + 1))
        product = state.product * here
        mean = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, state.mean, grads)
        square = jax.tree.map(
            lambda v, g: b2 * v + (1 - b2) * g**2, state.square, grads
        )
        of_m, of_g = then / (1 - product * then), (1 - here) / (1 - product)
        correction = 1 - b2**t

        def scale(m: Array, v: Array, g: Array) -> Array:
            looked = of_m.astype(m.dtype) * m + of_g.astype(m.dtype) * g
            return looked / (jnp.sqrt(v / correction.astype(v.dtype)) + eps)

        steps = jax.tree.map(scale, mean, square, grads)
        return steps, _NesterovMoments(updates, mean, square, product)

    return optax.GradientTransformation(init, update)


def _decayed(
    base: optax.GradientTransformation, weight_decay: float
) -> optax.GradientTransformation:
    return optax.chain(base, optax.add_decayed_weights(weight_decay))


# One row per optimiser: what each flavour means by its name. A flavour that lacks the
# optimiser is absent; "torch" constants are used where all agree.
_TABLE: dict[str, dict[str, Build]] = {
    "sgd": dict.fromkeys(_ALL, optax.identity),
    "momentum": dict.fromkeys(_ALL, lambda: optax.trace(decay=0.9)),
    "nesterov": dict.fromkeys(_ALL, lambda: optax.trace(decay=0.9, nesterov=True)),
    "adagrad": {
        "torch": lambda: _adagrad(0.0, 1e-10, inside=False),
        "keras": lambda: _adagrad(0.1, 1e-7, inside=True),
        "tf1": lambda: _adagrad(0.1, 0.0, inside=True),
    },
    "adadelta": {
        "torch": lambda: optax.scale_by_adadelta(0.9, 1e-6),
        "keras": lambda: optax.scale_by_adadelta(0.95, 1e-7),
        "tf1": lambda: optax.scale_by_adadelta(0.95, 1e-8),
    },
    "rmsprop": {
        "torch": lambda: optax.scale_by_rms(0.99, 1e-8, eps_in_sqrt=False),
        "keras": lambda: optax.scale_by_rms(0.9, 1e-7, eps_in_sqrt=True),
        "tf1": lambda: optax.scale_by_rms(
            0.9, 1e-10, initial_scale=1.0, eps_in_sqrt=True
        ),
        "char-rnn": lambda: optax.scale_by_rms(0.95, 1e-8, eps_in_sqrt=False),
    },
    "adam": {
        "torch": lambda: optax.scale_by_adam(0.9, 0.999, 1e-8),
        "keras": lambda: _adam_uncorrected_eps(1e-7),
        "tf1": lambda: _adam_uncorrected_eps(1e-8),
    },
    "adamw": {
        "torch": lambda: _decayed(optax.scale_by_adam(0.9, 0.999, 1e-8), 1e-2),
        "keras": lambda: _decayed(_adam_uncorrected_eps(1e-7), 4e-3),
    },
    "nadam": {
        "torch": lambda: _nadam(1e-8, 0.004),
        "keras": lambda: _nadam(1e-7, 1.0),
    },
    # optax and torch keep epsilon inside the maximum, Keras beside it.
    "adamax": {"torch": lambda: optax.scale_by_adamax(0.9, 0.999, 1e-8)},
    "lion": {
        "torch": lambda: optax.scale_by_lion(0.9, 0.99),
        "keras": lambda: optax.scale_by_lion(0.9, 0.99),
    },
}

OPTIMIZERS = tuple(_TABLE)


def direction(name: str, flavor: str = "torch") -> Direction:
    """The optimiser of a library by its name, without its learning rate.

    Args:
        name: one of `OPTIMIZERS`.
        flavor: whose constants: "torch" (2.x), "keras" (3), "tf1"
            (`tf.compat.v1.train`) or "char-rnn" (Karpathy 2015); its authors' own for
            Lion, which torch has not.

    Returns:
        From gradients to a direction; `params - learning_rate * direction` comes next.

    Raises:
        ValueError: on an unknown name, or a flavour that lacks the optimiser.
    """
    check_choice("optimizer", name, _TABLE)
    check_choice("flavor", flavor, FLAVORS)
    if flavor not in _TABLE[name]:
        raise ValueError(
            f"flavor must have the optimizer {name}, which {flavor} has not; "
            f"use {' or '.join(_TABLE[name])}"
        )
    return _scaling(_TABLE[name][flavor]())
