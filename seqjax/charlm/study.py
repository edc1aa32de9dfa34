"""The commands of the language study: training is a study, the others are not."""

from collections.abc import Collection, Iterator

from seqjax.charlm.building import equip
from seqjax.charlm.commands.compare import COMPARE
from seqjax.charlm.commands.complete import COMPLETE
from seqjax.charlm.commands.sample import SAMPLE
from seqjax.charlm.config import Config, resolve
from seqjax.charlm.corpus import Corpus, read_corpus
from seqjax.charlm.evaluation import STUDY as EVALUATE
from seqjax.charlm.figures import figures
from seqjax.charlm.plan import plan_of
from seqjax.charlm.samples import texts
from seqjax.charlm.summary import summarise
from seqjax.charlm.tables import tables
from seqjax.charlm.training import BLOCK, WORK, Training
from seqjax.lab.study import Block, Reporter, Study


def corpus_for(config: Config) -> Corpus:
    """The text of a configuration, read anew."""
    streams = config.batch_size if config.carried else 1
    return read_corpus(
        config.corpus,
        encoding=config.encoding,
        gutenberg=config.gutenberg,
        fractions=config.split,
        vocabulary=config.vocabulary,
        window=config.window,
        streams=streams,
    )


def check(config: Config) -> None:
    """Raise a UserError where a training could not begin."""
    plan_of(config, len(corpus_for(config).encoded().train))


def run(config: Config, finished: Collection[str], report: Reporter) -> Iterator[Block]:
    """Train all seeds; one block. Pure but for the clock and the report."""
    if BLOCK in finished:
        return
    corpus = corpus_for(config)
    report.block(BLOCK, f"{config.cell} on {corpus.name}", WORK)
    yield Training(equip(config, corpus), report).run()


TRAIN: Study[Config] = Study(
    name="charlm train",
    summary="train character language models on any text",
    config_type=Config,
    columns={
        "seed": int,
        "step": int,
        "epoch": float,
        "seconds": float,
        "learning_rate": float,
        "train_loss": float,
        "train_accuracy": float,
        "validation_loss": float,
        "validation_accuracy": float,
        "validation_reset_loss": float,
        "validation_reset_accuracy": float,
        "longest_run": float,
        "expected_run": float,
        "diverged": bool,
    },
    history_axes={
        "loss": ("seed", "step"),
        "accuracy": ("seed", "step"),
        "gradient_norm": ("seed", "step"),
        "sample_step": ("sample",),
        "sample_temperature": ("sample",),
        "sample_length": ("sample",),
        "sample_text": ("sample",),
    },
    block_names=lambda config: [BLOCK],
    work=lambda config: {BLOCK: WORK},
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    texts=texts,
    check=check,
    resolve=resolve,
    unit="%",
    positional="corpus",
)

STUDIES = (TRAIN, SAMPLE, COMPLETE, COMPARE, EVALUATE)
