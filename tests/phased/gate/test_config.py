"""Settings of the figure of the gate: what is refused, in which words."""

import pytest

from seqjax.lab.command_line.cli import main
from seqjax.phased.gate.config import BASE, REPORT, GateConfig, Setting
from seqjax.phased.study import STUDIES

PERIOD = "period must be above 0, not"
RATIO = "open_ratio must be above 0, not"
OPENING = "; give the time from opening to opening"
SHARE = "; give the share of a period for which the gate is open"
LEAK = "leak must be a finite number between 0 and 1, not"
TRAINED = "; Neil et al. train with 0.001 and test with 0"

REFUSED = {
    "--period 0": f"{PERIOD} 0{OPENING}",
    "--period 5 -2": f"{PERIOD} -2{OPENING}",
    "--period nan": f"{PERIOD} nan{OPENING}",
    "--period inf": f"{PERIOD} inf{OPENING}",
    "--period": "--period must have a value, got none; for example --period 1.0",
    "--period long": "--period must be a number, got 'long'; for example --period 1.0",
    "--open-ratio 0": f"{RATIO} 0{SHARE}",
    "--open-ratio 0.5 inf": f"{RATIO} inf{SHARE}",
    "--open-ratio -0.1": f"{RATIO} -0.1{SHARE}",
    "--shift inf": "shift must be a finite number, not inf; "
    "give the time at which a period starts",
    "--shift 1e7 --period 2": "shift must be at most a million periods from 0, not "
    "1e+07; leave out whole periods",
    "--leak -0.1": f"{LEAK} -0.1{TRAINED}",
    "--leak 2": f"{LEAK} 2.0{TRAINED}",
    "--period 5 6 --shift 1 2 3": "period must have 1 value or 3, as many as the "
    "longest of the options of a gate, not 2; give one for each gate",
    "--duration 0": "duration must be a finite number above 0, not 0.0; try 10",
    "--duration inf": "duration must be a finite number above 0, not inf; try 10",
    "--duration 51": "duration must be at most 50 of the shortest period, 50, not 51; "
    "show less time or longer periods",
    "--period 0.1": "duration must be at most 50 of the shortest period, 5, not 10; "
    "show less time or longer periods",
    "--perod 5": "unknown option --perod; did you mean --period?",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(STUDIES, ["gate", *words.split()]) == 2
    error = capsys.readouterr().err
    assert error == f"seqjax.phased: error: {REFUSED[words]}\n"


def test_the_panels_of_report_001() -> None:
    config = GateConfig()
    assert (config.panels, config.given) == (REPORT, ())
    found = [(panel.shown[:3], panel.before and panel.before[:3]) for panel in REPORT]
    assert found == [
        ((5, 0, 1), None),
        ((5, 0.2, 1), (5, 1, 1)),
        ((5, 0, 0.5), (5, 0, 1)),
        ((1, 0, 1), (5, 0, 1)),
    ]


def test_values_of_the_options_go_together() -> None:
    config = GateConfig(period=(5.0, 2.0, 4.0), open_ratio=(0.5,), leak=(0.0, 0.1, 0.2))
    assert [panel.shown for panel in config.given] == [
        Setting(5.0, 0.0, 0.5, 0.0),
        Setting(2.0, 0.0, 0.5, 0.1),
        Setting(4.0, 0.0, 0.5, 0.2),
    ]
    assert config.panels == REPORT + config.given
    assert [panel.name for panel in config.given] == ["given-1", "given-2", "given-3"]
    assert [panel.title for panel in config.given][:2] == [
        "tau = 5, s = 0, r_on = 0.5",
        "tau = 2, s = 0, r_on = 0.5, alpha = 0.1",
    ]
    (alone,) = GateConfig(shift=(1.0,)).given
    assert alone.shown == BASE._replace(shift=1.0)
