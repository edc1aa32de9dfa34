"""Networks with random weights, and the same networks from other parts."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from seqjax.nn import Recurrent
from tests.core import numpy_cells
from tests.core.numpy_cells import Floats, State

TIME, BATCH, INPUTS, HIDDEN = 5, 3, 2, 4
LENGTHS = [5, 2, 4]


def random_weights(make: Callable[[], nnx.Module], scale: float = 0.5) -> Any:
    """The module that `make` makes, with every number drawn anew (biases too)."""
    rng = np.random.default_rng(0)
    graph, shapes = nnx.split(nnx.eval_shape(make))
    return nnx.merge(
        graph,
        jax.tree.map(lambda s: jnp.asarray(scale * rng.normal(size=s.shape)), shapes),
    )


def draw_inputs(time: int = TIME, batch: int = BATCH) -> jax.Array:
    rng = np.random.default_rng(1)
    return jnp.asarray(rng.normal(size=(time, batch, INPUTS)))


def draw_carry(model: Recurrent, batch: int = BATCH) -> dict[str, Any]:
    rng = np.random.default_rng(2)
    zeros = model.initial_carry(batch, jnp.result_type(float))
    return jax.tree.map(lambda leaf: jnp.asarray(rng.normal(size=leaf.shape)), zeros)


# (cell's name, parameters, inputs, first state, lengths, reverse) -> (state, outputs)
Runner = Callable[..., tuple[State, Floats]]


def layer_by_layer(
    model: Recurrent,
    xs: Any,
    carry: dict[str, Any],
    lengths: Sequence[int],
    run: Runner = numpy_cells.run,
) -> tuple[Floats, dict[str, State]]:
    """What `model` should give, by another implementation of one layer."""
    values, final = np.asarray(xs), {}
    for layer in range(model.num_layers):
        outputs = []
        for suffix in ("", "_reverse") if model.bidirectional else ("",):
            name = f"layer_{layer}{suffix}"
            final[name], ys = run(
                model.cell.name,
                getattr(model, name).params(),
                values,
                carry[name],
                lengths,
                suffix == "_reverse",
            )
            outputs.append(ys)
        values = np.concatenate(outputs, axis=-1)
    return values, final


def assert_equal(found: Any, expected: Any, tolerance: float) -> None:
    """Outputs and final carries of every layer agree, and nothing is missing."""
    (ys, final), (expected_ys, expected_final) = found, expected
    np.testing.assert_allclose(ys, expected_ys, rtol=0, atol=tolerance)
    assert final.keys() == expected_final.keys()
    for name, carry in final.items():
        assert carry._asdict().keys() == expected_final[name].keys()
        for field, value in carry._asdict().items():
            expected_value = expected_final[name][field]
            np.testing.assert_allclose(value, expected_value, rtol=0, atol=tolerance)
