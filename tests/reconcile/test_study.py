"""The study end to end in twelve seconds: in time, and a verdict for every claim."""

import time

import jax
import pytest

from seqjax.lab.judging.claims import Verdict
from seqjax.lab.reporting.figures import style
from seqjax.lab.study import Results, SilentReporter
from seqjax.reconcile.budget import plan
from seqjax.reconcile.claims import CLAIMS
from seqjax.reconcile.config import Config
from seqjax.reconcile.figures import figures
from seqjax.reconcile.study import COLUMNS, STUDY

TINY = Config(
    budget=0.2,
    seeds=2,
    steps=2,
    hidden_size=4,
    lengths=(3,),
    encodings=("scalar",),
    initializers=("he", "orthogonal"),
    forget_biases=("zero",),
    learning_rates=(1e-3,),
    optimizers=("rmsprop",),
    batch_sizes=(128,),
    stops=("solved",),
    evaluation_size=50,
)


@pytest.fixture(scope="module")
def timed() -> tuple[Results, float]:
    started = time.monotonic()
    # How far it gets is the machine's; optax's Adam mixes integers and floats.
    with jax.numpy_dtype_promotion("standard"):
        blocks = list(STUDY.run(TINY, (), SilentReporter()))
    return Results.of(blocks), time.monotonic() - started


def test_every_setting_has_its_rows_and_the_clock_was_kept(
    timed: tuple[Results, float],
) -> None:
    results, seconds = timed
    # The budget, and what was begun before its end: one compilation and its scores.
    assert seconds < 60 * TINY.budget + 60
    names = [setting.name for setting in plan(TINY)]
    trained = list(dict.fromkeys(row["block"] for row in results.rows))
    assert trained == names[: len(trained)]
    for row in results.rows:
        assert set(row) == {"block", *COLUMNS}
        assert 0 <= row["accuracy"] <= 1
        assert 0 < row["steps"] <= row["updates_wanted"]
    assert len(results.rows) == TINY.seeds * len(trained)
    curves = {name.partition("/")[2] for name in results.history}
    assert curves == set(STUDY.history_axes) == {"loss", "accuracy"}
    # Ten thousand updates of a dozen settings do not fit into twelve seconds.
    assert len(trained) < len(names) or any(row["cut_short"] for row in results.rows)


def test_every_claim_gets_a_verdict(timed: tuple[Results, float]) -> None:
    results, _ = timed
    summary = STUDY.summarise(TINY, results)
    assert [c["id"] for c in summary["claims"]] == [c.id for c in CLAIMS]
    assert len({c.id for c in CLAIMS}) == len(CLAIMS)
    assert {c["verdict"] for c in summary["claims"]} <= {*Verdict}
    assert sum(stage["settings"] for stage in summary["reached"]) == len(plan(TINY))
    trained = {row["block"] for row in results.rows}
    assert sum(stage["trained"] for stage in summary["reached"]) == len(trained)
    claims, effects = STUDY.tables(TINY, results)
    assert len(claims.rows) == len(CLAIMS)
    assert "left out" in claims.caption
    assert len(effects.columns) == 6


def test_the_figure_draws_with_much_and_with_nothing(
    timed: tuple[Results, float],
) -> None:
    results, _ = timed
    with style():
        for rows in (results, Results(results.rows[-1:], {})):
            assert figures(TINY, rows)["ranking"].axes


def test_finished_settings_are_not_trained_again(
    timed: tuple[Results, float],
) -> None:
    names = [setting.name for setting in plan(TINY)]
    assert list(STUDY.run(TINY, names, SilentReporter())) == []
