"""The palindrome study: train every cell at every length, then count and compare."""

from seqjax.lab.palindromes import reader
from seqjax.lab.study import Study
from seqjax.lab.sweep import Sweep
from seqjax.palindrome.config import Config, resolve
from seqjax.palindrome.figures import figures
from seqjax.palindrome.summary import Setting, summarise, tables
from seqjax.tasks import PalindromeTask


class Palindromes(Sweep[Config]):
    """Every cell at every length; all lengths of a cell share a program."""

    setting = Setting
    told = {"distinct_strings": int, "held_out": bool}

    def title(self, config: Config, setting: Setting) -> str:
        """``lstm T=5``."""
        return f"{setting.cell} T={setting.length}"

    def program(self, setting: Setting) -> str:
        """The cell."""
        return setting.cell

    def learner(self, config: Config, setting: Setting) -> PalindromeTask:
        """A cell that reads digits."""
        return reader(config, setting.cell, config.encoding, max(config.lengths))

    def rate(self, config: Config, setting: Setting) -> float:
        """One for all lengths, or one per length."""
        return config.rate(setting.length)

    def cost(self, config: Config, setting: Setting) -> float:
        """GFLOP of one update of one seed."""
        return self.gflop(config, setting.cell, setting.length - 1)


SWEEP = Palindromes()

STUDY: Study[Config] = SWEEP.study(
    name="palindrome",
    summary="how many steps a recurrent network can remember, over many seeds",
    config_type=Config,
    summarise=summarise,
    tables=tables,
    figures=figures,
    resolve=resolve,
)
