"""Settings of the study of learning: what is refused, and in which words."""

from itertools import combinations
from pathlib import Path

import pytest

from seqjax.phased.learning.config import LEARNT, LearningConfig
from seqjax.phased.learning.study import LEARNING
from tests.phased.refusing import COMMON, refused
from tests.registered import CELL_NAMES

REFUSED = {
    **COMMON,
    "--choices ratio": "choices must be one of all, none, period, shift, open_ratio, "
    "period-shift, period-open_ratio, shift-open_ratio, not 'ratio'; "
    "did you mean 'open_ratio'?",
    "--choices all all": "choices must not repeat a value, but 'all' is there twice; "
    "give it once",
    "--open-ratio 0": "open_ratio must be a finite number above 0 and at most 1, not "
    "0.0; give the share of a period for which the gate is open",
    "--longest 14": "longest must be an integer of at least 15, not 14; that is the "
    "shortest duration of a wave in ms",
    "--cell lstn": f"cell must be one of {CELL_NAMES}, peephole, not 'lstn'; "
    "did you mean 'lstm'?",
    "--forget-bias chrono": "forget_bias must be one of zero, one, not 'chrono'",
}


@pytest.mark.parametrize("words", REFUSED)
def test_bad_settings_are_refused_in_one_line(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused("learning", words, tmp_path, capsys) == REFUSED[words]


def test_choices_are_all_subsets_of_what_a_gate_has() -> None:
    subsets = {
        frozenset(some)
        for n in range(4)
        for some in combinations(("period", "shift", "open_ratio"), n)
    }
    assert len(LEARNT) == len(subsets) == 8
    assert {frozenset(names) for names in LEARNT.values()} == subsets


def test_the_work_is_that_of_three_products_per_time_point_and_gate() -> None:
    config = LearningConfig(
        choices=("none", "all"), seeds=2, steps=5, batch_size=50, hidden_size=100
    )
    assert LEARNING.block_names(config) == ["none", "all"]
    expected = 2 * 5 * 3 * 4 * 1e6 * 125 / 1e9
    assert LEARNING.work(config) == pytest.approx({"none": expected, "all": expected})
