"""Where the models of a training are, and how one is opened."""

import re
from pathlib import Path

from seqjax.lab.errors import UserError
from seqjax.lab.run_directory.layout import MODELS
from seqjax.lab.run_directory.model_files import DESCRIPTION, StoredModel, load_model

_SEED = re.compile(r"seed-(\d+)")

BEST, LAST = "best", "last"


def model_name(seed: int, which: str) -> str:
    """The model of a seed in a run directory's folder of models.

    Args:
        seed: Its number.
        which: `BEST`, with the lowest validation loss, or `LAST`.
    """
    return f"seed-{seed}/{which}"


def seeds_of(folder: Path) -> list[int]:
    """The seeds whose models a run directory holds; none if it is a model itself."""
    found = [_SEED.fullmatch(path.name) for path in folder.glob(f"{MODELS}/seed-*")]
    return sorted(int(match[1]) for match in found if match)


def open_model(
    folder: Path, *, seed: int | None = None, last: bool = False
) -> StoredModel:
    """Opens a model of a training.

    Args:
        folder: The run directory of a training, or a model's own folder.
        seed: Whose model; by default that of the first seed.
        last: Whether the model after the last update is wanted; by default the one with
            the lowest validation loss.

    Raises:
        UserError: There is no such model, or its files are not whole.
    """
    if not folder.is_dir():
        raise UserError(
            f"{folder} must be the run directory of a training, or a model's folder, "
            "but is no folder; give the --out of seqjax.charlm train"
        )
    if (folder / DESCRIPTION).exists():
        if seed is not None or last:
            raise UserError(
                f"{folder} must be a run directory to choose a model of, but is a "
                "model itself; leave out --model-seed and --last"
            )
        return load_model(folder)
    seeds = seeds_of(folder)
    if not seeds:
        raise UserError(
            f"{folder} must hold a model, but has neither {DESCRIPTION} nor {MODELS}; "
            "give the --out of seqjax.charlm train"
        )
    seed = seeds[0] if seed is None else seed
    if seed not in seeds:
        known = " ".join(str(number) for number in seeds)
        raise UserError(f"seed must be one of {known} in {folder}, not {seed}")
    return load_model(folder / MODELS / model_name(seed, LAST if last else BEST))
