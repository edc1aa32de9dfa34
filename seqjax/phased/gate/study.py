"""The study of the gate by itself: no training, only what it does over time."""

from collections.abc import Collection, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from seqjax.core.time_gate import TimeGate, openness, phase, share_open
from seqjax.lab.study import Block, Reporter, Study
from seqjax.phased.gate.config import GateConfig, Panel, Setting
from seqjax.phased.gate.figures import figures
from seqjax.phased.gate.summary import summarise, tables

GRID = 2000
"""Even steps over the time shown ..."""

WHOLE = 100_000
"""... and over the one period that shares and means are taken of."""


def block_names(config: GateConfig) -> list[str]:
    """A block per panel."""
    return [panel.name for panel in config.panels]


def work(config: GateConfig) -> dict[str, float]:
    """Panels of every block."""
    return dict.fromkeys(block_names(config), 1.0)


def run(
    config: GateConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    """Evaluate the gates; yields a block per panel. Pure but for the report."""
    for panel in config.panels:
        if panel.name not in finished:
            report.block(panel.name, panel.title, 1.0)
            # In double precision: a phase is as exact as the number of turns before it.
            with jax.enable_x64(True):
                yield _run_block(config, panel)


def _run_block(config: GateConfig, panel: Panel) -> Block:
    """Rows and curves of one panel: the gate it was changed from first, if any."""
    curves = [("shown", panel.shown)]
    if panel.before is not None:
        curves.insert(0, ("before", panel.before))
    # The corners of all curves, so that a peak is there and not only what is near it.
    corners = [corner_times(setting, config.duration) for _, setting in curves]
    times = np.union1d(
        np.linspace(0, config.duration, GRID + 1), np.concatenate(corners)
    )
    rows, phases, opennesses = [], [], []
    for name, setting in curves:
        phi, k = evaluated(setting, times)
        rows.append({"curve": name, **setting._asdict(), **_numbers(setting, times)})
        phases.append(phi)
        opennesses.append(k)
    history = {"time": times, "phi": np.stack(phases), "k": np.stack(opennesses)}
    return Block(panel.name, rows, history)


def corner_times(setting: Setting, duration: float) -> Float[np.ndarray, " corners"]:
    """When a gate starts to open, is open, and is closed, within the time shown."""
    first = np.floor(-setting.shift / setting.period) - 1
    turns = first + np.arange(np.ceil(duration / setting.period) + 3)
    phases = np.array([0.0, setting.open_ratio / 2, setting.open_ratio])
    phases = phases[phases < 1]  # with r_on above 1 the next turn comes first
    times = setting.shift + setting.period * (turns[:, None] + phases)
    return times[(times >= 0) & (times <= duration)]


def evaluated(
    setting: Setting, times: Float[np.ndarray, " times"]
) -> tuple[Float[np.ndarray, " times"], Float[np.ndarray, " times"]]:
    """Phase and openness of a gate."""
    gate = _gate(setting)
    stamps = jnp.asarray(times)
    k = openness(gate, stamps, setting.leak)
    return np.asarray(phase(gate, stamps))[:, 0], np.asarray(k)[:, 0]


def _gate(setting: Setting) -> TimeGate:
    return TimeGate(*(jnp.asarray([value]) for value in setting[:3]))


def _numbers(setting: Setting, times: np.ndarray) -> dict[str, Any]:
    """What a curve's row says beside its setting."""
    whole = setting.shift + setting.period * (np.arange(WHOLE) + 0.5) / WHOLE
    phi, k = evaluated(setting, times)
    # All peaks are the same but for rounding, which must not choose among them.
    peak = int(np.argmax(k > k.max() - 1e-9))
    return {
        "peak": float(k.max()),
        "peak_time": float(times[peak]),
        "peak_phase": float(phi[peak]),
        "share_open": float(
            jnp.mean(share_open(_gate(setting), jnp.asarray(whole)[:, None]))
        ),
        "mean_openness": float(np.mean(evaluated(setting, whole)[1])),
    }


GATE: Study[GateConfig] = Study(
    name="phased gate",
    summary="when a time gate opens: report 001's four panels, and any other setting",
    config_type=GateConfig,
    columns={
        "curve": str,
        "period": float,
        "shift": float,
        "open_ratio": float,
        "leak": float,
        "peak": float,
        "peak_time": float,
        "peak_phase": float,
        "share_open": float,
        "mean_openness": float,
    },
    history_axes={
        "time": ("point",),
        "phi": ("curve", "point"),
        "k": ("curve", "point"),
    },
    block_names=block_names,
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    unit="panels",
)
