"""Meeting other processes, and what is said where there are none."""

import socket
from pathlib import Path
from typing import Any

import pytest

CODE = """
import sys

from seqjax.lab.command_line import cli
from seqjax.lab.running.cluster import Cluster

def run():
    where = [sys.argv[1], 2, int(sys.argv[2])] if sys.argv[1:] else []
    cluster = Cluster(True, *where)
    cluster.check()
    cluster.join(timeout=1 if where else 60)
    return 0

sys.exit(cli.guarded("here", run))
"""


@pytest.fixture
def coordinator() -> str:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return f"localhost:{free.getsockname()[1]}"


def test_where_there_is_no_cluster(script: Any) -> None:
    ended = script("-c", CODE)
    assert ended.returncode == 2
    assert ended.stderr == (
        "here: error: distributed must find a cluster (SLURM, Kubernetes, Open MPI, "
        "cloud TPU), found none; give --coordinator HOST:PORT --num-processes N "
        "--process-id I\n"
    )


@pytest.mark.parametrize("index", [0, 1])
def test_the_others_do_not_come(script: Any, coordinator: str, index: int) -> None:
    ended = script("-c", CODE, coordinator, index)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == (
        f"seqjax: error: the other processes did not come at {coordinator} within "
        "1 s; all must run the same command, and reach that address"
    )


def test_what_the_first_cannot_do_ends_all(
    script: Any, coordinator: str, tmp_path: Path
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    (tmp_path / "file").touch()

    def run(index: int) -> Any:
        return script(
            *("-m", "seqjax.palindrome", "--out", "file", "--devices", 1),
            *("--coordinator", coordinator, "--num-processes", 2),
            *("--process-id", index),
        )

    with ThreadPoolExecutor() as pool:
        for ended in pool.map(run, range(2)):
            assert ended.returncode == 2
            assert ended.stderr.splitlines()[-1] == (
                "seqjax.palindrome: error: --out must be a folder, got the file file; "
                "name another"
            )
