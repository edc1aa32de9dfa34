"""The palindrome study: train every cell at every length, then count and compare."""

from seqjax.core import counting
from seqjax.core.cells import CELLS
from seqjax.lab.study import Study
from seqjax.lab.sweep import Sweep
from seqjax.palindrome.config import Config, resolve
from seqjax.palindrome.figures import figures
from seqjax.palindrome.summary import Setting, settings, summarise, tables
from seqjax.tasks import Network, PalindromeTask, Trial
from seqjax.tasks.palindromes import NUM_CLASSES, num_features


class Palindromes(Sweep[Config]):
    """Every cell at every length; all lengths of a cell share a program."""

    setting = Setting
    told = {"distinct_strings": int, "held_out": bool}

    def settings(self, config: Config) -> list[Setting]:
        """Cells outside, lengths inside."""
        return settings(config)

    def name(self, setting: Setting) -> str:
        """``lstm-005``."""
        return setting.name

    def title(self, config: Config, setting: Setting) -> str:
        """``lstm T=5``."""
        return f"{setting.cell} T={setting.length}"

    def program(self, setting: Setting) -> str:
        """The cell."""
        return setting.cell

    def learner(self, config: Config, setting: Setting) -> PalindromeTask:
        """A cell that reads digits."""
        longest = max(config.lengths)
        network = Network(
            setting.cell,
            num_features(config.encoding),
            NUM_CLASSES,
            config.hidden_size,
            config.layers,
            config.initializer,
            config.forget_bias,
            memory_length=max(3, longest - 1),
        )
        return PalindromeTask(network, config.encoding, config.batch_size, longest)

    def trial(self, config: Config, learner: PalindromeTask, setting: Setting) -> Trial:
        """Palindromes of one length."""
        return learner.trial(setting.length, config.evaluation_size)

    def rate(self, config: Config, setting: Setting) -> float:
        """One for all lengths, or one per length."""
        return config.rate(setting.length)

    def cost(self, config: Config, setting: Setting) -> float:
        """GFLOP of one update of one seed."""
        return counting.gflop_per_update(
            CELLS[setting.cell],
            config.batch_size,
            config.hidden_size,
            setting.length - 1,
            config.layers,
        )


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
