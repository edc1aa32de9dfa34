"""The models that the commands use: opened, named and described."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqjax.charlm.commands.output import tell
from seqjax.charlm.opening import open_model
from seqjax.lab.data.corpora import MANUAL
from seqjax.lab.errors import UserError
from seqjax.lab.reporting.text import counted
from seqjax.lab.run_directory.model_files import StoredModel
from seqjax.lab.running import devices


def open_models(
    folders: Sequence[Path], values: Mapping[str, Any]
) -> list[StoredModel]:
    """Opens models, and before that prepares JAX to keep what it compiles.

    Args:
        folders: Of trainings, or of models.
        values: Of the options ``model_seed`` and ``last``.

    Raises:
        UserError: As `open_model`.
    """
    # Where JAX runs already, as in a notebook, it is too late, and does not matter.
    with contextlib.suppress(RuntimeError):
        warning = devices.configure(None, devices.cache_folder())
        if warning:
            tell(f"seqjax.charlm: warning: {warning}")
    seed, last = values["model_seed"], values["last"]
    return [open_model(folder, seed=seed, last=last) for folder in folders]


def one_folder(words: Sequence[str]) -> Path:
    """The only folder given.

    Raises:
        UserError: There is none, or more than one.
    """
    if len(words) != 1:
        raise UserError(
            f"DIR must be one folder, got {' '.join(words) or 'none'}; give the --out "
            "of seqjax.charlm train, and a prompt in quotation marks"
        )
    return Path(words[0])


def describe(model: StoredModel) -> str:
    """A model in one line."""
    network, vocabulary = model.network, model.vocabulary
    known = "bytes" if vocabulary.kind == "bytes" else f"{vocabulary.size} characters"
    said = [
        f"{network.cell.upper()}, {counted(network.layers, 'layer')} of "
        f"{network.hidden_size} units, {known}"
    ]
    text, step = learnt(model), model.training.get("step")
    loss = model.training.get("validation_loss")
    if text is not None:
        said.append(f"learnt {text}")
    if isinstance(step, int):
        said.append(counted(step, "update"))
    if isinstance(loss, int | float):
        said.append(f"validation loss {loss:.3f} nats")
    return "; ".join(said)


def learnt(model: StoredModel) -> str | None:
    """The text that a model was trained on, if it says so."""
    words = model.training.get("corpus")
    if not isinstance(words, list):
        return None
    return " ".join(str(word) for word in words) or MANUAL


def names_of(folders: Sequence[Path]) -> list[str]:
    """The shortest ends of paths that tell them apart, or the whole where none does."""
    for parts in range(1, max(len(folder.parts) for folder in folders) + 1):
        names = ["/".join(folder.parts[-parts:]) for folder in folders]
        if len(set(names)) == len(names):
            return names
    return [str(folder) for folder in folders]
