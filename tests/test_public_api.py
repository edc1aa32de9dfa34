"""The public names: each explained where it is defined, and all listed in docs/api.md.

Public is what a package re-exports (``from a import b as b``, or ``__all__``). In
`seqjax.core` the modules themselves are public too, with every function and class in
them whose name does not begin with an underscore.

``python tests/test_public_api.py`` writes docs/api.md anew.
"""

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "api.md"
HEAD = """\
# Public names

What may be imported from each package, in one line each; `help(name)` tells the rest.
Names that are not here may change without notice. Made from the docstrings by
`python tests/test_public_api.py`; the tests hold it against the code.
"""


class Public(NamedTuple):
    """A public name, where it is imported from, and what it stands for."""

    module: str
    name: str
    value: Any

    @property
    def path(self) -> str:
        return f"{self.module}.{self.name}"


def modules_in(package: ModuleType) -> list[ModuleType]:
    """The modules and packages directly in a package."""
    found = pkgutil.iter_modules(package.__path__, package.__name__ + ".")
    return [
        importlib.import_module(module.name)
        for module in found
        if not module.name.rpartition(".")[2].startswith("_")
    ]


def exported(package: ModuleType) -> list[str]:
    """Names that a package re-exports, sorted."""
    if hasattr(package, "__all__"):
        return sorted(package.__all__)
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    aliases = [
        alias
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    return sorted(a.name for a in aliases if a.name == a.asname)


def defined(module: ModuleType) -> list[str]:
    """Public functions and classes that a module defines, sorted."""
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isroutine(value))
        and getattr(value, "__module__", None) == module.__name__
    )


def public_names() -> list[Public]:
    """All of them, by module and name."""

    def listed(module: ModuleType, names: list[str]) -> list[Public]:
        return [Public(module.__name__, name, getattr(module, name)) for name in names]

    found = []
    for package in modules_in(importlib.import_module("seqjax")):
        if not hasattr(package, "__path__"):
            continue
        found += listed(package, exported(package))
        if package.__name__ == "seqjax.core":
            for module in modules_in(package):
                is_package = hasattr(module, "__path__")
                names = exported(module) if is_package else defined(module)
                found += listed(module, names)
    return found


def own_docstring(value: Any) -> str:
    """The docstring that somebody wrote for this object, or the empty string."""
    if not (inspect.isclass(value) or inspect.isroutine(value)):
        return ""
    doc = inspect.cleandoc(value.__doc__ or "")
    # NamedTuples and dataclasses make one of their signature.
    return "" if doc.startswith(f"{value.__name__}(") else doc


def line_of(entry: Public) -> str:
    """The entry of docs/api.md."""
    if inspect.isclass(entry.value) or inspect.isroutine(entry.value):
        says = own_docstring(entry.value).partition("\n")[0]
    else:
        says = f"a constant of type `{type(entry.value).__name__}`."
    return f"- `{entry.name}`: {says}"


def page() -> str:
    """The text of docs/api.md."""
    lines = [HEAD]
    names = public_names()
    for module in dict.fromkeys(entry.module for entry in names):
        purpose = (importlib.import_module(module).__doc__ or "").partition("\n")[0]
        lines += [f"## `{module}`\n", purpose + "\n"]
        lines += [line_of(entry) for entry in names if entry.module == module]
        lines.append("")
    return "\n".join(lines)


def unexplained(value: Any) -> list[str]:
    """What the docstring of a function or class fails to say of its parameters.

    With a section ``Args:`` it lists all parameters there, and no others. Without one
    it at least names those that have a default: what a required one is may be clear
    from its name and shape, but what it means to leave one out never is.
    """
    if inspect.isclass(value) and "__init__" not in vars(value):
        return []  # the fields of a NamedTuple, or an inherited constructor
    if hasattr(value, "__dataclass_fields__"):
        return []
    function = value.__init__ if inspect.isclass(value) else value
    parameters = dict(inspect.signature(function).parameters)
    parameters.pop("self", None)
    variadic = {
        name for name, parameter in parameters.items() if is_variadic(parameter)
    }
    doc = own_docstring(value)
    _, heading, rest = doc.partition("\nArgs:\n")
    if not heading:
        return [
            f"{name} has a default"
            for name, parameter in parameters.items()
            if parameter.default is not parameter.empty
            and not re.search(rf"\b{name}\b", doc)
        ]
    section = re.split(r"^\S", rest, maxsplit=1, flags=re.MULTILINE)[0]
    entries = re.findall(r"^    ([\w, *]+?)(?: \([^)]*\))?:", section, re.MULTILINE)
    documented = {name.strip(" *") for names in entries for name in names.split(",")}
    expected = parameters.keys() - variadic
    return sorted(
        [f"{name} is not in Args" for name in expected - documented]
        + [f"{name} is no parameter" for name in documented - parameters.keys()]
    )


def functions_of(value: Any) -> list[Any]:
    """A function itself; of a class its public methods, and what makes and calls it."""
    if not inspect.isclass(value):
        return [value]
    # The constructor of a dataclass is made by Python, as that of a Protocol is.
    is_dataclass = hasattr(value, "__dataclass_fields__")
    made = ("__post_init__" if is_dataclass else "__init__", "__call__")
    return [
        function
        for name, function in vars(value).items()
        if inspect.isfunction(function)
        and function.__name__ == name
        and (name in made or not name.startswith("_"))
    ]


def unsaid(value: Any) -> list[str]:
    """Functions that have no docstring, or refuse arguments and do not say which.

    Refusing is to raise ValueError or TypeError, or to call a check (``check_...``),
    in the function's own body. The constructor and the call of a class may be
    explained by the docstring of the class.
    """
    found = []
    for function in functions_of(value):
        doc = inspect.getdoc(function) or ""
        if function.__name__.startswith("__"):
            doc += own_docstring(value)
        if not doc:
            found.append(f"{function.__name__} has no docstring")
        elif refuses(function) and not re.search(r"\braises?\b", doc, re.IGNORECASE):
            found.append(f"{function.__name__} does not say what it raises")
    return found


def refuses(function: Any) -> bool:
    """Whether a function itself looks at its arguments and may refuse them."""
    source = inspect.cleandoc("\n" + inspect.getsource(inspect.unwrap(function)))
    pattern = r"^\s*(raise (ValueError|TypeError)\b|check_\w+\()"
    return re.search(pattern, source, re.MULTILINE) is not None


def is_variadic(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)


def test_the_page_lists_the_public_names() -> None:
    pattern = re.compile(r"^## `(?P<module>.+)`$|^- `(?P<name>\w+)`:", re.MULTILINE)
    listed, module = set(), ""
    for match in pattern.finditer(PAGE.read_text(encoding="utf-8")):
        module = match["module"] or module
        if match["name"]:
            listed.add(f"{module}.{match['name']}")
    public = {entry.path for entry in public_names()}
    assert len(public) > 20
    assert public - listed == set(), "not in docs/api.md"
    assert listed - public == set(), "in docs/api.md, but not public"


def test_the_page_says_what_the_docstrings_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "write it anew: python tests/test_public_api.py"
    )


@pytest.mark.parametrize("entry", public_names(), ids=lambda entry: entry.path)
def test_a_public_name_is_explained(entry: Public) -> None:
    if inspect.isclass(entry.value) or inspect.isroutine(entry.value):
        assert own_docstring(entry.value), "has no docstring"
        assert unexplained(entry.value) == []


@pytest.mark.parametrize("entry", public_names(), ids=lambda entry: entry.path)
def test_what_is_refused_is_said(entry: Public) -> None:
    if inspect.isclass(entry.value) or inspect.isfunction(entry.value):
        assert unsaid(entry.value) == []


def test_what_is_not_explained_is_found() -> None:
    class Row(NamedTuple):
        a: int

    def plain(a: int, size: int = 1) -> None:
        """Do it to a."""

    def sectioned(a: int, b: int, c: int = 1) -> None:
        """Do it.

        Args:
            a: the first; note: not b: or c.
                More of it.
            d: gone long ago.

        Returns:
            b: nothing.
        """

    class Careful:
        """Something."""

        def silent(self, a: int) -> None:
            """Do it to a."""
            if a < 0:
                raise ValueError(a)

        def honest(self, a: int) -> None:
            """Do it to a; raises ValueError below 0."""
            if a < 0:
                raise ValueError(a)

        def bare(self) -> None: ...

    assert unsaid(Careful) == [
        "silent does not say what it raises",
        "bare has no docstring",
    ]
    assert own_docstring(Row) == ""
    assert unexplained(plain) == ["size has a default"]
    assert unexplained(sectioned) == [
        "b is not in Args",
        "c is not in Args",
        "d is no parameter",
    ]


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
