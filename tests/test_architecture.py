"""The tree is the architecture: imports run one way, see `LAYERS`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "seqjax"
LAYERS = (
    "core",
    "nn",
    "train",
    "tasks",
    "lab",
)  # any other package in there is a study
MOST_LINES = 400


def module_name(path: Path, root: Path) -> str:
    """`seqjax.nn.linear` for seqjax/nn/linear.py, `seqjax.nn` for its __init__.py."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything that a file imports, wherever it does."""
    name = module_name(path, root)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                if level:
                    parents = package.split(".")[: len(package.split(".")) - level + 1]
                    module = ".".join([*parents, *([module] if module else [])])
                # `from seqjax import lab` imports seqjax.lab: the name may be a module.
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)
            case ast.Call(func=function, args=[ast.Constant(value=str(value)), *_]):
                called = ast.unparse(function).rpartition(".")[2]
                if called in ("import_module", "__import__"):
                    yield node.lineno, value


def part_of(module: str) -> str | None:
    """`nn` for seqjax.nn.linear, "" for seqjax itself, None for what is not ours."""
    parts = [*module.split("."), ""]
    return parts[1] if parts[0] == PACKAGE else None


def rank(part: str) -> int:
    return LAYERS.index(part) if part in LAYERS else len(LAYERS)


def parts_of(root: Path) -> set[str]:
    """The packages and modules directly in seqjax."""
    return {
        child.stem for child in (root / PACKAGE).iterdir() if child.stem[:2] != "__"
    }


def violations(root: Path) -> list[str]:
    """Every import in the package that the architecture forbids."""
    found = []
    parts = parts_of(root)
    for path in sorted((root / PACKAGE).rglob("*.py")):
        own = part_of(module_name(path, root)) or ""
        if own == "__main__":  # `seqjax NAME` stands above all
            continue
        for line, target in imported(path, root):
            where = f"{path.relative_to(root)}:{line}"
            if own == "core" and target.split(".")[0] == "flax":
                found.append(f"{where}: core imports flax")
            other = part_of(target)
            if other is None or other not in parts or other == own:
                continue  # not ours, a name such as __version__, or itself
            if own == "" and other != "study":  # `seqjax.fit`, when it is asked for
                found.append(f"{where}: seqjax itself imports {other}")
            elif own and rank(own) == rank(other) == len(LAYERS):
                found.append(f"{where}: study {own} imports study {other}")
            elif own and rank(own) < rank(other):
                found.append(f"{where}: {own} imports {other}")
    return found


def test_imports_run_downwards() -> None:
    assert violations(ROOT) == []


def test_every_layer_is_there() -> None:
    assert set(LAYERS) <= parts_of(ROOT)


@pytest.mark.parametrize(
    ("file", "code", "verdict"),
    [
        ("core/a.py", "import seqjax.nn", "core imports nn"),
        ("core/a.py", "from seqjax.train.loop import train", "core imports train"),
        ("core/deep/a.py", "from ... import lab", "core imports lab"),
        ("core/a.py", "def f():\n    from seqjax import nn", "core imports nn"),
        ("core/a.py", "import flax.nnx as nnx", "core imports flax"),
        ("core/a.py", "def f():\n    from flax import nnx", "core imports flax"),
        ("nn/__init__.py", "from ..train import loop", "nn imports train"),
        ("nn/a.py", "from ..train.loop import train", "nn imports train"),
        (
            "train/a.py",
            "from seqjax.lab.command_line.cli import main",
            "train imports lab",
        ),
        ("lab/a.py", "import seqjax.one.study", "lab imports one"),
        ("lab/a.py", "import importlib\nimportlib.import_module('seqjax.one')", "lab"),
        ("one/a.py", "from seqjax.two import task", "study one imports study two"),
        ("one/__init__.py", "from .. import two", "study one imports study two"),
        ("__init__.py", "from seqjax import nn", "seqjax itself imports nn"),
        ("__init__.py", "from .nn import Linear", "seqjax itself imports nn"),
    ],
)
def test_a_planted_violation_is_found(
    tmp_path: Path, file: str, code: str, verdict: str
) -> None:
    plant(tmp_path, file, code)
    (found,) = violations(tmp_path)
    assert verdict in found
    assert found.startswith(f"{PACKAGE}/{file}:")


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("core/a.py", "from .b import c\nimport numpy, jax.numpy"),
        ("nn/a.py", "from flax import nnx\nfrom ..core import cells"),
        ("lab/a.py", "from seqjax import __version__, train\nimport seqjax"),
        ("one/a.py", "from seqjax import core, lab, nn, train\nfrom . import task"),
        ("one/a.py", "'from seqjax.two import task'\n# import seqjax.two"),
        ("__main__.py", "from seqjax.one import study\nimport seqjax.two"),
    ],
)
def test_an_import_that_is_right_is_let_through(
    tmp_path: Path, file: str, code: str
) -> None:
    plant(tmp_path, file, code)
    assert violations(tmp_path) == []


def plant(root: Path, file: str, code: str) -> None:
    """A tree with all layers and two studies, and one file of interest."""
    for part in (*LAYERS, "one", "two"):
        (root / PACKAGE / part).mkdir(parents=True)
    path = root / PACKAGE / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(code, encoding="utf-8")


def test_modules_stay_small() -> None:
    lines = {
        path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / PACKAGE).rglob("*.py")
    }
    assert lines, "no module found"
    large = {str(path): count for path, count in lines.items() if count > MOST_LINES}
    assert large == {}, f"split these: at most {MOST_LINES} lines a module"
