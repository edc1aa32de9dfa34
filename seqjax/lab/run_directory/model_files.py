"""A trained language model as files, see `model_folder`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from seqjax import __version__
from seqjax.lab.data.corpora.vocabulary import Vocabulary
from seqjax.lab.data.corpora.vocabulary import from_json as vocabulary_from_json
from seqjax.lab.errors import UserError, one_line
from seqjax.lab.run_directory import model_folder
from seqjax.lab.run_directory.model_folder import AGAIN
from seqjax.lab.run_directory.model_folder import DESCRIPTION as DESCRIPTION
from seqjax.nn.language_network import LanguageNetwork

Params = Any  # an nnx.State of arrays

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

    def save(self, folder: Path) -> None:
        """As `save_model`."""
        save_model(folder, self)


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
    arrays = model.network.to_arrays(model.params)
    model.network.from_arrays(arrays)
    if model.vocabulary.size != model.network.vocab_size:
        raise ValueError(_sizes(model.network, model.vocabulary))
    about = {
        "network": model.network._asdict(),
        "vocabulary": model.vocabulary.to_json(),
        "training": model.training,
    }
    model_folder.write(folder, _FORMAT, about, arrays)


def load_model(folder: Path) -> StoredModel:
    """Reads a model, the same to the bit as it was saved.

    Args:
        folder: Where `save_model` wrote it.

    Raises:
        UserError: When there is none, or it is incomplete, damaged, of another schema,
            or its weights are not those of its network.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    about = {"network", "vocabulary", "training"}
    path, description, weights, data = model_folder.read(folder, _FORMAT, about)
    try:
        network = LanguageNetwork(**description["network"])
        network.check()
        vocabulary = vocabulary_from_json(description["vocabulary"])
        if vocabulary.size != network.vocab_size:
            raise ValueError(_sizes(network, vocabulary))
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise UserError(
            f"{path} cannot be understood ({one_line(error)}); {AGAIN}"
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
