"""The study of trained models: a block for the text, and one for each model."""

from collections.abc import Collection, Iterator

from seqjax.charlm.evaluation.config import Config
from seqjax.charlm.evaluation.figures import figures
from seqjax.charlm.evaluation.locating import check_text, find, resolve
from seqjax.charlm.evaluation.model_block import READINGS, model_block
from seqjax.charlm.evaluation.reference import Reference
from seqjax.charlm.evaluation.rows import COLUMNS, TEXT
from seqjax.charlm.evaluation.summary import summarise
from seqjax.charlm.evaluation.tables import tables
from seqjax.charlm.evaluation.text_block import text_block
from seqjax.charlm.evaluation.texts import texts
from seqjax.lab.study import Block, Reporter, Study


def block_names(config: Config) -> list[str]:
    """The text, then every model."""
    return [TEXT, *config.names]


def work(config: Config) -> dict[str, float]:
    """Readings of the text, and temperatures written at."""
    of_model = float(READINGS + len(config.temperatures))
    return {TEXT: float(READINGS), **dict.fromkeys(config.names, of_model)}


def run(config: Config, finished: Collection[str], report: Reporter) -> Iterator[Block]:
    """Measure; yields the text's block, and one per model. Only reads files."""
    models = find(config.model[0], config.model_seed, config.last)
    reference = Reference(config, check_text(config, models))
    if TEXT not in finished:
        report.block(TEXT, reference.corpus.name, work(config)[TEXT])
        yield text_block(reference, report)
    for name, found in zip(config.names, models, strict=True):
        if name not in finished:
            report.block(name, name.replace("-", " "), work(config)[name])
            yield model_block(name, found, reference, report)


STUDY: Study[Config] = Study(
    name="charlm evaluate",
    summary="the card of a model: what it predicts, what it writes, what it recites",
    config_type=Config,
    columns=COLUMNS,
    history_axes={
        "corpus": (),
        "kind": (),
        "characters": ("part",),
        "measures": ("measure",),
        "held_out_hits": ("measure", "length", "piece"),
        "held_out_totals": ("measure", "length", "piece"),
        "prompts": ("sample",),
        "symbols": ("symbol",),
        "symbol_share": ("symbol",),
        "symbol_probability": ("symbol",),
        "reliability_confidence": ("judged", "bin"),
        "reliability_accuracy": ("judged", "bin"),
        "reliability_counts": ("judged", "bin"),
        "samples": ("temperature", "sample"),
        "hits": ("temperature", "length", "measure", "sample"),
        "totals": ("temperature", "length", "measure", "sample"),
        "longest_run": ("temperature",),
        "longest_run_at": ("temperature",),
        "longest_run_times": ("temperature",),
    },
    block_names=block_names,
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    texts=texts,
    resolve=resolve,
    unit="readings",
    positional="model",
)
