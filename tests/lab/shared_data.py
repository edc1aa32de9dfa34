"""Real texts for tests, where this machine has them."""

import os
from pathlib import Path

TEXTS = (
    "tinyshakespeare.txt",
    "grimm_fairy_tales.txt",
    "genesis_kjv.txt",
    "calculus_made_easy.tex",
)


def data_folder() -> Path | None:
    """`$SEQJAX_DATA`, or `shared/data` beside this checkout or a folder above it."""
    chosen = os.environ.get("SEQJAX_DATA")
    candidates = [Path(chosen)] if chosen else []
    candidates += [parent / "shared" / "data" for parent in Path(__file__).parents]
    return next((path for path in candidates if (path / "text").is_dir()), None)


def text_file(name: str) -> Path | None:
    """The file of a text, None where it is absent."""
    folder = data_folder()
    path = None if folder is None else folder / "text" / name
    return path if path is not None and path.is_file() else None
