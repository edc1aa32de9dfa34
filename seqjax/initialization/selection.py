"""The settings of the study, and what was measured of each."""

from itertools import product
from typing import NamedTuple

from seqjax.core.cells import CELLS
from seqjax.core.spectra import Spectrum
from seqjax.initialization.config import Config
from seqjax.initialization.verdicts import SUCCESS
from seqjax.lab.outcomes import Outcome, outcome, rows_of
from seqjax.lab.study import Results
from seqjax.tasks.palindromes import CHANCE


class Weights(NamedTuple):
    """Of which initial recurrent matrices a block holds the spectra, for all seeds."""

    cell: str
    initializer: str

    @property
    def name(self) -> str:
        """The block's."""
        return f"{self.cell}-weights-{self.initializer}"

    @classmethod
    def all(cls, config: Config) -> list["Weights"]:
        """All initial recurrent matrices that are trained from."""
        return [cls(*each) for each in product(config.cells, config.initializers)]


class Setting(NamedTuple):
    """What one block trains, for all seeds."""

    cell: str
    encoding: str
    length: int
    initializer: str

    @property
    def name(self) -> str:
        """The block's: ``rnn-onehot-005-he``."""
        return f"{self.cell}-{self.encoding}-{self.length:03d}-{self.initializer}"

    @classmethod
    def all(cls, config: Config) -> list["Setting"]:
        """All trainings; initialisers side by side."""
        axes = config.cells, config.encodings, config.lengths, config.initializers
        return [cls(*each) for each in product(*axes)]


def outcome_of(config: Config, results: Results, setting: Setting) -> Outcome:
    """How the seeds of one training fared."""
    rows = rows_of(results, setting)
    return outcome(rows, CHANCE, SUCCESS, config.steps, setting=setting)


def spectra(
    config: Config, results: Results, weights: Weights
) -> dict[str, list[Spectrum]]:
    """Spectra of the initial recurrent matrices by gate, one per seed."""
    singular = results.history[f"{weights.name}/singular_values"]
    eigen = results.history[f"{weights.name}/eigenvalues"]
    return {
        gate: [Spectrum(singular[i, g], eigen[i, g]) for i in range(config.seeds)]
        for g, gate in enumerate(CELLS[weights.cell].gates)
    }
