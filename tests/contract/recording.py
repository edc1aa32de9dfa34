"""Records what every study writes, as hashes, and tells later whether it still does.

    python -m tests.contract.recording --write tests/contract/recordings.json
    python -m tests.contract.recording --compare tests/contract/recordings.json memory

Every case of `tests.contract.cases` is run: as it is, where its study allows in chunks
of seeds, and terminated twice and gone on with. All must write the same. Hashes compare
only on like machines with the same versions, since XLA and NumPy choose instructions by
the processor; what they were made with stands beside them.
"""

import argparse
import json
import multiprocessing
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.contract.cases import CASES
from tests.contract.differing import differences
from tests.contract.running import (
    LEFT_OUT,
    PLAIN,
    PRINTED,
    RUN,
    VARIANTS,
    Hashes,
    record,
)

PLATFORM = "JAX_PLATFORMS"
FAST = "JAX_DISABLE_MOST_OPTIMIZATIONS"
"""Half of the time would go into optimising programs that run for milliseconds."""

CACHE = Path(tempfile.gettempdir()) / "seqjax-recording-cache"

Variants = dict[str, Hashes]
"""Hashes of one case, by variant and file."""


def main(argv: Sequence[str] | None = None) -> int:
    """Writes or compares.

    Returns:
        Exit status: 1 where anything differs, 2 where options are wrong.
    """
    given = _parser().parse_args(argv)
    if given.write and given.plain:
        print("--write must be of all variants; leave out --plain")
        return 2
    studies = [name for name in CASES if name.startswith(tuple(given.names or [""]))]
    if not studies:
        print(f"studies are {', '.join(CASES)}, not {' or '.join(given.names)}")
        return 2
    os.environ |= {PLATFORM: "cpu", FAST: "0" if given.optimized else "1"}
    os.environ["SEQJAX_CACHE"] = str(given.cache.resolve())
    before = _read(given.compare or given.write)
    if given.compare:
        _warn(before["made_with"], _of(studies, before["cases"]))
    variants = (PLAIN,) if given.plain else tuple(VARIANTS)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="seqjax-recording-") as temporary:
        keep = (given.keep or Path(temporary)).resolve()
        found = dict(_recorded(studies, variants, keep, given.jobs))
        print(f"{len(found)} cases in {time.monotonic() - started:.0f} s")
        same = _tell_unequal_variants(found, keep)
        if given.write:
            _write(given.write, before, found)
            same &= all(name in found for name in _names(studies))
        else:
            cases = {
                name: {
                    v: files for v, files in case["variants"].items() if v in variants
                }
                for name, case in _of(studies, before["cases"]).items()
            }
            same &= _compare(cases, found, keep, given.against)
    return 0 if same else 1


def _names(studies: Iterable[str]) -> list[str]:
    """The names of all cases of these studies."""
    return [f"{study}.{case}" for study in studies for case in CASES[study]]


def _of(studies: Sequence[str], cases: dict[str, Any]) -> dict[str, Any]:
    """Those cases that are of these studies."""
    return {
        name: case for name, case in cases.items() if name.partition(".")[0] in studies
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.contract.recording",
        description="Record what every study writes, or compare with what was recorded",
    )
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", type=Path, metavar="FILE", help="record")
    action.add_argument("--compare", type=Path, metavar="FILE", help="compare")
    parser.add_argument("names", nargs="*", help="what names of studies begin with")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep all runs")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="FOLDER",
        help="runs that were kept before: show how files differ from theirs",
    )
    parser.add_argument(
        "--cache", type=Path, metavar="FOLDER", default=CACHE, help="compiled code"
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help="compare what is run as it is only, in about half of the time",
    )
    parser.add_argument(
        "--optimized",
        action="store_true",
        help="compile as users do; a recording of its own, and slow the first time",
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    return parser


def _recorded(
    studies: Sequence[str], variants: tuple[str, ...], keep: Path, jobs: int
) -> Iterator[tuple[str, Variants]]:
    """The hashes of all cases of these studies, each study in a process of its own."""
    # Compiled code of all studies would take several GB, so no process has two.
    pool = ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("spawn"),
        max_tasks_per_child=1,
    )
    found: dict[str, dict[str, Variants]] = {}
    with pool:
        futures = {
            pool.submit(record, study, keep / study, variants): study
            for study in studies
        }
        for future in as_completed(futures):
            study, error = futures[future], future.exception()
            if error is None:
                found[study] = future.result()
            print(f"{study}: {error or 'done'}", file=sys.stderr, flush=True)
    for study in found:
        for name, files in found[study].items():
            yield f"{study}.{name}", files


def _tell_unequal_variants(found: dict[str, Variants], keep: Path) -> bool:
    """Tells where a variant is not as the plain run; whether there is none."""
    same = True
    for name, variants in found.items():
        for variant, files in variants.items():
            names = _unequal(variants[PLAIN], files)
            same &= not names
            if names:
                print(f"UNEQUAL  {name}: {variant} is not as {PLAIN}")
            for file in names:
                old, new = (_path(keep, name, v, file) for v in (PLAIN, variant))
                _tell_file(file, old, new)
    return same


def _compare(
    expected: dict[str, Variants],
    found: dict[str, Variants],
    keep: Path,
    against: Path | None,
) -> bool:
    """Tells of every case whether it is as before; whether all are."""
    same = True
    for name in dict.fromkeys([*expected, *found]):
        if name not in expected or name not in found:
            print(f"{'GONE' if name in expected else 'NEW':8} {name}")
            same = False
            continue
        before, now = expected[name], found[name]
        unequal = {
            variant: _unequal(before.get(variant, {}), now.get(variant, {}))
            for variant in dict.fromkeys([*before, *now])
        }
        if not any(unequal.values()):
            print(f"equal    {name}: {', '.join(now)}")
            continue
        same = False
        for variant, files in unequal.items():
            if not files:
                continue
            print(f"DIFFERS  {name}: {variant}")
            for file in files:
                old = against and _path(against, name, variant, file)
                _tell_file(file, old, _path(keep, name, variant, file))
    return same


def _unequal(before: Hashes, now: Hashes) -> list[str]:
    """Files that are not the same, or there only once."""
    return [
        file for file in sorted({*before, *now}) if before.get(file) != now.get(file)
    ]


def _tell_file(file: str, old: Path | None, new: Path) -> None:
    """A file that differs, and how, where both are at hand."""
    print(f"           {file}")
    for line in differences(old, new) if old else ():
        print(f"             {line}")


def _path(keep: Path, name: str, variant: str, file: str) -> Path:
    study, _, case = name.partition(".")
    folder = keep / study / case / variant
    return folder / PRINTED if file == PRINTED else folder / RUN / file


def _made_with() -> dict[str, Any]:
    """All that the hashes depend on but the program."""
    packages = ("jax", "jaxlib", "flax", "optax", "numpy", "scipy", "matplotlib")
    return {
        "processor": _processor(),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in packages},
        "environment": {name: os.environ.get(name) for name in (PLATFORM, FAST)},
    }


def _processor() -> dict[str, str]:
    """What the processor is called, and what it can do beyond the usual."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    flags = fields.get("flags", "").split()
    return {
        "machine": platform.machine(),
        "model": fields.get("model name") or platform.processor(),
        "vectors": " ".join(
            sorted(f for f in flags if f.startswith(("avx", "fma", "amx")))
        ),
    }


def _warn(made_with: dict[str, Any], cases: dict[str, Any]) -> None:
    """Tells of what else than the program may be the reason of a difference."""
    now = _made_with()
    for key in now:
        if made_with.get(key) != now[key]:
            print(f"warning: {key} was {made_with.get(key)}, is {now[key]}")
    for name in _names(CASES):
        if name in cases and cases[name]["command"] != _command(name):
            print(f"warning: {name} was another command: {cases[name]['command']}")


def _read(path: Path) -> dict[str, Any]:
    """A recording; an empty one where there is no file."""
    if not path.exists():
        return {"made_with": {}, "cases": {}}
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for case in document["cases"].values():
        variants = case["variants"]
        for variant, files in variants.items():
            variants[variant] = variants[PLAIN] if files == AS_PLAIN else files
    return document


AS_PLAIN = f"as {PLAIN}"
"""What stands for the hashes of a variant where they are those of the plain run."""


def _write(path: Path, before: dict[str, Any], found: dict[str, Variants]) -> None:
    """Writes a recording, in which cases that were not run stay as they were."""
    variants = {n: case["variants"] for n, case in before["cases"].items()} | found
    document = {
        "made_with": _made_with(),
        "left_out": LEFT_OUT,
        "cases": {
            name: {
                "command": _command(name),
                "variants": {
                    variant: AS_PLAIN
                    if variant != PLAIN and files == variants[name][PLAIN]
                    else files
                    for variant, files in variants[name].items()
                },
            }
            for name in _names(CASES)
            if name in variants
        },
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"written: {path}")


def _command(name: str) -> str:
    study, _, case = name.partition(".")
    return " ".join(CASES[study][case].words.split())


if __name__ == "__main__":
    sys.exit(main())
