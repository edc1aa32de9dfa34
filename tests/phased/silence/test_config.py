"""Settings of the silence study: what is refused, and in which words."""

from pathlib import Path

import pytest

from seqjax.phased.silence.config import SilenceConfig
from seqjax.phased.silence.study import SILENCE, network_of
from seqjax.tasks import Network
from seqjax.tasks.gated_network import GatedNetwork
from tests.phased.refusing import COMMON, refused

REFUSED = {
    **COMMON,
    "--models gru": "models must be one of phased, lstm, not 'gru'",
    "--models lstm lstm": "models must not repeat a value, but 'lstm' is there twice; "
    "give it once",
    "--lengths 0": "lengths must be an integer of at least 1, not 0; the marker is the "
    "last step of the silence",
    "--lengths 5 5": "lengths must not repeat a value, but 5 is there twice; "
    "give it once",
    "--copied 0": "copied must be an integer of at least 1, not 0; give 1 or more",
    "--open-ratio 1.5": "open_ratio must be a finite number above 0 and at most 1, not "
    "1.5; give the share of a period for which the gate is open",
    "--shortest-period 0": "shortest_period must be a finite number above 0, not 0.0; "
    "give the time from opening to opening",
    "--longest-period -1": "longest_period must be a finite number above 0, not -1.0; "
    "give a number of silences",
    "--learnt ratio": "learnt must be one of period, shift, open_ratio, not 'ratio'; "
    "did you mean 'open_ratio'?",
}


@pytest.mark.parametrize("words", REFUSED)
def test_bad_settings_are_refused_in_one_line(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused("silence", words, tmp_path, capsys) == REFUSED[words]


def test_the_work_grows_with_the_silence() -> None:
    config = SilenceConfig(
        models=("lstm",),
        lengths=(3, 8),
        copied=1,
        seeds=2,
        steps=7,
        batch_size=50,
        hidden_size=100,
    )
    assert SILENCE.block_names(config) == ["lstm-0003", "lstm-0008"]
    each = 2 * 7 * 3 * 4 * 1e6 / 1e9
    assert SILENCE.work(config) == pytest.approx(
        {"lstm-0003": 5 * each, "lstm-0008": 10 * each}
    )


def test_options_reach_the_networks() -> None:
    config = SilenceConfig(
        hidden_size=5, shortest_period=4.0, longest_period=3.0, learnt=("shift",)
    )
    gated = network_of(config, "phased", 20)
    plain = network_of(config, "lstm", 20)
    assert isinstance(gated, GatedNetwork)
    assert isinstance(plain, Network)
    assert (gated.period, gated.shift) == ((4.0, 60.0), (0.0, 60.0))
    assert (gated.learnt, gated.open_ratio) == (("shift",), 0.05)
    assert gated.memory_length == plain.memory_length == 22
    same = ("cell", "hidden_size", "initializer", "forget_bias", "in_features")
    for name in same:
        assert getattr(gated, name) == getattr(plain, name)
    # A silence shorter than the shortest period leaves one period.
    short = network_of(config, "phased", 1)
    assert isinstance(short, GatedNetwork)
    assert short.period == (4.0, 4.0)
