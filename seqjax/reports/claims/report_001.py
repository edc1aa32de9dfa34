"""What report 001 claims (autumn 2018)."""

import jax
import jax.numpy as jnp

from seqjax.reports.equations import formulas, optimisers
from seqjax.reports.judges import (
    gates,
    gradients,
    palindromes,
    paper,
    rules,
    texts,
    writing,
)
from seqjax.reports.judges.palindromes import reconciled
from seqjax.reports.judging import Judge, Sentence, Told, nobody


def _claim(
    name: str, section: str, text: str, job: str, judge: Judge, decide: str
) -> Sentence:
    return Sentence(f"001-{name}", "001", section, text, judge, job, decide)


def _exact(name: str, section: str, text: str, judge: Judge) -> Sentence:
    """A claim that arithmetic decides: no run, and never undecided."""
    return _claim(name, section, text, "", judge, "")


def _orthogonal(name: str, text: str) -> Sentence:
    return _claim(
        name,
        "initialisation",
        text,
        "initialization",
        palindromes.orthogonal(name),
        "python -m seqjax.initialization --initializers normal orthogonal "
        "--lengths 5 10 20 --seeds 20 --steps 10000",
    )


def _learnt(job: str, where: str) -> tuple[Sentence, ...]:
    command = f"python -m seqjax.phased {job} --seeds 16"
    learnable = tuple(
        _claim(
            f"{job}-{parameter.replace('_', '-')}",
            "time gate",
            f"{parameter} of the gate can be learnt ({where})",
            job,
            gates.learnable(job, parameter),
            command,
        )
        for parameter in gates.PARAMETERS
    )
    easier = _claim(
        f"{job}-easier",
        "time gate",
        f"one of tau, s, r_on alone is easier to learn than all three ({where})",
        job,
        gates.easier(job),
        command,
    )
    return (*learnable, easier)


def _early(name: str, text: str, judge: Judge) -> Sentence:
    command = "python -m seqjax.charlm train karenina --steps 100000 --seeds 4"
    return _claim(name, "character model", text, "early", judge, command)


_MODELS = "models of four books have to be trained, and nothing here reads their style"

CLAIMS = (
    _claim(
        "gradients",
        "gradients",
        "dL/dW_ph and dL/dW_hh as the report derives them",
        "derivations",
        gradients.derived("001", "dW_ph", "dW_hh"),
        "python -m seqjax.gradients check FILE.py",
    ),
    _claim(
        "clipping",
        "gradients",
        "exploding gradients are answered by clipping",
        "optimizers",
        gradients.clipping,
        "python -m seqjax.palindrome --protocol report-001 --clip-norm inf --seeds 10, "
        "beside --clip-norm 10",
    ),
    reconciled("001-rnn-chance", "the RNN falls to chance beyond T = 10"),
    reconciled("001-batch", "batches of 128 to 512 make no difference"),
    reconciled("001-lstm", "the LSTM's accuracy is 1.0 up to T = 15"),
    _orthogonal("orthogonal-quick", "orthogonal W_hh converges in a few iterations"),
    _orthogonal(
        "orthogonal-one", "orthogonal W_hh reaches accuracy 1.0, also at T = 20"
    ),
    _orthogonal("orthogonal-stable", "orthogonal W_hh is more stable than normal"),
    reconciled(
        "001-orthogonal-20",
        "orthogonal W_hh solves T = 20 (all weights orthogonal, 10 000 updates)",
    ),
    reconciled(
        "001-orthogonal-better",
        "orthogonal W_hh is better than normal (10 000 updates)",
    ),
    _exact(
        "ravine-speed",
        "optimisers",
        "momentum accelerates SGD along a ravine",
        rules.quicker_along(optimisers.MOMENTUM_001),
    ),
    _exact(
        "ravine-damps",
        "optimisers",
        "momentum reduces SGD's oscillation across a ravine",
        rules.damps_across(optimisers.MOMENTUM_001),
    ),
    _exact(
        "rule-momentum",
        "optimisers",
        "momentum as the report words it: the step and the last one, discounted",
        rules.as_ours(optimisers.MOMENTUM_001, "momentum", "torch", rate=0.005),
    ),
    _exact(
        "rule-adagrad",
        "optimisers",
        "Adagrad as the report words it: over the root of the sum of squares",
        rules.as_ours(optimisers.ADAGRAD_001, "adagrad", "torch", rate=1.0),
    ),
    _exact(
        "rule-rmsprop",
        "optimisers",
        "RMSProp as the report words it: over a decaying average of squares",
        rules.as_ours(optimisers.RMSPROP_001, "rmsprop", "torch"),
    ),
    _exact(
        "rule-adam",
        "optimisers",
        "Adam as the report words it: two decaying averages, both unbiased",
        rules.as_ours(optimisers.ADAM_WORDS, "adam", "torch"),
    ),
    _exact(
        "adagrad-dies",
        "optimisers",
        "Adagrad's rate dies, possibly before the minimum; RMSProp's does not",
        rules.rate_dies(optimisers.ADAGRAD_001, optimisers.RMSPROP_001),
    ),
    _claim(
        "rmsprop",
        "optimisers",
        "RMSProp suits RNNs best (each optimiser at its own best rate)",
        "optimizers",
        palindromes.best_optimizer,
        "python -m seqjax.optimizers --seeds 10 --test-seeds 30",
    ),
    reconciled(
        "001-rmsprop-adam", "RMSProp suits RNNs best (against Adam, both at 1e-3)"
    ),
    _exact(
        "tanh",
        "LSTM cell",
        "tanh's second derivative is far from 0 for a longer range than those of "
        "other non-linearities",
        paper.longest_range(
            "tanh", jnp.tanh, {"sigmoid": jax.nn.sigmoid, "ReLU": jax.nn.relu}
        ),
    ),
    _exact(
        "parameters",
        "LSTM cell",
        "an LSTM has 4n(1 + d + n) parameters, the map to the output o(n + 1) more",
        paper.parameters(formulas.lstm_001, formulas.lstm_linear_001),
    ),
    _claim(
        "panels",
        "time gate",
        "k(t) in four panels: s shifts it, r_on narrows it, its peak is 1",
        "gate",
        gates.panels,
        "python -m seqjax.phased gate",
    ),
    *_learnt("learning", "frequency discrimination"),
    *_learnt("noise", "periodic noise"),
    _claim(
        "noise",
        "time gate",
        "a time gate is of use against noise that comes periodically",
        "noise",
        Told("noise", "noise-right-over-lstm"),
        "python -m seqjax.phased noise --seeds 16",
    ),
    _claim(
        "frequency",
        "time gate",
        "a time gate is of use for frequency discrimination",
        "frequency",
        gates.frequency,
        "python -m seqjax.phased frequency --models phased lstm --seeds 4 --budget 40",
    ),
    _claim(
        "music",
        "time gate",
        "a time gate is of use for BPM and instruments",
        "",
        gates.music,
        "",
    ),
    _early(
        "lm-spaces",
        "after 100 updates a character model writes spaces",
        writing.early(100, writing.blanks, 0.5, "share of blanks"),
    ),
    _early(
        "lm-the-the",
        "after 200 updates it repeats one word ('the the')",
        writing.early(200, writing.repeated, 0.5, "share of repeated words"),
    ),
    _early(
        "lm-words",
        "after 1000 updates it writes words",
        writing.early(1000, writing.known, writing.KNOWN, "share of known words"),
    ),
    _claim(
        "lm-sentences",
        "character model",
        "after 10 000 to 100 000 updates it writes sentences",
        "",
        nobody("nothing here measures what a sentence is; the samples are for readers"),
        "python -m seqjax.charlm train karenina --steps 100000",
    ),
    _claim(
        "temperature",
        "character model",
        "T divides the logits: 0 is greedy, and the larger the wilder",
        "writing",
        texts.temperature_divides,
        "python -m seqjax.charlm sample DIR --temperature 2",
    ),
    _claim(
        "styles",
        "character model",
        "four books' models continue one opening in four styles",
        "",
        nobody(_MODELS),
        "python -m seqjax.charlm train karenina (and three others), then "
        "seqjax.charlm compare DIR DIR DIR DIR --prompt OPENING",
    ),
    _claim(
        "latex",
        "character model",
        "of LaTeX and HTML, tags close and environments end",
        "",
        nobody("there is no such text here"),
        "python -m seqjax.charlm train FILE.tex --out DIR, then "
        "seqjax.charlm evaluate DIR",
    ),
)
