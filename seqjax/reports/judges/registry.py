"""The rules by their names in the data; what they need is given there, as numbers."""

from collections.abc import Callable, Mapping
from typing import Any

from seqjax.lab.judging.claims import Finding
from seqjax.reports.equations import formulas, optimisers
from seqjax.reports.judges import (
    gates,
    gradients,
    graphs,
    palindromes,
    paper,
    rules,
    texts,
    writing,
)
from seqjax.reports.judging import Evidence, Judge, Told

Maker = Callable[..., Judge]


def _plain(judge: Callable[[Evidence], Finding]) -> Maker:
    """A rule without numbers."""
    return lambda: judge


def _named(maker: Maker, module: Any, *keys: str) -> Maker:
    """A rule whose arguments of these names are names of a module's transcriptions."""

    def make(*planted: Any, **given: Any) -> Judge:
        found = {
            key: getattr(module, value) if isinstance(value, str) else value
            for key, value in given.items()
            if key in keys
        }
        return maker(*planted, **{**given, **found})

    return make


def _optimiser(maker: Maker) -> Maker:
    return _named(maker, optimisers, "optimiser", "rmsprop", "dying", "cure")


def _formula(maker: Maker) -> Maker:
    return _named(maker, formulas, "cell", "whole", "matrix")


RULES: Mapping[str, Maker] = {
    "adam is more than rmsprop": _optimiser(rules.adam_is_more_than_rmsprop),
    "adam without correction": _optimiser(rules.adam_without_correction),
    "adjacency": _formula(paper.adjacency),
    "as ours": _optimiser(rules.as_ours),
    "best optimizer": _plain(palindromes.best_optimizer),
    "boosts small, damps large": _optimiser(rules.boosts_small_and_damps_large),
    "clipping": gradients.clipping,
    "curves": _plain(texts.curves),
    "damps across": _optimiser(rules.damps_across),
    "derived": gradients.derived,
    "early": writing.early,
    "easier": gates.easier,
    "flow factor": gradients.flow_factor,
    "flow higher": gradients.flow_higher,
    "flow same": gradients.flow_same,
    "flow spike": gradients.flow_spike,
    "forecasts": graphs.forecasts,
    "frequency": gates.frequency,
    "gate ablated": palindromes.gate_ablated,
    "keeps and takes": gates.keeps_and_takes,
    "learnable": gates.learnable,
    "longest range": paper.longest_range,
    "memory": graphs.memory,
    "never closed": gates.never_closed,
    "never words": writing.never_words,
    "orthogonal": palindromes.orthogonal,
    "panels": gates.panels,
    "parameters": _formula(paper.parameters),
    "quicker along": _optimiser(rules.quicker_along),
    "quicker on text": texts.quicker,
    "rate dies": _optimiser(rules.rate_dies),
    "reach": _plain(graphs.reach),
    "route": _formula(paper.route),
    "softmax": paper.softmax_of,
    "softmax slope": paper.softmax_slope,
    "spelled": writing.spelled,
    "temperature": texts.temperature,
    "told by the study": Told,
    "trees": palindromes.trees,
    "unseen name": writing.unseen_name,
    "updates needed": graphs.updates_needed,
    "varied": writing.varied,
    "words fall": writing.words_fall,
}
"""What makes a judge, by the name of the rule: called with the numbers of a claim."""
