"""The exact gradients of the check against autodiff of the cells, and single steps."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core import losses
from seqjax.core.cells import LSTM, RNN, Cell, LSTMCarry, LSTMParams, RNNParams
from seqjax.core.cells.base import HiddenCarry
from seqjax.core.recurrence import recur
from seqjax.gradients.derivations.catalogue import CELLS, mutants
from seqjax.gradients.derivations.examples import SIZES, Sizes
from seqjax.gradients.derivations.mistakes import Mistake, combined
from tests.core.cases import relative_difference

GATES = {"rnn": "h", "lstm": "ifgo"}


def autodiff(name: str, s: Any) -> dict[str, np.ndarray]:
    """The same network by seqjax's own cells, whose matrices stand the other way."""
    gates = GATES[name]

    def loss(w: dict[str, Any]) -> Any:
        w_x, w_h = (
            jnp.concatenate([w[f"W_{gate}{of}"].T for gate in gates], axis=1)
            for of in "xh"
        )
        bias = jnp.concatenate([w[f"b_{gate}"] for gate in gates])
        h = jnp.asarray(s.h[:1])
        cell: Cell = RNN
        params: Any = RNNParams(w_x, w_h, bias)
        carry: Any = HiddenCarry(h)
        if name == "lstm":
            cell, params = LSTM, LSTMParams(w_x, w_h, bias)
            carry = LSTMCarry(jnp.asarray(s.c[:1]), h)
        xs = jnp.asarray(s.x[1:, None])
        final, _ = recur(cell, params, xs, carry, method="scan")
        logits = final.h @ w["W_ph"].T + w["b_p"]
        return losses.cross_entropy(logits, jnp.argmax(s.target)[None])

    weights = {
        field: jnp.asarray(value)
        for field, value in s._asdict().items()
        if field.startswith(("W_", "b_"))
    }
    return {f"d{k}": np.asarray(v) for k, v in jax.grad(loss)(weights).items()}


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("from_zero", [False, True])
@pytest.mark.parametrize("name", CELLS)
def test_exact_gradients_equal_autodiff_of_the_cells(
    name: str, from_zero: bool
) -> None:
    cell = CELLS[name]
    size = SIZES[1]
    example = cell.draw(3, size, from_zero=from_zero)
    assert example.h.shape == (size.steps + 1, size.hidden)
    assert np.any(example.h[0]) != from_zero
    found = cell.gradients(example)
    assert set(found) == set(cell.derivations)
    assert relative_difference(found, autodiff(name, example)) < 1e-12


def test_sizes_of_examples_differ_so_that_shapes_tell_mistakes() -> None:
    for size in SIZES:
        assert len({size.inputs, size.hidden, size.classes}) == 3
        assert size.steps >= 3
    for field in ("inputs", "hidden", "classes"):
        ratios = {size.steps / getattr(size, field) for size in SIZES}
        assert len(ratios) > 1


@pytest.mark.parametrize("name", CELLS)
def test_nothing_passes_back_through_a_cut_step(name: str) -> None:
    cell = CELLS[name]
    example = cell.draw(1, Sizes(5, 2, 3, 4))
    for t in range(1, 6):
        cut = cell.cut(example, t)
        before = Mistake("", {"terms": lambda s, t=t: range(1, t + 1)})
        after = Mistake("", {"terms": lambda s, t=t: range(t + 1, s.T + 1)})
        whole = cell.gradients(cut)
        for gradient in set(cell.derivations) - {"dW_ph", "db_p"}:
            assert not cell.gradients(cut, [before])[gradient].any()
            later = cell.gradients(cut, [after])[gradient]
            np.testing.assert_array_equal(whole[gradient], later)


@pytest.mark.parametrize("name", CELLS)
def test_every_mistake_shows_and_no_two_look_alike(name: str) -> None:
    cell = CELLS[name]
    example = cell.draw(0, SIZES[0])
    exact = cell.gradients(example)
    found = [m for m in mutants(name, 0) if len(m.made) == 1]
    assert len(found) == len(cell.mistakes) > 40

    def signature(wrong: dict[str, np.ndarray]) -> tuple[float, ...]:
        """A number per gradient: its share along the exact one."""
        return tuple(
            round(float(np.sum(wrong[k] * exact[k]) / np.sum(exact[k] ** 2)), 8)
            for k in cell.derivations
        )

    signatures = [signature(mutant.found) for mutant in found]
    assert (1.0,) * len(cell.derivations) not in signatures
    assert len(set(signatures)) == len(signatures)


def test_only_mistakes_of_different_pieces_are_made_together() -> None:
    one, same = Mistake("1", {"a": abs}), Mistake("2", {"a": len})
    other, rare = Mistake("3", {"b": abs}), Mistake("4", {"c": abs}, alone=True)
    made = [
        "".join(m.says for m in together)
        for together in combined((one, same, other, rare))
    ]
    assert made == ["1", "2", "3", "4", "13", "23"]
