"""What the outside gives to a layer: refused in one line where it does not fit.

Ranks, sizes and types are static, so that nothing of these checks is left in a
compiled program. Values (the range of indices and of lengths) are looked at where they
are known: outside of `jax.jit`, and inside of it where they are constants.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

Size = Any  # an int, or under `jax.export` the name of one
Shape = tuple[Size, ...]


def is_known(values: Any) -> bool:
    """Whether numbers can be looked at: not traced, and all on this host."""
    if isinstance(values, jax.core.Tracer):
        return False
    return getattr(values, "is_fully_addressable", True)


def as_array(name: str, value: Any) -> Array:
    """An array of numbers, from one of JAX, NumPy or nested lists.

    Raises:
        ValueError: it is something else, such as text, None or a key.
    """
    if not isinstance(value, jax.Array):
        try:
            found = np.asarray(value)
        except ValueError:  # lists of unequal length
            found = np.asarray(None)
        # Booleans are no numbers, and NumPy has no name for bfloat16's kind.
        if jnp.issubdtype(found.dtype, np.number):
            return jnp.asarray(value)
        kind = str(found.dtype) if hasattr(value, "dtype") else type(value).__name__
    elif jnp.issubdtype(value.dtype, np.number):
        return value
    else:
        kind = str(value.dtype)
    raise ValueError(
        f"{name} must be an array of numbers, not {kind}; give jnp.asarray(...) of "
        "numbers"
    )


def check_shape(
    name: str, shape: Shape, wanted: Sequence[Shape], hint: str = ""
) -> None:
    """Raise ValueError unless a shape is one of those `wanted`.

    Args:
        name: what has it.
        shape: as found.
        wanted: what it may be, the usual one first.
        hint: the way out; by default the first of those wanted.
    """
    if tuple(shape) not in wanted:
        raise ValueError(
            f"{name} must be of shape {' or '.join(map(str, wanted))}, not "
            f"{tuple(shape)}; {hint or f'give one of shape {wanted[0]}'}"
        )


def check_features(name: str, found: int, wanted: int) -> None:
    """Raise ValueError unless the last axis has as many features as the weights."""
    if found != wanted:
        raise ValueError(
            f"{name} must have {wanted} features along the last axis, as the weights "
            f"have, not {found}; give {wanted}, or make the layer for {found}"
        )


def check_indices(name: str, indices: Any, count: int) -> None:
    """Raise ValueError unless all known indices are of `count` things."""
    if not is_known(indices) or not indices.size:
        return
    numbers = np.asarray(indices)
    wrong = (numbers < 0) | (numbers >= count)
    if wrong.any():
        raise ValueError(
            f"{name} must be indices from 0 to {count - 1}, not {numbers[wrong][0]}; "
            "give others, a layer for more of them, or numbers as floats"
        )


def as_inputs(
    name: str,
    xs: Any,
    features: int,
    dtype: Any,
    axes: Sequence[str] = ("time", "batch"),
    *,
    may_be_indices: bool = True,
) -> Array:
    """Inputs of a layer: floating features, or integer indices without that axis.

    Integers with an axis of features are numbers like others: pixels, say.

    Args:
        name: what they are called.
        xs: as given.
        features: how many there are, or of how many things the indices are.
        dtype: that integer features are cast to.
        axes: names of the axes before the features.
        may_be_indices: whether the layer takes any.

    Raises:
        ValueError: on another rank, number of features or type, or an index that is
            known to be out of range.
    """
    xs = as_array(name, xs)
    integer = jnp.issubdtype(xs.dtype, jnp.integer)
    if may_be_indices and integer and xs.ndim == len(axes):
        check_indices(name, xs, features)
        # With a type of few bits an index is computed in few bits.
        return xs if xs.dtype.itemsize >= 4 else xs.astype(jnp.int32)
    real = integer or jnp.issubdtype(xs.dtype, jnp.floating)
    if not real or xs.ndim != len(axes) + 1:
        names = ", ".join(axes)
        rule = f"real features of shape ({names}, {features})"
        if may_be_indices:
            rule += f", or integer indices of shape ({names})"
        raise ValueError(
            f"{name} must be {rule}, not {xs.dtype}{list(xs.shape)}; "
            f"{_way_to(axes, xs, real)}"
        )
    check_features(name, xs.shape[-1], features)
    return xs.astype(dtype) if integer else xs


def _way_to(axes: Sequence[str], xs: Array, real: bool) -> str:
    if not real:
        return "give the real part" if jnp.iscomplexobj(xs) else "give floats"
    if xs.ndim == len(axes) == 2:
        if axes[1] == "nodes":
            return "of one snapshot alone give xs[None]"
        return "of one sequence alone give xs[:, None]"
    return "reshape it"


def check_lengths(lengths: Any, time: Size, batch: Shape) -> Array | None:
    """One length per sequence, as an array of int32; None stays None.

    Args:
        lengths: as given.
        time: steps of the inputs.
        batch: the shape of the batch: (sequences,), or () of one sequence alone.

    Raises:
        ValueError: on another shape or type, or a known length beyond the inputs.
    """
    if lengths is None:
        return None
    found = as_array("lengths", lengths)
    if not jnp.issubdtype(found.dtype, jnp.integer) and found.size:
        raise ValueError(
            f"lengths must be integers, not {found.dtype}; round them to steps"
        )
    if found.shape != batch:
        (count,) = batch or (1,)
        raise ValueError(
            f"lengths must be one number for each of the {count} sequences of xs, not "
            f"of shape {found.shape}; give as many as there are sequences"
        )
    if is_known(found):
        for length in np.asarray(found).ravel().tolist():
            if not 0 <= length <= time:
                raise ValueError(
                    f"lengths must be between 0 and the {time} steps of xs, not "
                    f"{length}; give longer xs or a shorter length"
                )
    return found.astype(jnp.int32)


def check_steps(num_steps: Any, time: Size) -> None:
    """Raise ValueError unless a number of steps is one, and known ones within `time`.

    Args:
        num_steps: a number, of Python, NumPy or JAX; traced: any.
        time: steps of the inputs.
    """
    what = getattr(num_steps, "dtype", type(num_steps))
    if not jnp.issubdtype(what, np.integer) or np.shape(num_steps):
        shown = num_steps if is_known(num_steps) else jax.typeof(num_steps)
        raise ValueError(
            f"num_steps must be one integer, not {shown!r}; give a number of steps"
        )
    if not is_known(num_steps):
        return
    if int(num_steps) < 0:
        raise ValueError(
            f"num_steps must be an integer of at least 0, not {int(num_steps)}; give 0 "
            "or more"
        )
    if int(num_steps) > time:
        raise ValueError(
            f"num_steps must be at most the {time} steps of xs, not {int(num_steps)}; "
            "take fewer steps or give longer xs"
        )


def check_carry(carry: Any, like: Any, name: str = "carry") -> None:
    """Raise ValueError unless a carry has the type, the shapes, the precision it needs.

    Args:
        carry: as given.
        like: one that would fit; arrays, or their shapes and dtypes. A carry may be
            wider and not narrower, as it decides in what precision all is added.
        name: what it is called.
    """
    kind = type(like)
    if not isinstance(carry, kind):
        raise ValueError(
            f"{name} must be {kind.__name__}({', '.join(kind._fields)}), not "
            f"{type(carry).__name__}; start from that of initial_carry, or give none"
        )
    for field, wanted in like._asdict().items():
        where = f"{name}.{field}"
        found = as_array(where, getattr(carry, field))
        check_shape(where, found.shape, [wanted.shape])
        fits = jnp.issubdtype(found.dtype, jnp.floating) and (
            _wider(found.dtype, wanted.dtype) == found.dtype
        )
        if not fits:
            raise ValueError(
                f"{where} must be {wanted.dtype} like the weights, or wider, not "
                f"{found.dtype}; cast it"
            )


def _wider(one: Any, other: Any) -> Any:
    with jax.numpy_dtype_promotion("standard"):
        return jnp.promote_types(one, other)


def check_names(name: str, given: Any, names: Sequence[str]) -> None:
    """Raise ValueError unless `given` is a dictionary of exactly these names."""
    if not isinstance(given, Mapping):
        raise ValueError(
            f"{name} must be a dictionary by layer, {', '.join(names)}, not "
            f"{type(given).__name__}; give {{{names[0]!r}: ...}}"
        )
    if set(given) != set(names):
        raise ValueError(
            f"{name} must be those of {', '.join(names)}, not of "
            f"{', '.join(map(str, given)) or 'nothing'}; give one for each layer"
        )


def check_key(name: str, key: Any, shape: Shape = ()) -> None:
    """Raise ValueError unless `key` is a key of JAX, or an array of them.

    Args:
        name: what it is called.
        key: typed, or the plain integers of `jax.random.PRNGKey`.
        shape: that of an array of keys; () for one (default).
    """
    found: Any = None
    if isinstance(key, jax.Array | np.ndarray):
        if jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
            found = key.shape
        elif key.dtype == np.uint32 and key.ndim:
            found = key.shape[:-1]
    if found == shape:
        return
    shown = f"{key.dtype}{list(key.shape)}" if hasattr(key, "dtype") else repr(key)
    rule, way = "one key of JAX", "jax.random.key(0)"
    if shape:
        rule, way = f"keys of shape {shape}", f"jax.random.split(key, {shape[0]})"
    raise ValueError(f"{name} must be {rule}, not {shown}; give {way}")
