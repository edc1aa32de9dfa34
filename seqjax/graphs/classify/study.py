"""The study of node classes: train every model on a graph, then test and compare."""

from collections.abc import Collection, Iterator

from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.figures import figures
from seqjax.graphs.classify.minibatch import MinibatchTrainer
from seqjax.graphs.classify.problem import check, graph_of
from seqjax.graphs.classify.summary import summarise
from seqjax.graphs.classify.tables import tables
from seqjax.graphs.classify.testing import texts
from seqjax.graphs.classify.whole_graph import WholeGraphTrainer
from seqjax.lab.data.graph_data import READ_AXES, read_line
from seqjax.lab.study import Block, Reporter, Study


def block_names(config: ClassifyConfig) -> list[str]:
    """A block per model, in the order given."""
    return list(config.model)


def work(config: ClassifyConfig) -> dict[str, float]:
    """Epochs of every block, if no seed stops early."""
    return dict.fromkeys(config.model, float(config.seeds * config.epochs))


def run(
    config: ClassifyConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    """Train and test; yields a block per model. Pure but for the report."""
    trainer = MinibatchTrainer if config.minibatch else WholeGraphTrainer
    for model in config.model:
        if model not in finished:
            yield trainer(config, model).run(report)


CLASSIFY: Study[ClassifyConfig] = Study(
    name="graphs classify",
    summary="the class of every node from those of a few: the GCN and its kin",
    config_type=ClassifyConfig,
    columns={
        "model": str,
        "seed": int,
        "accuracy": float,
        "auc": float,
        "loss": float,
        "validation_accuracy": float,
        "validation_loss": float,
        "epochs": int,
        "stopped_early": bool,
        "diverged": bool,
    },
    history_axes={
        "loss": ("seed", "epoch"),
        "validation_loss": ("seed", "epoch"),
        "validation_accuracy": ("seed", "epoch"),
        "confusion": ("seed", "class", "given"),
        "embedding": ("node", "component"),
        "embedding_share": ("component",),
        "embedding_seed": (),
        "labels": ("node",),
        **READ_AXES,
        "nodes": ("node",),
        "classes": ("class",),
        "split": ("node",),
        "probability": ("node", "class"),
        "agreement": ("node",),
    },
    block_names=block_names,
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    texts=texts,
    check=check,
    reads=lambda config: read_line(graph_of(config.dataset)),
    unit="epochs",
    # No `seed_bytes`: the embedding is that of the median of all seeds, which no chunk
    # of them knows.
)
