"""The study of initial weights: look at the matrices, then train from them."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import numpy as np

from seqjax.core.cells import CELLS
from seqjax.core.spectra import gate_spectra
from seqjax.core.spectral_laws import QUANTITIES
from seqjax.initialization.config import Config
from seqjax.initialization.figures import figures
from seqjax.initialization.summary import summarise
from seqjax.initialization.tables import tables
from seqjax.initialization.training import (
    bytes_of_a_seed,
    gflop_per_update,
    recurrent_matrices,
    seed_numbers,
    trainer,
)
from seqjax.lab.study import Block, Reporter, Study


class Setting(NamedTuple):
    """What one block trains, for all seeds."""

    cell: str
    encoding: str
    length: int
    initializer: str

    @property
    def name(self) -> str:
        """The block's."""
        return f"{self.cell}-{self.encoding}-{self.length:03d}-{self.initializer}"


def weights_name(cell: str, initializer: str) -> str:
    """The name of the block that holds the spectra of initial recurrent matrices."""
    return f"{cell}-weights-{initializer}"


def settings(config: Config) -> list[Setting]:
    """All trainings; initialisers side by side."""
    return [
        Setting(cell, encoding, length, initializer)
        for cell in config.cells
        for encoding in config.encodings
        for length in config.lengths
        for initializer in config.initializers
    ]


def block_names(config: Config) -> list[str]:
    """The initial weights first, then the trainings."""
    weights = [weights_name(c, i) for c in config.cells for i in config.initializers]
    return weights + [setting.name for setting in settings(config)]


def work(config: Config) -> dict[str, float]:
    """Expected GFLOP of every block, if no seed stops early."""
    # Some tens of n^3 for both decompositions: a moment, but not nothing.
    expected = {
        weights_name(cell, initializer): config.seeds
        * len(CELLS[cell].gates)
        * 40
        * config.hidden_size**3
        / 1e9
        for cell in config.cells
        for initializer in config.initializers
    }
    for setting in settings(config):
        cost = gflop_per_update(config, setting.cell, setting.length)
        expected[setting.name] = config.seeds * config.steps * cost
    return expected


def run(config: Config, finished: Collection[str], report: Reporter) -> Iterator[Block]:
    """Yields the spectra of all initial weights, then a block per training. Pure."""
    expected = work(config)
    for cell in config.cells:
        for initializer in config.initializers:
            name = weights_name(cell, initializer)
            if name not in finished:
                report.block(name, f"{cell} {initializer} weights", expected[name])
                yield _weights(config, cell, initializer)
    for cell in config.cells:
        for encoding in config.encodings:
            left = [
                setting
                for setting in settings(config)
                if (setting.cell, setting.encoding) == (cell, encoding)
                and setting.name not in finished
            ]
            if not left:
                continue
            compiled = trainer(config, cell, encoding)
            seeds = seed_numbers(config)
            for setting in left:
                name, length = setting.name, setting.length
                words = f"{cell} {encoding} T={length} {setting.initializer}"
                report.block(name, words, expected[name])
                block = compiled.run(name, setting.initializer, length, seeds, report)
                yield block._replace(rows=[_row(**row) for row in block.rows])


def _weights(config: Config, cell: str, initializer: str) -> Block:
    """A row per seed and gate, and the spectra themselves."""
    gates = CELLS[cell].gates
    found = [
        gate_spectra(w_h, gates)
        for w_h in recurrent_matrices(config, cell, initializer)
    ]
    rows = [
        _row(
            cell=cell,
            initializer=initializer,
            seed=seed,
            gate=gate,
            **{name: getattr(of_seed[gate], name) for name in QUANTITIES},
        )
        for seed, of_seed in zip(seed_numbers(config), found, strict=True)
        for gate in gates
    ]
    history = {
        field: np.array(
            [[getattr(each[gate], field) for gate in gates] for each in found]
        )
        for field in ("singular_values", "eigenvalues")
    }
    return Block(weights_name(cell, initializer), rows, history)


def _row(**given: Any) -> dict[str, Any]:
    """A row whose other columns are empty."""
    return {**dict.fromkeys(COLUMNS), **given}


COLUMNS: dict[str, type] = {
    "cell": str,
    "encoding": str,
    "initializer": str,
    "length": int,
    "seed": int,
    "accuracy": float,
    "loss": float,
    "steps": int,
    "solved_step": int,
    "diverged": bool,
    "distinct_strings": int,
    "held_out": bool,
    "gate": str,
    **dict.fromkeys(QUANTITIES, float),
}
"""Of a training, the columns from gate on are empty; of initial weights, the others."""

STUDY: Study[Config] = Study(
    name="initialization",
    summary="orthogonal against other recurrent weights, and what these weights are",
    config_type=Config,
    columns=COLUMNS,
    history_axes={
        "singular_values": ("seed", "gate", "rank"),
        "eigenvalues": ("seed", "gate", "rank"),
        "loss": ("seed", "step"),
        "accuracy": ("seed", "step"),
        "gradient_norm": ("seed", "step"),
    },
    block_names=block_names,
    work=work,
    run=run,
    seed_bytes=bytes_of_a_seed,
    summarise=summarise,
    tables=tables,
    figures=figures,
    unit="GFLOP",
)
