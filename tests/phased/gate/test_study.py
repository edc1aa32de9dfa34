"""The study of the gate: its curves by the paper's equation, rows, figures, command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from seqjax.lab.command_line import cli
from seqjax.lab.reporting.figures import style
from seqjax.lab.running import devices
from seqjax.lab.study import Results, SilentReporter
from seqjax.phased.gate.config import REPORT, GateConfig
from seqjax.phased.gate.figures import figures
from seqjax.phased.gate.study import GATE, block_names, run, work
from seqjax.phased.gate.summary import summarise, tables
from seqjax.phased.study import STUDIES
from tests.core import numpy_gated

CONFIG = GateConfig(
    period=(4.0, 7.3, 4.0),
    shift=(-1.5, 1000.25, 0.0),
    open_ratio=(0.25, 0.05, 1.0),
    leak=(0.3, 0.0, 0.0),
)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(run(CONFIG, (), SilentReporter()))


def curves(results: Results) -> list[tuple[dict[str, Any], Any, Any, Any]]:
    """Row, times, phase and openness of every curve."""
    found = []
    for name in block_names(CONFIG):
        rows = [row for row in results.rows if row["block"] == name]
        times, phi, k = (results.history[f"{name}/{m}"] for m in ("time", "phi", "k"))
        assert phi.shape == k.shape == (len(rows), len(times))
        found += [(row, times, *both) for row, *both in zip(rows, phi, k, strict=True)]
    return found


def test_curves_equal_a_loop_written_from_the_paper(results: Results) -> None:
    assert len(curves(results)) == 7 + 3
    for row, times, phi, k in curves(results):
        tau, s, r_on, leak = (
            row[name] for name in ("period", "shift", "open_ratio", "leak")
        )
        assert (times[0], times[-1]) == (0, CONFIG.duration)
        assert (np.diff(times) > 0).all()
        expected = [numpy_gated.openness(t, tau, s, r_on, leak) for t in times]
        # At the start of a turn rounding decides which turn it is: k may be the leak.
        start = np.minimum(phi, 1 - phi) < 1e-9
        np.testing.assert_allclose(
            k[~start], np.array(expected)[~start], rtol=0, atol=1e-9
        )
        np.testing.assert_allclose(
            phi[~start], ((times - s) % tau / tau)[~start], rtol=0, atol=1e-9
        )


def test_the_peak_is_one_at_half_the_open_ratio(results: Results) -> None:
    for row in results.rows:
        assert row["peak"] == pytest.approx(1, abs=1e-9)
        assert row["peak_phase"] == pytest.approx(row["open_ratio"] / 2, abs=1e-9)
        turns = (row["peak_time"] - row["shift"]) / row["period"]
        assert turns % 1 == pytest.approx(row["open_ratio"] / 2, abs=1e-9)
        assert 0 <= row["peak_time"] <= min(row["period"], CONFIG.duration)


def test_shares_and_means_are_those_of_triangles(results: Results) -> None:
    for row in results.rows:
        ratio, leak = row["open_ratio"], row["leak"]
        assert row["share_open"] == pytest.approx(ratio, abs=2e-5)
        mean = ratio / 2 + leak * (1 - ratio**2) / 2
        assert row["mean_openness"] == pytest.approx(mean, abs=2e-5)


@pytest.mark.parametrize("ratio", [1.0001, 1.5, 2.0, 4.0])
def test_a_ratio_above_one_never_closes(ratio: float) -> None:
    """Report 001: "the gate function will not have a phase with null activation, but
    will be a transformed version of the sawtooth wave"."""
    config = GateConfig(period=(4.0,), open_ratio=(ratio,))
    (row,) = [
        row
        for block in run(config, [panel.name for panel in REPORT], SilentReporter())
        for row in block.rows
    ]
    (block,) = run(config, [panel.name for panel in REPORT], SilentReporter())
    phi, k = block.history["phi"][0], block.history["k"][0]
    # By hand, of the formula's first two lines: the third is never reached.
    expected = np.where(phi < ratio / 2, 2 * phi / ratio, 2 - 2 * phi / ratio)
    np.testing.assert_allclose(k, expected, rtol=0, atol=1e-12)
    assert (k[phi > 0] > 0).all()
    assert row["share_open"] == 1.0
    # From 2 on it is the sawtooth itself, less high.
    if ratio >= 2:
        np.testing.assert_allclose(k, 2 * phi / ratio, rtol=0, atol=1e-12)
    assert row["mean_openness"] == pytest.approx(
        1 / ratio if ratio >= 2 else 2 - ratio / 2 - 1 / ratio, abs=2e-5
    )


def test_report_001_s_changes_do_what_it_says(results: Results) -> None:
    """A shift moves the curve; half the open ratio: half as long; a fifth of a period:
    five times as often."""
    base, *changed = (results.history[f"{panel.name}/k"] for panel in REPORT)
    times = [results.history[f"{panel.name}/time"] for panel in REPORT]

    def value(panel: int, curve: int, t: Any) -> Any:
        k = (base, *changed)[panel][curve]
        return np.interp(t, times[panel], k)

    t = np.linspace(0.3, 4.7, 45)
    np.testing.assert_allclose(value(1, 1, t + 0.2), value(0, 0, t), atol=1e-9)
    np.testing.assert_allclose(value(1, 0, t + 1.0), value(0, 0, t), atol=1e-9)
    np.testing.assert_allclose(value(2, 1, t / 2), value(0, 0, t), atol=1e-9)
    np.testing.assert_allclose(value(2, 1, 2.5 + t / 2), 0, atol=1e-9)
    for turn in range(5):
        np.testing.assert_allclose(value(3, 1, turn + t / 5), value(0, 0, t), atol=1e-9)


def test_finished_blocks_are_left_out(results: Results) -> None:
    done = tuple(name for name in block_names(CONFIG) if name != "given-2")
    (block,) = run(CONFIG, done, SilentReporter())
    assert block.name == "given-2"
    block.check(block_names(CONFIG))
    assert set(block.rows[0]) == set(GATE.columns)
    np.testing.assert_array_equal(block.history["k"], results.history["given-2/k"])
    assert work(CONFIG) == dict.fromkeys(block_names(CONFIG), 1.0)


def test_table_and_summary_hold_every_curve(results: Results) -> None:
    (table,) = tables(CONFIG, results)
    assert len(table.rows) == len(results.rows) == 10
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert list(table.rows[4]) == [
        *("r_on: 1 → 0.5", "shown", "5", "0", "0.5", "0"),
        *("1", "1.25", "0.25", "0.5", "0.25"),
    ]
    panels = summarise(CONFIG, results)["panels"]
    assert [panel["panel"] for panel in panels] == block_names(CONFIG)
    assert [len(panel["curves"]) for panel in panels] == [1, 2, 2, 2, 1, 1, 1]
    json.dumps(panels)


def lines(figure: Figure, panel: int) -> dict[str, Any]:
    return {str(line.get_label()): line for line in figure.axes[panel].lines}


def test_the_figure_has_the_phase_behind_the_openness(results: Results) -> None:
    with style():
        drawn = figures(CONFIG, results)
        alone = figures(GateConfig(), results)
    assert set(drawn) == {"report_001", "given"}
    assert set(alone) == {"report_001"}
    assert [len(drawn[name].axes) for name in ("report_001", "given")] == [4, 3]
    assert [axes.get_title(loc="left") for axes in drawn["report_001"].axes] == [
        r"(a)  $\tau$ = 5, $s$ = 0, $r_\mathrm{on}$ = 1",
        "(b)  $s$: 1 → 0.2",
        r"(c)  $r_\mathrm{on}$: 1 → 0.5",
        r"(d)  $\tau$: 5 → 1",
    ]
    for i, panel in enumerate(REPORT):
        shown = lines(drawn["report_001"], i)
        phase, k = shown[r"phase $\varphi$"], shown["openness $k$"]
        times = results.history[f"{panel.name}/time"]
        np.testing.assert_array_equal(
            k.get_xydata(), np.stack([times, results.history[f"{panel.name}/k"][-1]], 1)
        )
        assert list(shown).index(r"phase $\varphi$") == 0, "drawn first, so behind"
        assert ("$k$ before the change" in shown) == (panel.before is not None)
        # The phase is broken where it falls from 1 to 0.
        ys = phase.get_ydata()
        assert np.nanmin(np.diff(ys)) > -1e-9
        assert np.isnan(ys).sum() == int(
            (10 - panel.shown.shift) // panel.shown.period
        ) + (panel.shown.shift > 0)


def test_the_command_draws_what_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(devices, "configure", lambda *_: None)
    words = ["gate", "--period", "8", "--shift", "1", "2", "--out", str(tmp_path)]
    assert cli.main(STUDIES, words) == 0
    assert "tau = 8, s = 2, r_on = 1" in capsys.readouterr().out
    stored = json.loads((tmp_path / "config.json").read_text())
    assert stored["study"] == "phased gate"
    drawn = {path.name for path in (tmp_path / "figures").iterdir()}
    assert drawn == {
        f"{n}.{kind}" for n in ("report_001", "given") for kind in ("png", "svg")
    }
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [panel["panel"] for panel in summary["panels"]][4:] == ["given-1", "given-2"]
    assert cli.main(STUDIES, words) == 0, "a complete run is shown again"
