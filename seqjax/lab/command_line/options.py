"""The options that a configuration has: one for each field of its dataclass."""

import dataclasses
import inspect
import re
import types
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

OWN = "options of the study"
"""Heading of the options that a study shares with no other."""


class Option(NamedTuple):
    """One option of the command line.

    Attributes:
        name: Name of the field, with underscores.
        kind: ``bool``, ``int``, ``float`` or ``str``.
        help: What it is, and its unit.
        default: Its default.
        choices: The only values there are, or none.
        many: Whether it takes several values.
        optional: Whether it takes the word ``none``.
        shown: What ``--help`` gives as the default, if not the value itself.
        positional: Whether it is no option but the words that belong to none; they are
            a tuple of strings.
        group: Heading in ``--help``: the first line of the docstring of the class that
            describes the field.
    """

    name: str
    kind: type
    help: str
    default: Any = None
    choices: tuple[Any, ...] = ()
    many: bool = False
    optional: bool = False
    shown: str = ""
    positional: bool = False
    group: str = ""

    @property
    def flag(self) -> str:
        """The option as typed."""
        return "--" + self.name.replace("_", "-")

    @property
    def example(self) -> str:
        """The option with a value that is allowed."""
        fallback = {int: "1", float: "1.0", str: "NAME"}.get(self.kind, "")
        value = fallback if self.default in (None, ()) else typed(self.default)
        return f"for example {self.flag} {value}"


def options_of(config_type: type) -> list[Option]:
    """The options of a configuration, one for each field of the dataclass.

    Raises:
        TypeError: When a field has no default, no help text, or a type that no option
            can have.
    """
    hints = get_type_hints(config_type)
    helps = _attribute_docs(config_type)
    options = []
    for field in dataclasses.fields(config_type):
        group, help_text = helps.get(field.name, ("", ""))
        help_text = field.metadata.get("help") or help_text
        where = f"field {field.name} of {config_type.__name__}"
        if not help_text:
            raise TypeError(
                f"{where} must be described under 'Attributes:'; add '{field.name}: "
                "...' to the docstring"
            )
        default = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if default is dataclasses.MISSING:
            raise TypeError(f"{where} must have a default; give one behind '='")
        kind, choices, many, optional = _form(hints[field.name], where)
        options.append(
            Option(
                field.name,
                kind,
                help_text,
                default,
                choices,
                many,
                optional,
                group=group,
            )
        )
    return options


def grouped(config_type: type, options: Sequence[Option]) -> dict[str, list[Option]]:
    """Options by heading: the study's own first, then the groups that it inherits.

    Args:
        config_type: the configuration.
        options: of `options_of`.
    """
    own = _heading(config_type)
    groups: dict[str, list[Option]] = {OWN: []}
    for option in options:
        heading = OWN if option.group in ("", own) else option.group
        groups.setdefault(heading, []).append(option)
    return {heading: found for heading, found in groups.items() if found}


def typed(value: Any) -> str:
    """A value as it is typed on the command line."""
    if isinstance(value, tuple | list):
        return " ".join(typed(item) for item in value)
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _form(hint: Any, where: str) -> tuple[type, tuple[Any, ...], bool, bool]:
    """Type, choices, many, optional of a field's type hint."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return type(arguments[0]), arguments, False, False
    if hint in (bool, int, float, str):
        return hint, (), False, False
    if origin in (Union, types.UnionType) and len(arguments) == 2:
        inner = [a for a in arguments if a is not type(None)]
        kind, choices, many, _ = _form(inner[0], where)
        if len(inner) == 1 and not many and kind is not bool:
            return kind, choices, False, True
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        kind, choices, many, optional = _form(arguments[0], where)
        if not (many or optional) and kind is not bool:
            return kind, choices, True, False
    raise TypeError(
        f"{where} has a type that no option can have: {hint}; use int, float, str, "
        "bool or a tuple such as tuple[int, ...]"
    )


def _attribute_docs(config_type: type) -> dict[str, tuple[str, str]]:
    """Heading and text of every field under ``Attributes:`` of a google docstring.

    A field belongs to the class that describes it. In a text ``{cells}`` and the like
    stand for all names that are registered.
    """
    docs: dict[str, tuple[str, str]] = {}
    for base in reversed(config_type.__mro__):
        text = inspect.cleandoc(base.__dict__.get("__doc__") or "")
        section = re.search(r"^Attributes:\n((?:[ \t]+.*\n?|\n)+)", text, re.M)
        if section is None:
            continue
        body = inspect.cleandoc("\n" + section[1])
        for entry in re.split(r"\n(?=\S)", body):
            head = re.match(r"(\w+)(?: \(.*?\))?:\s*(.*)", entry, re.S)
            if head is not None:
                words = _with_names(" ".join(head[2].split()))
                docs[head[1]] = (_heading(base), words)
    return docs


def _heading(config_type: type) -> str:
    """First line of a class's docstring, without its full stop."""
    text = inspect.cleandoc(config_type.__dict__.get("__doc__") or "")
    return text.partition("\n")[0].rstrip(".")


def _with_names(text: str) -> str:
    """A text with the registered names in place of ``{cells}`` and the like."""
    if "{" not in text:
        return text
    # Not above: a study that names none is shown without JAX, which they import.
    from seqjax.lab.command_line.option_rules import REGISTERED

    # Other braces are the text's own.
    for key, names in REGISTERED.items():
        text = text.replace(f"{{{key}}}", ", ".join(names))
    return text
