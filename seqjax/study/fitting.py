"""Many seeds of one network on one data set, from Python: `fit`.

It is the study of one setting: the grid, the training loop, the test and the words of
``seqjax run``, without a folder.
"""

import sys
from collections.abc import Mapping
from typing import Any

import optax

from seqjax.lab.errors import UserError
from seqjax.lab.reporting.progress import Progress
from seqjax.lab.reporting.progress import progress as progress_of
from seqjax.lab.running.devices import every_core
from seqjax.lab.study import Number, Results, SilentReporter
from seqjax.lab.sweep import Setting
from seqjax.study.experiment import Data, Experiment
from seqjax.study.fitted import Fitted
from seqjax.study.functions import Judge, Model, Pure, experiment_of
from seqjax.study.grid import Grid
from seqjax.study.splitting import Examples, Pair, data_of
from seqjax.train import Hyper, make_hyper
from seqjax.train.optimizers import Optimizer


def fit(
    model: Model | Pure,
    data: Examples | Data,
    *,
    loss: Judge,
    score: Judge | None = None,
    optimizer: optax.GradientTransformation | None = None,
    steps: int = 1000,
    batch_size: int = 32,
    seeds: int = 10,
    first_seed: int = 0,
    test: Pair | float | None = None,
    validation: Pair | float | None = None,
    validate_every: int = 50,
    patience: int = 0,
    progress: bool | None = None,
) -> Fitted:
    """Train many seeds of a network side by side, and test them.

    Every seed has its own initial weights and its own batches, drawn with replacement;
    the data are the same for all. A seed gives the same numbers, bit for bit on a CPU,
    whatever the number of seeds and of devices. Where JAX has not computed anything
    yet, every core becomes a device of its own; otherwise seeds are spread over the
    devices that there are.

    Args:
        model: makes the network of a seed from `nnx.Rngs`; it is called with the inputs
            of a batch. Or two pure functions: `init(key) -> params` and
            `apply(params, inputs) -> outputs`.
        data: inputs and targets, arrays or trees of arrays with the examples along the
            first axis; or a function of a key that makes a batch of them, which needs
            `test` as a pair; or `seqjax.study.Data`, which has test and validation.
        loss: `(outputs, targets) -> number`, the mean over a batch; it is made small.
        score: likewise; larger is better. Default: none.
        optimizer: of optax, with its learning rate, schedule and clipping; default:
            `optax.adam(1e-3)`.
        steps: training steps of a seed.
        batch_size: examples of a step.
        seeds: number of models.
        first_seed: number of the first.
        test: inputs and targets to test on, or the share of the examples (between 0 and
            1) that is drawn for the test and never trained on; default: a fifth.
        validation: likewise, never trained on either. The model of a seed with the
            smallest loss on it is kept. Default: none, and the last one is.
        validate_every: training steps from one look at the validation set to the next.
        patience: a seed stops after so many looks in a row without a smaller loss; 0:
            never.
        progress: show the progress; default: where standard error is a terminal.

    Returns:
        Models, curves and tests of all seeds.

    Raises:
        UserError: An argument is not as described: one line says which, and the way
            out.
    """
    if optimizer is None:
        optimizer = optax.adam(1e-3)
    if not isinstance(optimizer, optax.GradientTransformation):
        raise UserError(
            "optimizer must be one of optax, as optax.adam(1e-3), not "
            f"{type(optimizer).__name__}"
        )
    every_core()
    whole = data_of(data, test, validation)
    if whole.validation is None and patience:
        raise UserError(f"patience must be left out without validation, not {patience}")
    experiment = experiment_of(model, loss, score, whole)
    grid = _Optimised(experiment, optimizer)
    given: dict[str, Any] = {"steps": steps, "batch_size": batch_size, "seeds": seeds}
    if whole.validation is not None:
        given |= {"validate_every": validate_every, "patience": patience}
    try:
        config = experiment(first_seed=first_seed, **given)
    except ValueError as error:
        raise UserError(str(error)) from error
    shown = sys.stderr.isatty() if progress is None else progress
    form = "auto" if shown else "none"
    with progress_of(grid.work(config), (), grid.unit, form=form) as told:
        (block,) = grid.run(config, (), _Shown(told))
    ended = grid.ended
    params, rest = ended.gathered(grid.params(ended.trained.states))
    return Fitted(grid, config, Results.of([block]), params, rest)


class _Optimised(Grid):
    """The grid of one setting, trained by an optimiser of optax.

    Attributes:
        ended: what `run` has trained.
    """

    def __init__(
        self, experiment: type[Experiment], optimizer: optax.GradientTransformation
    ) -> None:
        super().__init__(experiment)
        self._optimizer = optimizer
        self.ended: Any = None

    def optimizer(self, config: Any, setting: Setting) -> Optimizer:
        """That of optax, whose updates are added."""
        return self._optimizer

    def hyper(self, config: Any, setting: Setting) -> Hyper:
        """The optimiser has its own learning rate and clipping."""
        return make_hyper(1.0, clip_norm=None)

    def rows(self, config: Any, setting: Setting, ended: Any) -> list[dict[str, Any]]:
        """Keeps what was trained beside them."""
        self.ended = ended
        return super().rows(config, setting, ended)


class _Shown(SilentReporter):
    """Shows the progress, and keeps nothing to go on from."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def block(self, name: str, description: str, work: Number) -> None:
        """Show that the training begins."""
        self._progress.block(name, description, work)

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Show how far it is."""
        self._progress.advance(work, metrics)
