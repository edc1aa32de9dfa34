"""What report 000 claims (autumn 2019)."""

from seqjax.reports.judges import gradients, graphs, rules, texts, writing
from seqjax.reports.judges.palindromes import reconciled
from seqjax.reports.judging import Judge, Sentence, Told


def _claim(
    name: str, section: str, text: str, job: str, judge: Judge, decide: str
) -> Sentence:
    return Sentence(f"000-{name}", "000", section, text, judge, job, decide)


def _derived(name: str, text: str) -> Sentence:
    return _claim(
        name.replace("_", "-").lower(),
        "gradients",
        text,
        "derivations",
        gradients.derived("000", name),
        "python -m seqjax.gradients check FILE.py",
    )


def _flow(name: str, text: str, what: str) -> Sentence:
    command = "python -m seqjax.gradients flow --seeds 20"
    judge = gradients.flow(what)
    return _claim(name, "gradients over time", text, "flow", judge, command)


_HOPS = "python -m seqjax.graphs hops"
_LANDSCAPE = "python -m seqjax.optimizers landscape"
_WRITE = "python -m seqjax.charlm train --out DIR, then seqjax.charlm sample DIR"

CLAIMS = (
    _derived("dW_ph", "dL/dW_ph as the report derives it"),
    _derived("dW_hh", "dL/dW_hh as the report derives it"),
    reconciled("000-mean", "RNN and LSTM show no clear difference in mean accuracy"),
    reconciled(
        "000-spread", "the LSTM's accuracy varies much less over seeds than the RNN's"
    ),
    _claim(
        "momentum",
        "optimisers",
        "momentum damps the oscillation across a ravine",
        "landscape",
        Told("landscape", "momentum-damps-ravine"),
        _LANDSCAPE,
    ),
    _claim(
        "adaptive",
        "optimisers",
        "adaptive rates (RMSProp, Adam) cross a plateau",
        "landscape",
        Told("landscape", "adaptive-cross-plateau"),
        _LANDSCAPE,
    ),
    _claim(
        "adam",
        "optimisers",
        "Adam is momentum on RMSProp's scale, with bias correction",
        "",
        rules.adam_as_000_says,
        _LANDSCAPE,
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
    _claim(
        "gcn-path",
        "graphs",
        "the path that it takes is C-D-F-E",
        "hops",
        graphs.only_path,
        _HOPS,
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
