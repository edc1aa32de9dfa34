"""The study of hops: what reaches what, by counting and by derivatives."""

from collections.abc import Callable, Collection, Iterator
from functools import partial

from seqjax.graphs.hops import parts
from seqjax.graphs.hops.config import HopsConfig
from seqjax.graphs.hops.figures import figures
from seqjax.graphs.hops.results import COLUMNS, DISTANCES, MEMORY, PATH, block_names
from seqjax.graphs.hops.subject import subject_of
from seqjax.graphs.hops.summary import summarise
from seqjax.graphs.hops.tables import tables
from seqjax.lab.data.graph_data import READ_AXES, read_line
from seqjax.lab.study import Block, Reporter, Study


def work(config: HopsConfig) -> dict[str, float]:
    """Blocks, one like the other."""
    return dict.fromkeys(block_names(config), 1.0)


def run(
    config: HopsConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    """Count and measure; yields a block per part. Pure but for reading the graph."""
    left = [name for name in block_names(config) if name not in finished]
    if not left:
        return
    subject = subject_of(config)
    for name in left:
        part, _, model = name.partition("-")
        report.block(name, f"{part} {model}".strip(), 1.0)
        makers: dict[str, Callable[[], Block]] = {
            DISTANCES: partial(parts.distances_block, subject),
            PATH: partial(parts.path_block, subject),
            MEMORY: partial(parts.memory_block, config, subject.graph),
            "influence": partial(parts.influence_block, config, subject, model),
            "smoothing": partial(parts.smoothing_block, config, subject.graph, model),
        }
        yield makers[part]()


HOPS: Study[HopsConfig] = Study(
    name="graphs hops",
    summary="what reaches what in k layers: influence, paths, smoothing, memory",
    config_type=HopsConfig,
    columns=COLUMNS,
    history_axes={
        "source": ("source",),
        "distance": ("source", "node"),
        "edges": ("source_and_target", "edge"),
        "node": ("node",),
        "asked": ("place",),
        "is_edge": ("step",),
        "count": (),
        "hops": (),
        "influence": ("layer", "source", "node"),
        "within": ("layer", "source", "node"),
        "energy": ("seed", "layer"),
        "cosine_distance": ("seed", "layer"),
        "empty": ("seed", "layer"),
        "graph": (),
        **READ_AXES,
    },
    block_names=block_names,
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    check=subject_of,
    reads=lambda config: read_line(subject_of(config).graph),
    unit="parts",
)
