"""The landscape study: what each optimiser does on a ravine, a saddle, a plateau."""

from collections.abc import Collection, Iterator

import numpy as np

from seqjax.core.landscapes import LANDSCAPES
from seqjax.lab.study import Block, Reporter, Study
from seqjax.optimizers.config import LandscapeConfig
from seqjax.optimizers.descent import (
    TRIED,
    distance,
    fastest,
    paths,
    reversals,
    steps_needed,
)
from seqjax.optimizers.landscape_figures import figures
from seqjax.optimizers.landscape_summary import (
    NEAR,
    OSCILLATING,
    SAME,
    summarise,
    tables,
)


def rates(config: LandscapeConfig, name: str) -> tuple[float, ...]:
    """All rates at which paths on a landscape are computed."""
    if config.learning_rate is not None:
        return (config.learning_rate,)
    return (*TRIED, NEAR * LANDSCAPES[name].limit)


def work(config: LandscapeConfig) -> dict[str, float]:
    """Steps of every block."""
    return {
        name: float(len(config.optimizers) * len(rates(config, name)) * config.steps)
        for name in config.landscapes
    }


def run(
    config: LandscapeConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    """Descend; yields a block per landscape. Pure but for the report."""
    for name in config.landscapes:
        if name in finished:
            continue
        report.block(name, name, work(config)[name])
        yield _run_block(config, name)


def _run_block(config: LandscapeConfig, name: str) -> Block:
    """Choose the rates on one landscape, and keep the paths at these."""
    landscape = LANDSCAPES[name]
    found = paths(
        landscape,
        config.optimizers,
        config.optimizer_flavor,
        rates(config, name),
        config.steps,
    )
    kept: list[tuple[str, str, float]] = []
    for optimizer in config.optimizers:
        if config.learning_rate is not None:
            kept.append(("given", optimizer, config.learning_rate))
            continue
        tried = {rate: found[optimizer, rate] for rate in TRIED}
        best = fastest(tried, landscape.minimum, config.target)
        kept.append(("fastest", optimizer, best))
    if name == OSCILLATING and config.learning_rate is None:
        same = [optimizer for optimizer in config.optimizers if optimizer in SAME]
        kept += [("limit", optimizer, NEAR * landscape.limit) for optimizer in same]
    rows, chosen = [], []
    for rule, optimizer, rate in kept:
        path = found[optimizer, rate]
        chosen.append(path)
        rows.append(
            {
                "landscape": name,
                "rule": rule,
                "optimizer": optimizer,
                "learning_rate": rate,
                "steps_needed": steps_needed(path, landscape.minimum, config.target),
                "final_loss": float(path.losses[-1]),
                "reversals": reversals(path),
                "distance": distance(path),
            }
        )
    history = {
        "points": np.stack([path.points for path in chosen]),
        "loss": np.stack([path.losses for path in chosen]),
    }
    return Block(name, rows, history)


LANDSCAPE_STUDY: Study[LandscapeConfig] = Study(
    name="optimizers landscape",
    summary="the paths of optimisers on a ravine, a saddle and a plateau",
    config_type=LandscapeConfig,
    columns={
        "landscape": str,
        "rule": str,
        "optimizer": str,
        "learning_rate": float,
        "steps_needed": int,
        "final_loss": float,
        "reversals": int,
        "distance": float,
    },
    history_axes={"points": ("row", "step", "axis"), "loss": ("row", "step")},
    block_names=lambda config: list(config.landscapes),
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
)
