"""Several processes that run one program together, each on devices of its own.

Each of them runs the whole program; what is computed over all devices waits for all.
So whatever decides how the program goes on, as a clock, a signal or a file, must be
the same everywhere: it is the first process's, and the others are told. In a program
of one process nothing here takes any time.
"""

import os
import pickle
import struct
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from seqjax.core import signals

Tree = Any
T = TypeVar("T")

_LOSSES = ("gloo", "nccl", "coordination", "unavailable", "deadline_exceeded")


class _Standing:
    """What this process knows of the others.

    Attributes:
        several: whether there are others.
    """

    several = False


def join(
    coordinator: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
    timeout: int = 300,
) -> None:
    """Meet the other processes; before JAX's first computation.

    Args:
        coordinator: host and port that the first process is to listen on; default: as
            the cluster says, where JAX knows it (SLURM, Kubernetes, cloud TPU, ...).
        num_processes: how many there are; default: as the cluster says.
        process_id: which one this is, from 0; default: as the cluster says.
        timeout: seconds to wait for the others.

    Raises:
        ValueError: if there is no cluster that JAX knows, and nothing is given.
    """
    import jax

    # Its service for SIGTERM would take the signal from us.
    jax.config.update("jax_enable_preemption_service", False)
    jax.distributed.initialize(
        coordinator, num_processes, process_id, initialization_timeout=timeout
    )
    _Standing.several = jax.process_count() > 1
    if _Standing.several:
        signals.share()


def are_several() -> bool:
    """Whether there are other processes."""
    return _Standing.several


def is_first() -> bool:
    """Whether this is the process that decides, and the only one that writes."""
    if not _Standing.several:
        return True
    import jax

    return jax.process_index() == 0


def agreed(number: float) -> float:
    """The first process's number, in all of them.

    Args:
        number: this process's own.

    Raises:
        Stopped: in all processes alike, if one of them has had a signal. Here, too, a
            single process can stop.
    """
    if not _Standing.several:
        signals.stop_if_signalled()
        return number
    everyone = _gathered(struct.pack("<dB", number, signals.waiting()))
    stop = max(each[-1] for each in everyone)
    if stop:
        signals.forget()
        raise signals.Stopped(stop)
    return float(struct.unpack("<dB", everyone[0])[0])


def clock() -> float:
    """Seconds of the first process's monotonic clock, in all processes.

    Raises:
        Stopped: as `agreed`.
    """
    return agreed(time.monotonic())


def led(action: Callable[[], T]) -> T:
    """Have the first process do something, and all learn what came of it.

    Args:
        action: what only the first process does; what it returns can be pickled.

    Returns:
        What it returned, in all processes.

    Raises:
        Exception: in all of them, what it raised.
    """
    if not _Standing.several:
        return action()
    message = b""
    if is_first():
        try:
            outcome: tuple[bool, Any] = (True, action())
        except Exception as error:
            outcome = (False, error)
        message = pickle.dumps(outcome)
    size = int(agreed(float(len(message))))
    done, value = pickle.loads(_first(message, size))
    if done:
        result: T = value
        return result
    raise value


def lay(leaf: Any, sharding: Any) -> Any:
    """An array that every process has, laid over the devices of all.

    Args:
        leaf: an array of JAX's (random keys too) or NumPy's; or one laid out already.
        sharding: over a mesh of all devices.
    """
    import jax

    if not _Standing.several:
        return jax.device_put(leaf, sharding)
    if jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        data = lay(jax.random.key_data(leaf), sharding)
        return jax.random.wrap_key_data(data, impl=jax.random.key_impl(leaf))
    if isinstance(leaf, jax.Array) and not leaf.is_fully_addressable:
        return jax.jit(lambda leaf: leaf, out_shardings=sharding)(leaf)
    whole = np.asarray(leaf)
    return jax.make_array_from_callback(whole.shape, sharding, lambda i: whole[i])


def fetch(tree: Tree) -> Tree:
    """Arrays laid over the devices of all, as NumPy's on every host; keys stay JAX's.

    Args:
        tree: of arrays of JAX's; all at once take one exchange between the processes.
    """
    import jax

    if not _Standing.several:
        return jax.tree.map(
            lambda leaf: leaf if _is_key(leaf) else np.asarray(leaf), tree
        )
    leaves: list[Any]
    structure: Any
    leaves, structure = jax.tree.flatten(tree)
    far = [leaf for leaf in leaves if not leaf.is_fully_addressable]
    here = iter(_copying(far[0].sharding.mesh)(far) if far else ())
    whole = [leaf if leaf.is_fully_addressable else next(here) for leaf in leaves]
    return structure.unflatten(
        _keys_on_host(leaf) if _is_key(leaf) else np.asarray(leaf) for leaf in whole
    )


def loss(error: BaseException) -> str:
    """What an error says of a process that was lost; nothing if it is about no such.

    Args:
        error: that ended the computation.
    """
    if not _Standing.several or isinstance(error, KeyboardInterrupt):
        return ""
    text = " ".join(str(error).split())
    return text if any(sign in text.lower() for sign in _LOSSES) else ""


def leave(status: int) -> None:
    """End this process at once; the others, if any, notice that it is gone.

    The usual end would wait for them, and they wait for this one.

    Args:
        status: to exit with.
    """
    if _Standing.several:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _is_key(leaf: Any) -> bool:
    """Whether an array holds random keys."""
    import jax

    return jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _keys_on_host(leaf: Any) -> Any:
    """Keys that every process has, as an array that is this one's alone."""
    import jax

    data: Any = np.asarray(jax.random.key_data(leaf))
    return jax.random.wrap_key_data(data, impl=jax.random.key_impl(leaf))


@lru_cache(maxsize=8)
def _copying(mesh: Any) -> Callable[[list[Any]], list[Any]]:
    """One program that copies arrays over all devices to each of them."""
    import jax

    everywhere = jax.NamedSharding(mesh, jax.P())
    return jax.jit(lambda leaves: leaves, out_shardings=everywhere)


def _gathered(message: bytes) -> list[bytes]:
    """Messages of one length, those of all processes in order."""
    from jax.experimental.multihost_utils import process_allgather

    rows = process_allgather(np.frombuffer(message, np.uint8))
    return [np.asarray(row).tobytes() for row in rows]


def _first(message: bytes, size: int) -> bytes:
    """The first process's message, of so many bytes."""
    from jax.experimental.multihost_utils import broadcast_one_to_all

    # Of few lengths, since every one is a program of its own.
    room = 1 << max(size - 1, 1).bit_length()
    own = np.frombuffer(message.ljust(room, b"\0"), np.uint8)
    return np.asarray(broadcast_one_to_all(own)).astype(np.uint8).tobytes()[:size]
