"""The settings and their order."""

import itertools
from dataclasses import replace

import pytest

from seqjax.reconcile.budget import CLAIMS_SHARE, allowance, gflop, plan, work
from seqjax.reconcile.claims import CLAIMS, claim_settings, lstm, rnn
from seqjax.reconcile.config import Config
from seqjax.reconcile.grid import CORE, FACTORS, Setting, levels, reference, stages
from seqjax.reconcile.study import STUDY, SWEEP


def test_the_grid_is_the_full_crossing_each_setting_once() -> None:
    config = Config()
    settings = [s for stage in stages(config).values() for s in stage]
    assert len(set(settings)) == len(settings)
    sizes = {factor: len(values) for factor, values in levels(config).items()}
    of_lstm = len(config.lengths)
    for size in sizes.values():
        of_lstm *= size
    assert sum(s.cell == "lstm" for s in settings) == of_lstm
    # The RNN has no forget bias to vary.
    of_rnn = of_lstm // sizes["forget_bias"]
    assert sum(s.cell == "rnn" for s in settings) == of_rnn


def test_the_core_comes_before_single_changes_and_those_before_the_rest() -> None:
    config = Config()

    def changes(setting: Setting) -> set[str]:
        first = reference(config, setting.cell, setting.length)
        return {f for f in FACTORS if getattr(setting, f) != getattr(first, f)}

    core, single, rest = stages(config).values()
    assert all(changes(setting) <= set(CORE) for setting in core)
    assert all(len(changes(setting) - set(CORE)) == 1 for setting in single)
    assert all(len(changes(setting)) == 1 for setting in single)
    assert all(len(changes(setting)) > 1 for setting in rest)
    assert min(len(core), len(single), len(rest)) > 0


def cost(setting: Setting) -> float:
    return gflop(Config(), setting) * claim_settings()[setting]


def waiting(order: list[Setting]) -> float:
    """Arithmetic until a claim is complete, over all claims."""
    done = dict(zip(order, itertools.accumulate(map(cost, order)), strict=True))
    return sum(max(done[setting] for setting in claim.settings) for claim in CLAIMS)


def test_cheap_claims_come_first_and_what_is_left_is_shared() -> None:
    config = Config()
    claimed = list(plan(config))[: len(claim_settings())]
    assert set(claimed) == set(claim_settings())
    # Claims are complete sooner than if the cheap settings came first, of any claim.
    assert waiting(claimed) < waiting(sorted(claimed, key=cost))
    first = min(CLAIMS, key=lambda claim: sum(map(cost, claim.settings)))
    assert set(claimed[: len(first.settings)]) == set(first.settings)
    share = CLAIMS_SHARE * config.budget
    # Each takes all it may: half of what the one before has left, and never the grid's.
    left = config.budget
    taken = []
    for claim in claimed:
        taken.append(allowance(config, claim, left))
        left -= taken[-1]
    assert taken[0] == pytest.approx(share / 2)
    assert all(
        after == pytest.approx(before / 2)
        for before, after in itertools.pairwise(taken)
    )
    assert left > config.budget - share
    assert allowance(config, claimed[-1], config.budget - share) == pytest.approx(0)
    (setting, *_) = stages(config)["all factors crossed"]
    assert allowance(config, setting, 3.0) == 3.0


def test_every_report_on_palindromes_has_its_settings_among_the_claims() -> None:
    assert {"000", "001", "002", "003"} <= {claim.report for claim in CLAIMS}
    wanted = claim_settings()
    for claim in CLAIMS:
        for setting in claim.settings:
            assert wanted[setting] >= claim.updates


def test_block_names_tell_settings_apart() -> None:
    config = Config()
    names = STUDY.block_names(config)
    assert len(set(names)) == len(names) == len(plan(config))


@pytest.mark.parametrize("budget", [1.0, 30.0, 1e6])
def test_expected_work_stays_within_the_budget(budget: float) -> None:
    expected = work(replace(Config(), budget=budget))
    assert sum(expected.values()) <= budget * (1 + 1e-9)
    assert min(expected.values()) >= 0


def test_no_program_of_a_run_is_compiled_twice() -> None:
    """The full crossing comes back to all of them."""
    programs = {SWEEP.program(setting) for setting in SWEEP.settings(Config())}
    assert 8 < len(programs) <= SWEEP.most_programs


def test_a_batch_is_cut_by_its_own_size() -> None:
    sizes = (7, 128)
    settings = [Setting("rnn", 5, batch_size=size) for size in sizes]
    assert [SWEEP.parts(Config(), setting) for setting in settings] == [1, 2]


def test_claims_that_are_named_are_trained_alone_and_to_the_end() -> None:
    config = Config(claims=("001-lstm", "003-rnn-only"))
    settings = plan(config)
    assert set(settings) == {rnn(11), lstm(5), lstm(10), lstm(15)}
    assert settings[rnn(11)] == 10_000  # what another claim asks for
    assert stages(config) == {}
    assert allowance(config, rnn(11), 3.0) == 3.0
    fewer = replace(config, without=(lstm(5).name, rnn(11).name))
    assert set(plan(fewer)) == {lstm(10), lstm(15)}
