"""What report 000 claims (autumn 2019)."""

from seqjax.reports.equations import formulas, optimisers
from seqjax.reports.judges import gradients, graphs, paper, rules, texts, writing
from seqjax.reports.judges.gradients import Reading
from seqjax.reports.judges.palindromes import reconciled
from seqjax.reports.judging import Judge, Sentence


def _claim(
    name: str, section: str, text: str, job: str, judge: Judge, decide: str
) -> Sentence:
    return Sentence(f"000-{name}", "000", section, text, judge, job, decide)


def _derived(name: str, text: str, other: Reading | None = None) -> Sentence:
    return _claim(
        name.replace("_", "-").lower(),
        "gradients",
        text,
        "derivations",
        gradients.derived("000", name, other=other),
        "python -m seqjax.gradients check FILE.py",
    )


def _exact(name: str, section: str, text: str, judge: Judge) -> Sentence:
    """A claim that arithmetic decides: no run, and never undecided."""
    return _claim(name, section, text, "", judge, "")


def _tau(name: str, tau: float, text: str) -> Sentence:
    judge = paper.softmax_of(tau, formulas.SOFTMAXES[tau])
    return _exact(name, "character model", text, judge)


def _flow(name: str, text: str, what: str) -> Sentence:
    command = "python -m seqjax.gradients flow --seeds 20"
    judge = gradients.flow(what)
    return _claim(name, "gradients over time", text, "flow", judge, command)


_HOPS = "python -m seqjax.graphs hops"
_INDICES = Reading(
    "report_000_indices.py", "dW_hh", "with s for t in the last two factors"
)
_ROUTE = (
    formulas.ADJACENCY,
    formulas.NODES,
    formulas.ROUTE,
    formulas.ROUTE_STEPS,
)
_WRITE = "python -m seqjax.charlm train --out DIR, then seqjax.charlm sample DIR"

CLAIMS = (
    _derived("dW_ph", "dL/dW_ph as the report derives it"),
    _derived("dW_hh", "dL/dW_hh as the report derives it", _INDICES),
    reconciled("000-mean", "RNN and LSTM show no clear difference in mean accuracy"),
    reconciled(
        "000-spread", "the LSTM's accuracy varies much less over seeds than the RNN's"
    ),
    _exact(
        "momentum-boosts",
        "optimisers",
        "momentum boosts the gradient at the beginning of a valley to its depth",
        rules.quicker_along(optimisers.MOMENTUM_001),
    ),
    _exact(
        "rmsprop-scales",
        "optimisers",
        "RMSProp boosts small gradients and suppresses (the report repeats 'small') "
        "large ones",
        rules.boosts_small_and_damps_large(optimisers.RMSPROP_001),
    ),
    _exact(
        "adam",
        "optimisers",
        "Adam is momentum on RMSProp's scale, with bias correction",
        rules.adam_is_more_than_rmsprop(optimisers.ADAM_WORDS, optimisers.RMSPROP_001),
    ),
    _exact(
        "parameters",
        "LSTM cell",
        "an LSTM has 4(n^2 + dn + n) parameters",
        paper.parameters(formulas.lstm_000),
    ),
    _flow("flow-same", "dL/dh_t: RNN and LSTM follow the same curve", "same"),
    _flow("flow-higher", "dL/dh_t: the RNN is a little higher at the start", "higher"),
    _flow("flow-spike", "dL/dh_t: the LSTM spikes near step 0", "spike"),
    _claim(
        "lm-curves",
        "character model",
        "a 2 x 128 LSTM's loss falls and its accuracy rises while it learns a book",
        "charlm",
        texts.curves,
        "python -m seqjax.charlm train bible --seeds 4",
    ),
    _claim(
        "temperature",
        "character model",
        "tau multiplies the logits: 100 is greedy, 0.1 nearly uniform",
        "writing",
        texts.temperature_multiplies,
        f"{_WRITE} --inverse-temperature 100",
    ),
    _tau("tau-1", 1.0, "the softmax of [3, 4, 1] is [0.26, 0.70, 0.04]"),
    _tau("tau-100", 100.0, "with tau = 100 [3, 4, 1] becomes [0, 1, 0]"),
    _tau("tau-tenth", 0.1, "with tau = 0.1 [3, 4, 1] becomes [0.34, 0.38, 0.28]"),
    _claim(
        "prompt",
        "character model",
        "a prompt with a name that never occurs in the text is continued",
        "writing",
        writing.unseen_name,
        "python -m seqjax.charlm complete DIR 'NAME'",
    ),
    _claim(
        "beam",
        "character model",
        "a beam search of chosen size finds a more probable text",
        "writing",
        writing.beam,
        "python -m seqjax.charlm complete DIR 'PROMPT' --beam 8",
    ),
    _claim(
        "gcn-updates",
        "graphs",
        "information from C reaches E in 3 updates",
        "hops",
        graphs.updates_needed,
        _HOPS,
    ),
    _exact(
        "adjacency",
        "graphs",
        "the adjacency matrix is that of an undirected graph with a loop at every node",
        paper.adjacency(formulas.ADJACENCY, formulas.NODES),
    ),
    _exact(
        "gcn-shortest",
        "graphs",
        "C-D-F-E is a shortest route from C to E, of 3 steps",
        paper.route(*_ROUTE, only=False),
    ),
    _exact(
        "gcn-path",
        "graphs",
        "the path that it takes is C-D-F-E",
        paper.route(*_ROUTE, only=True),
    ),
    _claim(
        "gcn-memory",
        "graphs",
        "full batches need the memory of the whole graph",
        "hops",
        graphs.full_batches,
        _HOPS,
    ),
    _claim(
        "gcn-batches",
        "graphs",
        "mini-batches are the cure (half of the memory or less)",
        "hops",
        graphs.mini_batches,
        _HOPS,
    ),
    _claim(
        "gnn-rnn",
        "graphs over time",
        "a GNN with an RNN predicts a graph over time (better than persistence)",
        "forecast",
        graphs.forecasts("gc-lstm", "persistence"),
        "python -m seqjax.graphs forecast --seeds 20",
    ),
)
