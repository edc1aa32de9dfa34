"""The command complete: prompts, and what follows each."""

from collections.abc import Callable
from pathlib import Path

import jax
import pytest

from seqjax.charlm.writing import write
from seqjax.core.decoding import make_choice
from tests.charlm.tiny_models import greedy, log_prob, stored, tiny_model

Charlm = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return stored(tmp_path / "model", tiny_model())


def test_a_prompt_is_gone_on_with(charlm: Charlm, folder: Path) -> None:
    words = ["complete", folder, " The\n", "--seed", 4]
    status, out, err = charlm(*words)
    key, choice = jax.random.key(4), make_choice(0.25)
    (expected,) = write(tiny_model(), [" The\n"], 100, key=key, choice=choice)
    assert (status, out) == (0, f" The\n{expected}\n")
    assert err.splitlines()[1] == "seed: 4 (--seed 4 writes the same again)"


def test_each_of_several_prompts_has_a_heading(charlm: Charlm, folder: Path) -> None:
    prompts = ["The end ", "A", ""]
    words = ["--length", 30, "--temperature", 0]
    status, out, _ = charlm("complete", folder, *prompts, *words)
    model = tiny_model()
    assert status == 0
    assert out == "\n".join(
        f"==> prompt {i} of 3 <==\n{prompt}{greedy(model, prompt or chr(10), 30)}\n"
        for i, prompt in enumerate(prompts, 1)
    )


def test_each_prompt_has_a_search_of_its_own(charlm: Charlm, folder: Path) -> None:
    words = ["complete", folder, "The", "A", "--length", 8, "--beam", 3]
    status, out, err = charlm(*words)
    assert status == 0
    lines = err.splitlines()[2:]
    for i, (prompt, part) in enumerate(
        zip(["The", "A"], out.split("\n\n"), strict=True)
    ):
        title, _, found = part.rstrip("\n").partition("\n")
        assert title == f"==> prompt {i + 1} of 2 <=="
        value = log_prob(tiny_model(), prompt, found.removeprefix(prompt))
        assert lines[i].startswith(
            f"prompt {i + 1} of 2: log-probability {value:.4f} nats, "
        )


def test_a_prompt_may_begin_with_a_minus_sign(charlm: Charlm, tmp_path: Path) -> None:
    folder = stored(tmp_path, tiny_model("-ab"))
    words = ["--length", 5, "--temperature", 0, "--", "-a", "--"]
    _, out, _ = charlm("complete", folder, *words)
    assert [part.split("\n")[1][:2] for part in out.split("\n\n")] == ["-a", "--"]


UNKNOWN = (
    "must only have characters that the model's text has, not 'b' (U+0062); leave "
    "them out, or train on a text that has them or on bytes"
)


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        ([], "PROMPT must be given after DIR, got none; write it in quotation marks"),
        (["A", "bA"], f"prompt 2 of 2 {UNKNOWN}"),
        (["bA"], f"prompt {UNKNOWN}"),
        (
            ["A", "--length", "0"],
            "length must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            ["A", "--samples", "2"],
            "unknown option --samples; --help lists the options",
        ),
    ],
)
def test_what_cannot_be_asked_for(
    prompts: list[str], message: str, charlm: Charlm, folder: Path
) -> None:
    expected = f"seqjax.charlm: error: {message}\n"
    assert charlm("complete", folder, *prompts) == (2, "", expected)


def test_a_folder_must_be_given(charlm: Charlm) -> None:
    assert charlm("complete") == (
        2,
        "",
        "seqjax.charlm: error: DIR must be one folder, got none; give the --out of "
        "seqjax.charlm train, and a prompt in quotation marks\n",
    )


def test_help_says_what_stands_where(charlm: Charlm) -> None:
    status, out, err = charlm("complete", "--help")
    assert (status, err) == (0, "")
    head = "usage: python -m seqjax.charlm complete DIR PROMPT ... [OPTIONS]\n"
    assert out.startswith(head)
