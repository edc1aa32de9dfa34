"""Other processes that train with this one, on this machine or on others."""

import os
import sys
import threading
from typing import NamedTuple

from seqjax.core import processes
from seqjax.core.checks import check_integer
from seqjax.lab.errors import UserError

_KNOWN = "SLURM, Kubernetes, Open MPI, cloud TPU"


class Cluster(NamedTuple):
    """Which processes train together.

    Attributes:
        distributed: Train together with other processes.
        coordinator: Host and port on which the first process listens for the others.
        num_processes: How many there are.
        process_id: Which one this is, from 0.
    """

    distributed: bool = False
    coordinator: str | None = None
    num_processes: int | None = None
    process_id: int | None = None

    @property
    def is_several(self) -> bool:
        """Whether there are other processes."""
        return self.distributed or self.coordinator is not None

    def check(self) -> None:
        """Raises ``ValueError`` where this cannot be a cluster."""
        given = {f"--{name.replace('_', '-')}": getattr(self, name) for name in _NAMED}
        missing = [name for name, value in given.items() if value is None]
        if len(missing) == len(given):
            return
        if missing:
            raise ValueError(
                f"{', '.join(given)} must be given together, {' and '.join(missing)} "
                "missing; or leave all out and give --distributed where the cluster "
                f"says ({_KNOWN})"
            )
        host, _, port = str(self.coordinator).rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(
                f"coordinator must be HOST:PORT, got {self.coordinator!r}; "
                "for example --coordinator localhost:12345"
            )
        check_integer("num_processes", self.num_processes, minimum=1)
        check_integer("process_id", self.process_id, minimum=0)
        if int(self.process_id or 0) >= int(self.num_processes or 0):
            raise ValueError(
                f"process_id must be below num_processes ({self.num_processes}), got "
                f"{self.process_id}; the first process is 0"
            )

    def join(self, timeout: int = 300) -> None:
        """Meets the others; ends the process with a line if they do not come in time.

        Args:
            timeout: Seconds to wait for them.

        Raises:
            UserError: When there is no cluster.
        """
        # JAX would end the process itself, with a trace of its own stack.
        alarm = threading.Timer(timeout, self._give_up, (timeout,))
        alarm.daemon = True
        alarm.start()
        try:
            processes.join(
                self.coordinator, self.num_processes, self.process_id, timeout + 60
            )
        except ValueError as error:
            raise UserError(
                f"distributed must find a cluster ({_KNOWN}), found none; give "
                "--coordinator HOST:PORT --num-processes N --process-id I"
            ) from error
        finally:
            alarm.cancel()

    def _give_up(self, timeout: float) -> None:
        where = f" at {self.coordinator}" if self.coordinator else ""
        print(
            f"seqjax: error: the other processes did not come{where} within "
            f"{timeout:g} s; all must run the same command, and reach that address",
            file=sys.stderr,
            flush=True,
        )
        os._exit(2)


_NAMED = ("coordinator", "num_processes", "process_id")
