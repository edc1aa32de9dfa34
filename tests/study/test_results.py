"""Rows that were made by hand: means, comparisons, tables and figures."""

import json
from typing import Any

import numpy as np
import pytest
from flax import nnx
from matplotlib.figure import Figure

from seqjax.lab.report import grids
from seqjax.lab.reporting.figures import style
from seqjax.lab.run_directory import records, runs
from seqjax.lab.study import Results
from seqjax.study import Data, Experiment, squared_error
from seqjax.study.figures import drawn, figures
from seqjax.study.grid import Grid
from seqjax.study.results import against, column, outcomes, summarise, tables


class Made(Experiment):
    """A study of which nothing is trained.

    Attributes:
        widths: Of the network.
        cells: In it.
    """

    widths: tuple[int, ...] = (2, 8)
    cells: tuple[str, ...] = ("gru",)
    seeds: int = 4
    steps: int = 40

    def grid(self) -> dict[str, Any]:
        return {"width": self.widths, "cell": self.cells}

    def model(self, setting: Any, rngs: nnx.Rngs) -> nnx.Module:
        raise NotImplementedError

    def data(self, setting: Any) -> Data:
        raise NotImplementedError

    def loss(self, outputs: Any, targets: Any) -> Any:
        return squared_error(outputs, targets)


class Scored(Made):
    """The same with a score."""

    def score(self, outputs: Any, targets: Any) -> Any:
        return -squared_error(outputs, targets)


nan = float("nan")
GRID, SCORED = Grid(Made), Grid(Scored)
UNTRAINED = [1.0, 1.1, 0.9, 1.2]
MIXED = {2: [0.5, 0.6, nan, 0.8], 8: [0.1, 0.2, 0.15, 0.12]}
"""Losses of four seeds; NaN: the seed diverged."""


def made(
    losses: dict[int, list[float]],
    untrained: list[float] = UNTRAINED,
    *,
    cells: tuple[str, ...] = ("gru",),
    updates: int = 40,
) -> Results:
    """Results of these losses: a seed that diverged ends after three updates."""
    rows, history = [], {}
    for width, own in losses.items():
        for cell in cells:
            block = f"width-{width}-cell-{cell}"
            curves = np.geomspace(np.ones(len(own)), own, updates, axis=1)
            curves[np.isnan(own), 3:] = nan
            curves[np.isnan(own), :3] = 1e6
            history[f"{block}/loss"] = curves
            history[f"{block}/score"] = -curves
            rows += [
                {
                    **{"block": block, "width": width, "cell": cell, "seed": seed},
                    **{"score": -loss, "untrained_score": -start},
                    **{"loss": loss, "untrained_loss": start},
                    "updates": 3 if np.isnan(loss) else updates,
                    "diverged": bool(np.isnan(loss)),
                }
                for seed, (loss, start) in enumerate(zip(own, untrained, strict=True))
            ]
    return Results(rows, history)


def test_columns_are_those_of_the_grid_and_of_the_test() -> None:
    study = GRID.study(
        name="made",
        summary="",
        config_type=Made,
        summarise=lambda config, results: {},
        tables=lambda config, results: [],
        figures=lambda config, results: {},
    )
    assert study.columns == {
        **{"width": int, "cell": str, "seed": int, "loss": float},
        **{"untrained_loss": float, "updates": int, "diverged": bool},
    }
    assert study.block_names(Made()) == ["width-2-cell-gru", "width-8-cell-gru"]
    assert study.work(Made()) == {"width-2-cell-gru": 160, "width-8-cell-gru": 160}
    assert list(study.history_axes) == ["loss", "gradient_norm"]
    assert list(SCORED.axes) == ["score", "loss", "gradient_norm"]


def test_a_diverged_seed_counts_as_its_own_untrained_network() -> None:
    mixed, other = outcomes(GRID, Made(), made(MIXED))
    assert column(mixed.rows, "loss").tolist() == [0.5, 0.6, 0.9, 0.8]
    assert column(other.rows, "loss").tolist() == MIXED[8]
    assert mixed.diverged.tolist() == [False, False, True, False]
    assert mixed.rows[0]["cell"] == "gru"


def test_one_that_ended_well_but_whose_test_is_not_finite_does_so_too() -> None:
    (row, *_) = made({2: [0.5]}, [1.5]).rows
    for broken in (nan, float("inf"), None):
        assert column([{**row, "loss": broken}], "loss").tolist() == [1.5]
    # And it does so although what it had before it diverged was better.
    assert column([{**row, "diverged": True}], "loss").tolist() == [1.5]
    assert np.isnan(column([{**row, "loss": nan, "untrained_loss": nan}], "loss"))


def test_the_summary_has_means_and_comparisons() -> None:
    summary = summarise(GRID, Made(), made(MIXED))
    first, second = summary["settings"]
    assert (first["setting"], first["width"], first["cell"]) == ("width 2", 2, "gru")
    assert first["loss"]["value"] == pytest.approx(0.7)
    assert first["untrained_loss"]["value"] == pytest.approx(1.05)
    assert (first["diverged"], second["diverged"]) == (1, 0)
    (pair,) = summary["comparisons"]
    assert (pair["setting"], pair["less"], pair["measure"]) == (
        *("width 8", "width 2"),
        "loss",
    )
    assert pair["difference"]["value"] == pytest.approx(0.1425 - 0.7)
    # All four differences have one sign: two of sixteen exchanges are as far away.
    assert pair["p_value_holm"] == pytest.approx(0.125)
    json.loads(records.json_bytes(summary))
    assert runs.headline(summary) == "loss 0.1425 (width 8) to 0.7 (width 2)"
    assert grids.summary_grids(summary)[0].columns[:2] == ["setting", "cell"]


def test_where_there_is_a_score_it_decides() -> None:
    config = Scored()
    summary = summarise(SCORED, config, made(MIXED))
    assert summary["comparisons"][0]["measure"] == "score"
    assert summary["comparisons"][0]["difference"]["value"] == pytest.approx(0.5575)
    assert runs.headline(summary) == "score -0.7 (width 2) to -0.1425 (width 8)"
    told, compared = tables(SCORED, "Made", config, made(MIXED))
    assert told.columns == (
        *("width", "cell", "mean score", "untrained score"),
        *("mean loss", "untrained loss", "diverged"),
    )
    assert compared.title == "Score less that of width 2, on the same seeds"
    assert compared.caption.startswith("Sign-flip test; above 0: better than the first")


def test_the_table_tells_what_a_diverged_seed_counts_as() -> None:
    told, compared = tables(GRID, "Made", Made(), made(MIXED))
    assert told.title == "Made: 4 seeds, 40 updates"
    assert told.caption == (
        "On the test set. Brackets: 95 % intervals over seeds (Student). A diverged "
        "seed counts as its untrained network."
    )
    assert [[*row[:2], *row[-2:]] for row in told.rows] == [
        ["2", "gru", "1.05", "1"],
        ["8", "gru", "1.05", "0"],
    ]
    assert told.rows[0][2].startswith("0.7 [")
    assert compared.columns == ("width", "cell", "difference", "p (Holm)")
    assert compared.rows[0][3] == "0.125"
    assert compared.caption == (
        "Sign-flip test; below 0: better than the first. Of fewer than six seeds p is "
        "never below 0.05."
    )


def test_if_all_seeds_diverge_a_setting_is_its_untrained_networks() -> None:
    results = made({2: [nan] * 4, 8: MIXED[8]})
    first, _ = summarise(GRID, Made(), results)["settings"]
    assert first["loss"] == first["untrained_loss"]
    assert first["diverged"] == 4
    assert against(GRID, Made(), results)[0].found.difference.value < 0


def test_without_any_number_there_is_a_mean_of_nothing() -> None:
    results = made(MIXED, [1.0, 1.1, nan, 1.2])
    told, *compared = tables(GRID, "Made", Made(), results)
    assert told.rows[0][2] == "nan"
    assert told.rows[1][2].startswith("0.1425 [")
    # The first has no number, and so nobody can be compared with it.
    assert compared == []
    assert runs.headline(records.plain(summarise(GRID, Made(), results))) == (
        "loss 0.1425 (width 8)"
    )
    with style():
        figures(GRID, Made(), results)


def test_a_single_seed_or_setting_is_not_compared() -> None:
    one = Made(seeds=1)
    (told,) = tables(GRID, "Made", one, made({2: [0.5], 8: [0.1]}, [1.0]))
    assert told.rows[0] == ["2", "gru", "0.5", "1", "0"]
    alone = Made(widths=(2,))
    (told,) = tables(GRID, "Made", alone, made({2: MIXED[2]}))
    assert summarise(GRID, alone, made({2: MIXED[2]}))["settings"][0]["setting"] == (
        "all"
    )


def test_a_curve_goes_on_where_the_untrained_network_is() -> None:
    results = made(MIXED, updates=30)
    curves = results.history["width-2-cell-gru/loss"]
    found = drawn(curves, results.rows[:4], "loss", 40)
    assert found.shape == (4, 40)
    assert (found[2, :3] == 1e6).all()
    assert (found[2, 3:] == 0.9).all()
    np.testing.assert_array_equal(found[0, :30], curves[0])
    lost = [{**row, "untrained_loss": nan} for row in results.rows[:4]]
    assert drawn(curves[:, :30], lost, "loss", 30).shape == (3, 30)


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_figures_show_every_seed_and_mark_those_that_diverged() -> None:
    with style():
        found = figures(SCORED, Scored(), made(MIXED))
    score, loss = found["test_by_setting"].axes
    assert [label.get_text() for label in score.get_yticklabels()] == ["2", "8"]
    assert score.get_ylabel() == "width"
    assert score.get_ylim() == (1.5, -0.5)
    dots = np.concatenate([np.asarray(c.get_offsets()) for c in loss.collections])
    # Beside the dots collections hold the ends of bars.
    values = {round(float(x), 6) for x in dots[:, 0]}
    assert {0.5, 0.6, 0.9, 0.8, *MIXED[8]} <= values
    assert legend(found["test_by_setting"]) == [
        *("a seed", "diverged", "untrained", "mean, 95 % interval"),
    ]
    assert legend(found["training_curves"]) == ["2", "8"]
    assert [axes.get_ylabel() for axes in found["training_curves"].axes] == [
        *("score (training batches)", "loss (training batches)")
    ]


def test_a_scale_of_powers_only_where_losses_need_it() -> None:
    near, far = {2: [0.5] * 4, 8: [0.4] * 4}, {2: [0.5] * 4, 8: [0.004] * 4}
    with style():
        for losses, scale in ((near, "linear"), (far, "log")):
            found = figures(GRID, Made(), made(losses))
            assert found["test_by_setting"].axes[0].get_xscale() == scale
            assert found["training_curves"].axes[0].get_yscale() == scale


def test_what_is_far_away_does_not_stretch_the_axis() -> None:
    with style():
        found = figures(GRID, Made(), made({2: MIXED[8], 8: MIXED[8]}, [90.0] * 4))
    axes = found["test_by_setting"].axes[0]
    assert axes.get_xlim()[1] < 1
    assert "untrained" not in legend(found["test_by_setting"])


def test_of_many_settings_some_are_named() -> None:
    widths = tuple(range(1, 31))
    config = Made(widths=widths, cells=("gru", "lstm"))
    results = made({width: MIXED[8] for width in widths}, cells=config.cells)
    with style():
        found = figures(GRID, config, results)
    names = legend(found["training_curves"])
    assert 5 < len(names) < 15
    assert (names[0], names[-1]) == ("1, gru", "30, lstm")
    title = found["training_curves"].legends[0].get_title().get_text()
    assert title == f"width, cell\n({len(names)} of 60)"
    rows = found["test_by_setting"].axes[0].get_yticklabels()
    assert len(rows) == 60
    height = found["test_by_setting"].get_size_inches()[1]
    assert height > 60 * 0.2
