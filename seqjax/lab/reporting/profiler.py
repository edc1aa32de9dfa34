"""What the program does in some seconds of training, as a file for Perfetto."""

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from seqjax.lab.run_directory import files
from seqjax.lab.study import Number


class Profiler:
    """Records JAX from the first look at a training on, when its program is compiled.

    Args:
        file: the trace, compressed JSON; written when it has been recorded.
        seconds: how long, at least; up to the next look after that.
    """

    def __init__(self, file: Path, seconds: Number) -> None:
        self._file, self._seconds = file, seconds
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._began, self._is_done = 0.0, False

    def block(self, name: str, description: str, work: Number) -> None:
        """Nothing: the first look of the block comes later."""

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Begins to record, or ends it when its time is over."""
        if self._folder is not None:
            if time.monotonic() - self._began >= self._seconds:
                self.close()
        elif not self._is_done:
            import jax

            self._folder = tempfile.TemporaryDirectory(prefix="seqjax-trace-")
            jax.profiler.start_trace(self._folder.name, create_perfetto_trace=True)
            self._began = time.monotonic()

    def saved(self, name: str) -> None:
        """Nothing: it goes on into the next block."""

    def close(self) -> None:
        """Writes the trace, if one is being recorded."""
        if self._folder is None:
            return
        import jax

        jax.profiler.stop_trace()
        with self._folder as folder:
            (trace,) = Path(folder).rglob("perfetto_trace.json.gz")
            files.write_atomic(self._file, trace.read_bytes())
        self._folder, self._is_done = None, True
        print(
            f"seqjax: {time.monotonic() - self._began:.1f} s of the training are in "
            f"{self._file}; https://ui.perfetto.dev shows them",
            file=sys.stderr,
        )
