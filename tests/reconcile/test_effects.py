"""Effects and rankings from made-up outcomes whose truth is known."""

import numpy as np
import pytest

from seqjax.reconcile.config import Config
from seqjax.reconcile.effects import main_effects, rankings
from seqjax.reconcile.grid import Setting, stages

CONFIG = Config(seeds=8, lengths=(5, 10))


def outcome(setting: Setting) -> np.ndarray:
    """An additive truth: one-hot gains 0.3 for the RNN, 0.1 for the LSTM."""
    rng = np.random.default_rng(0)
    seeds = 0.01 * rng.normal(size=CONFIG.seeds)
    base = {"rnn": 0.2, "lstm": 0.35}[setting.cell]
    gain = {"rnn": 0.3, "lstm": 0.1}[setting.cell] * (setting.encoding == "onehot")
    return base + gain + seeds - 0.002 * setting.length


SETTINGS = [setting for stage in stages(CONFIG).values() for setting in stage]
OUTCOMES = {setting: outcome(setting) for setting in SETTINGS[:60]}


def test_an_effect_is_the_gain_of_its_level_and_nothing_else() -> None:
    effects = {(e.cell, e.factor, e.level): e for e in main_effects(CONFIG, OUTCOMES)}
    for cell, gain in (("rnn", 0.3), ("lstm", 0.1)):
        onehot = effects[cell, "encoding", "onehot"]
        assert onehot.difference.value == pytest.approx(gain)
        assert onehot.p_value < 0.2  # Holm over all rows of the table
        other = effects[cell, "initializer", "orthogonal"]
        assert other.difference.value == pytest.approx(0)
        assert other.p_value == 1


def test_a_level_without_its_reference_has_no_effect_to_show() -> None:
    lonely = {s: v for s, v in OUTCOMES.items() if s.encoding == "onehot"}
    assert not any(e.factor == "encoding" for e in main_effects(CONFIG, lonely))


def test_rankings_turn_where_the_truth_turns() -> None:
    found = {(r.factor, r.level, r.length): r for r in rankings(CONFIG, OUTCOMES)}
    scalar, onehot = (found["encoding", level, 10] for level in ("scalar", "onehot"))
    assert scalar.difference.value == pytest.approx(0.15)
    assert onehot.difference.value == pytest.approx(-0.05)
    for each in (scalar, onehot):
        low, high = each.difference.interval
        assert low < each.difference.value < high


def test_nothing_measured_gives_empty_tables() -> None:
    assert main_effects(CONFIG, {}) == []
    assert rankings(CONFIG, {}) == []


def test_a_factor_of_which_one_level_was_reached_is_left_out() -> None:
    core = {s: OUTCOMES[s] for s in SETTINGS[:18]}
    levels: dict[str, set[str]] = {}
    for ranking in rankings(CONFIG, core):
        levels.setdefault(ranking.factor, set()).add(ranking.level)
    assert "encoding" in levels or "initializer" in levels
    assert "stop" not in levels
    assert all(len(found) > 1 for found in levels.values())
