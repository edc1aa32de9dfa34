"""A trained model as a folder: weights in safetensors, all else in JSON.

model.json                format, schema, whatever describes it, name of the weights
model-<digits>.safetensors  the weights, named after their own checksum

A new model's weights get another name than the old one's. So until the moment when
`model.json` is replaced, the folder holds the old model, and from then on the new one.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax import __version__
from seqjax.lab.errors import UserError, one_line
from seqjax.lab.run_directory import files, records

SCHEMA = 1
DESCRIPTION = "model.json"
AGAIN = "copy the model again"
_WEIGHTS = "model-{}.safetensors"
_ENTRY = {"file", "bytes", "sha256"}


class Content(NamedTuple):
    """What a folder holds.

    Attributes:
        path: Of the description.
        description: As it stands there.
        weights: Path of the weights.
        data: Their bytes, which have the checksum in the description.
    """

    path: Path
    description: dict[str, Any]
    weights: Path
    data: bytes


def write(
    folder: Path,
    form: str,
    about: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
) -> None:
    """Writes a model, in place of the one that the folder may hold.

    A crash at any instant leaves the old model or the new one.

    Args:
        folder: Made if it is not there.
        form: What kind of model it is.
        about: Its description, by the names that `read` is to ask for.
        arrays: Its weights.

    Raises:
        UserError: When the system refuses.
    """
    from safetensors.numpy import save

    weights = save(dict(arrays))
    digest = hashlib.sha256(weights).hexdigest()
    name = _WEIGHTS.format(digest[:12])
    description = {
        "format": form,
        "schema": SCHEMA,
        "seqjax": __version__,
        **about,
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


def read(folder: Path, form: str, about: set[str]) -> Content:
    """Reads what `write` has written.

    Args:
        folder: Where it is.
        form: What kind of model is wanted.
        about: Names that its description must have.

    Raises:
        UserError: When there is none, or it is incomplete, damaged, of another kind or
            another schema.
    """
    path = folder / DESCRIPTION
    text = files.read_bytes(path)
    while True:
        description = _description(path, text, form, about)
        entry = description["weights"]
        weights = folder / str(entry["file"])
        data = files.read_bytes(weights)
        if data is not None:
            break
        # A training may just have replaced both.
        before, text = text, files.read_bytes(path)
        if text == before:
            raise UserError(
                f"{weights} must be beside {DESCRIPTION}, but is not there; {AGAIN}"
            )
    if len(data) != entry["bytes"]:
        raise UserError(
            f"{weights} must have {entry['bytes']} bytes, not {len(data)}; {AGAIN}"
        )
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise UserError(
            f"{weights} must have the checksum in {DESCRIPTION}, but was changed; "
            f"{AGAIN}"
        )
    return Content(path, description, weights, data)


def _description(
    path: Path, text: bytes | None, form: str, about: set[str]
) -> dict[str, Any]:
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
            f"{path} must be whole, but is not ({one_line(error)}); {AGAIN}"
        ) from error
    if not isinstance(found, dict) or found.get("format") != form:
        raise UserError(
            f"{path} must describe a {form}, but does not; "
            "give a folder that a training wrote"
        )
    if found.get("schema") != SCHEMA:
        raise UserError(
            f"{path} must have schema {SCHEMA}, not {found.get('schema')!r}; "
            f"read it with seqjax {found.get('seqjax')}, which wrote it, "
            f"instead of {__version__}"
        )
    missing = {*about, "weights", "seqjax"} - set(found)
    entry = found.get("weights")
    if missing or not isinstance(entry, dict) or set(entry) != _ENTRY:
        lacks = ", ".join(sorted(missing)) or "its weights' file, bytes and sha256"
        raise UserError(f"{path} must be complete, but lacks {lacks}; {AGAIN}")
    return found
