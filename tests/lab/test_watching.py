"""Curves for TensorBoard and traces for Perfetto, as their readers find them."""

import gzip
import json
import struct
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.lab.reporting import profiler, tensorboard
from seqjax.lab.reporting.profiler import Profiler

Toy = Callable[..., int]
Capture = pytest.CaptureFixture[str]


def events(path: Path) -> dict[str, list[tuple[int, float]]]:
    """Step and value of every point, by tag; read by the format's description."""
    from tensorboardX.proto.event_pb2 import Event

    data, points = path.read_bytes(), dict[str, list[tuple[int, float]]]()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        event = Event.FromString(data[12 : 12 + length])
        data = data[16 + length :]
        for value in event.summary.value:
            points.setdefault(value.tag, []).append((event.step, value.simple_value))
    return points


def test_a_curve_per_block_and_metric(tmp_path: Path) -> None:
    logbook = tensorboard.Logbook(tmp_path / "tensorboard")
    logbook.advance(1, {"loss": 9.0})  # of no block
    for name in ("a", "b"):
        logbook.block(name, "", 3)
        for step in (4, 8):
            logbook.advance(1, {"step": step, "loss": step / 2, "what": "x", "n": 1})
        logbook.saved(name)
    logbook.block("looks", "", 3)
    logbook.advance(1, {"loss": 0.5})
    logbook.advance(1, {"loss": 0.25})
    logbook.close()
    found = {
        path.parent.name: events(path)
        for path in tmp_path.glob("tensorboard/*/events.out.tfevents.*")
    }
    curves = {"loss": [(4, 2.0), (8, 4.0)], "n": [(4, 1.0), (8, 1.0)]}
    assert found == {
        "a": curves,
        "b": curves,
        "looks": {"loss": [(0, 0.5), (1, 0.25)]},
    }


def test_a_study_is_logged_and_the_log_goes_with_it(tmp_path: Path, toy: Toy) -> None:
    out = tmp_path / "run"
    assert toy("--out", out, "--log", "tensorboard") == 0
    logs = list(out.glob("tensorboard/*/events*"))
    assert {path.parent.name for path in logs} == {"rnn-001", "rnn-002", "rnn-003"}
    assert all(len(events(path)["accuracy"]) == 4 for path in logs)
    assert toy("--out", out, "--overwrite") == 0
    assert not (out / "tensorboard").exists()


def test_without_the_package_nothing_is_begun(
    tmp_path: Path, toy: Toy, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert toy("--out", tmp_path / "run", "--log", "tensorboard") == 2
    assert capsys.readouterr().err == (
        "seqjax.toy: error: --log tensorboard must find the package tensorboardX, "
        "which is not installed; give pip install tensorboardX\n"
    )
    assert not (tmp_path / "run").exists()


def test_a_trace_is_of_so_many_seconds_after_the_first_look(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(profiler, "time", SimpleNamespace(monotonic=lambda: now))
    file = tmp_path / "trace.json.gz"
    recorder = Profiler(file, 5.0)
    recorder.block("a", "", 1)
    for _ in range(4):
        recorder.advance(1, {})
        assert not file.exists()
        np.asarray(jnp.arange(8.0) @ jnp.arange(8.0))
        now += 1.5
    recorder.advance(1, {})
    trace = json.loads(gzip.decompress(file.read_bytes()))
    names = {event.get("name", "") for event in trace["traceEvents"]}
    assert any("dot" in name or "jit" in name.lower() for name in names)
    assert capsys.readouterr().err == (
        f"seqjax: 6.0 s of the training are in {file}; https://ui.perfetto.dev shows "
        "them\n"
    )
    written = file.stat().st_mtime_ns
    recorder.advance(1, {})
    recorder.close()
    assert file.stat().st_mtime_ns == written, "it is recorded once"


def test_a_study_that_is_over_before_is_recorded_to_its_end(
    tmp_path: Path, toy: Toy, capsys: Capture
) -> None:
    out = tmp_path / "run"
    assert toy("--out", out, "--profile", "1000") == 0
    assert "s of the training are in" in capsys.readouterr().err
    assert json.loads(gzip.decompress((out / "trace.json.gz").read_bytes()))
    assert toy("--out", out, "--overwrite") == 0
    assert not (out / "trace.json.gz").exists()
