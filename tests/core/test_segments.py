"""Checkpointing in time: the same gradient, in memory that does not grow with time."""

from typing import Any

import jax
import jax.numpy as jnp
import pytest

from seqjax.core.cells import CELLS, LSTM, Cell
from seqjax.core.recurrence import recur
from tests.core.cases import WITH_EQUATIONS, cell_id, draw_case, relative_difference
from tests.variants import and_slow


def gradient(cell: Cell, segment: int | None) -> Any:
    def loss(params: Any, xs: Any, carry: Any, steps: Any, lengths: Any) -> Any:
        final, ys = recur(
            cell,
            params,
            xs,
            carry,
            num_steps=steps,
            lengths=lengths,
            segment=segment,
            reverse=True,
        )
        return jnp.sum(jnp.sin(ys)) + sum(jnp.sum(leaf**2) for leaf in final)

    return jax.jit(jax.grad(loss, (0, 1, 2)))


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    "cell",
    and_slow([LSTM], [cell for cell in WITH_EQUATIONS if cell is not LSTM]),
    ids=cell_id,
)
def test_segments_change_nothing(cell: Cell) -> None:
    case = draw_case(cell, "features", time=11, batch=3)
    lengths = jnp.array([11, 2, 7])
    for steps in (11, 6, 1):
        inputs = (case.params, case.xs, case.carry, jnp.int32(steps), lengths)
        whole = gradient(cell, None)(*inputs)
        # One step at a time, a size that leaves a rest, and more than there are.
        for segment in (1, 4, 30):
            found = gradient(cell, segment)(*inputs)
            assert relative_difference(found, whole) < 1e-13


def bytes_needed(time: int, segment: int | None) -> int:
    """Bytes that XLA sets aside for one gradient, besides inputs and outputs."""
    cell = CELLS["lstm"]
    case = draw_case(cell, "features", time=4, batch=8)
    shape = (time, *case.xs.shape[1:])
    xs = jax.ShapeDtypeStruct(shape, case.xs.dtype)

    def loss(params: Any, xs: Any, carry: Any) -> Any:
        final, _ = recur(cell, params, xs, carry, outputs=False, segment=segment)
        return jnp.sum(final.h)

    compiled = jax.jit(jax.grad(loss)).lower(case.params, xs, case.carry).compile()
    analysis = compiled.memory_analysis()
    assert analysis is not None
    return int(analysis.temp_size_in_bytes)


def test_ten_thousand_steps_train_in_the_memory_of_two_hundred() -> None:
    stored = bytes_needed(10_000, None)
    assert stored > 30 * bytes_needed(200, None)
    assert bytes_needed(10_000, 100) < 2 * bytes_needed(200, None)


def test_a_segment_below_one_is_refused() -> None:
    case = draw_case(CELLS["rnn"], "features", time=4, batch=2)
    with pytest.raises(ValueError, match="segment") as error:
        recur(CELLS["rnn"], case.params, case.xs, case.carry, segment=0)
    assert str(error.value) == (
        "segment must be an integer of at least 1, not 0; give 1 or more"
    )
