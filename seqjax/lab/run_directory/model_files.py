"""A trained language model as files: weights in safetensors, all else in JSON.

model.json                schema, network, vocabulary, training, name of the weights
model-<digits>.safetensors  the weights, named after their own checksum

A new model's weights get another name than the old one's. So until the moment when
`model.json` is replaced, the folder holds the old model, and from then on the new one.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from seqjax import __version__
from seqjax.lab.data.corpora.vocabulary import Vocabulary
from seqjax.lab.data.corpora.vocabulary import from_json as vocabulary_from_json
from seqjax.lab.errors import UserError, one_line
from seqjax.lab.run_directory import files, records
from seqjax.nn.language_network import LanguageNetwork

Params = Any  # an nnx.State of arrays

SCHEMA = 1
DESCRIPTION = "model.json"
_WEIGHTS = "model-{}.safetensors"
_AGAIN = "copy the model again"
_FORMAT = "seqjax language model"


class StoredModel(NamedTuple):
    """A language model with all that is needed to use it.

    Attributes:
        network: What it is made from.
        params: Its numbers.
        vocabulary: What its inputs and outputs stand for.
        training: How it was trained, in JSON's own types; for the reader.
        version: Of seqjax, by which it was written.
    """

    network: LanguageNetwork
    params: Params
    vocabulary: Vocabulary
    training: Mapping[str, Any]
    version: str = __version__


def save_model(folder: Path, model: StoredModel) -> None:
    """Writes a model, in place of the one that the folder may hold.

    A crash at any instant leaves the old model or the new one.

    Args:
        folder: Made if it is not there.
        model: Its `version` is not used: what is written is of this version.

    Raises:
        UserError: When the system refuses.
        ValueError: When the parameters or the vocabulary are not the network's.
    """
    from safetensors.numpy import save

    arrays = model.network.to_arrays(model.params)
    model.network.from_arrays(arrays)
    if model.vocabulary.size != model.network.vocab_size:
        raise ValueError(_sizes(model.network, model.vocabulary))
    weights = save(arrays)
    digest = hashlib.sha256(weights).hexdigest()
    name = _WEIGHTS.format(digest[:12])
    description = {
        "format": _FORMAT,
        "schema": SCHEMA,
        "seqjax": __version__,
        "network": model.network._asdict(),
        "vocabulary": model.vocabulary.to_json(),
        "training": model.training,
        "weights": {"file": name, "bytes": len(weights), "sha256": digest},
    }
    # ASCII, since a vocabulary may hold what UTF-8 does not: half a surrogate pair.
    text = json.dumps(records.plain(description), indent=2, allow_nan=False)
    with files.explained("make", folder):
        folder.mkdir(parents=True, exist_ok=True)
    files.write_atomic(folder / name, weights)
    files.write_atomic(folder / DESCRIPTION, (text + "\n").encode())
    with files.explained("tidy", folder):
        for path in folder.glob(_WEIGHTS.format("*")):
            if path.name != name:
                path.unlink(missing_ok=True)
    files.remove_temporaries(folder)


def load_model(folder: Path) -> StoredModel:
    """Reads a model, the same to the bit as it was saved.

    Args:
        folder: Where `save_model` wrote it.

    Raises:
        UserError: When there is none, or it is incomplete, damaged, of another schema,
            or its weights are not those of its network.
    """
    path = folder / DESCRIPTION
    text = files.read_bytes(path)
    while True:
        description = _description(path, text)
        entry = description["weights"]
        weights = files.read_bytes(folder / str(entry["file"]))
        if weights is not None:
            break
        # A training may just have replaced both.
        before, text = text, files.read_bytes(path)
        if text == before:
            raise UserError(
                f"{folder / str(entry['file'])} must be beside {DESCRIPTION}, but is "
                f"not there; {_AGAIN}"
            )
    return _model(folder, description, weights)


def _description(path: Path, text: bytes | None) -> dict[str, Any]:
    """The content of `model.json`, as far as all schemas have it, and its weights."""
    if text is None:
        raise UserError(
            f"{path.parent} must hold a model, but has no {DESCRIPTION}; "
            "give a folder that a training wrote"
        )
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UserError(
            f"{path} must be whole, but is not ({one_line(error)}); {_AGAIN}"
        ) from error
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise UserError(
            f"{path} must describe a {_FORMAT}, but does not; "
            "give a folder that a training wrote"
        )
    if found.get("schema") != SCHEMA:
        raise UserError(
            f"{path} must have schema {SCHEMA}, not {found.get('schema')!r}; "
            f"read it with seqjax {found.get('seqjax')}, which wrote it, "
            f"instead of {__version__}"
        )
    missing = {"network", "vocabulary", "training", "weights", "seqjax"} - set(found)
    entry = found.get("weights")
    if missing or not isinstance(entry, dict) or set(entry) != _ENTRY:
        lacks = ", ".join(sorted(missing)) or "its weights' file, bytes and sha256"
        raise UserError(f"{path} must be complete, but lacks {lacks}; {_AGAIN}")
    return found


_ENTRY = {"file", "bytes", "sha256"}


def _model(folder: Path, description: dict[str, Any], data: bytes) -> StoredModel:
    """The model of a description and the bytes of its weights."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    entry, path = description["weights"], folder / DESCRIPTION
    weights = folder / str(entry["file"])
    if len(data) != entry["bytes"]:
        raise UserError(
            f"{weights} must have {entry['bytes']} bytes, not {len(data)}; {_AGAIN}"
        )
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise UserError(
            f"{weights} must have the checksum in {DESCRIPTION}, but was changed; "
            f"{_AGAIN}"
        )
    try:
        network = LanguageNetwork(**description["network"])
        network.check()
        vocabulary = vocabulary_from_json(description["vocabulary"])
        if vocabulary.size != network.vocab_size:
            raise ValueError(_sizes(network, vocabulary))
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise UserError(
            f"{path} cannot be understood ({one_line(error)}); {_AGAIN}"
        ) from error
    try:
        params = network.from_arrays(load(data))
    except (ValueError, TypeError, SafetensorError) as error:
        raise UserError(
            f"{weights} must hold the weights that {DESCRIPTION} describes: "
            f"{one_line(error)}"
        ) from error
    return StoredModel(
        network, params, vocabulary, description["training"], description["seqjax"]
    )


def _sizes(network: LanguageNetwork, vocabulary: Vocabulary) -> str:
    return (
        f"vocabulary must have the network's {network.vocab_size} symbols, "
        f"not {vocabulary.size}; give the one that it was trained with"
    )
