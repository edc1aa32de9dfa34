"""The machine as XLA sees it: devices on the CPU and compiled code kept on disk."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Any


def usable_cores() -> int:
    """How many cores this process may use (not how many the machine has)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cache_folder() -> Path:
    """Where compiled code is kept: ``SEQJAX_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("SEQJAX_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = os.environ.get("XDG_CACHE_HOME") or "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "seqjax"


def number(wanted: str | None) -> int | None:
    """The number of devices that an option asks for; None for all there are.

    Args:
        wanted: Digits, ``all``, or None, which is all too.

    Raises:
        ValueError: When it is neither.
    """
    if wanted is None or wanted == "all":
        return None
    if not wanted.isdecimal() or int(wanted) < 1:
        raise ValueError(
            f"devices must be all or a number of at least 1, got {wanted}; "
            f"all is one per core ({usable_cores()} here), or every GPU"
        )
    return int(wanted)


def configure(num_devices: int | None, compilation_cache: Path | None) -> str | None:
    """Prepares JAX before its first computation.

    On a CPU every core becomes a device of its own, over which seeds can be spread; of
    GPUs the first ones are taken. A number set by ``JAX_NUM_CPU_DEVICES`` or in
    ``XLA_FLAGS`` stands unless ``num_devices`` is given, and so does a cache folder set
    by ``JAX_COMPILATION_CACHE_DIR``.

    Args:
        num_devices: Devices, at least 1; None for one per usable core, or all GPUs.
        compilation_cache: Folder for compiled code, made if need be; None for none.

    Returns:
        A line of warning when the cache cannot be used, else None.

    Raises:
        RuntimeError: When JAX has already started with another number of devices.
    """
    _configure_devices(num_devices)
    return _configure_cache(compilation_cache)


def every_core() -> None:
    """Makes every core a device of its own, unless JAX has started already."""
    # What has started stays as it is.
    with contextlib.suppress(RuntimeError):
        _configure_devices(None)


def _configure_devices(num_devices: int | None) -> None:
    """Sets the number of XLA devices."""
    import jax

    settings: Any = jax.config  # its attributes are made as it is imported
    if num_devices is None:
        flags = os.environ.get("XLA_FLAGS", "")
        if "xla_force_host_platform_device_count" in flags:
            return
        if os.environ.get("JAX_NUM_CPU_DEVICES"):
            return
    else:
        # Read where there are GPUs; several processes share them out by themselves.
        first = ",".join(str(index) for index in range(num_devices))
        for maker in ("cuda", "rocm"):
            settings.update(f"jax_{maker}_visible_devices", first)
    wanted = num_devices or usable_cores()
    try:
        settings.update("jax_num_cpu_devices", wanted)
    except RuntimeError as error:  # the backend runs; is it perhaps what is wanted?
        present = jax.local_device_count("cpu")
        if present != wanted:
            raise RuntimeError(
                f"devices must be set before JAX starts: {wanted} wanted, {present} "
                "started; call configure before the first computation"
            ) from error


def _configure_cache(folder: Path | None) -> str | None:
    """Sets the folder for compiled code; a line of warning where that fails."""
    import jax

    settings: Any = jax.config
    if folder is None:
        settings.update("jax_enable_compilation_cache", False)
        return None
    if not settings.jax_compilation_cache_dir:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f".{os.getpid()}.tmp"
            probe.touch()
            probe.unlink()
        except OSError as error:
            reason = error.strerror or error
            return (
                f"compiled code is not kept: cannot write {folder}: {reason}; "
                "name another folder by SEQJAX_CACHE"
            )
        settings.update("jax_compilation_cache_dir", str(folder))
    # By default only slow compilations are kept; a study has many quick ones.
    settings.update("jax_persistent_cache_min_compile_time_secs", 0)
    settings.update("jax_persistent_cache_min_entry_size_bytes", 0)
    return None
