"""What reports 003 and 004 claim (spring 2019; 004 is a draft of 003).

004 leaves the derivations and the optimisers open; its formula of parameters is 003's.
"""

from seqjax.reports.equations import formulas, optimisers
from seqjax.reports.judges import (
    gradients,
    graphs,
    palindromes,
    paper,
    rules,
    texts,
    writing,
)
from seqjax.reports.judges.gradients import Reading
from seqjax.reports.judges.palindromes import RECONCILE, reconciled
from seqjax.reports.judging import Judge, Sentence


def _claim(
    name: str, section: str, text: str, job: str, judge: Judge, decide: str
) -> Sentence:
    return Sentence(f"003-{name}", "003", section, text, judge, job, decide)


def _exact(name: str, section: str, text: str, judge: Judge) -> Sentence:
    """A claim that arithmetic decides: no run, and never undecided."""
    return _claim(name, section, text, "", judge, "")


_LITERAL_P = Reading(
    "report_003_literal_p.py",
    "dW_ph",
    "p of (9) and (13) is read as the y-hat of (7); taken at its word",
)
_LOGGED = (1000, 226_000, 586_000)
_TRANSCRIPTS = "python -m seqjax.charlm train TRANSCRIPTS.txt --preset report-003"

CLAIMS = (
    _claim(
        "gradients",
        "gradients",
        "dL/dW_ph and dL/dW_hh in recursive form",
        "derivations",
        gradients.derived("003", "dW_ph", "dW_hh", other=_LITERAL_P),
        "python -m seqjax.gradients check FILE.py",
    ),
    reconciled("003-rnn-full", "the RNN is full below T = 10"),
    reconciled("003-rnn-only", "the RNN is full only below T = 10"),
    reconciled("003-rnn-chance", "the RNN is no better than chance after T = 17"),
    reconciled("003-lstm", "the LSTM learns all lengths to 23"),
    reconciled(
        "003-lstm-late", "the LSTM leaves chance at T = 23 only near 3000 updates"
    ),
    _claim(
        "stop",
        "palindromes",
        "trained until two consecutive losses are equal (the rule ends a training)",
        "reconcile",
        palindromes.stop_rule,
        RECONCILE,
    ),
    _exact(
        "momentum-damps",
        "optimisers",
        "momentum counters SGD's oscillations in valleys",
        rules.damps_across(optimisers.MOMENTUM_001),
    ),
    _exact(
        "rmsprop",
        "optimisers",
        "RMSProp by equations (19) and (20)",
        rules.as_ours(optimisers.RMSPROP_003, "rmsprop", "keras"),
    ),
    _exact(
        "adam",
        "optimisers",
        "Adam by equations (21) to (23): a minus inside both averages, no bias "
        "correction",
        rules.adam_without_correction(optimisers.ADAM_003),
    ),
    _exact(
        "parameters",
        "LSTM cell",
        "an LSTM has 4(dn + nn + n) parameters (so 004), with its projection nc + c "
        "more",
        paper.parameters(formulas.lstm_003, formulas.lstm_linear_003),
    ),
    _claim(
        "accuracy",
        "character model",
        "accuracy / loss 0.39 / 2.06 after 1000, 0.58 / 1.33 after 226 000, 0.62 / "
        "1.26 after 586 000 updates",
        "charlm",
        texts.numbers(_LOGGED, ("train_accuracy", "train_loss")),
        f"{_TRANSCRIPTS} --steps 586000",
    ),
    _claim(
        "temperature-2",
        "character model",
        "at temperature 2 it never forms words",
        "writing",
        writing.never_words,
        f"{_TRANSCRIPTS} --seeds 4 --out DIR, then seqjax.charlm evaluate DIR",
    ),
    _claim(
        "hops",
        "graphs",
        "3 layers of a GCN for 3 hops",
        "hops",
        graphs.updates_needed,
        "python -m seqjax.graphs hops",
    ),
    _claim(
        "stocks",
        "graphs over time",
        "stocks: an LSTM per node, then a GCN (better than the LSTM alone)",
        "forecast",
        graphs.forecasts("lstm-gcn", "lstm"),
        "python -m seqjax.graphs forecast --dataset STOCKS.json",
    ),
)
