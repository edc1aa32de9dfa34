"""What is trained is what the file says: seeds, keys, batches, rates, and the test."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from seqjax.core.keys import named_keys, seed_keys
from seqjax.lab.study import Results, SilentReporter
from seqjax.lab.sweep import Ended
from seqjax.study import Data, Experiment, accuracy, cross_entropy, squared_error
from seqjax.study.grid import Grid
from tests.lab.breaking import Breaking

TRACES = {"loss": 0}


class Network(nnx.Module):
    """A layer, batch statistics and dropout."""

    def __init__(self, rate: float, rngs: nnx.Rngs) -> None:
        self.hidden = nnx.Linear(4, 6, rngs=rngs)
        self.norm = nnx.BatchNorm(6, rngs=rngs)
        self.dropout = nnx.Dropout(rate, rngs=rngs)
        self.out = nnx.Linear(6, 3, rngs=rngs)
        # Not trained: drawn together with the weights, and kept beside them.
        self.first = nnx.Variable(self.out.kernel[...])

    def __call__(self, x: Any) -> Any:
        return self.out(self.dropout(jnp.tanh(self.norm(self.hidden(x)))))


class Dropped(Experiment):
    """Dropout, batch statistics, and learning rates of which one is too large.

    Attributes:
        rates: Step sizes.
    """

    rates: tuple[float, ...] = (0.01, 1e30)
    seeds: int = 3
    steps: int = 12
    batch_size: int = 8

    def grid(self) -> dict[str, Any]:
        return {"learning_rate": self.rates}

    def model(self, setting: Any, rngs: nnx.Rngs) -> nnx.Module:
        return Network(0.5, rngs)

    def data(self, setting: Any) -> Data:
        draw = np.random.default_rng(0)
        x = draw.normal(size=(50, 4))  # float64
        y = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)  # int64
        return Data(train=(x[:30], y[:30]), test=(x[30:], y[30:]))

    def loss(self, outputs: Any, targets: Any) -> Any:
        TRACES["loss"] += 1
        return cross_entropy(outputs, targets)

    def score(self, outputs: Any, targets: Any) -> Any:
        return accuracy(outputs, targets)


class Watched(Grid):
    """Keeps what comes out of every training."""

    def __init__(self, experiment: type[Experiment]) -> None:
        super().__init__(experiment)
        self.ended: dict[float, Ended] = {}

    def rows(self, config: Any, setting: Any, ended: Ended) -> list[dict[str, Any]]:
        self.ended[setting.learning_rate] = ended
        return super().rows(config, setting, ended)


TINY = Dropped()
CALM = replace(TINY, rates=(0.01,))


@pytest.fixture(scope="module")
def grid() -> Watched:
    return Watched(Dropped)


@pytest.fixture(scope="module")
def results(grid: Watched) -> Results:
    TRACES["loss"] = 0
    return Results.of(grid.run(TINY, (), SilentReporter()))


def test_learning_rates_share_one_program(results: Results) -> None:
    # Of the test and of the training, each traced twice: for shapes, then to compile.
    assert TRACES["loss"] == 4
    assert [row["learning_rate"] for row in results.rows] == [0.01] * 3 + [1e30] * 3
    assert [row["diverged"] for row in results.rows] == [False] * 3 + [True] * 3
    slow, fast = results.rows[0], results.rows[3]
    assert slow["untrained_loss"] == fast["untrained_loss"]
    assert slow["updates"] == 12
    assert fast["updates"] < 12


def test_a_row_per_seed_and_a_curve_per_measure(
    grid: Watched, results: Results
) -> None:
    assert [row["seed"] for row in results.rows] == [0, 1, 2, 0, 1, 2]
    for row in results.rows:
        assert set(row) == {"block", "learning_rate", "seed", *grid.ending}
        assert 0 <= row["score"] <= 1
        assert row["untrained_loss"] > 0
    curves = {
        key: curve.shape
        for key, curve in results.history.items()
        if key.startswith("learning_rate-0.01/")
    }
    assert curves == {
        f"learning_rate-0.01/{name}": (3, 12)
        for name in ("score", "loss", "gradient_norm")
    }


def test_what_a_network_keeps_is_each_seeds_own(
    grid: Watched, results: Results
) -> None:
    ended = grid.ended[0.01]
    before = grid.start(CALM, grid.settings(CALM)[0], ended.program)
    params, kept, batches = ended.gathered((before.params, before.memory, before.key))
    # Made together with the weights: one network.
    np.testing.assert_array_equal(kept["first"][...], params["out"]["kernel"][...])
    keys = jax.random.key_data(kept["dropout"]["rngs"]["key"][...])
    everything = [*np.asarray(keys), *np.asarray(jax.random.key_data(batches))]
    assert len({tuple(key) for key in everything}) == 6
    (after,) = ended.gathered((ended.trained.states.memory,))
    assert after["dropout"]["rngs"]["count"][...].tolist() == [12] * 3
    means = after["norm"]["mean"][...]
    assert len({tuple(mean) for mean in means.tolist()}) == 3
    np.testing.assert_array_equal(after["first"][...], kept["first"][...])
    np.testing.assert_array_equal(
        jax.random.key_data(after["dropout"]["rngs"]["key"][...]), keys
    )


def test_a_plain_loop_of_flax_and_optax_agrees(results: Results) -> None:
    """As flax's own pages write one, for the second seed."""
    keys = named_keys(seed_keys([1])[0], ("params", "batches"))
    (x, y), (unseen, classes), _ = cast(Any, TINY.data(None))
    model = Network(0.5, nnx.Rngs(keys["params"]))
    optimizer = nnx.Optimizer(model, optax.adam(0.01), wrt=nnx.Param)

    @nnx.jit
    def step(model: Any, optimizer: Any, x: Any, y: Any) -> Any:
        def loss_of(model: Any) -> Any:
            logits = model(x)
            return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()

        loss, grads = nnx.value_and_grad(loss_of)(model)
        optimizer.update(model, grads)
        return loss

    losses = []
    model.train()
    for update in range(12):
        key = jax.random.fold_in(keys["batches"], update)
        chosen = np.asarray(jax.random.randint(key, (8,), 0, 30))
        batch = np.float32(x[chosen]), np.int32(y[chosen])
        losses.append(float(step(model, optimizer, *batch)))
    np.testing.assert_allclose(
        results.history["learning_rate-0.01/loss"][1], losses, rtol=1e-4
    )
    model.eval()
    logits = np.asarray(model(jnp.asarray(unseen, jnp.float32)), float)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    row = results.rows[1]
    assert row["loss"] == pytest.approx(-log_p[range(20), classes].mean(), rel=1e-4)
    assert row["score"] == pytest.approx((logits.argmax(axis=1) == classes).mean())


def is_part_of(found: Results, results: Results, first: int) -> None:
    """The rows and curves are the same bytes as those of the same seeds."""
    seeds = [row["seed"] for row in found.rows]
    calm = [row for row in results.rows if row["learning_rate"] == 0.01]
    assert found.rows == [row for row in calm if row["seed"] in seeds]
    for name, curves in found.history.items():
        whole = results.history[name][first : first + len(seeds)]
        np.testing.assert_array_equal(curves, whole)


def test_a_seed_alone_is_the_same(grid: Watched, results: Results) -> None:
    alone = replace(CALM, seeds=1, first_seed=1)
    is_part_of(Results.of(grid.run(alone, (), SilentReporter())), results, 1)


def test_on_one_device_as_on_two(
    grid: Watched, results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = jax.devices()[:1]
    assert len(jax.devices()) == 2
    monkeypatch.setattr(jax, "devices", lambda: first)
    fresh = Grid(Dropped)
    is_part_of(Results.of(fresh.run(CALM, (), SilentReporter())), results, 0)


@pytest.mark.parametrize("updates", [0, 1, 4, 11])
def test_broken_off_it_goes_on_as_if_it_had_not_been(
    updates: int, grid: Watched, results: Results
) -> None:
    broken = Breaking(3 * updates)
    with pytest.raises(KeyboardInterrupt):
        list(grid.run(CALM, (), broken))
    assert broken.arrays is not None
    is_part_of(Results.of(grid.run(CALM, (), broken.going_on())), results, 0)


class Line(Experiment):
    """A pure function of parameters, and a function that makes batches."""

    steps: int = 4

    def grid(self) -> dict[str, Any]:
        return {
            "batch_size": (2, 5),
            "optimizer": ("sgd", "adam"),
            "steps": np.array([3, 4]),
            "clip_norm": (1, float("inf")),
            "slope": np.linspace(0, 1, 2),
        }

    def data(self, setting: Any) -> Data:
        def batch(key: Any) -> Any:
            x = jax.random.normal(key, (self.batch_size, 3))
            return x, setting.slope * x.sum(axis=1)

        x = np.random.default_rng(0).normal(size=(13, 3))
        return Data(train=batch, test=(x, setting.slope * x.sum(axis=1)))

    def init(self, setting: Any, key: Any) -> Any:
        return jax.random.normal(key, (3,))

    def apply(self, setting: Any, params: Any, inputs: Any) -> Any:
        return inputs @ params

    def loss(self, outputs: Any, targets: Any) -> Any:
        return squared_error(outputs, targets)

    def score(self, outputs: Any, targets: Any) -> Any:
        return outputs.max()  # no mean over examples


def test_a_grid_may_vary_the_options_of_the_training() -> None:
    line, config = Grid(Line), Line(seeds=2)
    settings = line.settings(config)
    assert len(settings) == 32
    assert settings[0] == (2, "sgd", 3, 1.0, 0.0)
    assert line.name(settings[0]) == (
        "batch_size-2-optimizer-sgd-steps-3-clip_norm-1.0-slope-0.0"
    )
    # The numbers that are traced are in no program.
    assert len({line.program(setting) for setting in settings}) == 8
    for setting in (settings[0], settings[-1]):
        assert line.updates(config, setting) == setting.steps
        hyper = line.hyper(config, setting)
        assert hyper.clip_norm == setting.clip_norm
        assert float(hyper.learning_rate) == pytest.approx(1e-3)
        work = line.work(config)[line.name(setting)]
        assert work == 2 * setting.steps
        state = line.optimizer(config, setting).init(jnp.zeros(3))
        adam = setting.optimizer == "adam"
        assert (len(jax.tree.leaves(state)) > 0) == adam
        learner = line.learner(config, setting)
        inputs, targets = learner.task().batch(jax.random.key(0), None)
        assert inputs.shape == (setting.batch_size, 3)
        np.testing.assert_allclose(targets, setting.slope * inputs.sum(1), rtol=1e-5)


def test_settings_of_one_program_follow_each_other() -> None:
    line, config = Grid(Line), Line(seeds=2)
    programs, blocks = [], []

    def block(config: Any, setting: Any, report: Any) -> Any:
        programs.append(line.program(setting))
        blocks.append(line.name(setting))

    with mock.patch.object(line, "block", block):
        list(line.run(config, [line.block_names(config)[5]], SilentReporter()))
    changes = sum(a != b for a, b in zip(programs, programs[1:], strict=False))
    assert changes == 8 - 1
    assert {*blocks, line.block_names(config)[5]} == {*line.block_names(config)}
    assert len(blocks) == 31


def test_data_are_made_once_for_a_program(grid: Watched, results: Results) -> None:
    first, second = grid.settings(TINY)
    assert grid.learner(TINY, first) is grid.learner(TINY, second)
    data = grid.learner(TINY, first).data
    assert data() is data()
    # Others in number, and in chunks, have the same.
    assert grid.learner(replace(TINY, seeds=1, first_seed=2), first).data() is data()


def test_a_large_test_set_is_read_in_parts_and_judged_at_once() -> None:
    line, config = Grid(Line), Line()
    setting = line.settings(config)[-1]
    learner = line.learner(config, setting)
    w, (x, y) = jnp.array([0.5, -1, 2]), learner.data().test
    data = (jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32))
    tested = jax.jit(learner.test)((w, ()), data)
    answers = x @ np.asarray(w, float)
    assert float(tested.loss) == pytest.approx(((answers - y) ** 2).mean(), rel=1e-5)
    assert float(tested.score) == pytest.approx(answers.max(), rel=1e-5)
    # Never more than a batch at once, though there are 13 examples.
    shapes = {
        eqn.invars[0].aval.shape
        for eqn in _products(jax.make_jaxpr(learner.test)((w, ()), data).jaxpr)
    }
    assert shapes == {(5, 3)}


def test_answers_without_examples_in_front_are_made_at_once() -> None:
    class Turned(Line):
        def apply(self, setting: Any, params: Any, inputs: Any) -> Any:
            return (inputs * params).T

        def loss(self, outputs: Any, targets: Any) -> Any:
            return squared_error(outputs.sum(axis=0), targets)

    turned, config = Grid(Turned), Turned()
    learner = turned.learner(config, turned.settings(config)[-1])
    w, (x, y) = jnp.array([0.5, -1, 2]), learner.data().test
    tested = learner.test((w, ()), (jnp.asarray(x), jnp.asarray(y)))
    expected = ((x @ np.asarray(w, float) - y) ** 2).mean()
    assert float(tested.loss) == pytest.approx(expected, rel=1e-5)


def test_inputs_and_targets_may_be_trees_of_any_numbers() -> None:
    class Words(Experiment):
        def data(self, setting: Any) -> Data:
            words, length = np.arange(40).reshape(20, 2) % 7, np.full(20, 2, np.uint8)
            inputs = {"words": words, "length": length}
            return Data((inputs, (length > 1, None)), (inputs, (length > 1, None)))

        def model(self, setting: Any, rngs: nnx.Rngs) -> nnx.Module:
            class Reader(nnx.Module):
                def __init__(self) -> None:
                    self.embedding = nnx.Embed(7, 3, rngs=rngs)

                def __call__(self, inputs: Any) -> Any:
                    return self.embedding(inputs["words"]).sum(axis=(1, 2))

            return Reader()

        def loss(self, outputs: Any, targets: Any) -> Any:
            return squared_error(outputs, targets[0])

    grid, config = Grid(Words), Words()
    (setting,) = grid.settings(config)
    learner = grid.learner(config, setting)
    task, trial = learner.task(), grid.trial(config, learner, setting)
    batch = jax.eval_shape(task.batch, jax.random.key(0), trial.training)
    assert batch[0]["words"].shape == (32, 2)
    params = jax.eval_shape(task.init, jax.random.key(0))
    loss, score = jax.eval_shape(task.loss, params, batch, trial.training)
    assert (loss.shape, score.shape) == ((), ())
    tested = jax.eval_shape(learner.test, (params, ()), trial.evaluation)
    assert tested.loss.dtype == jnp.float32


def test_losses_are_those_of_numpy() -> None:
    draw = np.random.default_rng(0)
    logits, labels = draw.normal(size=(5, 4, 3)), draw.integers(0, 3, (5, 4))
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    taken = np.take_along_axis(log_p, labels[..., None], -1)
    own = jnp.asarray(logits, jnp.float32)
    for kind in (np.int32, np.uint8):
        given = jnp.asarray(labels, kind)
        found = cross_entropy(own, given)
        assert float(found) == pytest.approx(-taken.mean(), rel=1e-5)
        right = (logits.argmax(axis=-1) == labels).mean()
        assert float(accuracy(own, given)) == pytest.approx(right)
    error = squared_error(own[..., 0], jnp.asarray(labels, jnp.int32))
    assert float(error) == pytest.approx(((logits[..., 0] - labels) ** 2).mean())


def _products(jaxpr: Any) -> Iterator[Any]:
    """Matrix products anywhere in a program."""
    for eqn in jaxpr.eqns:
        if eqn.primitive.name == "dot_general":
            yield eqn
        for value in eqn.params.values():
            inner = getattr(value, "jaxpr", None)
            if inner is not None:
                yield from _products(getattr(inner, "jaxpr", inner))
