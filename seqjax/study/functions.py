"""An experiment made of functions, where a class of its own would be too much."""

from collections.abc import Callable
from typing import Any

from flax import nnx
from jaxtyping import Array

from seqjax.lab.errors import UserError
from seqjax.study.checks import check_experiment
from seqjax.study.experiment import Data, Experiment

Tree = Any
Model = Callable[[nnx.Rngs], nnx.Module]
Pure = tuple[Callable[[Array], Tree], Callable[[Tree, Tree], Any]]
Judge = Callable[[Any, Any], Any]


def experiment_of(
    model: Model | Pure | Any, loss: Judge, score: Judge | None, data: Data | None
) -> type[Experiment]:
    """The experiment that these make, of one setting.

    Args:
        model: as that of `fit`.
        loss: likewise.
        score: likewise.
        data: to train and test on; None: the experiment is not trained.

    Raises:
        UserError: one of them is none.
    """
    methods: dict[str, Any] = {"__doc__": "A network that was fitted."}
    if isinstance(model, tuple):
        if len(model) != 2 or not all(map(callable, model)):
            raise UserError(
                f"model must be a function or two, init and apply, not {len(model)} "
                "things; give (init, apply)"
            )
        init, apply = model
        methods["init"] = lambda self, setting, key: init(key)
        methods["apply"] = lambda self, setting, params, inputs: apply(params, inputs)
    elif isinstance(model, nnx.Module):
        raise UserError(
            "model must make the network of every seed, not be one: each has weights "
            f"of its own; give lambda rngs: {type(model).__name__}(..., rngs=rngs)"
        )
    else:
        _check_callable("model", model, "lambda rngs: nnx.Linear(3, 1, rngs=rngs)")
        methods["model"] = lambda self, setting, rngs: model(rngs)
    _check_callable("loss", loss, "seqjax.study.squared_error")
    methods["loss"] = lambda self, outputs, targets: loss(outputs, targets)
    if score is not None:
        _check_callable("score", score, "seqjax.study.accuracy")
        methods["score"] = lambda self, outputs, targets: score(outputs, targets)
    methods["data"] = lambda self, setting: data
    found = type("Fit", (Experiment,), methods)
    check_experiment(found)
    return found


def _check_callable(name: str, value: Any, example: str) -> None:
    if not callable(value):
        raise UserError(
            f"{name} must be a function, not {type(value).__name__}; for example "
            f"{example}"
        )
