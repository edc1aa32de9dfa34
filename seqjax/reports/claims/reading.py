"""Reading the claims of a report from its file of data.

A file ``report_NNN.toml`` has the report's sections and its claims, in the order of the
report; ``rules.toml`` has, for each rule, the numbers and words that claims share. What
would make a claim hold or fail stands there before it is judged, and the rule is given
the same numbers that these words show.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.judging.claims import check_id
from seqjax.reports.judges.registry import RULES
from seqjax.reports.judging import Judge, Sentence, nobody

TESTABLE = ("measured", "derivation", "formula", "figure")
"""Kinds of claims that could be true or false."""

KINDS = (*TESTABLE, "setting", "opinion", "history", "literature")
"""What a claim may be. A setting is what the report did, a system or a number of it."""

_TEXTS = ("id", "place", "words", "kind")
_MAY_HAVE = {*_TEXTS, "holds", "fails", "judge", "job", "decide", "untested", "numbers"}


class ClaimsError(ValueError):
    """A file of claims has a mistake; says which file and which claim."""


@dataclass(frozen=True)
class Entry:
    """A claim of a report as the data have it.

    Attributes:
        id: in kebab-case; it begins with the number of the report.
        report: its number.
        place: in the report: a section, then a question, equation, figure or table.
        words: the report's, in short.
        kind: one of `KINDS`.
        holds: what would make it hold; empty where it is not `TESTABLE`.
        fails: what would make it not hold; likewise.
        rule: name of the rule that judges it, or nothing.
        numbers: what the rule is given, and other numbers of ``holds`` and ``fails``.
        judge: made by the rule, or None.
        job: name of the job of the run that gives the evidence, or nothing.
        decide: of a setting, a command that has it, or nothing.
        untested: why nothing here tests it; nothing where it has a rule.
    """

    id: str
    report: str
    place: str
    words: str
    kind: str
    holds: str = ""
    fails: str = ""
    rule: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    judge: Judge | None = None
    job: str = ""
    decide: str = ""
    untested: str = ""

    @property
    def is_testable(self) -> bool:
        """Whether it could be true or false."""
        return self.kind in TESTABLE

    @property
    def section(self) -> str:
        """The section of the report in which it stands."""
        return self.place.partition(",")[0]

    @property
    def sentence(self) -> Sentence:
        """The claim with its rule; without one it stays undecided."""
        rule = self.judge or nobody(self.untested)
        updates = self.numbers.get("updates", 0)
        return Sentence(
            self.id, self.report, self.place, self.words, rule, self.job, updates
        )


class Contradiction(NamedTuple):
    """Claims on one matter that do not agree.

    Attributes:
        about: the matter.
        claims: ids, in the order of the reports.
        note: where both may be true all the same, why; else nothing.
    """

    about: str
    claims: tuple[str, ...]
    note: str = ""


def entries(path: Path, rules: Mapping[str, Any]) -> tuple[Entry, ...]:
    """The claims of a report.

    Args:
        path: the file.
        rules: those of `toml` of ``rules.toml``.

    Raises:
        ClaimsError: It is no TOML, a claim lacks something or has what there is not, a
            rule is unknown or cannot be made of its numbers, or an id is there twice.
    """
    data = toml(path)
    report, sections = data.get("report"), data.get("sections")
    if not isinstance(report, str) or not isinstance(sections, list):
        raise ClaimsError(f"{path.name} must have report and sections; write them")
    found: list[Entry] = []
    for number, given in enumerate(data.get("claim", []), 1):
        where = f"{path.name}, claim {given.get('id', f'number {number}')}"
        entry = _entry(where, given, report, rules)
        if entry.section not in sections:
            raise ClaimsError(
                f"{where}: place must begin with a section of the report, got "
                f"{entry.section!r}; name one of {', '.join(sections)}"
            )
        if entry.id in {other.id for other in found}:
            raise ClaimsError(f"{where}: this id is there twice; give each its own")
        found.append(entry)
    return tuple(found)


def toml(path: Path) -> dict[str, Any]:
    """What a file of TOML has.

    Args:
        path: the file.

    Raises:
        ClaimsError: It is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ClaimsError(f"{path.name} is no TOML: {error}") from error


def _entry(
    where: str, given: Mapping[str, Any], report: str, rules: Mapping[str, Any]
) -> Entry:
    unknown = sorted(given.keys() - _MAY_HAVE)
    if unknown:
        raise ClaimsError(f"{where}: a claim has no {', '.join(unknown)}")
    missing = [name for name in _TEXTS if not given.get(name)]
    if missing:
        raise ClaimsError(f"{where}: {', '.join(missing)} must be given")
    if given["kind"] not in KINDS:
        raise ClaimsError(
            f"{where}: kind must be one of {', '.join(KINDS)}, got {given['kind']!r}"
        )
    try:
        check_id(given["id"])
    except ValueError as error:
        raise ClaimsError(f"{where}: {error}") from error
    if not given["id"].startswith(f"{report}-"):
        raise ClaimsError(f"{where}: id must begin with {report}-")
    judge = dict(given.get("judge", {}))
    if bool(judge) == bool(given.get("untested")):
        raise ClaimsError(
            f"{where}: it must have either judge or untested, the reason why nothing "
            "tests it"
        )
    rule = judge.pop("rule", "")
    shared = _shared(where, rule, rules) if given.get("judge") else {}
    numbers = {**shared.get("numbers", {}), **judge}
    shown = {**numbers, **given.get("numbers", {})}
    told = {
        name: _filled(where, given.get(name, shared.get(name, "")), shown)
        for name in ("holds", "fails")
    }
    if given["kind"] in TESTABLE and not all(told.values()):
        raise ClaimsError(f"{where}: holds and fails must be given")
    return Entry(
        **{name: given[name] for name in _TEXTS},
        **told,
        report=report,
        rule=rule,
        numbers=shown,
        judge=judge_of(rule, where, numbers) if rule else None,
        job=given.get("job", shared.get("job", numbers.get("job", ""))),
        decide=_filled(where, given.get("decide", ""), shown),
        untested=given.get("untested", ""),
    )


def _shared(where: str, rule: str, rules: Mapping[str, Any]) -> Mapping[str, Any]:
    if rule not in RULES or rule not in rules:
        raise ClaimsError(
            f"{where}: there is no rule {rule!r}; name one of {', '.join(RULES)}"
        )
    shared: Mapping[str, Any] = rules[rule]
    return shared


def judge_of(rule: str, where: str, numbers: Mapping[str, Any]) -> Judge:
    """The judge that a rule makes of its numbers.

    Args:
        rule: its name.
        where: the file and the claim, for the message.
        numbers: what it is given.

    Raises:
        ClaimsError: It cannot be made of these.
    """
    try:
        return RULES[rule](**numbers)
    except (AttributeError, KeyError, TypeError) as error:
        raise ClaimsError(f"{where}: rule {rule!r} cannot be made: {error}") from error


def _filled(where: str, text: str, numbers: Mapping[str, Any]) -> str:
    """Words with the numbers that they name."""
    try:
        return text.format(**{name: said(value) for name, value in numbers.items()})
    except (IndexError, KeyError, ValueError) as error:
        raise ClaimsError(f"{where}: {text!r} names no number: {error}") from error


def said(value: Any) -> str:
    """A number of the data, or several, in words.

    Args:
        value: a number, a text, or a list of these.
    """
    if isinstance(value, Sequence) and not isinstance(value, str):
        several = [said(each) for each in value]
        nested = bool(value) and not isinstance(value[0], str | int | float)
        return ", ".join(f"({each})" if nested else each for each in several)
    if isinstance(value, int) and value >= 10_000:
        return f"{value:,}".replace(",", " ")
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def placeholders(text: str) -> set[str]:
    """Names of the numbers that words leave open.

    Args:
        text: with names in braces.
    """
    return set(re.findall(r"{(\w+)}", text))
