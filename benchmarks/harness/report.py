"""Options, tables and files that all benchmarks have in common."""

import argparse
import importlib.util
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.harness.race import Timing
from seqjax.lab.run_directory.environment import cpu_model, git_state
from seqjax.lab.running.devices import usable_cores

ROOT = Path(__file__).parents[2]


def parser(description: str, *, rounds: int = 11) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    made.add_argument("--smoke", action="store_true", help="tiny sizes, two rounds")
    made.add_argument(
        "--json", type=new_file, metavar="FILE", help="write every sample to FILE"
    )
    made.add_argument(
        "--rounds", type=positive, default=rounds, help="samples of each contender"
    )
    return made


def add_figure(parser: argparse.ArgumentParser) -> None:
    """The option of the benchmarks that can draw what they have measured."""
    parser.add_argument(
        "--figure", type=new_file, metavar="FILE", help="draw it: FILE.png, FILE.svg"
    )


def positive(text: str) -> int:
    """An option's value that counts something."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"must be an integer of at least 1, not {text!r}"
        )
    return int(text)


def new_file(text: str) -> Path:
    """A file to write at the end; better to hear now that its folder is missing."""
    path = Path(text)
    if not path.parent.is_dir() or path.is_dir():
        raise argparse.ArgumentTypeError(
            f"must be a file in a folder that exists, not {text!r}"
        )
    return path


def has_torch() -> bool:
    """Whether torch is installed; without it its rows are left out, and it is said."""
    if importlib.util.find_spec("torch"):
        return True
    print("torch is not installed: its rows are left out", file=sys.stderr)
    return False


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    versions: dict[str, str | None] = {"python": platform.python_version()}
    for package in ("seqjax", "jax", "jaxlib", "flax", "optax", "numpy", "torch"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return {
        "cpu": cpu_model(),
        "cores": usable_cores(),
        "system": platform.platform(),
        "versions": versions,
        "git": git_state(ROOT / "seqjax"),
    }


def heading(title: str, columns: Sequence[str]) -> None:
    """Begin a table in Markdown, ready for the README beside the scripts."""
    print(f"\n{title}\n\n| " + " | ".join(columns) + " |")
    print("| " + " | ".join(["---"] + ["---:"] * (len(columns) - 1)) + " |", flush=True)


def row(*cells: str) -> None:
    """One row of the table begun last."""
    print("| " + " | ".join(cells) + " |", flush=True)


def milliseconds(timing: Timing) -> str:
    """Median and quartiles of the milliseconds per unit of work."""
    low, high = timing.quartiles
    digits = 4 if timing.median < 1e-4 else 3 if timing.median < 1e-3 else 2
    values = [f"{1000 * s:.{digits}f}" for s in (timing.median, low, high)]
    return "{} [{}, {}]".format(*values)


def samples(timings: Mapping[str, Timing]) -> dict[str, Any]:
    """Timings for the file: every sample, with the medians for a quick look."""
    return {
        name: {
            **timing._asdict(),
            "median_per_unit": timing.median,
            "quartiles_per_unit": timing.quartiles,
        }
        for name, timing in timings.items()
    }


def write(path: Path | None, content: Mapping[str, Any]) -> None:
    """Write machine, versions and every sample, if a file is wanted."""
    if path is not None:
        text = json.dumps({"machine": machine(), **content}, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
        print(f"\nwrote {path}", file=sys.stderr)
