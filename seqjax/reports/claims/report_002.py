"""What report 002 claims (spring 2019)."""

from seqjax.reports.equations import formulas, optimisers
from seqjax.reports.judges import gradients, graphs, palindromes, paper, rules, texts
from seqjax.reports.judges.gradients import Reading
from seqjax.reports.judges.palindromes import reconciled
from seqjax.reports.judging import Judge, Sentence, Told, nobody


def _claim(
    name: str, section: str, text: str, job: str, judge: Judge, decide: str
) -> Sentence:
    return Sentence(f"002-{name}", "002", section, text, judge, job, decide)


_LAST_LINE = Reading(
    "report_002_last_line.py", "dW_hh", "by the last line, with h^(t-1) in each factor"
)
_NOVEL = "python -m seqjax.charlm train NOVEL.txt"
_STEPS = (1000, 5000, 10_000, 25_000, 50_000, 100_000, 500_000, 1_000_000)

CLAIMS = (
    _claim(
        "dw-ph",
        "gradients",
        "dL/dW_ph as the report derives it, -y (I - 1 y-hat^T) h^T",
        "derivations",
        gradients.derived("002", "dW_ph"),
        "python -m seqjax.gradients check FILE.py",
    ),
    _claim(
        "gradients",
        "gradients",
        "dL/dW_hh as the report derives it, with (W_hh)^i inside the product",
        "derivations",
        gradients.derived("002", "dW_hh", other=_LAST_LINE),
        "python -m seqjax.gradients check FILE.py",
    ),
    reconciled("002-rnn-good", "the RNN is good well past T = 20"),
    reconciled("002-rnn-variance", "the RNN's accuracy at T = 20 has a large variance"),
    reconciled("002-lstm-fails", "the LSTM at rate 1e-3 fails after T = 10 to 15"),
    reconciled("002-lstm-slow", "the LSTM at rate 1e-4 is much better"),
    reconciled("002-lstm-30", "the LSTM at rate 1e-4 is above chance past T = 30"),
    _claim(
        "parameters",
        "LSTM cell",
        "an LSTM with its projection has 4n(d + n + 1) + o(n + 1) parameters",
        "",
        paper.parameters(formulas.lstm_002, formulas.lstm_linear_002),
        "",
    ),
    _claim(
        "undershoot",
        "optimisers",
        "RMSProp makes SGD's small steps on flat regions larger, its large ones on "
        "steep regions smaller",
        "",
        rules.boosts_small_and_damps_large(optimisers.RMSPROP_001),
        "",
    ),
    _claim(
        "flat",
        "optimisers",
        "adaptive rates (RMSProp, Adam) traverse flat regions faster: a plateau",
        "landscape",
        Told("landscape", "adaptive-cross-plateau"),
        "python -m seqjax.optimizers landscape",
    ),
    _claim(
        "finnish",
        "character model",
        "a Finnish text needs a longer memory",
        "",
        nobody("there is no Finnish text here"),
        f"{_NOVEL} --window 100 --seeds 4, beside --window 30",
    ),
    _claim(
        "accuracy",
        "character model",
        "training accuracy 0.42 0.61 0.66 0.71 0.74 0.77 0.80 0.81 after 1000 5000 1e4 "
        "2.5e4 5e4 1e5 5e5 1e6 updates",
        "charlm",
        texts.numbers(_STEPS, ("train_accuracy",)),
        f"{_NOVEL} --preset report-002 --steps 1000000",
    ),
    _claim(
        "memory",
        "character model",
        "after 1e6 updates it recites whole sentences, after 5e4 not, at nearly the "
        "same training accuracy",
        "charlm",
        texts.memorisation,
        f"{_NOVEL} --preset report-002 --steps 1000000 --seeds 4",
    ),
    _claim(
        "larger",
        "character model",
        "T = 100, 256 units and a slower rate write better sentences",
        "",
        nobody("two trainings of some hours, and better is for readers to say"),
        f"{_NOVEL} --window 100 --hidden-size 256 --learning-rate 1e-3, then "
        "seqjax.charlm compare DIR DIR --prompt OPENING",
    ),
    _claim(
        "hops",
        "graphs",
        "a GCN of n layers reaches n hops",
        "hops",
        graphs.reach,
        "python -m seqjax.graphs hops",
    ),
    _claim(
        "trees",
        "graphs over time",
        "a Tree-LSTM reads trees (deeper ones than an LSTM that reads the string)",
        "trees",
        palindromes.trees,
        "python -m seqjax.graphs trees",
    ),
    _claim(
        "proteins",
        "graphs over time",
        "a GNN with an RNN reads protein graphs over time",
        "",
        nobody("there are no protein graphs here"),
        "python -m seqjax.graphs forecast --dataset FILE.json",
    ),
)
