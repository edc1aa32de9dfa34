"""Parsing of the command line, with errors that say what to do.

Why not a library that builds a command line from a dataclass: the errors are part of
this package's contract (one line that names argument, rule, value and way out, tested
word by word), while such libraries print them folded into a box and offer no way to the
parts; and presets need to know which options were given. So argparse, whose words
differ between versions of Python, only splits the command line into options and words
and lays out ``--help``; the rules and their words are ours.
"""

import argparse
import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from seqjax.lab.command_line.options import Option, typed
from seqjax.lab.errors import UserError


def parser_of(
    prog: str, summary: str, groups: Mapping[str, Iterable[Option]]
) -> argparse.ArgumentParser:
    """A parser of these options, in titled groups; it only serves `parse` and help."""
    everything = [option for options in groups.values() for option in options]
    words = [f"[{_word_name(o)} ...] " for o in everything if o.positional]
    parser = _Parser(
        prog=prog,
        usage=f"{prog} {''.join(words)}[OPTIONS]",
        description=summary,
        allow_abbrev=False,
        formatter_class=_Formatter,
    )
    for title, options in groups.items():
        group = parser.add_argument_group(title)
        for option in options:
            shown = f"{option.help} (default: {_default(option)})".replace("%", "%%")
            if option.positional:
                # For --help only: `parse` takes these words out itself.
                group.add_argument(
                    option.name, nargs="*", metavar=_word_name(option), help=shown
                )
                continue
            flags = [option.flag]
            if option.kind is bool:
                flags.append("--no-" + option.flag[2:])
            group.add_argument(
                *flags,
                dest=option.name,
                action=_Keep,
                # Any number of words: whether it is the right one is for us to say.
                nargs=0 if option.kind is bool else "*",
                metavar=_metavar(option),
                help=shown,
            )
    return parser


def parse(
    parser: argparse.ArgumentParser, options: Sequence[Option], argv: Sequence[str]
) -> dict[str, Any]:
    """The values of the options that were given, by name.

    Raises:
        UserError: For an option that does not exist, or a value it cannot have.
        SystemExit: After ``--help``.
    """
    switches = {o.flag for o in options if o.kind is bool}
    for word in argv:
        flag, given, value = word.partition("=")
        if given and flag.replace("--no-", "--", 1) in switches:
            raise UserError(
                f"{flag} must stand alone, got {word!r}; leave out '={value}'"
            )
    loose = next((option for option in options if option.positional), None)
    if loose is not None:
        free, argv = _separated(options, argv)
    # argparse takes "-1e-3" or "-inf" for an option; a leading blank makes it a value.
    words = [f" {word}" if _is_negative(word) else word for word in argv]
    known, unknown = parser.parse_known_args(words, argparse.Namespace(given={}))
    if unknown:
        flags = [option.flag for option in options if not option.positional]
        raise UserError(_unknown(unknown[0].strip(), flags))
    values = {
        option.name: _converted(option, *known.given[option.name])
        for option in options
        if option.name in known.given
    }
    return values | ({loose.name: tuple(free)} if loose is not None and free else {})


def suggestion(word: str, known: Sequence[str]) -> str:
    """``"; did you mean X?"`` where something known is like the word, else nothing."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _separated(
    options: Sequence[Option], argv: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The words that belong to no option, and the others.

    An option takes one word; one with many numbers, the numbers that follow it; one
    with many words, all up to the next option. After ``--`` no word is an option.
    """
    by_flag = {option.flag: option for option in options if not option.positional}
    free: list[str] = []
    rest: list[str] = []
    taking: Option | None = None
    for place, word in enumerate(argv):
        if word == "--":
            free += argv[place + 1 :]
            break
        if word.startswith("-") and not _is_negative(word) and word != "-":
            rest.append(word)
            option = by_flag.get(word)
            taking = None if option is None or option.kind is bool else option
        elif taking is not None and (
            not taking.many or taking.kind is str or _is_number(word)
        ):
            rest.append(word)
            taking = taking if taking.many else None
        else:
            free.append(word)
            taking = None
    return free, rest


class _Parser(argparse.ArgumentParser):
    """An argparse parser whose own errors are ours too."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help lists the options")


class _Formatter(argparse.HelpFormatter):
    """Shows the metavar alone, not how many words argparse lets through."""

    def _format_args(self, action: argparse.Action, default_metavar: Any) -> str:
        return "" if action.metavar is None else str(action.metavar)


class _Keep(argparse.Action):
    """Keeps the option as typed, and its words."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        # The blank that `parse` put before a negative number goes; others are meant.
        words = [v[1:] if v[:1] == " " and _is_negative(v[1:]) else v for v in values]
        namespace.given[self.dest] = (option_string, words)


def _converted(option: Option, flag: str, words: list[str]) -> Any:
    """The value that the words of an option stand for."""
    if option.kind is bool:
        return not flag.startswith("--no-")
    if not words:
        raise UserError(f"{flag} must have a value, got none; {option.example}")
    if option.many:
        return tuple(_word(option, word) for word in words)
    if len(words) > 1:
        raise UserError(
            f"{flag} must have one value, got {len(words)}: {' '.join(words)}; "
            f"{option.example}"
        )
    if option.optional and words[0].lower() == "none":
        return None
    return _word(option, words[0])


def _word(option: Option, word: str) -> Any:
    """The value that one word stands for."""
    if option.choices:
        by_word = {str(choice): choice for choice in option.choices}
        if word not in by_word:
            raise UserError(
                f"{option.flag} must be one of {', '.join(by_word)}, got {word!r}"
                + (suggestion(word, list(by_word)) or "; choose one of these")
            )
        return by_word[word]
    try:
        return option.kind(word)
    except ValueError:
        rule = "a whole number" if option.kind is int else "a number"
        raise UserError(
            f"{option.flag} must be {rule}, got {word!r}; {option.example}"
        ) from None


def _unknown(word: str, flags: Sequence[str]) -> str:
    """The error for a word that belongs to no option."""
    if not word.startswith("-"):
        return f"unexpected word {word!r}; every value follows an option, see --help"
    name = word.split("=")[0]
    close = suggestion(name, flags) or "; --help lists the options"
    return f"unknown option {name}{close}"


def _is_negative(word: str) -> bool:
    """Whether a word is a number with a minus sign."""
    return word.startswith("-") and _is_number(word)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _word_name(option: Option) -> str:
    """What stands for a word that belongs to no option."""
    return option.name.upper()


def _metavar(option: Option) -> str:
    """What stands for the value in ``--help``."""
    if option.kind is bool:
        return ""
    word = option.kind.__name__.upper()
    if option.choices:
        word = "{" + ",".join(str(choice) for choice in option.choices) + "}"
    return f"{word} ..." if option.many else word


def _default(option: Option) -> str:
    """The default as ``--help`` shows it."""
    if option.shown:
        return option.shown
    if option.kind is bool:
        return option.flag if option.default else f"--no-{option.flag[2:]}"
    return typed(option.default) or "none"
