"""A traced choice of what gates learn, held against the static one."""

from itertools import combinations
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.gate_params import PARAMETERS
from seqjax.tasks import SAMPLINGS, FrequencyTask, GatedDiscriminator
from seqjax.tasks.choosing import choice, choosing

SUBSETS = [some for n in range(4) for some in combinations(PARAMETERS, n)]

ALL = GatedDiscriminator(hidden_size=4, open_ratio=0.4)


def task_of(network: Any) -> FrequencyTask:
    return FrequencyTask(network, 6, SAMPLINGS["standard"], longest=16)


def test_gradients_are_those_of_the_static_option_and_share_a_program() -> None:
    traces = []
    whole = choosing(task_of(ALL).task())
    params = jax.jit(whole.init)(jax.random.key(0))
    longest = jnp.float32(16)

    @jax.jit
    def slopes(params: Any, data: Any) -> Any:
        traces.append(1)
        batch = whole.batch(jax.random.key(1), data)
        return jax.value_and_grad(whole.loss, has_aux=True)(params, batch, data)

    found = {some: slopes(params, choice(longest, some)) for some in SUBSETS}
    assert len(traces) == 1
    values = {float(value) for (value, _), _ in found.values()}
    assert len(values) == 1, "the loss does not depend on what is learnt"
    both: list[tuple[str, ...]] = [PARAMETERS, ("shift",)]
    for some in both:
        static = task_of(ALL._replace(learnt=some)).task()
        batch = static.batch(jax.random.key(1), longest)
        expected, _ = jax.jit(jax.grad(static.loss, has_aux=True))(
            params, batch, longest
        )
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6),
            found[some][1],
            expected,
        )
    full = found[PARAMETERS][1]
    for some, (_, grads) in found.items():
        for name in PARAMETERS:
            slope = np.asarray(grads["gated"]["layer_0_gate"][name][...])
            same = np.asarray(full["gated"]["layer_0_gate"][name][...])
            wanted = same if name in some else np.zeros_like(same)
            np.testing.assert_array_equal(slope, wanted)
            assert same.any()


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="learnt") as caught:
        choice(None, ("ratio",))
    assert str(caught.value) == (
        "learnt must be one of period, shift, open_ratio, not 'ratio'; "
        "did you mean 'open_ratio'?"
    )
