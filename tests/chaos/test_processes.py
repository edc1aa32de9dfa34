"""Several processes train as one does, stop together, and go on in other numbers."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.chaos.studies import OWN, WORDS, contents, start


def together(study: str, folder: Path, count: int) -> "list[subprocess.Popen[str]]":
    """So many processes of a study, with a device each."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    return [
        start(
            study,
            folder,
            [
                *("--devices", "1", "--coordinator", f"localhost:{port}"),
                *("--num-processes", str(count), "--process-id", str(index)),
            ],
        )
        for index in range(count)
    ]


def endings(processes: "list[subprocess.Popen[str]]") -> list[tuple[int, str]]:
    """Exit status of each, and what it had to say, without JAX's own lines."""
    said = []
    for process in processes:
        _, errors = process.communicate(timeout=300)
        lines = [line for line in errors.splitlines() if line.startswith("seqjax")]
        said.append((process.returncode, "\n".join(lines) or errors[-2000:]))
    return said


def alone(study: str, folder: Path) -> dict[str, bytes]:
    """What one process makes of it."""
    folder.mkdir()
    with start(study, folder, ["--devices", "1"]) as process:
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return contents(folder / "run")


@pytest.mark.slow
@pytest.mark.parametrize("study", [*WORDS, *OWN])
def test_two_give_the_numbers_of_one(study: str, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    ended = endings(together(study, folder, 2))
    assert [status for status, _ in ended] == [0, 0], ended
    assert contents(folder / "run") == alone(study, tmp_path / "one")


@pytest.mark.slow
def test_slurm_says_who_is_who(tmp_path: Path) -> None:
    """With the variables that SLURM sets, and --distributed alone."""
    folder = tmp_path / "two"
    folder.mkdir()
    ports = range(61440, 65536)  # JAX takes one of these, by the number of the job
    for job in range(os.getpid() % 4096, 8192):
        with socket.socket() as probe:
            if probe.connect_ex(("localhost", ports[job % 4096])):
                break
    shared = {"SLURM_JOB_ID": str(job), "SLURM_STEP_NODELIST": "localhost"}
    shared |= {"SLURM_NTASKS": "2", "SLURM_STEP_NUM_NODES": "1"}
    ended = endings(
        [
            start(
                "palindrome",
                folder,
                ["--devices", "1", "--distributed"],
                shared | {"SLURM_PROCID": str(i), "SLURM_LOCALID": str(i)},
            )
            for i in range(2)
        ]
    )
    assert [status for status, _ in ended] == [0, 0], ended
    assert contents(folder / "run") == alone("palindrome", tmp_path / "one")


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_one_of_four_ends_all_and_two_go_on(
    sign: signal.Signals, tmp_path: Path
) -> None:
    folder = tmp_path / "some"
    folder.mkdir()
    processes = together("palindrome", folder, 4)
    while not list(folder.glob("run/checkpoints/*")):
        assert all(process.poll() is None for process in processes), endings(processes)
        time.sleep(0.01)
    processes[2].send_signal(sign)
    ended = endings(processes)
    kept = "blocks are saved in run; the same command goes on from there"
    if sign == signal.SIGKILL:
        assert [status for status, _ in ended] == [2, 2, -sign, 2]
        assert kept in ended[0][1]
        for index in (0, 1, 3):
            assert (
                "seqjax.palindrome: error: another process is gone" in (ended[index][1])
            )
    else:
        assert [status for status, _ in ended] == [128 + sign] * 4
        assert kept in ended[0][1]
    assert [status for status, _ in endings(together("palindrome", folder, 2))] == [
        0,
        0,
    ]
    assert contents(folder / "run") == alone("palindrome", tmp_path / "one")
