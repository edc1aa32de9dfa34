"""The study at toy size: what differs between models, one compile, results, figures."""

from collections.abc import Iterator
from dataclasses import replace

import jax
import numpy as np
import pytest

from seqjax.core import losses
from seqjax.core.cells import CELLS
from seqjax.initialization.config import Config
from seqjax.initialization.figures import figures
from seqjax.initialization.selection import Setting, outcome_of
from seqjax.initialization.study import STUDY, SWEEP
from seqjax.initialization.summary import (
    certificates,
    claims,
    comparisons,
    spread,
    summarise,
)
from seqjax.initialization.tables import tables
from seqjax.lab.outcomes import outcome
from seqjax.lab.reporting.curves import held, smoothed
from seqjax.lab.reporting.figures import style
from seqjax.lab.study import Results, SilentReporter
from seqjax.train import TrainState

TINY = Config(
    encodings=("scalar", "onehot"),
    lengths=(3, 5),
    initializers=("normal", "orthogonal", "he"),
    seeds=3,
    steps=30,
    batch_size=16,
    hidden_size=12,
    evaluation_size=50,
    learning_rate=1e-2,
)
PAIR = ("normal", "orthogonal")


@pytest.fixture(scope="module")
def counted() -> Iterator[tuple[Results, dict[str, int]]]:
    """A whole run, and how often its loss had been traced at the end of each block."""
    traces: list[int] = []
    entropy = losses.cross_entropy

    def counting(*args: jax.Array) -> jax.Array:
        traces.append(1)
        return entropy(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(losses, "cross_entropy", counting)
        blocks, counts = [], {}
        for block in STUDY.run(TINY, (), SilentReporter()):
            blocks.append(block)
            counts[block.name] = len(traces)
        yield Results.of(blocks), counts


@pytest.fixture(scope="module")
def results(counted: tuple[Results, dict[str, int]]) -> Results:
    return counted[0]


def starts(encoding: str, initializer: str) -> TrainState:
    """What training begins with."""
    setting = Setting("rnn", encoding, 5, initializer)
    return SWEEP.start(TINY, setting, SWEEP.compiled(TINY, setting))


def leaves(config: Config, cell: str, initializer: str) -> dict[str, np.ndarray]:
    """The parameters of one seed by path, in an order of their own."""
    setting = Setting(cell, "onehot", 5, initializer)
    found = SWEEP.initial(config, SWEEP.learner(config, setting), setting)
    # Compiled as one: far quicker than operation by operation.
    params = jax.jit(found[1])(jax.random.key(3))
    return {
        jax.tree_util.keystr(path): np.asarray(leaf)
        for path, leaf in jax.tree_util.tree_leaves_with_path(params)
    }


def test_recurrent_matrices_alone_differ() -> None:
    one, two = (leaves(TINY, "rnn", name) for name in PAIR)
    differ = [path for path in one if not np.array_equal(one[path], two[path])]
    assert len(one) == 5
    assert len(differ) == 1
    assert "w_h" in differ[0]
    # And what is left is by the other initialiser: normal, deviation 0.05.
    (w_x,) = (leaf for path, leaf in two.items() if "w_x" in path)
    assert 0.03 < w_x.std() < 0.07


def test_all_matrices_differ_where_that_is_asked_for() -> None:
    same = replace(TINY, other_initializer="same")
    one, two = (leaves(same, "rnn", name) for name in PAIR)
    differ = {path for path in one if not np.array_equal(one[path], two[path])}
    assert {path for path, leaf in one.items() if leaf.ndim == 2} == differ
    assert len(differ) == 3


@pytest.mark.parametrize("initializer", PAIR)
def test_the_certified_matrices_are_those_that_training_starts_from(
    results: Results, initializer: str
) -> None:
    certified = results.history[f"rnn-weights-{initializer}/singular_values"]
    for encoding in TINY.encodings:
        start = starts(encoding, initializer).params
        w_h = np.asarray(start["recurrent"]["layer_0"]["w_h"][...], float)[:3]
        found = np.linalg.svd(w_h, compute_uv=False)
        np.testing.assert_allclose(certified[:, 0], found, rtol=1e-9)
        assert len(np.unique(w_h[:, 0, 0])) == 3


def test_one_seed_has_one_stream_of_batches_under_all_initialisers() -> None:
    one, two = (jax.random.key_data(starts("onehot", name).key) for name in PAIR)
    np.testing.assert_array_equal(one, two)
    assert len(np.unique(np.asarray(one)[:3], axis=0)) == 3


def test_one_compile_serves_all_initialisers_and_lengths(
    counted: tuple[Results, dict[str, int]],
) -> None:
    _, counts = counted
    before = 0
    for encoding in TINY.encodings:
        of_encoding = {n for name, n in counts.items() if encoding in name}
        assert len(of_encoding) == 1, "traced again after the first block"
        assert of_encoding.pop() > before
        before = max(n for name, n in counts.items() if encoding in name)


def test_a_row_per_matrix_and_a_row_per_model(results: Results) -> None:
    blocks = list(dict.fromkeys(row["block"] for row in results.rows))
    assert blocks == STUDY.block_names(TINY)
    for row in results.rows:
        assert set(row) == {"block", *STUDY.columns}
    weights = [row for row in results.rows if row["gate"] is not None]
    assert len(weights) == 3 * 3
    for row in weights:
        assert row["accuracy"] is None
        index = row["seed"], 0
        singular = results.history[f"{row['block']}/singular_values"][index]
        assert (row["largest"], row["smallest"]) == (singular[0], singular[-1])
    models = [row for row in results.rows if row["gate"] is None]
    assert len(models) == 2 * 2 * 3 * 3
    for row in models:
        assert row["largest"] is None
        assert 0 <= row["accuracy"] <= 1
        curve = results.history[f"{row['block']}/loss"][row["seed"]]
        assert np.isfinite(curve).sum() == row["steps"] <= 30


def test_a_diverged_seed_has_the_accuracy_of_a_guess_in_the_spread_too() -> None:
    rows = [
        {"accuracy": 1.0, "solved_step": 10, "diverged": lost}
        for lost in (False, True, True)
    ]
    spreads = [spread(outcome(r, 0.1, 0.99, 30)) for r in (rows, rows[1:])]
    assert spreads == pytest.approx([np.std([1.0, 0.1, 0.1], ddof=1), 0.0])
    assert np.isnan(spread(outcome(rows[:1], 0.1, 0.99, 30)))


def test_summary_by_hand(results: Results) -> None:
    summary = summarise(TINY, results)
    assert summary["chance_accuracy"] == 0.1
    settings = {
        (s["encoding"], s["length"], s["initializer"]): s for s in summary["settings"]
    }
    assert len(settings) == 2 * 2 * 3
    for (encoding, length, name), setting in settings.items():
        rows = [
            row
            for row in results.rows
            if row["block"] == f"rnn-{encoding}-{length:03d}-{name}"
        ]
        values = np.array([row["accuracy"] for row in rows])
        assert setting["accuracy"]["value"] == pytest.approx(values.mean())
        assert setting["accuracy_standard_deviation"] == pytest.approx(
            np.sqrt(((values - values.mean()) ** 2).sum() / 2)
        )
        assert setting["success_rate"]["value"] == pytest.approx(
            (values >= 0.99).mean()
        )
        assert setting["held_out"] == (length > 2)
    names = [(c["initializer"], c["gate"]) for c in summary["certificates"]]
    assert names == [("normal", "h"), ("orthogonal", "h"), ("he", "h")]
    assert all(certificate["all_hold"] for certificate in summary["certificates"])
    assert {claim["encoding"] for claim in summary["claims"]} == {"scalar", "onehot"}
    assert len(summary["claims"]) == 2 * 3  # of the report's lengths 5 alone is there


def test_comparisons_are_paired_with_the_first_and_adjusted(results: Results) -> None:
    found = comparisons(TINY, results)
    assert [each.setting for each in found] == [
        ("rnn", encoding, length, name)
        for encoding in ("scalar", "onehot")
        for length in (3, 5)
        for name in ("orthogonal", "he")
    ]
    for one in found:
        values, base = (
            outcome_of(TINY, results, each).accuracy
            for each in (one.setting, one.setting._replace(initializer="normal"))
        )
        assert one.accuracy.difference.value == pytest.approx((values - base).mean())
        # Holm over the four of an encoding: never below, at most four times the raw.
        raw, adjusted = one.accuracy.comparison.p_value, one.accuracy.p_value
        assert raw <= adjusted <= min(1, 4 * raw) or adjusted == 1
    alone = replace(TINY, initializers=("he",))
    assert comparisons(alone, results) == []


def test_tables_have_every_setting_and_leave_out_what_there_is_none_of(
    results: Results,
) -> None:
    found = tables(TINY, results)
    assert [len(table.rows) for table in found] == [3, 12, 8, 6]
    for table in found:
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert "drawn by normal" in found[0].caption
    few = tables(replace(TINY, initializers=("he",)), results)
    assert [len(table.rows) for table in few] == [1, 4]
    same = tables(replace(TINY, other_initializer="same"), results)
    assert "by the same initialiser" in same[1].caption


def test_figures_draw_every_initialiser_in_every_panel(results: Results) -> None:
    with style():
        drawn = figures(TINY, results)
    assert set(drawn) == {"accuracy_vs_updates", "spectra_rnn"}
    panels = drawn["accuracy_vs_updates"].axes
    assert len(panels) == 2 * 2
    for axes in panels:
        labels = [line.get_label() for line in axes.lines]
        assert labels == [*TINY.initializers, "chance"]
        looks = {(line.get_color(), line.get_linestyle()) for line in axes.lines}
        assert len(looks) == 4
    curves = results.history["rnn-onehot-005-he/accuracy"]
    (line,) = (each for each in panels[3].lines if each.get_label() == "he")
    expected = smoothed(held(curves, 30)).mean(0)
    np.testing.assert_allclose(np.asarray(line.get_ydata()), expected)
    spectra = drawn["spectra_rnn"].axes
    assert len(spectra) == 2 * 3
    points = np.asarray(spectra[1].collections[0].get_offsets())
    assert len(points) == 3 * 12
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1, atol=1e-5)


def test_every_gate_of_an_lstm_is_certified() -> None:
    config = replace(TINY, cells=("lstm",), lengths=(3,))
    trainings = [name for name in STUDY.block_names(config) if "weights" not in name]
    results = Results.of(STUDY.run(config, trainings, SilentReporter()))
    found = certificates(config, results)
    gates = [gate for (_, name), gate, _ in found if name == "he"]
    assert tuple(gates) == CELLS["lstm"].gates
    assert all(finding.holds for *_, findings in found for finding in findings)
    # Four draws, not one drawn four times.
    of_he = results.history["lstm-weights-he/singular_values"]
    assert len(np.unique(of_he[:, :, 0])) == 3 * 4


def test_no_claim_without_its_lengths_or_orthogonal_weights(results: Results) -> None:
    for missing in ({"lengths": (3,)}, {"initializers": ("normal", "he")}):
        found = claims(replace(TINY, **missing), results)
        assert len(found) == 3 * len(TINY.encodings)
        assert not any(claim.is_judged for claim in found)
    first = claims(replace(TINY, initializers=("orthogonal", "he")), results)
    assert [
        each.finding.measured for each in first if each.id == "orthogonal-stable"
    ] == ["nothing to compare with: orthogonal is the first"] * 2
