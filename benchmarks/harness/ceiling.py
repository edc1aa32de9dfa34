"""What the machine can do: large single-precision matrix products on all of it."""

from collections.abc import Mapping

import numpy as np

from benchmarks.harness.race import Entrant, Timing
from benchmarks.harness.workers import CPU, Contender, Worker

XLA, TORCH = "products by XLA", "products by torch"


def by_xla(size: int) -> Contender:
    """One product per device at a time; on a CPU a device of one thread per core."""
    import jax
    import jax.numpy as jnp
    from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

    from seqjax.lab.running import devices

    devices.configure(None, None)
    count = len(jax.devices())
    mesh = Mesh(np.array(jax.devices()), ("core",), axis_types=(AxisType.Auto,))
    each = PartitionSpec("core")
    matrices = jax.device_put(
        jnp.asarray(np.broadcast_to(_matrix(size), (count, size, size))),
        NamedSharding(mesh, each),
    )

    def multiply(mine: jax.Array) -> jax.Array:
        return (mine[0] @ mine[0])[None]

    product = jax.jit(jax.shard_map(multiply, mesh=mesh, in_specs=each, out_specs=each))

    def run(repeats: int) -> None:
        for _ in range(repeats):
            jax.block_until_ready(product(matrices))

    return Contender(run, dict)


def by_torch(size: int, device: str = "cpu", tf32: bool = True) -> Contender:
    """The same number of products, all cores inside each."""
    import torch

    from seqjax.lab.running.devices import usable_cores

    torch.backends.cuda.matmul.allow_tf32 = tf32
    count = usable_cores() if device == "cpu" else 1
    matrix = torch.from_numpy(_matrix(size)).to(device)

    def run(repeats: int) -> None:
        for _ in range(repeats * count):
            torch.mm(matrix, matrix)
        if device != "cpu":
            torch.cuda.synchronize()

    return Contender(run, dict)


def _matrix(size: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)


class Ceiling:
    """The processes that multiply, and their entrants.

    Args:
        size: rows of the square matrices.
        devices: products that run side by side.
        environment: of the processes.
        torch: whether torch takes part.
        device: torch's name of the device.
        tf32: whether torch may round its factors to TF32, on a GPU.
    """

    def __init__(
        self,
        size: int,
        devices: int,
        *,
        environment: Mapping[str, str | None] = CPU,
        torch: bool = True,
        device: str = "cpu",
        tf32: bool = True,
    ) -> None:
        # On a CPU the cores are shared out already, one product each.
        alone = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
        xla = Worker(XLA, {**environment, **(alone if device == "cpu" else {})})
        xla.build(XLA, "benchmarks.harness.ceiling:by_xla", size)
        workers = {XLA: xla}
        if torch:
            workers[TORCH] = Worker(TORCH, environment)
            target = "benchmarks.harness.ceiling:by_torch"
            workers[TORCH].build(TORCH, target, size, device, tf32)
        gflop = 2 * size**3 * devices / 1e9
        self.entrants = [Entrant(n, w, units=gflop) for n, w in workers.items()]

    def close(self) -> None:
        """End the processes."""
        for entrant in self.entrants:
            entrant.worker.close()


def best(timings: Mapping[str, Timing]) -> Timing:
    """The faster of those who multiply, in seconds per GFLOP."""
    products = [timings[name] for name in (XLA, TORCH) if name in timings]
    return min(products, key=lambda timing: timing.median)


def share(timings: Mapping[str, Timing], name: str, gflop: float) -> float:
    """A contender's rate by the ceiling's: median over rounds of their quotient.

    Args:
        timings: of one race.
        name: the contender.
        gflop: work in one of the contender's units.
    """
    own = timings[name].per_unit / gflop
    return float(np.median(best(timings).per_unit / own))
