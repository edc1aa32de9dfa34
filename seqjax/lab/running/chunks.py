"""A study of more seeds than fit into memory: so many at once, one chunk after another.

A chunk is a run of its own, in a folder of the run directory: kept, gone on with and
read like any other. Seed i has the same numbers in any chunk, so that what is put
together of them is what one run of all seeds would have been, to the bit.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import files, layout
from seqjax.lab.study import Block, Study

C = TypeVar("C")


def check(study: Study[Any], at_once: int) -> None:
    """Raises ``ValueError`` where a study cannot train so many seeds at once.

    Args:
        study: the study.
        at_once: seeds; 0: as many as fit.
    """
    if at_once < 0:
        raise ValueError(
            f"seeds_at_once must be at least 0, got {at_once}; 0: as many as fit"
        )
    if at_once and study.seed_bytes is None:
        raise ValueError(
            f"seeds_at_once must be left out, got {at_once}; {study.name} trains all "
            "its seeds at once"
        )


def begun(path: Path) -> int | None:
    """Seeds at once of an unfinished run in chunks; None if it is none.

    Args:
        path: the run directory.
    """
    header = layout.read_header(path / layout.CHUNKS / _name(0))
    return None if header is None else int(header["config"]["seeds"])


def configurations(config: C, at_once: int) -> list[C]:
    """The configuration of every chunk.

    Args:
        config: of the whole, with fields ``seeds`` and ``first_seed``.
        at_once: seeds of a chunk, but the last, which has what is left.
    """
    whole: Any = config
    return [
        replace(
            whole,
            first_seed=whole.first_seed + first,
            seeds=min(at_once, whole.seeds - first),
        )
        for first in range(0, whole.seeds, at_once)
    ]


def folder(path: Path, number: int) -> Path:
    """Where a chunk is kept.

    Args:
        path: the run directory.
        number: of the chunk, from 0.

    Raises:
        UserError: the folder of all chunks cannot be made.
    """
    chunks = path / layout.CHUNKS
    with files.explained("make", chunks):
        chunks.mkdir(exist_ok=True)
    return chunks / _name(number)


def joined(blocks: Sequence[Block], axes: Mapping[str, tuple[str, ...]]) -> Block:
    """A block of all seeds.

    Args:
        blocks: that of each chunk, in their order.
        axes: of each metric, as `Study.history_axes`.
    """
    rows = [row for block in blocks for row in block.rows]
    history = {
        metric: _joined([block.history[metric] for block in blocks], axes[metric])
        for metric in blocks[0].history
    }
    return Block(blocks[0].name, rows, history)


def clear(path: Path) -> None:
    """Removes all chunks, which are runs of ours and nothing else.

    Args:
        path: the run directory.
    """
    for each in (path / layout.CHUNKS).glob("[0-9]*"):
        if layout.read_header(each) is not None:
            with files.explained("remove", each):
                shutil.rmtree(each)
    files.remove_folder(path / layout.CHUNKS)


def refuse_other(path: Path, at_once: int) -> None:
    """Raises a `UserError` where a run was begun in chunks of another size.

    Args:
        path: the run directory.
        at_once: seeds.
    """
    before = begun(path)
    if before not in (None, at_once):
        raise UserError(
            f"{path} holds a run of {before} seeds at once, not {at_once}; give "
            f"--seeds-at-once {before}, --overwrite to start anew, or another --out"
        )


def _name(number: int) -> str:
    return f"{number:04d}"


def _joined(arrays: Sequence[np.ndarray], axes: tuple[str, ...]) -> np.ndarray:
    """Arrays side by side along seeds; the shorter ones end in NaN."""
    if "seed" not in axes:
        return arrays[0]
    seed = axes.index("seed")
    longest = np.max([array.shape for array in arrays], axis=0)
    longest[seed] = 0
    filled = [
        np.pad(
            array,
            [
                (0, max(0, most - size))
                for most, size in zip(longest, array.shape, strict=True)
            ],
            constant_values=np.nan if array.dtype.kind == "f" else 0,
        )
        for array in arrays
    ]
    return np.concatenate(filled, axis=seed)
