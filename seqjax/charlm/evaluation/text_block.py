"""The block of the text itself: baselines, and what held-out text is like."""

import numpy as np

from seqjax.charlm.evaluation.quality import measure
from seqjax.charlm.evaluation.reference import Reference
from seqjax.charlm.evaluation.rows import TEXT, loss_rows, measured_rows, row
from seqjax.lab.study import Block, Reporter


def text_block(reference: Reference, report: Reporter) -> Block:
    """What needs no model, as far as it is a number.

    Args:
        reference: the text.
        report: is told of the progress.
    """
    config, vocabulary = reference.config, reference.corpus.vocabulary
    part = config.part
    rows = []
    for name, loss in reference.baselines().items():
        rows += loss_rows(name, loss.nats, part=part)
    guesses = {"uniform": 1 / vocabulary.size, "unigram": reference.unigram_accuracy()}
    rows += [row(name, "accuracy", p, part=part) for name, p in guesses.items()]
    report.advance(1.0, {})
    judge, measured = reference.judge, []
    report.advance(1.0, {})
    for length in config.lengths:
        measured.append(measure(judge, reference.pieces(length)))
        rows += measured_rows(
            "held-out", judge.measures, measured[-1], part=part, length=length
        )
    report.advance(1.0, {})
    most = max(found.hits.shape[1] for found in measured)
    # Of long pieces there are fewer; those that are missing weigh nothing.
    hits, totals = (
        np.stack([np.pad(s, ((0, 0), (0, most - s.shape[1]))) for s in side], axis=1)
        for side in zip(*measured, strict=True)
    )
    shares = np.bincount(reference.held_out_symbols, minlength=vocabulary.size)
    history = {
        "corpus": np.array(reference.corpus.name),
        "kind": np.array(reference.kind),
        "characters": np.array([len(reference.train), len(reference.held_out)]),
        "measures": np.array(judge.measures),
        "held_out_hits": hits,
        "held_out_totals": totals,
        "prompts": np.array(reference.prompts),
        "symbols": np.array(_symbol_names(vocabulary.symbols)),
        "symbol_share": shares / shares.sum(),
    }
    return Block(TEXT, rows, history)


def _symbol_names(symbols: str) -> list[str]:
    """Symbols as they are typed in Python; bytes by number."""
    if not symbols:
        return [f"{number:02x}" for number in range(256)]
    return ["␣" if symbol == " " else repr(symbol)[1:-1] for symbol in symbols]
