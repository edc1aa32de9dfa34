"""The command compare: several models, one opening, columns."""

from collections.abc import Callable
from pathlib import Path

import jax
import pytest

from seqjax.charlm.commands.columns import columns
from seqjax.charlm.commands.models import describe, names_of
from seqjax.charlm.writing import write
from seqjax.core.decoding import make_choice
from tests.charlm.tiny_models import TEXT, stored, tiny_model

Charlm = Callable[..., tuple[int, str, str]]

SAFE = "Then he"
"""A vocabulary without line breaks and tabs, which columns fold."""


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Three models with vocabularies of their own."""
    models = [tiny_model(SAFE), tiny_model(SAFE + "x"), tiny_model(SAFE, seed=1)]
    names = ["novel", "play", "epic"]
    return [
        stored(
            tmp_path / name,
            model._replace(training={"corpus": [f"{name}.txt"], "step": 3}),
        )
        for name, model in zip(names, models, strict=True)
    ]


def columns_of(page: str, width: int, count: int) -> list[str]:
    """The texts below the titles of a page of one row, unfolded."""
    lines = page.splitlines()[3:]
    share = (width + 3) // count
    return [
        "".join(line[i * share : (i + 1) * share].rstrip() for line in lines)
        for i in range(count)
    ]


def test_each_model_goes_on_in_a_column_of_its_own(
    charlm: Charlm, folders: list[Path]
) -> None:
    words = ["--prompt", "The", "--length", 70, "--width", 117, "--seed", 6]
    status, out, err = charlm("compare", *folders, *words)
    assert status == 0
    titles = [line.split() for line in out.splitlines()[:3]]
    assert titles[:2] == [
        ["novel", "play", "epic"],
        ["novel.txt", "play.txt", "epic.txt"],
    ]
    assert titles[2] == ["─" * 37] * 3
    key, choice = jax.random.key(6), make_choice(0.5)
    models = [tiny_model(SAFE), tiny_model(SAFE + "x"), tiny_model(SAFE, seed=1)]
    for model, found in zip(models, columns_of(out, 117, 3), strict=True):
        (expected,) = write(model, ["The"], 70, key=key, choice=choice)
        # Where a line is folded between words, the blank is not shown.
        assert found.replace(" ", "") == ("The" + expected).replace(" ", "")
    assert err.splitlines() == [
        f"{folders[0]}: GRU, 1 layer of 8 units, 5 characters; learnt novel.txt; "
        "3 updates",
        f"{folders[1]}: GRU, 1 layer of 8 units, 6 characters; learnt play.txt; "
        "3 updates",
        f"{folders[2]}: GRU, 1 layer of 8 units, 5 characters; learnt epic.txt; "
        "3 updates",
        "seed: 6 (--seed 6 writes the same again)",
    ]
    assert charlm("compare", *folders, *words)[1] == out


def test_searches_are_told_by_name(charlm: Charlm, folders: list[Path]) -> None:
    words = ["--prompt", "The", "--length", 5, "--beam", 2, "--width", 80]
    _, _, err = charlm("compare", *folders, *words)
    told = [line.split(": ")[0] for line in err.splitlines()[4:]]
    assert told == ["novel", "play", "epic"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--width", "19"], "width must be an integer of at least 20, not 19; "),
        (["--temperature", "-2"], "temperature must be a finite number of at least 0"),
        (["--samples", "2"], "unknown option --samples; "),
    ],
)
def test_what_cannot_be_asked_for(
    words: list[str], message: str, charlm: Charlm, folders: list[Path]
) -> None:
    status, out, err = charlm("compare", *folders, *words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"seqjax.charlm: error: {message}")


def test_the_model_that_does_not_know_a_character_is_named(
    charlm: Charlm, folders: list[Path]
) -> None:
    assert charlm("compare", *folders, "--prompt", "hex") == (
        2,
        "",
        f"seqjax.charlm: error: prompt for {folders[0]} must only have characters that "
        "the model's text has, not 'x' (U+0078); leave them out, or train on a text "
        "that has them or on bytes\n",
    )
    assert charlm("compare") == (
        2,
        "",
        "seqjax.charlm: error: DIR must be given, got none; give the --out of one or "
        "more trainings\n",
    )


def test_columns_share_the_page_and_go_below_each_other_where_it_is_narrow() -> None:
    texts = ["one two three " * 6, "a\nb\n\nc", "日本語" * 12, "x" * 100]
    titles = ["first\nbook", "second", "third", "fourth"]
    wide = columns(titles, texts, 129)
    assert wide.count("─" * 30) == 4
    assert len(wide.splitlines()) == 3 + 4
    assert max(len(line) for line in wide.splitlines()) <= 129
    assert [line[33:63].strip() for line in wide.splitlines()] == [
        "second",
        "",
        "─" * 30,
        "a",
        "b",
        "",
        "c",
    ]
    # Two rows of two, rather than three and one.
    narrow = columns(titles, texts, 100).splitlines()
    assert [line.split() for line in narrow if "d" in line][:2] == [
        ["first", "second"],
        ["third", "fourth"],
    ]
    single = columns(titles, texts, 40)
    assert single.count("─" * 40) == 4
    assert single.index("first") < single.index("second") < single.index("third")
    # A character of double width takes two places.
    assert max(2 * line.count("本") for line in single.splitlines()) <= 20
    assert columns(["t"], ["a\x1b[2Jb\rc"], 40).splitlines()[2] == "a␛[2Jb␍c"


def test_names_are_the_shortest_that_differ() -> None:
    assert names_of([Path("runs/a"), Path("runs/b")]) == ["a", "b"]
    assert names_of([Path("a/best"), Path("b/best")]) == ["a/best", "b/best"]
    assert names_of([Path("runs/a/1"), Path("x/1"), Path("2")]) == ["a/1", "x/1", "2"]
    assert names_of([Path("runs/a"), Path("runs/a")]) == ["runs/a", "runs/a"]


def test_a_model_of_which_little_is_known_is_described_all_the_same() -> None:
    model = tiny_model(TEXT)._replace(training={})
    assert describe(model) == "GRU, 1 layer of 8 units, 12 characters"
    manual = model._replace(training={"corpus": [], "step": 2, "validation_loss": None})
    assert describe(manual) == (
        "GRU, 1 layer of 8 units, 12 characters; learnt python; 2 updates"
    )
    data = tiny_model(of_bytes=True)._replace(training={"corpus": "?"})
    assert describe(data) == "GRU, 1 layer of 8 units, bytes"
