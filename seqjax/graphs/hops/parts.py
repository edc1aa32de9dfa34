"""The parts of a study of hops, each a block."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.core.graphs import MODELS, SparseMatrix
from seqjax.core.graphs.reach import hop_distances
from seqjax.core.graphs.smoothness import make_contrast
from seqjax.core.keys import seed_keys
from seqjax.graphs.hops import memory
from seqjax.graphs.hops.config import HopsConfig
from seqjax.graphs.hops.layers import Setting, influence, reached, smoothing
from seqjax.graphs.hops.paths import find_paths
from seqjax.graphs.hops.results import COLUMNS, DISTANCES, DRAWN, MEMORY, PATH
from seqjax.graphs.hops.subject import Subject
from seqjax.lab.data.graph_data import GraphData, barabasi_albert, read_history
from seqjax.lab.data.graph_data.sampling import generator
from seqjax.lab.study import Block

ALL_PAIRS = 5000
"""Up to so many nodes, the distances of all pairs are counted."""

SMALL = 1000
"""A graph with fewer nodes says nothing about memory."""


def _row(part: str, **cells: Any) -> dict[str, Any]:
    """A row; the cells of other parts are empty."""
    return dict.fromkeys(COLUMNS, None) | {"part": part} | cells


def distances_block(subject: Subject) -> Block:
    """How many pairs of nodes are how many hops apart."""
    graph = subject.graph
    sources = np.array(subject.measured, np.int64)
    if graph.num_nodes <= ALL_PAIRS:
        sources = np.arange(graph.num_nodes)
    distances = hop_distances(graph.edges, graph.num_nodes, sources)
    counts = np.bincount(distances.ravel() + 1)
    rows = [
        _row(DISTANCES, layers=hops if hops >= 0 else None, pairs=int(count))
        for hops, count in enumerate(counts.tolist(), -1)
        if count
    ]
    places = np.searchsorted(sources, subject.measured)
    history = {
        "source": np.array([subject.names[node] for node in subject.measured]),
        "distance": distances[places],
        **read_history(graph),
    }
    if graph.num_nodes <= DRAWN:
        history |= {"edges": graph.edges, "node": np.array(subject.names)}
    return Block(DISTANCES, rows, history)


def path_block(subject: Subject) -> Block:
    """The shortest paths between the ends of the one in question."""
    graph, (first, *_, last) = subject.graph, subject.path
    found = find_paths(graph.edges, graph.num_nodes, first, last)
    rows = [
        _row(
            PATH,
            layers=found.hops,
            path=" ".join(subject.names[node] for node in nodes),
            share=share,
        )
        for nodes, share in zip(found.listed, found.shares, strict=True)
    ]
    there = {(int(a), int(b)) for a, b in graph.edges.T}
    steps = zip(subject.path[:-1], subject.path[1:], strict=True)
    history = {
        "asked": np.array([subject.names[node] for node in subject.path]),
        "is_edge": np.array([a == b or (a, b) in there for a, b in steps]),
        "count": np.array(str(found.number)),
        "hops": np.array(found.hops),
    }
    return Block(PATH, rows or [_row(PATH)], history)


def _matrix(model: str, graph: GraphData, dtype: Any) -> SparseMatrix | None:
    make = MODELS[model].matrix
    if make is None:
        return None
    return make(graph.edges, graph.num_nodes, graph.weights, dtype=dtype)


def _setting(config: HopsConfig, model: str) -> Setting:
    return Setting(model, config.activation, config.initializer, config.hidden_size)


def influence_block(config: HopsConfig, subject: Subject, model: str) -> Block:
    """Derivatives of all seeds, beside what the edges allow."""
    graph, sources = subject.graph, np.array(subject.measured, np.int32)
    within = reached(model, graph.edges, graph.num_nodes, sources, config.layers)
    # In double precision, in which nothing is so small that it would become 0.
    with jax.enable_x64(True):
        matrix = _matrix(model, graph, np.float64)
        one = partial(
            influence,
            _setting(config, model),
            matrix=matrix,
            num_nodes=graph.num_nodes,
            sources=jnp.asarray(sources),
            layers=config.layers,
        )
        measured = jax.jit(lambda keys: lax.map(lambda key: one(key=key), keys))
        found = np.asarray(measured(seed_keys(config.seed_numbers)))
    asked = None
    if subject.path:
        source = int(np.searchsorted(sources, subject.path[0]))
        asked = found[:, :, source, subject.path[-1]]
    rows = [
        _row(
            "influence",
            model=model,
            seed=seed,
            layers=k + 1,
            within=int(within[k].sum()),
            without=int((~within[k]).sum()),
            silent=int((within[k] & (found[i, k] == 0)).sum()),
            leaked=int((~within[k] & (found[i, k] != 0)).sum()),
            influence=None if asked is None else float(asked[i, k]),
        )
        for i, seed in enumerate(config.seed_numbers)
        for k in range(config.layers)
    ]
    history = {"influence": found.mean(axis=0), "within": within}
    return Block(f"influence-{model}", rows, history)


def smoothing_block(config: HopsConfig, graph: GraphData, model: str) -> Block:
    """How alike the nodes become, of all seeds."""
    deepest = max(config.depths)
    with jax.enable_x64(True):
        contrast = make_contrast(graph.edges, graph.num_nodes, graph.weights)
        one = partial(
            smoothing,
            _setting(config, model),
            matrix=_matrix(model, graph, np.float64),
            contrast=contrast,
            layers=deepest,
        )
        measured = jax.jit(lambda keys: lax.map(lambda key: one(key=key), keys))
        found = jax.tree.map(np.asarray, measured(seed_keys(config.seed_numbers)))
    rows = [
        _row(
            "smoothing",
            model=model,
            seed=seed,
            layers=depth,
            **{
                name: float(values[i, depth])
                for name, values in found._asdict().items()
            },
        )
        for i, seed in enumerate(config.seed_numbers)
        for depth in config.depths
    ]
    return Block(f"smoothing-{model}", rows, dict(found._asdict()))


def memory_block(config: HopsConfig, graph: GraphData) -> Block:
    """Full batch, all neighbours of a mini-batch, some of them: counted, compiled."""
    if graph.num_nodes < SMALL and config.memory_nodes:
        graph = barabasi_albert(config.memory_nodes, 5, 0)
    table = memory.adjacency(graph.edges, graph.num_nodes)
    batch = min(config.batch_size, graph.num_nodes)
    size, rows = config.memory_size, []
    for layers in range(1, config.layers + 1):
        everything = memory.whole(table, layers)
        rows.append(
            _row(
                MEMORY,
                way="full",
                layers=layers,
                nodes=graph.num_nodes,
                predicted_bytes=memory.predicted_bytes(everything.size, size),
                measured_bytes=memory.measured_bytes(everything, size),
            )
        )
        for way, fan_out in (("hops", memory.NO_LIMIT), ("sampled", config.fan_out)):
            foreseen = memory.expected(table, batch, layers, fan_out)
            for seed in config.seed_numbers:
                random = generator(seed, f"memory {way} {layers}")
                drawn = random.choice(graph.num_nodes, batch, replace=False)
                sample = memory.draw_sample(table, drawn, layers, fan_out, random)
                first = seed == config.first_seed
                rows.append(
                    _row(
                        MEMORY,
                        way=way,
                        seed=seed,
                        layers=layers,
                        nodes=sample.size.nodes[0],
                        expected_nodes=foreseen.nodes[0],
                        predicted_bytes=memory.predicted_bytes(foreseen, size),
                        # Each draw would have to be compiled by itself.
                        measured_bytes=memory.measured_bytes(sample, size)
                        if first
                        else None,
                    )
                )
    return Block(MEMORY, rows, {"graph": np.array(graph.name)})
