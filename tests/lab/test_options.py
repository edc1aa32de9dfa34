"""Options come from the configuration, and every error says what to do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

import pytest

from seqjax.lab.command_line.options import options_of
from seqjax.lab.command_line.parsing import parse, parser_of
from seqjax.lab.errors import UserError
from tests.lab.toy_study import STUDY, ToyConfig
from tests.registered import CELL_NAMES, GRAPH_MODEL_NAMES, OPTIMIZER_NAMES


def given(*words: str, config: type = ToyConfig) -> dict[str, Any]:
    options = options_of(config)
    return parse(parser_of("prog", "Summary.", {"options": options}), options, words)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("", {}),
        ("--seeds 2", {"seeds": 2}),
        ("--seeds=3 --seeds 4", {"seeds": 4}),
        ("--lengths 5 10 15 --seeds 1", {"lengths": (5, 10, 15), "seeds": 1}),
        ("--early-stop", {"early_stop": True}),
        ("--no-early-stop", {"early_stop": False}),
        ("--early-stop --no-early-stop", {"early_stop": False}),
        ("--cell lstm", {"cell": "lstm"}),
        ("--seeds -3", {"seeds": -3}),
        ("--learning-rate -1e-3", {"learning_rate": -1e-3}),
        ("--learning-rate -inf", {"learning_rate": float("-inf")}),
        ("--learning-rate 1", {"learning_rate": 1.0}),
        ("--clip-norm none", {"clip_norm": None}),
        ("--clip-norm 10", {"clip_norm": 10.0}),
    ],
)
def test_only_what_is_given_is_returned(words: str, values: dict[str, Any]) -> None:
    assert given(*words.split()) == values
    assert {k: type(v) for k, v in given(*words.split()).items()} == {
        k: type(v) for k, v in values.items()
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "--seeds ten",
            "--seeds must be a whole number, got 'ten'; for example --seeds 2",
        ),
        (
            "--seeds 1.5",
            "--seeds must be a whole number, got '1.5'; for example --seeds 2",
        ),
        (
            "--learning-rate fast",
            "--learning-rate must be a number, got 'fast'; "
            "for example --learning-rate 0.1",
        ),
        ("--seeds", "--seeds must have a value, got none; for example --seeds 2"),
        (
            "--lengths --seeds 1",
            "--lengths must have a value, got none; for example --lengths 1 2 3",
        ),
        (
            "--lengths 1 b",
            "--lengths must be a whole number, got 'b'; for example --lengths 1 2 3",
        ),
        (
            "--seeds 1 2",
            "--seeds must have one value, got 2: 1 2; for example --seeds 2",
        ),
        (
            "--cell lstn",
            "--cell must be one of rnn, lstm, got 'lstn'; did you mean lstm?",
        ),
        (
            "--cell cnn3d",
            "--cell must be one of rnn, lstm, got 'cnn3d'; choose one of these",
        ),
        ("--seds 3", "unknown option --seds; did you mean --seeds?"),
        ("--seed=3", "unknown option --seed; did you mean --seeds?"),
        ("--zzz", "unknown option --zzz; --help lists the options"),
        ("-x", "unknown option -x; --help lists the options"),
        (
            "3",
            "unexpected word '3'; every value follows an option, see --help",
        ),
        (
            "--early-stop yes",
            "unexpected word 'yes'; every value follows an option, see --help",
        ),
        (
            "--no-early-stop=1",
            "--no-early-stop must stand alone, got '--no-early-stop=1'; leave out '=1'",
        ),
    ],
)
def test_errors_word_by_word(words: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        given(*words.split())
    assert str(error.value) == message


def test_help_explains_every_option_with_its_default(
    toy: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert toy("--help") == 0
    text = capsys.readouterr().out
    lines = {line.strip() for line in text.splitlines()}
    assert STUDY.summary in lines
    for line in (
        "--seeds INT           Models per block. (default: 2)",
        "--lengths INT ...     Lengths to go through, in steps. (default: 1 2 3)",
        "--cell {rnn,lstm}     Kind of cell. (default: rnn)",
        "Whether to stop early. (default: --no-early-stop)",
        "--clip-norm FLOAT     Largest norm, or none. (default: inf)",
    ):
        assert line in lines
    for option in ("--out", "--overwrite", "--devices", "--compilation-cache"):
        assert option in text
    assert "(default: runs/toy/<time stamp>)" in text


def test_fields_that_can_be_no_option_are_refused() -> None:
    @dataclass
    class Bare:
        seeds: int = 1

    @dataclass
    class Needed:
        seeds: int = field(metadata={"help": "Seeds."})

    @dataclass
    class Strange:
        seeds: dict[str, int] = field(default_factory=dict, metadata={"help": "Seeds."})

    for config, message in (
        (Bare, "field seeds of Bare must be described under 'Attributes:'"),
        (Needed, "field seeds of Needed must have a default"),
        (Strange, "field seeds of Strange has a type that no option can have"),
    ):
        with pytest.raises(TypeError, match=message):
            options_of(config)


def test_tuples_of_choices_and_inherited_fields() -> None:
    @dataclass(frozen=True)
    class Child(ToyConfig):
        """More.

        Attributes:
            cells: Cells: several
                of them.
            sizes (tuple): Sizes.
        """

        cells: tuple[Literal["rnn", "lstm"], ...] = ("rnn",)
        sizes: tuple[Literal[1, 2], ...] = (1,)

    options = {option.name: option for option in options_of(Child)}
    assert options["cells"].help == "Cells: several of them."
    assert options["seeds"].help == "Models per block."
    assert given("--cells", "lstm", "rnn", "--sizes", "2", config=Child) == {
        "cells": ("lstm", "rnn"),
        "sizes": (2,),
    }


def test_the_names_that_are_registered_stand_in_the_help() -> None:
    @dataclass(frozen=True)
    class Choosing:
        """Choices.

        Attributes:
            cell: One of {cells}.
            optimizer: Among {optimizers}, or
                {graph_models}.
        """

        cell: str = "rnn"
        optimizer: str = "sgd"

    cell, optimizer = options_of(Choosing)
    assert cell.help == f"One of {CELL_NAMES}."
    assert optimizer.help == f"Among {OPTIMIZER_NAMES}, or {GRAPH_MODEL_NAMES}."


@dataclass(frozen=True)
class Reading:
    """Settings of what reads texts.

    Attributes:
        corpus: Texts.
        seeds: Models.
        sizes: Numbers.
        names: Words.
        carried: Whether to carry.
    """

    corpus: tuple[str, ...] = ()
    seeds: int = 1
    sizes: tuple[float, ...] = (1.0, 2.0)
    names: tuple[str, ...] = ("x",)
    carried: bool = False


def read(*words: str) -> dict[str, Any]:
    options = [
        option._replace(positional=option.name == "corpus")
        for option in options_of(Reading)
    ]
    return parse(parser_of("prog", "Summary.", {"options": options}), options, words)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("", {}),
        ("a.txt", {"corpus": ("a.txt",)}),
        ("a.txt b.txt", {"corpus": ("a.txt", "b.txt")}),
        ("a.txt --seeds 3 b.txt", {"corpus": ("a.txt", "b.txt"), "seeds": 3}),
        ("--seeds=3 a.txt", {"corpus": ("a.txt",), "seeds": 3}),
        ("--seeds 3 4", {"corpus": ("4",), "seeds": 3}),
        ("--seeds -3 a.txt", {"corpus": ("a.txt",), "seeds": -3}),
        ("--carried a.txt", {"corpus": ("a.txt",), "carried": True}),
        ("--no-carried a.txt", {"corpus": ("a.txt",), "carried": False}),
        ("--sizes 1 -2e3 inf a.txt", {"corpus": ("a.txt",), "sizes": (1, -2e3, inf)}),
        ("--sizes 1 2 ./3", {"corpus": ("./3",), "sizes": (1, 2)}),
        ("3 --sizes 1", {"corpus": ("3",), "sizes": (1,)}),
        (
            "--names x y --seeds 1 a",
            {"corpus": ("a",), "names": ("x", "y"), "seeds": 1},
        ),
        ("- -5", {"corpus": ("-", "-5")}),
        ("a -- b --seeds -x", {"corpus": ("a", "b", "--seeds", "-x")}),
        ("--sizes 1 -- 2", {"corpus": ("2",), "sizes": (1,)}),
        ("--carried --", {"carried": True}),
    ],
)
def test_words_that_belong_to_no_option(words: str, values: dict[str, Any]) -> None:
    assert read(*words.split()) == values


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "--seeds a.txt",
            "--seeds must be a whole number, got 'a.txt'; for example --seeds 1",
        ),
        (
            "--sizes a.txt",
            "--sizes must have a value, got none; for example --sizes 1.0 2.0",
        ),
        (
            "--seeds -- 3",
            "--seeds must have a value, got none; for example --seeds 1",
        ),
        ("--corpus a.txt", "unknown option --corpus; --help lists the options"),
        ("a.txt --sead 3", "unknown option --sead; did you mean --seeds?"),
        ("a.txt -x", "unknown option -x; --help lists the options"),
        (
            "a.txt --carried=1",
            "--carried must stand alone, got '--carried=1'; leave out '=1'",
        ),
    ],
)
def test_errors_beside_such_words(words: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(*words.split())
    assert str(error.value) == message


def test_a_word_may_be_empty_or_have_blanks() -> None:
    assert read("", "my tale.txt", "--seeds", "2") == {
        "corpus": ("", "my tale.txt"),
        "seeds": 2,
    }


def test_help_shows_where_such_words_go(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read("--help")
    shown = capsys.readouterr().out
    assert shown.startswith("usage: prog [CORPUS ...] [OPTIONS]\n")
    assert "CORPUS Texts. (default: none)" in " ".join(shown.split())
    assert "--corpus" not in shown
