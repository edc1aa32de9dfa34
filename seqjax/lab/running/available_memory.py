"""How much memory there is, and how many seeds fit into it."""

import contextlib
from pathlib import Path

from seqjax.core import processes
from seqjax.lab.errors import UserError
from seqjax.lab.study import Number

SHARE = 0.6
"""Of what is free, for seeds; the rest is for the program, results and figures."""

_CGROUP = Path("/sys/fs/cgroup")


def available() -> Number:
    """Bytes that are free for seeds: of the accelerators, else of this machine.

    Infinite where neither tells.
    """
    import jax

    limits = [
        stats["bytes_limit"] - stats.get("bytes_in_use", 0)
        for device in jax.local_devices()
        if (stats := device.memory_stats()) and "bytes_limit" in stats
    ]
    own = sum(limits) if limits else host_memory()
    # A process has its share of the seeds; all must agree how many that are.
    return processes.agreed(float(own)) * jax.process_count()


def host_memory(
    meminfo: Path = Path("/proc/meminfo"), cgroup: Path = _CGROUP
) -> Number:
    """Bytes that this process may still take; infinite where the system does not tell.

    Args:
        meminfo: what Linux says of the machine.
        cgroup: what it says of the container.
    """
    found: list[Number] = [float("inf")]
    # Elsewhere than on Linux there is no such file.
    with contextlib.suppress(OSError, KeyError, ValueError):
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        found.append(1024 * int(lines["MemAvailable"].split()[0]))
    # Without a container there is none of these; without a limit it says "max".
    with contextlib.suppress(OSError, ValueError):
        limit = int((cgroup / "memory.max").read_text())
        found.append(limit - int((cgroup / "memory.current").read_text()))
    return min(found)


def fitting(seeds: int, each: Number, free: Number) -> int:
    """How many seeds may be trained at once.

    Args:
        seeds: wanted.
        each: bytes that one takes.
        free: bytes that there are.

    Raises:
        UserError: not even one.
    """
    if seeds * each <= SHARE * free:
        return seeds
    fits = int(SHARE * free / each)
    if fits < 1:
        raise UserError(
            f"a seed needs about {amount(each)}, and {amount(free)} are free, of which "
            f"{SHARE:.0%} are for seeds; choose a smaller network or fewer steps"
        )
    # Chunks of one size: each is a program of its own.
    chunks = -(-seeds // fits)
    return -(-seeds // chunks)


def amount(size: Number) -> str:
    """Bytes as a person reads them."""
    for unit, power in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >= 2**power:
            return f"{size / 2**power:.3g} {unit}"
    return f"{size:.0f} bytes"
