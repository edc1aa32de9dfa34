"""The study of initial weights: look at the matrices, then train from them."""

from collections.abc import Callable, Collection, Hashable, Iterator
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Array, PRNGKeyArray

from seqjax.core.cells import CELLS
from seqjax.core.spectra import gate_spectra
from seqjax.core.spectral_laws import QUANTITIES
from seqjax.initialization.config import Config
from seqjax.initialization.figures import figures
from seqjax.initialization.selection import Setting, Weights
from seqjax.initialization.summary import summarise
from seqjax.initialization.tables import tables
from seqjax.lab.palindromes import reader
from seqjax.lab.study import Block, Reporter, Study
from seqjax.lab.sweep import CURVES, ENDING, Ended, Sweep
from seqjax.tasks import Network, PalindromeTask

Params = Any

TOLD: dict[str, type] = {"distinct_strings": int, "held_out": bool}

COLUMNS: dict[str, type] = {
    "cell": str,
    "encoding": str,
    "initializer": str,
    "length": int,
    "seed": int,
    **ENDING,
    **TOLD,
    "gate": str,
    **dict.fromkeys(QUANTITIES, float),
}
"""Of a training, the columns from gate on are empty; of initial weights, the others."""


class Initialization(Sweep[Config]):
    """Every initialiser at every length; those of a cell and encoding share a program.

    Before the trainings stand blocks of another kind: the spectra of initial weights.
    """

    setting = Setting
    told = TOLD
    axes = {
        **dict.fromkeys(("singular_values", "eigenvalues"), ("seed", "gate", "rank")),
        **CURVES,
    }

    def title(self, config: Config, setting: Setting) -> str:
        """``rnn onehot T=5 he``."""
        cell, encoding, length, initializer = setting
        return f"{cell} {encoding} T={length} {initializer}"

    def program(self, setting: Setting) -> tuple[str, str]:
        """Cell and encoding."""
        return setting.cell, setting.encoding

    def learner(self, config: Config, setting: Setting) -> PalindromeTask:
        """A cell that reads digits."""
        cell, encoding, _, initializer = setting
        return reader(config, cell, encoding, max(config.lengths), initializer)

    def initial(
        self, config: Config, learner: PalindromeTask, setting: Setting
    ) -> tuple[Hashable, Callable[[Array], Params]]:
        """Those of an initialiser."""
        name = setting.initializer
        network = learner.network._replace(initializer=name)
        return name, partial(initial_params, network, config.others(name))

    def cost(self, config: Config, setting: Setting) -> float:
        """GFLOP of one update of one seed."""
        return self.gflop(config, setting.cell, setting.length - 1)

    def rows(
        self, config: Config, setting: Setting, ended: Ended
    ) -> list[dict[str, Any]]:
        """A row per seed."""
        return [_row(**row) for row in super().rows(config, setting, ended)]

    def block_names(self, config: Config) -> list[str]:
        """The initial weights first, then the trainings."""
        return [each.name for each in Weights.all(config)] + super().block_names(config)

    def work(self, config: Config) -> dict[str, float]:
        """Expected GFLOP of every block, if no seed stops early."""
        # Some tens of n^3 for both decompositions: a moment, but not nothing.
        each = config.seeds * 40 * config.hidden_size**3 / 1e9
        looks = {w.name: len(CELLS[w.cell].gates) * each for w in Weights.all(config)}
        return looks | super().work(config)

    def run(
        self, config: Config, finished: Collection[str], report: Reporter
    ) -> Iterator[Block]:
        """Yields spectra of all initial weights, then a block per training. Pure."""
        for each in Weights.all(config):
            if each.name not in finished:
                title = f"{each.cell} {each.initializer} weights"
                report.block(each.name, title, self.work(config)[each.name])
                yield self.spectra(config, each)
        yield from super().run(config, finished, report)

    def spectra(self, config: Config, weights: Weights) -> Block:
        """A row per seed and gate, and the spectra themselves."""
        # As training takes them; they depend on neither the encoding nor the length.
        cell, initializer = weights
        training = Setting(cell, config.encodings[0], config.lengths[0], initializer)
        program = self.compiled(config, training)
        start = self.start(config, training, program).params
        matrices = program.ensemble.gather(start["recurrent"]["layer_0"]["w_h"][...])
        gates = CELLS[cell].gates
        found = [gate_spectra(w_h, gates) for w_h in matrices]
        rows = [
            _row(
                **weights._asdict(),
                seed=seed,
                gate=gate,
                **{name: getattr(of_seed[gate], name) for name in QUANTITIES},
            )
            for seed, of_seed in zip(config.seed_numbers, found, strict=True)
            for gate in gates
        ]
        history = {
            field: np.array(
                [[getattr(each[gate], field) for gate in gates] for each in found]
            )
            for field in ("singular_values", "eigenvalues")
        }
        return Block(weights.name, rows, history)


def initial_params(network: Network, others: str, key: PRNGKeyArray) -> Params:
    """Parameters whose recurrent matrix alone is drawn by the network's initialiser.

    The rest is drawn by that named `others`, from streams of its own: it is the same
    under all initialisers of the recurrent matrix.
    """
    params = network._replace(initializer=others).init(key)
    own = network.init(key)["recurrent"]["layer_0"]["w_h"]
    params["recurrent"]["layer_0"]["w_h"] = own
    return params


def _row(**given: Any) -> dict[str, Any]:
    """A row whose other columns are empty."""
    return {**dict.fromkeys(COLUMNS), **given}


SWEEP = Initialization()

STUDY: Study[Config] = SWEEP.study(
    name="initialization",
    summary="orthogonal against other recurrent weights, and what these weights are",
    config_type=Config,
    columns=COLUMNS,
    summarise=summarise,
    tables=tables,
    figures=figures,
)
