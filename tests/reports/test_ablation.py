"""An LSTM with a gate swapped or removed: the step by hand, and the verdict on it."""

import json
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.cells import LSTM
from seqjax.core.initializers import initialize_cell
from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED, Finding
from seqjax.reports import ablation
from seqjax.reports.claims import CLAIMS
from seqjax.reports.judging import Evidence, Said
from tests.reports.making import SHARED

NAMES = ["lstm", "i swapped", "i removed", "f swapped", "f removed"]
NAMES += ["g swapped", "o swapped", "o removed"]


def stepped(name: str) -> tuple[list[float], list[float]]:
    """c and h of one unit after a step."""
    cell = ablation.variants()[name]
    params = initialize_cell(jax.random.key(0), cell, 1, 1)
    old = jax.tree.map(lambda x: x + 0.3, cell.initial_carry(1, 1, jnp.float32))
    (c, h), _ = cell.step(params, old, jnp.full((1, 1), 0.7))
    a = 0.7 * params.w_x[0] + 0.3 * params.w_h[0] + params.b
    return [float(c[0, 0]), float(h[0, 0])], [float(each) for each in a]


def logistic(a: float) -> float:
    return 1 / (1 + math.exp(-a))


@pytest.mark.parametrize("name", NAMES)
def test_one_gate_is_another(name: str) -> None:
    found, (a_i, a_f, a_g, a_o) = stepped(name)
    gates = {"i": logistic(a_i), "f": logistic(a_f), "o": logistic(a_o)}
    gates["g"] = math.tanh(a_g)
    gate, _, how = name.partition(" ")
    if how == "removed":
        gates[gate] = 1.0
    elif how == "swapped":
        a = {"i": a_i, "f": a_f, "g": a_g, "o": a_o}[gate]
        gates[gate] = logistic(a) if gate == "g" else math.tanh(a)
    c = gates["g"] * gates["i"] + 0.3 * gates["f"]
    np.testing.assert_allclose(found, [c, math.tanh(c) * gates["o"]], rtol=2e-5)


def test_there_is_a_variant_for_every_gate() -> None:
    assert [*ablation.variants()] == NAMES
    assert [*ablation.USUAL] == list(LSTM.gates)
    old = LSTM.initial_carry(2, 3, jnp.float32)
    params = initialize_cell(jax.random.key(1), LSTM, 1, 3)
    x = jnp.ones((2, 1))
    found, _ = ablation.variants()["lstm"].step(params, old, x)
    wanted, _ = LSTM.step(params, old, x)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), found, wanted
    )


def test_a_short_training() -> None:
    cell = ablation.variants()["i removed"]
    numbers = {"seeds": 2, "length": 3, "updates": 3, "units": 4}
    with jax.numpy_dtype_promotion("standard"):  # optax mixes integers and floats
        found = ablation.accuracies(cell, **numbers, rate=0.01)
    assert len(found) == 2
    assert all(0 <= each <= 1 for each in found)


def judged(name: str, lstm: float = 1.0, **others: float) -> Finding:
    """The verdict where each seed of a variant has about some accuracy."""
    numbers = dict(SHARED[ablation.RULE]["numbers"])
    del numbers["margin"]
    spread = 0.0002 * np.arange(numbers["seeds"])
    given = dict.fromkeys(NAMES, 1.0) | {"lstm": lstm}
    given |= {key.replace("_", " "): value for key, value in others.items()}
    told = {key: (value - spread).tolist() for key, value in given.items()}
    output = json.dumps({"numbers": numbers, "accuracies": told})
    said = Said("python -m seqjax.reports.ablation", 0, output, "")
    claim = next(each for each in CLAIMS if each.id == name)
    return claim.finding(Evidence({}, {"ablation": [said]}, {}))


def test_a_gate_is_needed_where_the_cell_learns_less_without_it() -> None:
    for report in ("000", "001", "002", "003", "004"):
        assert judged(f"{report}-gate-g", g_swapped=0.5).verdict == HOLDS
        assert judged(f"{report}-gate-g").verdict == DOES_NOT
    assert judged("000-gate-f", f_swapped=0.3, f_removed=0.4).verdict == HOLDS
    assert judged("000-gate-f", f_swapped=0.3).verdict == DOES_NOT
    assert judged("000-gate-f", f_swapped=0.3, i_removed=0.4).verdict == DOES_NOT
    found = judged("000-gate-o", lstm=0.6, o_swapped=0.3, o_removed=0.4)
    assert (found.verdict, found.seeds) == (UNDECIDED, 10)
    assert found.why == "the LSTM itself does not solve the task in so many updates"
    assert found.measured.startswith(
        "LSTM 0.60; o swapped 0.30: 1.00 [0.69, 1.00] of 10 seeds gain, +0.300"
    )


def test_what_was_trained_by_other_numbers_is_an_error() -> None:
    said = Said("python -m seqjax.reports.ablation", 0, '{"numbers": {}}', "")
    claim = next(each for each in CLAIMS if each.id == "000-gate-i")
    with pytest.raises(UserError, match="must have trained by"):
        claim.finding(Evidence({}, {"ablation": [said]}, {}))


def test_it_takes_no_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert ablation.main(["--seeds", "3"]) == 2
    assert capsys.readouterr().err.startswith(
        "seqjax.reports.ablation: error: seqjax.reports.ablation takes no words"
    )
