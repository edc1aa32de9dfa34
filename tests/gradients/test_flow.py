"""The study from end to end at toy size: what it measures, tables, figures."""

import functools
import json
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.cells import CELLS
from seqjax.core.gradient_flow import state_gradients
from seqjax.core.losses import cross_entropy
from seqjax.gradients.config import Config
from seqjax.gradients.figures import figures
from seqjax.gradients.probe import Probe, Prober, singular_values
from seqjax.gradients.study import FLOW, SWEEP, Setting, clipped
from seqjax.gradients.summary import FLOOR, distance, facts, summarise, tables
from seqjax.lab.reporting.figures import style
from seqjax.lab.study import Results, SilentReporter
from seqjax.tasks import Network
from seqjax.tasks.palindromes import encode
from tests.core import numpy_cells

TINY = Config(
    length=8,
    at=(0, 3, 12),
    seeds=3,
    examples=16,
    jacobian_examples=2,
    jacobian_times=4,
    batch_size=16,
    hidden_size=6,
    learning_rate=1e-2,
    clip_norm=0.8,
)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(FLOW.run(TINY, (), SilentReporter()))


def network_of(config: Config, cell: str) -> Network:
    return SWEEP.learner(config, Setting(cell)).network


@functools.cache
def prober(cell: str, encoding: str) -> Prober:
    """Looks at four strings; its weights are small, see below."""
    config = replace(TINY, encoding=encoding, initializer="torch")
    return Prober(config, network_of(config, cell), digits())


def digits() -> np.ndarray:
    left = np.random.default_rng(0).integers(0, 10, (4, 4))
    return np.concatenate([left, left[::-1]]).astype(np.int32)


def numpy_norms(cell: str, encoding: str, params: Any, strings: np.ndarray) -> Any:
    """|dL/dh_t| of each example by finite differences of a float64 loop."""
    layer, last = params["recurrent"]["layer_0"], params["projection"]
    kind = CELLS[cell]
    fields = kind.params(*(np.asarray(layer[n][...]) for n in kind.params._fields))
    w, step = numpy_cells.weights(cell, fields), numpy_cells.STEPS[cell]
    out_w, out_b = (np.asarray(last[n][...], np.float64) for n in "wb")
    xs = np.eye(10)[strings[:-1]] if encoding == "onehot" else strings[:-1, :, None]
    hidden = out_w.shape[0]
    names = ("c", "h") if cell == "lstm" else ("h",)
    norms = np.zeros((len(strings), strings.shape[1]))
    for example in range(strings.shape[1]):
        states = [{name: np.zeros(hidden) for name in names}]
        for x in xs[:, example]:
            states.append(step(w, states[-1], x))

        def loss(state: numpy_cells.State, t: int, example: int = example) -> float:
            for x in xs[t:, example]:
                state = step(w, state, x)
            logits = state["h"] @ out_w + out_b
            return float(np.log(np.exp(logits).sum()) - logits[strings[0, example]])

        for t, state in enumerate(states):
            slopes = []
            for unit in np.eye(hidden):
                ends = [
                    loss({**state, "h": state["h"] + sign * 1e-5 * unit}, t)
                    for sign in (1, -1)
                ]
                slopes.append((ends[0] - ends[1]) / 2e-5)
            norms[t, example] = np.linalg.norm(slopes)
    return norms


@pytest.mark.parametrize(("cell", "encoding"), [("rnn", "scalar"), ("lstm", "onehot")])
def test_norms_are_means_over_examples_of_each_ones_own_gradient(
    cell: str, encoding: str
) -> None:
    # Small weights: finite differences need gradients well above rounding.
    config = replace(TINY, encoding=encoding, initializer="torch")
    params = network_of(config, cell).init(jax.random.key(1))
    strings = digits()
    probe = prober(cell, encoding)(params)
    expected = numpy_norms(cell, encoding, params, strings).mean(1)
    np.testing.assert_allclose(probe.h_norm, expected, rtol=1e-4, atol=1e-8)
    assert probe.singular_values.shape == (4, 2, 12 if cell == "lstm" else 6)
    assert np.isnan(probe.c_norm).all() == (cell != "lstm")
    assert np.isnan(probe.c_norm[0])


def test_single_precision_loses_what_double_keeps() -> None:
    config = replace(TINY, length=60, examples=4, jacobian_times=2)
    network = network_of(config, "rnn")
    params = network.init(jax.random.key(0))
    # Weights so small that a step takes the gradient down by a factor of some tens.
    params = jax.tree.map(lambda leaf: 0.02 * leaf, params)
    left = np.random.default_rng(0).integers(0, 10, (30, 4))
    strings = np.concatenate([left, left[::-1]]).astype(np.int32)
    probe = Prober(config, network, strings)(params)
    assert (probe.h_norm > 0).all()
    assert probe.h_norm[0] < 1e-60
    assert probe.zeros[0] == probe.underflows[0] == 1
    assert probe.zeros[-1] == probe.underflows[-1] == 0
    # A CPU rounds to zero what is below the smallest normal number, and no more.
    np.testing.assert_allclose(probe.zeros, probe.underflows, atol=0.05)


def test_rounding_is_not_taken_for_a_singular_value() -> None:
    rng = np.random.default_rng(0)
    q, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    true = np.array([1e3, 1.0, 1e-9, 1e-14, 0.0])
    found = singular_values((q * true @ q.T)[None, None])[0, 0]
    np.testing.assert_allclose(found[:3], true[:3], rtol=1e-3)
    assert np.isnan(found[3:]).all()
    assert np.isnan(singular_values(np.zeros((1, 1, 3, 3)))).all()


def test_what_is_beyond_double_precision_has_no_singular_values_and_no_slope() -> None:
    lost = np.array([[np.eye(3), np.full((3, 3), np.inf), np.full((3, 3), np.nan)]])
    found = singular_values(lost)[0]
    np.testing.assert_array_equal(found[0], 1)
    assert np.isnan(found[1:]).all()
    said = facts(probe_of([1.0, 1.0, np.nan, 1.0]))
    assert np.isnan(said["log10_per_step"])
    assert said["first"] == said["last"] == 1


def test_a_row_per_seed_and_step_and_a_curve_per_seed(results: Results) -> None:
    assert [(r["cell"], r["step"], r["seed"]) for r in results.rows] == [
        (cell, step, seed)
        for cell in ("rnn", "lstm")
        for step in (0, 3, 12)
        for seed in range(3)
    ]
    for row in results.rows:
        assert set(row) == {"block", *FLOW.columns}
        assert row["held_out"]
        assert (row["clipped"] is None) == (row["step"] == 0)
        norms = results.history[f"{row['cell']}/h_norm"]
        assert norms.shape == (3, 3, 8)
        curve = norms[TINY.at.index(row["step"]), row["seed"]]
        assert row["first"] == curve[1]
        assert row["last"] == curve[-1]
        assert row["log10_ratio"] == pytest.approx(np.log10(curve[1] / curve[-1]))
    assert "rnn/c_norm" not in results.history
    for name in results.history:
        axes = FLOW.history_axes[name.partition("/")[2]]
        assert results.history[name].ndim == len(axes)


def test_looking_does_not_disturb_the_training(results: Results) -> None:
    straight = Results.of(
        FLOW.run(replace(TINY, at=(12,)), ("lstm",), SilentReporter())
    )
    ours = [r for r in results.rows if (r["cell"], r["step"]) == ("rnn", 12)]
    assert straight.rows == ours
    np.testing.assert_array_equal(
        straight.history["rnn/gradient_norm"], results.history["rnn/gradient_norm"]
    )


def test_clipped_updates_are_counted_among_those_tried(results: Results) -> None:
    nan = float("nan")
    assert clipped(np.array([1.0, 3.0, 2.0, nan], np.float32), 2.0) == 1 / 3
    assert clipped(np.array([nan, nan], np.float32), 2.0) is None
    for row in results.rows:
        norms = results.history[f"{row['cell']}/gradient_norm"][row["seed"]]
        if row["step"]:
            expected = np.mean(norms[: row["step"]] > 0.8)
            assert row["clipped"] == pytest.approx(expected)
    shares = [row["clipped"] for row in results.rows if row["step"]]
    assert 0 < np.mean(shares) < 1


def test_a_trained_network_is_the_one_that_is_seen(results: Results) -> None:
    """The loss of the rows falls, and is the one of the gradient that is measured."""
    by_step = {
        step: np.mean([r["loss"] for r in results.rows if r["step"] == step])
        for step in TINY.at
    }
    assert by_step[12] < by_step[0]
    network, strings = network_of(TINY, "rnn"), digits()
    params = network.init(jax.random.key(5))
    definition, _ = nnx.split(network.model(jax.random.key(0)), nnx.Param)
    model: Any = nnx.merge(definition, params)
    xs = encode(jnp.asarray(strings), "scalar")
    probe = prober("rnn", "scalar")(params)
    loss = cross_entropy(model(xs), jnp.asarray(strings[0]))
    assert probe.loss == pytest.approx(float(loss), rel=1e-5)
    states, _ = state_gradients(
        CELLS["rnn"],
        model.recurrent.layer_0.params(),
        xs,
        CELLS["rnn"].initial_carry(4, 6),
        lambda final: jnp.sum(final.h),
    )
    logits = model.projection(states.h[-1])
    assert probe.accuracy == float(np.mean(logits.argmax(-1) == strings[0]))


def probe_of(norms: list[float]) -> Probe:
    h = np.array(norms)
    few = np.zeros(len(h))
    return Probe(2.3, 0.1, h, few, few, few, np.full((1, 2, 3), 100.0))


def test_facts_of_known_curves() -> None:
    falling = facts(probe_of([0.0, *(10.0 ** (0.5 * t) for t in range(9))]))
    assert falling["log10_ratio"] == pytest.approx(-4)
    assert falling["log10_per_step"] == pytest.approx(-0.5)
    assert falling["log10_rise"] == pytest.approx(0)
    assert falling["log10_largest_singular"] == pytest.approx(2)
    rising = facts(probe_of([1.0, 1e-2, 1e-5, 1e-3, 1e-1]))
    assert rising["log10_rise"] == pytest.approx(3)
    dead = facts(probe_of([0.0, 0.0, 0.0, 1.0]))
    assert dead["log10_ratio"] == pytest.approx(np.log10(FLOOR))


def test_summary_and_table_cover_every_setting(results: Results) -> None:
    summary = summarise(TINY, results)
    json.dumps(summary, allow_nan=True)
    assert summary["chance_accuracy"] == 0.1
    settings = {(s["cell"], s["step"]): s for s in summary["settings"]}
    assert list(settings) == [(c, s) for c in ("rnn", "lstm") for s in (0, 3, 12)]
    for (cell, step), setting in settings.items():
        rows = [r for r in results.rows if (r["cell"], r["step"]) == (cell, step)]
        slopes = np.array([r["log10_per_step"] for r in rows])
        estimate, factor = setting["log10_per_step"], setting["factor_per_step"]
        assert estimate["value"] == pytest.approx(slopes.mean())
        assert factor["value"] == pytest.approx(10 ** slopes.mean())
        assert factor["low"] <= factor["value"] <= factor["high"]
        assert (setting["clipped"] is None) == (step == 0)
    (table,) = tables(TINY, results)
    assert len(table.rows) == 6
    assert all(len(row) == len(table.columns) for row in table.rows)


@pytest.mark.parametrize("lost", [(), (1,), (0, 1, 2)])
def test_a_diverged_seed_names_digits_at_chance_from_then_on(
    results: Results, lost: tuple[int, ...]
) -> None:
    """Whatever it got right before: that stands in the moments before."""
    rows = [
        row
        | {"accuracy": 1.0, "loss": 0.25}
        | {"diverged": row["step"] == 12 and row["seed"] in lost}
        for row in results.rows
    ]
    made_up = Results(rows, results.history)
    for setting in summarise(TINY, made_up)["settings"]:
        failed = len(lost) * (setting["step"] == 12)
        assert setting["diverged"] == failed
        means = {name: setting[name]["value"] for name in ("accuracy", "loss")}
        assert means["accuracy"] == pytest.approx(1 - failed * 0.9 / 3)
        assert means["loss"] == pytest.approx(0.25 + failed * (np.log(10) - 0.25) / 3)
    said = {tuple(row[:2]): row[-2:] for row in tables(TINY, made_up)[0].rows}
    assert said["rnn", "3"] == ["1.000 [0.292, 1.000]", "0"]
    shown = {
        0: "1.000 [0.292, 1.000]",
        1: "0.700 [0.133, 0.993]",
        3: "0.100 [0.029, 0.737]",
    }
    assert said["rnn", "12"] == [shown[len(lost)], str(len(lost))]


def test_where_no_singular_value_is_known_none_is_drawn(results: Results) -> None:
    name = "rnn/singular_values"
    unknown = np.full_like(results.history[name], np.nan)
    with style():
        drawn = figures(TINY, Results(results.rows, results.history | {name: unknown}))
    for axes in drawn["singular_values"].axes[:3]:
        curves = [line for line in axes.lines if len(np.asarray(line.get_xdata())) > 2]
        assert len(curves) == 4
        assert all(np.isnan(np.asarray(line.get_ydata())).all() for line in curves)


def test_cells_are_compared_on_the_same_seeds(results: Results) -> None:
    compared = summarise(TINY, results)["comparisons"]
    assert len(compared) == 9
    for entry in compared:
        assert entry["cells"] == ("rnn", "lstm")
        assert entry["p_value"] <= entry["p_value_holm"] <= 1
    first = next(e for e in compared if e["step"] == 12 and e["of"].endswith("dh_1|"))
    values = {
        cell: np.log10(results.history[f"{cell}/h_norm"][2, :, 1])
        for cell in ("rnn", "lstm")
    }
    difference = np.mean(values["rnn"] - values["lstm"])
    assert first["difference"]["value"] == pytest.approx(difference)
    apart = distance(TINY, results, "rnn", "lstm", 12)
    curves = [np.log10(results.history[f"{c}/h_norm"][2]) for c in ("rnn", "lstm")]
    assert apart.value == pytest.approx(np.abs(curves[0] - curves[1])[:, 1:].mean())
    alone = replace(TINY, cells=("rnn",))
    assert summarise(alone, results)["comparisons"] == []


def test_figures_draw_the_curves_of_the_run(results: Results) -> None:
    with style():
        drawn = figures(TINY, results)
        assert set(drawn) == {
            "gradient_norms",
            "singular_values",
            "single_precision",
            "training_norms",
        }
        untrained = figures(replace(TINY, at=(0,)), results)
        assert "training_norms" not in untrained
    panels = drawn["gradient_norms"].axes
    titles = [axes.get_title() for axes in panels]
    assert titles == ["untrained", "after 3 updates", "after 12 updates"]
    for k, axes in enumerate(panels):
        assert axes.get_yscale() == "log"
        lines = {str(line.get_label()): line for line in axes.lines}
        assert list(lines) == ["RNN, |dL/dh_t|", "LSTM, |dL/dh_t|", "LSTM, |dL/dc_t|"]
        drawn_y = np.asarray(lines["LSTM, |dL/dh_t|"].get_ydata())
        expected = np.median(results.history["lstm/h_norm"][k], axis=0)
        np.testing.assert_allclose(drawn_y, expected)
        # A band per line, from the smallest seed to the largest.
        band = np.asarray(axes.collections[1].get_paths()[0].vertices)
        curves = results.history["lstm/h_norm"][k]
        assert np.min(band[:, 1]) == pytest.approx(curves.min())
        assert np.max(band[:, 1]) == pytest.approx(curves.max())
