"""Layers in every mode of JAX: of differentiation, of checks, of meshes, of export.

`python -m pytest tests/nn/test_modes.py -m "slow or not slow"` runs every cell of the
matrix of layers, modes and methods.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax import export
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

from seqjax.core.graphs.propagation import renormalized
from seqjax.nn import GRU, LSTM, RNN, GatedRecurrent, GraphConvolution
from tests.variants import and_slow

Function = Callable[[Any, Any], Any]
METHODS = ("adjoint", "scan")
EDGES = np.array([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])

LAYERS: dict[str, Callable[..., Any]] = {
    "LSTM": lambda **options: LSTM(2, 3, **options),
    "RNN": lambda **options: RNN(2, 3, **options),
    "GRU, both ways, two layers": lambda **options: GRU(
        2, 3, num_layers=2, bidirectional=True, **options
    ),
    "gated LSTM": lambda **options: GatedRecurrent("lstm", 2, 3, **options),
    "graph convolution": lambda **options: GraphConvolution(2, 3, rngs=options["rngs"]),
}


@cache
def made(layer: str, method: str) -> tuple[Function, Any, Any]:
    """A layer's outputs as a function of parameters and inputs, and both."""
    model = LAYERS[layer](method=method, rngs=nnx.Rngs(params=0))
    graph, params, rest = nnx.split(model, nnx.Param, ...)  # type: ignore[misc]
    xs = np.random.default_rng(0).normal(size=(5, 4, 2))
    leaves, treedef = jax.tree.flatten(params)
    matrix = renormalized(EDGES, 4, dtype=np.float64)

    def outputs(leaves: Any, xs: Any) -> Any:
        model = nnx.merge(graph, jax.tree.unflatten(treedef, leaves), rest)
        if isinstance(model, GraphConvolution):
            return model(matrix, xs[0])
        if isinstance(model, GatedRecurrent):
            times = 0.7 * jnp.arange(xs.shape[0], dtype=xs.dtype)[:, None]
            return model(xs, times, leak=0.1)[0]
        return model(xs)[0]

    return outputs, [np.asarray(leaf, np.float64) for leaf in leaves], xs


def energy(function: Function) -> Function:
    return lambda params, xs: jnp.sum(jnp.sin(function(params, xs)))


def slopes(function: Function) -> Function:
    return jax.grad(energy(function), (0, 1))


def along(function: Function) -> Function:
    """The derivative along a direction of parameters and inputs."""

    def found(params: Any, xs: Any) -> Any:
        args = (params, xs)
        return jax.jvp(function, args, jax.tree.map(jnp.cos, args))[1]

    return found


def central(function: Function) -> Function:
    """The same by differences."""
    step = 1e-5

    def found(params: Any, xs: Any) -> Any:
        here = (params, xs)
        there = function(*jax.tree.map(lambda a: a + step * jnp.cos(a), here))
        back = function(*jax.tree.map(lambda a: a - step * jnp.cos(a), here))
        return jax.tree.map(lambda a, b: (a - b) / (2 * step), there, back)

    return found


def agree(found: Any, expected: Any, tolerance: float = 1e-7) -> None:
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance),
        found,
        expected,
    )


def forward_mode(function: Function, params: Any, xs: Any) -> None:
    agree(jax.jit(along(function))(params, xs), central(function)(params, xs))
    _, push = jax.linearize(function, params, xs)
    agree(push(*jax.tree.map(jnp.cos, (params, xs))), along(function)(params, xs))


def forward_over_reverse(function: Function, params: Any, xs: Any) -> None:
    found = jax.jit(along(slopes(function)))(params, xs)
    agree(found, central(slopes(function))(params, xs), 1e-6)


def reverse_over_reverse(function: Function, params: Any, xs: Any) -> None:
    gradient = slopes(function)

    def product(params: Any, xs: Any) -> Any:
        directions = jax.tree.map(jnp.cos, (params, xs))
        _, pull = jax.vjp(gradient, params, xs)
        return pull(directions)

    # The matrix of second derivatives is symmetric.
    agree(jax.jit(product)(params, xs), central(gradient)(params, xs), 1e-6)


def reverse_over_forward(function: Function, params: Any, xs: Any) -> None:
    slope = jax.grad(lambda *args: jnp.sum(along(function)(*args)), (0, 1))
    change = along(lambda *args: jnp.sum(along(function)(*args)))
    found = slope(params, xs)
    directions = jax.tree.map(jnp.cos, (params, xs))
    dots = jax.tree.map(lambda a, b: jnp.sum(a * b), found, directions)
    agree(sum(jax.tree.leaves(dots)), change(params, xs))


def mapped(function: Function, params: Any, xs: Any) -> None:
    both = jnp.stack([xs, 2 * xs])
    each = [slopes(function)(params, one)[0] for one in both]
    inside = jax.vmap(slopes(function), (None, 0))(params, both)[0]
    agree(inside, jax.tree.map(lambda *bars: jnp.stack(bars), *each))
    # The gradient of a sum over the batch adds up what parameters get from each.
    outside = jax.grad(
        lambda params: jnp.sum(jax.vmap(energy(function), (None, 0))(params, both))
    )(params)
    agree(outside, jax.tree.map(jnp.add, *each))


def checks(function: Function, params: Any, xs: Any) -> None:
    with (
        jax.debug_nans(True),
        jax.debug_infs(True),
        jax.numpy_rank_promotion("raise"),
        jax.numpy_dtype_promotion("strict"),
        jax.checking_leaks(),
    ):
        found = jax.jit(slopes(function))(params, xs), along(function)(params, xs)
    agree(found, (slopes(function)(params, xs), along(function)(params, xs)))


def without_jit(function: Function, params: Any, xs: Any) -> None:
    expected = slopes(function)(params, xs)
    with jax.disable_jit():
        agree(slopes(function)(params, xs), expected)


def over_devices(function: Function, params: Any, xs: Any) -> None:
    mesh = jax.make_mesh((2,), ("data",), axis_types=(AxisType.Auto,))
    expected = slopes(function)(params, xs)[0]
    for check in (True, False):

        def one(params: Any, xs: Any, check: bool = check) -> Any:
            bars = slopes(function)(params, xs)[0]
            # With the check, JAX itself adds up over devices.
            return bars if check else jax.lax.psum(bars, "data")

        spread = jax.shard_map(
            one,
            mesh=mesh,
            in_specs=(P(), P(None, "data")),
            out_specs=P(),
            check_vma=check,
        )
        agree(jax.jit(spread)(params, xs), expected)


def explicit_mesh(function: Function, params: Any, xs: Any) -> None:
    expected = slopes(function)(params, xs)
    mesh = jax.make_mesh((2,), ("data",), axis_types=(AxisType.Explicit,))
    with jax.set_mesh(mesh):
        params = jax.device_put(params, NamedSharding(mesh, P()))
        xs = jax.device_put(xs, NamedSharding(mesh, P(None, "data")))
        agree(jax.jit(slopes(function))(params, xs), expected)


def symbolic(function: Function, params: Any, xs: Any) -> None:
    time, batch = export.symbolic_shape("time, batch")
    shapes = (
        [jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in params],
        jax.ShapeDtypeStruct((time, batch, xs.shape[2]), xs.dtype),
    )
    for each in (function, slopes(function)):
        exported = export.export(jax.jit(each))(*shapes)
        agree(exported.call(params, xs), each(params, xs))


MODES: list[Callable[[Function, Any, Any], None]] = [
    forward_mode,
    forward_over_reverse,
    reverse_over_reverse,
    reverse_over_forward,
    mapped,
    checks,
    without_jit,
    over_devices,
    explicit_mesh,
    symbolic,
]

NOT_FOR = {
    ("graph convolution", mode): "nodes of one graph are neither sequences nor a batch"
    for mode in ("over_devices", "explicit_mesh", "symbolic")
}
"""Layers and modes that do not go together, and why."""


def cells() -> tuple[list[Any], list[Any]]:
    """What always runs, each mode and each layer at least once, and the rest."""
    always: list[Any] = []
    slow: list[Any] = []
    for layer in LAYERS:
        # A graph has no method.
        for method in METHODS[:1] if layer.startswith("graph") else METHODS:
            for mode in MODES:
                if (layer, mode.__name__) in NOT_FOR:
                    continue
                often = layer == "LSTM" or mode is mapped
                often = often and method == "adjoint"
                (always if often else slow).append((layer, mode, method))
    return always, slow


def cell_id(cell: Any) -> str:
    return f"{cell[0]}-{cell[1].__name__}-{cell[2]}".replace(" ", "-")


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    "cell",
    and_slow(*cells()),
    ids=cell_id,
)
def test_a_layer_works_in_a_mode(cell: Any) -> None:
    layer, mode, method = cell
    function, params, xs = made(layer, method)
    mode(function, [jnp.asarray(leaf) for leaf in params], jnp.asarray(xs))


def test_in_forward_mode_nothing_is_kept_for_the_way_back() -> None:
    """What the written rule would need is computed by nobody once compiled."""

    def needed(method: str) -> int:
        function, params, _ = made("LSTM", method)
        shapes = [jax.ShapeDtypeStruct(leaf.shape, jnp.float32) for leaf in params]
        xs = jax.ShapeDtypeStruct((1000, 8, 2), jnp.float32)
        compiled = jax.jit(along(function)).lower(shapes, xs).compile()
        analysis = compiled.memory_analysis()
        assert analysis is not None
        return int(analysis.temp_size_in_bytes)

    assert needed("adjoint") < 1.5 * needed("scan")
