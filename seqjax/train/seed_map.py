"""A function mapped over seeds: over devices, and inside a device one after another.

On a CPU a device is one core, and takes its seeds one at a time: a vmapped product of
small matrices runs at half the rate of a single one, arrays of many seeds leave the
cache, and a seed that has stopped ends its share of the loop at once. On an accelerator
it is all seeds at a time.

Seed i gives the same numbers whatever the number of seeds and of devices, bit for bit
on a CPU. Two things see to that: the loop over seeds has a traced trip count, so that
XLA cannot specialise the program to it; and seeds that only fill up the last device are
counted out, not computed.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Int

from seqjax.core import processes
from seqjax.core.checks import check_integer

Tree = Any
T = TypeVar("T")

SEEDS, PARTS = "seeds", "parts"

# Random initial weights take XLA longer to optimise (3 s) than to compute.
_HURRY = {"xla_backend_optimization_level": 0}


def seed_mesh(devices: Sequence[jax.Device] | None = None, parts: int = 1) -> Mesh:
    """A mesh of seeds by parts of a batch over `devices`, by default all of them.

    Raises:
        ValueError: if `parts` does not divide the number of devices.
    """
    chosen = np.array(jax.devices() if devices is None else list(devices))
    if chosen.size % parts:
        raise ValueError(
            f"parts must divide the number of devices ({chosen.size}), not {parts}; "
            "use 1 or another number of devices"
        )
    axes = (AxisType.Auto,) * 2
    return Mesh(chosen.reshape(-1, parts), (SEEDS, PARTS), axis_types=axes)


def batch_parts(platform: str, batch_size: int) -> int:
    """Into how many parts a study cuts its batches: two on a CPU, if that divides them.

    Chosen by nothing else, so that a CPU gives the same numbers whatever its cores; an
    accelerator is fastest on whole batches.
    """
    return 2 if platform == "cpu" and batch_size % 2 == 0 else 1


def default_parts(parts: int, num_seeds: int, num_devices: int) -> int:
    """Over how many devices the parts of a batch are spread: all parts, or one device.

    Seeds come first, since they need not talk to each other; only where they leave
    devices idle are the parts of one seed's batch spread out.
    """
    return parts if num_seeds * parts <= num_devices and num_devices % parts == 0 else 1


def default_group(platform: str, seeds_per_device: int) -> int:
    """How many seeds of a device run side by side: one on a CPU, all elsewhere."""
    return 1 if platform == "cpu" else seeds_per_device


class SeedMap(Generic[T]):
    """`function(seed_args, shared) -> result`, mapped over seeds and devices.

    Args:
        function: pure; takes one seed's tree and a tree shared by all seeds.
        num_seeds: length of the leading axis of every leaf of the seeds' tree.
        mesh: devices to use, see `seed_mesh`.
        group: seeds side by side inside a device; default by `default_group`.
        run_once: the function is run once or twice only, so compile it in a hurry.

    Raises:
        ValueError: if `num_seeds` or `group` is below 1.
    """

    def __init__(
        self,
        function: Callable[[Tree, Tree], T],
        num_seeds: int,
        *,
        mesh: Mesh | None = None,
        group: int | None = None,
        run_once: bool = False,
    ) -> None:
        check_integer("num_seeds", num_seeds, minimum=1)
        self.mesh = seed_mesh() if mesh is None else mesh
        self.num_seeds = num_seeds
        rows = self.mesh.shape[SEEDS]
        per_device = -(-num_seeds // rows)
        platform = self.mesh.devices.flat[0].platform
        group = default_group(platform, per_device) if group is None else group
        check_integer("group", group, minimum=1)
        self.group = min(group, per_device)
        # Of one group XLA would know that there is no other, and compute differently.
        groups = max(-(-per_device // self.group), 2)
        self.padded = groups * self.group * rows
        self._over_seeds = NamedSharding(self.mesh, PartitionSpec(SEEDS))
        self._call = jax.jit(
            jax.shard_map(
                partial(_on_one_device, function, self.group),
                mesh=self.mesh,
                in_specs=(PartitionSpec(SEEDS), PartitionSpec(SEEDS), PartitionSpec()),
                out_specs=PartitionSpec(SEEDS),
                check_vma=False,
            ),
            compiler_options=_HURRY if run_once else None,
        )
        seeds_left = num_seeds - groups * self.group * np.arange(rows)
        counts = np.clip(-(-seeds_left // self.group), 0, groups)
        self._counts = processes.lay(counts.astype(np.int32), self._over_seeds)

    def place(self, seeds: Tree) -> Tree:
        """Pad the seed axis to fill all devices, and lay it over them.

        Raises ValueError where that axis is not as long as there are seeds.
        """

        def lay(leaf: Array | np.ndarray) -> Array:
            if leaf.shape[:1] not in ((self.num_seeds,), (self.padded,)):
                raise ValueError(
                    f"seeds must be {self.num_seeds} along the first axis, not of "
                    f"shape {leaf.shape}; give one of each for every seed"
                )
            extra = self.padded - leaf.shape[0]
            if extra:
                leaf = jnp.concatenate([leaf, jnp.repeat(leaf[-1:], extra, axis=0)])
            return processes.lay(leaf, self._over_seeds)

        return jax.tree.map(lay, seeds)

    def __call__(self, seeds: Tree, shared: Tree) -> T:
        """Map over seeds laid out by `place` (or by an earlier call)."""
        return self._call(self._counts, seeds, shared)

    def gather(self, seeds: Tree) -> Tree:
        """The real seeds' leaves as NumPy arrays on the host; keys stay JAX's."""
        return jax.tree.map(lambda leaf: leaf[: self.num_seeds], processes.fetch(seeds))


def _on_one_device(
    function: Callable[[Tree, Tree], T],
    group: int,
    count: Int[Array, " one"],
    seeds: Tree,
    shared: Tree,
) -> T:
    """Run `count` groups of seeds after one another, each by vmap (or alone)."""

    def run(index: Array) -> T:
        def take(leaf: Array) -> Array:
            if group == 1:
                return lax.dynamic_index_in_dim(leaf, index, keepdims=False)
            return lax.dynamic_slice_in_dim(leaf, index * group, group)

        mine = jax.tree.map(take, seeds)
        if group == 1:
            return function(mine, shared)
        return jax.vmap(function, in_axes=(0, None))(mine, shared)

    def body(index: Array, results: T) -> T:
        def put(buffer: Array, value: Array) -> Array:
            if group == 1:
                return lax.dynamic_update_index_in_dim(buffer, value, index, 0)
            return lax.dynamic_update_slice_in_dim(buffer, value, index * group, 0)

        return jax.tree.map(put, results, run(index))

    length = jax.tree.leaves(seeds)[0].shape[0]

    def empty(shape: jax.ShapeDtypeStruct) -> Array:
        rest = shape.shape if group == 1 else shape.shape[1:]
        return _zeros((length, *rest), shape.dtype)

    start = jax.tree.map(empty, jax.eval_shape(run, jnp.zeros([], jnp.int32)))
    return lax.fori_loop(0, count[0], body, start)


def _zeros(shape: tuple[int, ...], dtype: Any) -> Array:
    if jnp.issubdtype(dtype, jax.dtypes.prng_key):
        return jnp.broadcast_to(jax.random.key(0), shape)
    return jnp.zeros(shape, dtype)
