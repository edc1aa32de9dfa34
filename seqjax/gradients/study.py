"""The study of gradients over time, and the commands of this package."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from seqjax.core.cells import CELLS
from seqjax.gradients.config import Config
from seqjax.gradients.derivations import command
from seqjax.gradients.figures import figures
from seqjax.gradients.probe import Probe, Prober, has_memory
from seqjax.gradients.summary import facts, summarise, tables
from seqjax.lab.command_line.cli import Command
from seqjax.lab.palindromes import reader
from seqjax.lab.running.stages import Staged, train_in_stages
from seqjax.lab.study import Block, Reporter, Study
from seqjax.lab.sweep import Sweep
from seqjax.tasks import PalindromeTask, Trial
from seqjax.tasks.palindromes import mirror
from seqjax.train import TrainState

COLUMNS: dict[str, type] = {
    "cell": str,
    "step": int,
    "seed": int,
    **dict.fromkeys(("loss", "accuracy", "first", "last"), float),
    **dict.fromkeys(("log10_ratio", "log10_per_step", "log10_rise"), float),
    **dict.fromkeys(("zeros", "underflows", "log10_largest_singular"), float),
    "clipped": float,
    "diverged": bool,
    "held_out": bool,
}
SEEN = ("h_norm", "c_norm", "zeros", "underflows", "singular_values")


class Setting(NamedTuple):
    """What one block trains, for all seeds."""

    cell: str


class Flow(Sweep[Config]):
    """Every cell, trained without early stop and looked into at every chosen step."""

    setting = Setting
    axes = {
        **dict.fromkeys(SEEN, ("at", "seed", "t")),
        "singular_values": ("at", "seed", "time", "example", "value"),
        "gradient_norm": ("seed", "update"),
    }
    # The rows of a block are in the order of steps, not of seeds.
    in_chunks = False

    def settings(self, config: Config) -> list[Setting]:
        """The cells."""
        return [Setting(cell) for cell in config.cells]

    def title(self, config: Config, setting: Setting) -> str:
        """``lstm T=100``."""
        return f"{setting.cell} T={config.length}"

    def learner(self, config: Config, setting: Setting) -> PalindromeTask:
        """A cell that reads digits."""
        return reader(config, setting.cell, config.encoding, config.length)

    def trial(self, config: Config, learner: PalindromeTask, setting: Setting) -> Trial:
        """Palindromes, and those to look with."""
        return learner.trial(config.length, config.examples)

    def updates(self, config: Config, setting: Setting) -> int:
        """Up to the last look."""
        return config.at[-1]

    def cost(self, config: Config, setting: Setting) -> float:
        """GFLOP of one update of one seed."""
        return self.gflop(config, setting.cell, config.length - 1)

    def work(self, config: Config) -> dict[str, float]:
        """Expected GFLOP of every block."""
        looks = config.seeds * len(config.at)
        return {
            cell: updates + looks * gflop_per_look(config, cell)
            for cell, updates in super().work(config).items()
        }

    # No deadline: it would leave steps without a look.
    def block(  # type: ignore[override]
        self, config: Config, setting: Setting, report: Reporter
    ) -> Block:
        """Train all seeds of a cell, and look into each at every step."""
        program, trial = self.begin(config, setting, report)
        left, length = trial.evaluation
        digits = np.asarray(mirror(left, length, config.length))
        prober = Prober(config, program.learner.network, digits)
        look_cost = gflop_per_look(config, setting.cell)

        def look(states: TrainState) -> Mapping[str, np.ndarray]:
            params, steps, diverged = program.ensemble.gather(
                (states.params, states.step, states.diverged)
            )
            probes = []
            for seed in range(config.seeds):
                probes.append(prober(jax.tree.map(itemgetter(seed), params)))
                report.advance(look_cost, {"step": int(steps.max())})
            fields = zip(Probe._fields, zip(*probes, strict=True), strict=True)
            return {name: np.array(of) for name, of in fields} | {"diverged": diverged}

        staged = train_in_stages(
            program.ensemble,
            self.start(config, setting, program),
            self.hyper(config, setting),
            trial.training,
            config.at,
            look,
            report,
            cost=config.seeds * self.cost(config, setting),
            look_cost=config.seeds * look_cost,
        )
        return _block(config, setting.cell, staged, trial)


def _block(config: Config, cell: str, staged: Staged, trial: Trial) -> Block:
    """A row per step and seed, and what was seen in each network."""
    looks, norms = staged.looks, staged.trained.curves("gradient_norm", config.at[-1])
    rows: list[dict[str, Any]] = []
    for k, step in enumerate(config.at):
        for i, seed in enumerate(config.seed_numbers):
            probe = Probe(*(looks[name][k, i] for name in Probe._fields))
            rows.append(
                {
                    "cell": cell,
                    "step": step,
                    "seed": seed,
                    "loss": float(probe.loss),
                    "accuracy": float(probe.accuracy),
                    **facts(probe),
                    "clipped": clipped(norms[i, :step], config.clip_norm),
                    "diverged": bool(looks["diverged"][k, i]),
                    "held_out": trial.held_out,
                }
            )
    memory = has_memory(CELLS[cell])
    history = {name: looks[name] for name in SEEN if memory or name != "c_norm"}
    return Block(cell, rows, history | {"gradient_norm": norms})


def gflop_per_look(config: Config, cell: str) -> float:
    """Arithmetic of one look into one seed in GFLOP, double precision counted twice."""
    hidden, gates = config.hidden_size, len(CELLS[cell].gates)
    size = hidden * (2 if has_memory(CELLS[cell]) else 1)
    step = 2 * hidden**2 * gates
    rows = 2 * config.examples * 3 + config.jacobian_examples * size * 2
    singular = 20 * size**3 * config.jacobian_times * config.jacobian_examples
    return (step * rows * (config.length - 1) + singular) / 1e9


def clipped(norms: Float[np.ndarray, " updates"], clip_norm: float) -> float | None:
    """Share of the updates tried whose gradient was longer than allowed."""
    tried = norms[~np.isnan(norms)]
    return float((tried > clip_norm).mean()) if len(tried) else None


SWEEP = Flow()

FLOW: Study[Config] = SWEEP.study(
    name="gradients flow",
    summary="gradients of the loss by every hidden state, against time",
    config_type=Config,
    columns=COLUMNS,
    summarise=summarise,
    tables=tables,
    figures=figures,
)

CHECK = Command("gradients check", command.SUMMARY, command.run)

STUDIES = (FLOW, CHECK)
