"""What `seqjax.fit` returns: models, curves and tests of all seeds."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Bool, Float, Int

from seqjax import __version__
from seqjax.core.statistics import Estimate
from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import files, records
from seqjax.lab.running.tree_arrays import is_key
from seqjax.lab.study import Drawing, Results
from seqjax.study.checks import check_inputs, told
from seqjax.study.experiment import Experiment
from seqjax.study.functions import Model, Pure, experiment_of
from seqjax.study.grid import Grid
from seqjax.train import SeedMap

Tree = Any

FORMAT = "seqjax fit"
"""What the file of `Fitted.save` says that it is."""


class Fitted:
    """Many seeds of one network, trained and tested.

    Made by `seqjax.fit` or `load`.

    Attributes:
        params: parameters of the models that are kept, with a leading axis of seeds.
        state: what else the networks keep (batch statistics, keys of dropout),
            likewise; empty where they keep nothing.
        history: ``loss``, ``gradient_norm`` and, if there is one, ``score`` of the
            training batches, each of shape (seeds, steps); NaN after a seed's last.
    """

    def __init__(
        self,
        grid: Grid,
        config: Experiment,
        results: Results,
        params: Tree,
        state: Tree,
    ) -> None:
        self._grid, self._config, self._results = grid, config, results
        self._setting = grid.settings(config)[0]
        self.params, self.state = params, state
        self.history: dict[str, Float[np.ndarray, "seeds steps"]] = {
            name.partition("/")[2]: curves for name, curves in results.history.items()
        }
        learner = grid.learner(config, self._setting)
        self._learner = learner
        self._answers = SeedMap(learner.answers, config.seeds)

    @property
    def seeds(self) -> range:
        """Numbers of the seeds."""
        return self._config.seed_numbers

    @property
    def losses(self) -> Float[np.ndarray, " seeds"]:
        """Loss on the test set; of a seed that diverged its untrained network's."""
        return self._column("loss")

    @property
    def scores(self) -> Float[np.ndarray, " seeds"]:
        """Score on the test set, likewise; NaN where there is no score."""
        if "score" not in self._grid.names:
            return np.full(len(self.seeds), np.nan)
        return self._column("score")

    @property
    def steps(self) -> Int[np.ndarray, " seeds"]:
        """Training steps that were tried."""
        return np.array([row["updates"] for row in self._results.rows])

    @property
    def diverged(self) -> Bool[np.ndarray, " seeds"]:
        """Whether a loss or gradient was not finite: that seed is a failure."""
        return np.array([row["diverged"] for row in self._results.rows])

    @property
    def loss(self) -> Estimate:
        """Mean loss on the test set, with its 95 % interval over seeds."""
        from seqjax.study.results import mean_of

        return mean_of(self.losses)

    @property
    def score(self) -> Estimate:
        """Mean score on the test set, with its 95 % interval over seeds."""
        from seqjax.study.results import mean_of

        return mean_of(self.scores)

    def module(self, index: int = 0) -> nnx.Module:
        """The network of a seed, as Flax has it, after its `eval()`.

        Args:
            index: of the seed among those trained, from 0; -1: the last.

        Raises:
            UserError: there is no such seed, or the model is a pure function.
        """
        count = len(self.seeds)
        if isinstance(index, bool) or not isinstance(index, int | np.integer):
            raise UserError(f"index must be an integer, not {index!r}")
        if not -count <= index < count:
            raise UserError(
                f"index must be between {-count} and {count - 1}, not {index}; there "
                f"are {count} seeds"
            )
        own = jax.tree.map(lambda leaf: jnp.asarray(leaf[index]), self._kept)
        return self._learner.module(*own)

    def predict(self, inputs: Tree) -> Tree:
        """Outputs of all seeds' networks.

        Args:
            inputs: arrays with the examples along the first axis, as those of the data.

        Returns:
            NumPy arrays with a leading axis of seeds; no more than a batch is computed
            at once.

        Raises:
            UserError: the inputs are none, or the network fails on them.
        """
        check_inputs(inputs)
        with told(type(self._config)):
            found = self._answers(
                self._answers.place(self._kept), jax.tree.map(jnp.asarray, inputs)
            )
        return jax.tree.map(np.asarray, self._answers.gather(found))

    def plot(self, path: str | Path | None = None) -> Drawing:
        """Curves of the training: median of the seeds, and their middle half.

        Args:
            path: file to draw it to, as .png, .svg or .pdf; default: none.

        Returns:
            The figure, of matplotlib.
        """
        from seqjax.study import figures

        figure = figures.curves(self._grid, self._config, self._results)
        if path is not None:
            figure.savefig(path, bbox_inches="tight")
        return figure

    def __str__(self) -> str:
        """The table that ``seqjax run`` would print."""
        from seqjax.lab.running.driver import show
        from seqjax.study import results

        text = io.StringIO()
        show(results.tables(self._grid, "Fit", self._config, self._results), text)
        return text.getvalue().rstrip()

    def save(self, path: str | Path) -> None:
        """Write everything into one file of safetensors; `load` reads it.

        Args:
            path: of the file; an old one is replaced whole.

        Raises:
            UserError: the system refuses.
        """
        from safetensors.numpy import save

        arrays = {
            **_named("model", self._kept),
            **{f"history/{name}": curves for name, curves in self.history.items()},
        }
        about = {
            "format": FORMAT,
            "seqjax": __version__,
            "has_score": "score" in self._grid.names,
            "config": records.config_to_plain(self._config),
            "rows": self._results.rows,
        }
        text = json.dumps(records.plain(about))
        files.write_atomic(Path(path), save(arrays, {"seqjax": text}))

    @classmethod
    def load(cls, path: str | Path, model: Model | Pure) -> "Fitted":
        """Read what `save` has written, to the bit.

        Args:
            path: of the file.
            model: as it was given to `seqjax.fit`: a file holds numbers and no program.

        Raises:
            UserError: there is no such file, or it is of something else or another
                model.
        """
        about, arrays = _read(Path(path))
        experiment = experiment_of(
            model, _forgotten, _forgotten if about["has_score"] else None, None
        )
        grid = Grid(experiment)
        config = records.config_from_plain(experiment, about["config"])
        history = {
            f"all/{name.partition('/')[2]}": array
            for name, array in arrays.items()
            if name.startswith("history/")
        }
        results = Results(about["rows"], history)
        learner = grid.learner(config, grid.settings(config)[0])
        with told(experiment):
            like = jax.eval_shape(learner.state, jax.random.key(0))
        kept = _unnamed("model", like, arrays, len(config.seed_numbers), Path(path))
        return cls(grid, config, results, *kept)

    @property
    def _kept(self) -> tuple[Tree, Tree]:
        return self.params, self.state

    def _column(self, name: str) -> Float[np.ndarray, " seeds"]:
        from seqjax.study.results import column

        return column(self._results.rows, name)


def _forgotten(outputs: Any, targets: Any) -> Any:
    raise UserError("loss and score are not kept in a file; call fit to train")


def _named(name: str, tree: Tree) -> dict[str, np.ndarray]:
    """The leaves of a tree by their paths in it; keys as their numbers."""
    return {
        _path(name, path): np.asarray(
            jax.random.key_data(leaf) if is_key(leaf) else leaf
        )
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }


def _unnamed(
    name: str, like: Tree, arrays: Mapping[str, np.ndarray], seeds: int, file: Path
) -> Tree:
    """The tree that `_named` has turned into these.

    Raises:
        UserError: it is another model's.
    """

    def found(path: Any, leaf: Any) -> Any:
        name_of = _path(name, path)
        array = arrays.get(name_of)
        shape = (seeds, *leaf.shape)
        if array is not None and is_key(leaf):
            array = jax.random.wrap_key_data(jnp.asarray(array))
        if array is None or array.shape != shape:
            has = "nothing" if array is None else f"{list(array.shape)}"
            raise UserError(
                f"model must be the one that was fitted: {file} has {has} for "
                f"{name_of}, not {list(shape)}; give the function that was given to fit"
            )
        return array

    return jax.tree_util.tree_map_with_path(found, like)


def _path(name: str, path: Any) -> str:
    return f"{name}/{jax.tree_util.keystr(path, simple=True, separator='/')}"


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a file says of itself, and its arrays."""
    from safetensors import SafetensorError, safe_open

    wrong = f"{path} must be a file that save has written"
    if not path.is_file():
        raise UserError(f"{wrong}, but there is none; name another")
    try:
        with safe_open(path, framework="numpy") as opened:
            about = json.loads((opened.metadata() or {}).get("seqjax", "{}"))
            arrays = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError) as error:
        raise UserError(f"{wrong}, but cannot be read ({error}); fit anew") from error
    if about.get("format") != FORMAT:
        raise UserError(f"{wrong}, but is of something else; name another")
    return about, arrays
