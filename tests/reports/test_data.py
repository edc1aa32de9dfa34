"""The files of claims: whole, each number once, and one error for each mistake."""

import re
from pathlib import Path
from typing import Any

import pytest

from seqjax.charlm.config import resolve as character_model
from seqjax.initialization import verdicts as initialization
from seqjax.initialization.config import Config as Initialization
from seqjax.palindrome.config import resolve as palindromes
from seqjax.reconcile import claims as reconcile
from seqjax.reconcile import verdicts
from seqjax.reports.claims import (
    CLAIMS,
    CONTRADICTIONS,
    ENTRIES,
    PLACE,
    REPORTS,
    ClaimsError,
    Entry,
)
from seqjax.reports.claims.reading import entries, placeholders, said, toml
from seqjax.reports.judges.registry import RULES

BY_ID = {entry.id: entry for entry in ENTRIES}
SHARED = toml(PLACE / "rules.toml")


def raw(report: str) -> list[dict[str, Any]]:
    """The claims of a report's file as they stand there."""
    found: list[dict[str, Any]] = toml(PLACE / f"report_{report}.toml")["claim"]
    return found


def test_every_claim_is_there_once() -> None:
    assert len(BY_ID) == len(ENTRIES)
    assert {entry.report for entry in ENTRIES} == set(REPORTS)
    assert [each.id for each in CLAIMS] == [e.id for e in ENTRIES if e.is_testable]
    for entry in ENTRIES:
        assert entry.words[-1] != "." or entry.words.endswith(" ..."), entry.id


def test_every_claim_has_a_rule_or_a_reason() -> None:
    for entry in ENTRIES:
        assert bool(entry.rule) != bool(entry.untested), entry.id
        assert bool(entry.holds and entry.fails) or not entry.is_testable, entry.id
        assert entry.is_testable or entry.untested, entry.id


def test_every_rule_is_used_and_has_words() -> None:
    assert {entry.rule for entry in ENTRIES} - {""} == set(RULES) == set(SHARED)


def test_every_number_of_a_rule_stands_in_the_words() -> None:
    """So that what is told is what decides, and is written once."""
    for report in REPORTS:
        for given in raw(report):
            judge = dict(given.get("judge", {}))
            shared = SHARED.get(judge.pop("rule", ""), {})
            numbers = {**shared.get("numbers", {}), **judge, **given.get("numbers", {})}
            words = [given.get(n) or shared.get(n, "") for n in ("holds", "fails")]
            named = placeholders(" ".join(words))
            for name, value in numbers.items():
                several = value if isinstance(value, list) else [value]
                if given["kind"] != "setting" and type(several[0]) in (int, float):
                    assert name in named, (given["id"], name)


def test_places_are_sections_of_the_report() -> None:
    for report in REPORTS:
        sections = toml(PLACE / f"report_{report}.toml")["sections"]
        own = [entry for entry in ENTRIES if entry.report == report]
        order = [sections.index(entry.section) for entry in own]
        assert len(set(sections)) == len(sections)
        if report != "004":  # its figure stands before its gates, and is empty
            assert order == sorted(order), report


def test_contradictions_are_between_reports() -> None:
    ids = [entry.id for entry in ENTRIES if entry.is_testable]
    for each in CONTRADICTIONS:
        assert set(each.claims) <= set(ids)
        assert len({name[:3] for name in each.claims}) > 1, each.about
        assert sorted(each.claims, key=ids.index) == list(each.claims)


def test_two_conventions_are_no_contradiction() -> None:
    """F3: 000's tau multiplies, the temperature of 001 divides; both are right."""
    (found,) = [each for each in CONTRADICTIONS if "000-temperature" in each.claims]
    assert "two conventions" in found.note


def test_what_no_report_states_is_no_claim() -> None:
    assert not {"000-beam", "003-stop", "003-accuracy"} & BY_ID.keys()
    for name in ("000-mean", "000-spread"):
        assert "the report states none" in BY_ID["000-mean"].holds
        assert BY_ID[name].numbers["updates"] == reconcile.UPDATES


def stated(name: str) -> Entry:
    return BY_ID[name]


TRIALS = [trial for trial in reconcile.CLAIMS if trial.report != "starter code"]


@pytest.mark.parametrize("trial", TRIALS, ids=[trial.id for trial in TRIALS])
def test_reconcile_judges_by_the_numbers_of_the_data(trial: reconcile.Trial) -> None:
    """F8: each claim at its own number of updates, which both have."""
    numbers = stated(trial.id).numbers
    assert numbers["updates"] == trial.updates
    assert numbers["lengths"] == sorted({each.length for each in trial.settings})
    assert numbers.get("success", verdicts.SUCCESS) == verdicts.SUCCESS
    assert numbers.get("margin", verdicts.MARGIN) == verdicts.MARGIN
    batches = {each.batch_size for each in trial.settings}
    assert {*numbers.get("batches", [numbers.get("batch", 128)])} == batches
    assert numbers.get("rate", trial.settings[0].learning_rate) == (
        trial.settings[0].learning_rate
    )


def test_every_claim_of_reconcile_is_one_of_the_reports() -> None:
    told = {e.id for e in ENTRIES if e.numbers.get("job") == "reconcile"}
    assert told == {trial.id for trial in TRIALS}


def test_initialization_judges_by_the_numbers_of_the_data() -> None:
    one, quick = BY_ID["001-orthogonal-one"], BY_ID["001-orthogonal-quick"]
    assert tuple(one.numbers["lengths"]) == initialization.LENGTHS
    assert one.numbers["success"] == initialization.SUCCESS
    assert one.numbers["updates"] == initialization.UPDATES
    assert quick.numbers["few"] == Initialization().few_updates


def same(found: object, wanted: object) -> bool:
    """Whether a setting has the value of the data, where a list is a tuple."""
    return (list(found) if isinstance(found, tuple) else found) == wanted


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("001-palindromes", palindromes({"protocol": "report-001"})),
        ("002-palindromes", palindromes({"protocol": "report-002"})),
        ("003-palindromes", palindromes({"protocol": "report-003"})),
        ("000-lm-system", character_model({})),
        ("001-lm-system", character_model({})),
        ("002-dropout", character_model({"preset": "report-002"})),
        ("003-lm-system", character_model({"preset": "report-003"})),
        ("003-lm-samples", character_model({"preset": "report-003"})),
    ],
)
def test_presets_have_the_settings_of_the_data(name: str, config: Any) -> None:
    for field, value in BY_ID[name].numbers.items():
        assert same(getattr(config, field), value), field


def test_the_preset_of_000_has_its_settings() -> None:
    config, numbers = palindromes({"protocol": "report-000"}), BY_ID["000-palindromes"]
    short, long = numbers.numbers["rates"]
    for field in ("evaluation_size", "batch_size", "seeds"):
        assert getattr(config, field) == numbers.numbers[field]
    assert [config.rate(n) for n in config.lengths] == [
        short if n < 10 else long for n in config.lengths
    ]


GOOD = {
    "id": "000-a",
    "place": "1.1",
    "words": "it is so",
    "kind": "measured",
    "holds": "It is.",
    "fails": "It is not.",
    "untested": "no study",
}


def written(folder: Path, *claims: dict[str, Any]) -> Path:
    path = folder / "report_000.toml"
    lines = ['report = "000"', 'sections = ["1.1"]']
    for each in claims:
        lines.append("[[claim]]")
        lines += [f"{name} = {value}" for name, value in each.items()]
    path.write_text("\n".join(lines))
    return path


def quoted(**changes: Any) -> dict[str, Any]:
    given = {**GOOD, **changes}
    return {
        name: value if name == "judge" else f'"{value}"'
        for name, value in given.items()
        if value is not None
    }


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"words": None}, "000-a: words must be given"),
        ({"words": ""}, "000-a: words must be given"),
        ({"kind": "guess"}, "000-a: kind must be one of"),
        ({"place": "9.9, b)"}, "000-a: place must begin with a section of the report"),
        ({"holds": None}, "000-a: holds and fails must be given"),
        ({"untested": None}, "000-a: it must have either judge or untested"),
        ({"judge": '{ rule = "reach" }'}, "000-a: it must have either judge or unte"),
        ({"untested": None, "judge": '{ rule = "no" }'}, "there is no rule 'no'"),
        (
            {"untested": None, "judge": '{ rule = "memory", paths = 1 }'},
            "000-a: rule 'memory' cannot be made",
        ),
        ({"holds": "Below {limit}."}, "names no number: 'limit'"),
        ({"id": "001-a"}, "claim 001-a: id must begin with 000-"),
        ({"id": "000-A"}, "claim 000-A: id of a claim must be in kebab-case"),
        ({"colour": "red"}, "000-a: a claim has no colour"),
    ],
)
def test_a_mistake_is_one_error_with_file_and_id(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(ClaimsError, match=re.escape(told)) as error:
        entries(written(tmp_path, quoted(**changes)), SHARED)
    assert str(error.value).startswith("report_000.toml, claim 00")
    assert "\n" not in str(error.value)


def test_an_id_is_there_once(tmp_path: Path) -> None:
    with pytest.raises(ClaimsError, match="000-a: this id is there twice"):
        entries(written(tmp_path, quoted(), quoted()), SHARED)
    (found,) = entries(written(tmp_path, quoted()), SHARED)
    assert (found.id, found.section, found.untested) == ("000-a", "1.1", "no study")


def test_what_is_no_toml_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "report_000.toml"
    path.write_text("report = ")
    with pytest.raises(ClaimsError, match="^report_000.toml is no TOML"):
        toml(path)
    path.write_text('report = "000"')
    with pytest.raises(ClaimsError, match="^report_000.toml must have report and sec"):
        entries(path, SHARED)


def test_numbers_in_words() -> None:
    assert said(10_000) == "10 000"
    assert said([1, 2.5, "a"]) == "1, 2.5, a"
    assert said([[1, 2], [3, 4]]) == "(1, 2), (3, 4)"
