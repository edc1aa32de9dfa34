"""The landscape study: rows, claims, figures, and the command."""

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
import pytest

from seqjax.core.landscapes import LANDSCAPES
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED
from seqjax.lab.reporting.figures import style
from seqjax.lab.study import Results, SilentReporter
from seqjax.optimizers.config import COMPARED, LandscapeConfig
from seqjax.optimizers.landscape import LANDSCAPE_STUDY, run
from seqjax.optimizers.landscape_figures import figures
from seqjax.optimizers.landscape_summary import summarise, tables

CONFIG = LandscapeConfig()


@pytest.fixture(scope="module", autouse=True)
def _optax_mixes_integers_and_floats() -> Iterator[None]:
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(run(CONFIG, (), SilentReporter()))


def test_every_optimizer_starts_alike_and_ends_where_its_row_says(
    results: Results,
) -> None:
    for name in LANDSCAPES:
        rows = [row for row in results.rows if row["block"] == name]
        fastest = [row for row in rows if row["rule"] == "fastest"]
        assert [row["optimizer"] for row in fastest] == list(COMPARED)
        points = results.history[f"{name}/points"]
        losses = results.history[f"{name}/loss"]
        assert points.shape == (len(rows), 401, 2)
        for row, path, loss in zip(rows, points, losses, strict=True):
            assert set(row) == {"block", *LANDSCAPE_STUDY.columns}
            np.testing.assert_allclose(path[0], LANDSCAPES[name].start, rtol=1e-6)
            np.testing.assert_equal(float(loss[-1]), row["final_loss"])
        # Lion's steps never shrink: only it may fail to come near.
        assert all(row["steps_needed"] is not None for row in fastest)


def test_only_the_ravine_is_gone_down_at_one_rate_too(results: Results) -> None:
    same = [row for row in results.rows if row["rule"] == "limit"]
    assert {row["block"] for row in same} == {"ravine"}
    assert {row["learning_rate"] for row in same} == {0.99 * 0.02}
    assert [row["optimizer"] for row in same] == ["sgd", "momentum", "nesterov"]


def test_the_claims_are_answered_with_their_numbers(results: Results) -> None:
    summary = summarise(CONFIG, results)
    damped, crossed = summary["claims"]
    assert [damped["id"], crossed["id"]] == [
        "momentum-damps-ravine",
        "adaptive-cross-plateau",
    ]
    assert (damped["verdict"], damped["seeds"]) == (HOLDS, None)
    assert damped["measured"].startswith(
        f"reversals: momentum {damped['reversals']['momentum']}, sgd "
    )
    assert damped["reversals"]["sgd"] > 2 * damped["reversals"]["momentum"]
    assert crossed["verdict"] == HOLDS
    counts = crossed["steps_needed"]
    assert counts["sgd"] > 5 * max(counts["rmsprop"], counts["adam"])
    few = Results([row for row in results.rows if row["optimizer"] != "sgd"], {})
    for each in summarise(CONFIG, few)["claims"]:
        assert (each["verdict"], each["seeds"]) == (UNDECIDED, 0)
        assert each["why"] == "its paths are not here"
    slow = [
        row | ({"steps_needed": None} if row["optimizer"] == "adam" else {})
        for row in results.rows
    ]
    crossed = summarise(CONFIG, Results(slow, {}))["claims"][1]
    assert crossed["verdict"] == DOES_NOT
    assert crossed["measured"].startswith("steps needed: adam not reached, rmsprop ")


def test_a_given_rate_is_everybodys() -> None:
    config = LandscapeConfig(
        landscapes=("saddle", "ravine"), learning_rate=0.01, steps=20
    )
    given = Results.of(run(config, ("ravine",), SilentReporter()))
    assert {row["block"] for row in given.rows} == {"saddle"}
    assert {(r["rule"], r["learning_rate"]) for r in given.rows} == {("given", 0.01)}
    with style():
        one = LandscapeConfig(landscapes=("saddle",), learning_rate=0.01, steps=20)
        assert set(figures(one, given)) == {
            "saddle_given_paths",
            "saddle_given_losses",
        }


def test_figures_have_a_panel_per_optimizer_with_its_path(results: Results) -> None:
    with style():
        drawn = figures(CONFIG, results)
    assert set(drawn) == {
        f"{name}_{kind}"
        for name in (
            "ravine_fastest",
            "ravine_limit",
            "saddle_fastest",
            "plateau_fastest",
        )
        for kind in ("paths", "losses")
    }
    for name in LANDSCAPES:
        axes = drawn[f"{name}_fastest_paths"].axes
        assert len(axes) == len(COMPARED)
        for place, optimizer in zip(axes, COMPARED, strict=True):
            assert place.get_title().startswith(f"{optimizer}, rate ")
            line: Any = place.lines[0]
            np.testing.assert_allclose(
                line.get_xydata()[0], LANDSCAPES[name].start, rtol=1e-6
            )
    lost: Any = drawn["ravine_limit_paths"].axes[2].lines[0]
    assert 2 < len(lost.get_xydata()) < 401, "a diverging path ends outside"


def test_the_table_has_a_row_per_path(results: Results) -> None:
    (table,) = tables(CONFIG, results)
    assert len(table.rows) == len(results.rows) == 3 * 8 + 3
    assert all(len(row) == len(table.columns) for row in table.rows)
