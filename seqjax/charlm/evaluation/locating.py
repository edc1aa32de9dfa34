"""The models to evaluate, and whether the text they were trained on will do.

Nothing here starts JAX: its devices are set up only after the settings are checked.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.charlm.corpus import Corpus, corpus_of
from seqjax.charlm.evaluation.config import Config
from seqjax.charlm.opening import BEST, LAST, model_name, open_model, seeds_of
from seqjax.lab.errors import UserError
from seqjax.lab.run_directory.layout import MODELS
from seqjax.lab.run_directory.model_files import DESCRIPTION, load_model

DIGITS = 12
"""Of a checksum, enough to tell models apart."""


class Found(NamedTuple):
    """A model's files, not opened yet.

    Attributes:
        folder: where they are.
        seed: its number in the run directory; None of a folder with one model.
        weights: first digits of the checksum of its weights.
        training: how it was trained, see `StoredModel`.
    """

    folder: Path
    seed: int | None
    weights: str
    training: Mapping[str, Any]


def resolve(explicit: Mapping[str, Any]) -> Config:
    """The configuration with the models that there are, and their weights.

    Raises:
        ValueError: For a setting that is none.
        UserError: There is no such model, or its text is gone, or too short.
    """
    config = Config(**explicit)
    found = find(config.model[0], config.model_seed, config.last)
    weights = tuple(model.weights for model in found)
    if config.weights and config.weights != weights:
        raise ValueError(
            f"weights must be those of the models, {' '.join(weights)}, "
            f"not {' '.join(config.weights)}; leave them out to take what is there"
        )
    check_text(config, found)
    seeds = tuple(model.seed for model in found if model.seed is not None)
    return replace(config, model_seed=seeds, weights=weights)


def find(model: str, seeds: Sequence[int], last: bool) -> list[Found]:
    """The models in a folder.

    Args:
        model: a run directory of a training, or a model's own folder.
        seeds: whose models; none: all there are.
        last: those after the last update, not the best ones.

    Raises:
        UserError: There is no such model, or its files are not whole.
    """
    folder = Path(model).expanduser()
    known, alone = seeds_of(folder), (folder / DESCRIPTION).exists()
    if alone and not seeds and not last:
        return [_described(folder, None)]
    wrong = [seed for seed in seeds if alone or seed not in known]
    if alone or wrong or not known:
        # Says what is wrong, and opens nothing.
        open_model(folder, seed=wrong[0] if wrong else None, last=last)
    which = LAST if last else BEST
    return [
        _described(folder / MODELS / model_name(seed, which), seed)
        for seed in seeds or known
    ]


def _described(folder: Path, seed: int | None) -> Found:
    """A model's files, if they are whole."""
    try:
        return _read(folder, seed)
    except (OSError, ValueError, KeyError, TypeError):
        load_model(folder)  # says what is wrong
    # Nothing is: a training had just replaced it.
    return _read(folder, seed)


def _read(folder: Path, seed: int | None) -> Found:
    """What a model's description says, if its weights are those it names."""
    description = json.loads((folder / DESCRIPTION).read_bytes())
    entry = description["weights"]
    digest = hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest()
    if digest != entry["sha256"]:
        raise ValueError(digest)
    return Found(folder, seed, digest[:DIGITS], description["training"])


def check_text(config: Config, models: Sequence[Found]) -> Corpus:
    """Reads the text of the models, which must be one, and long enough.

    Args:
        config: the settings, some of which ask for a length.
        models: at least one.

    Raises:
        UserError: It is gone, or another text now, or too short.
    """
    corpus = corpus_of(models[0].training)
    for model in models[1:]:
        if model.training.get("text_sha256") != corpus.sha256:
            raise UserError(
                f"{model.folder} must be a model of the same text as "
                f"{models[0].folder}, but is not; evaluate it by itself"
            )
    held_out = len(getattr(corpus.parts, config.part))
    if not held_out:
        raise UserError(
            f"--part must be a part that there is, but the {config.part} part of "
            f"{corpus.name} is empty; train with another --split"
        )
    source = corpus.parts.train if config.prompts == "train" else None
    for name, value, limit in (
        ("lengths", config.longest, held_out),
        ("prompt-length", config.prompt_length, len(source or "") or held_out),
        ("ngram-order", config.ngram_order, _highest_order(corpus)),
    ):
        if value > limit:
            raise UserError(
                f"--{name} must be at most {limit} for {corpus.name}, not {value}; "
                f"give {limit} or less"
            )
    if not config.window and not isinstance(models[0].training.get("window"), int):
        raise UserError(
            f"{models[0].folder} must say with which T it was trained, but does not; "
            "give --window"
        )
    return corpus


def _highest_order(corpus: Corpus) -> int:
    """The longest n-grams that can be numbered in 63 bits."""
    order = 1
    while corpus.vocabulary.size ** (order + 1) < 2**63:
        order += 1
    return min(order, len(corpus.encoded().train))
