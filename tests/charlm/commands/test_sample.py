"""The command sample: what is written where, and what cannot be asked for."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import pytest

from seqjax import __version__
from seqjax.charlm.commands import manner
from seqjax.charlm.writing import PIECE, write
from seqjax.core.decoding import make_choice
from seqjax.lab.run_directory.model_files import load_model
from tests.charlm.tiny_models import greedy, log_prob, stored, tiny_model
from tests.variants import and_slow

Charlm = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return stored(tmp_path / "model", tiny_model())


def text(charlm: Charlm, *words: Any) -> str:
    """What is written, without the line break after it."""
    status, out, _ = charlm("sample", *words)
    assert status == 0
    assert out[-1] == "\n"
    return out[:-1]


def test_the_text_alone_is_on_standard_output(charlm: Charlm, folder: Path) -> None:
    length = PIECE + 20
    words = ["--prompt", "The", "--length", length, "--seed", 5, "--temperature", 0.8]
    status, out, err = charlm("sample", folder, *words)
    key, choice = jax.random.key(5), make_choice(0.8)
    expected = write(tiny_model(), ["The"], length, key=key, choice=choice)
    assert (status, out) == (0, f"The{expected[0]}\n")
    assert err.splitlines() == [
        f"{folder}: GRU, 1 layer of 8 units, 12 characters; learnt tale.txt; 1 update; "
        "validation loss 2.500 nats",
        "seed: 5 (--seed 5 writes the same again)",
    ]


def test_a_random_seed_is_printed_and_writes_the_same_again(
    charlm: Charlm, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([4294967295, 17])
    monkeypatch.setattr("secrets.randbelow", lambda most: next(drawn) % most)
    words = ["sample", folder, "--length", 60]
    _, first, told = charlm(*words)
    assert "seed: 4294967295 (--seed 4294967295 writes the same again)\n" in told
    _, second, told = charlm(*words)
    assert "seed: 17 " in told
    assert first != second
    assert charlm(*words, "--seed", 4294967295)[1] == first
    assert charlm(*words, "--seed", 17)[1] == second


def test_blanks_around_a_prompt_belong_to_it(charlm: Charlm, folder: Path) -> None:
    for prompt in (" The ", "\tA\n"):
        words = [folder, "--prompt", prompt, "--length", 30, "--temperature", 0]
        assert text(charlm, *words) == prompt + greedy(tiny_model(), prompt, 30)


def test_temperatures_and_their_limits(charlm: Charlm, folder: Path) -> None:
    words = [folder, "--length", 60, "--seed", 1]
    plain = text(charlm, *words)
    assert text(charlm, *words, "--temperature", 1) == plain
    assert text(charlm, *words, "--top-p", 1) == plain
    assert text(charlm, *words, "--top-k", 99_999_999_999) == plain
    half = text(charlm, *words, "--temperature", 0.5)
    assert half != plain
    assert text(charlm, *words, "--inverse-temperature", 2) == half
    best = greedy(tiny_model(), "\n", 60)
    for how in (
        ["--temperature", 0],
        ["--inverse-temperature", 1e5],
        ["--top-k", 1],
        ["--top-p", 1e-6],
        ["--beam", 1],
        ["--beam", 1, "--temperature", 0],
    ):
        assert text(charlm, *words, *how) == best
    assert text(charlm, *words, "--top-k", 3, "--top-p", 0.5) not in (plain, best)


def test_a_beam_search_tells_its_log_probability(charlm: Charlm, folder: Path) -> None:
    model = tiny_model()
    words = ["sample", folder, "--prompt", "The", "--length", 12, "--seed", 0]
    status, out, err = charlm(*words, "--beam", 4)
    value = log_prob(model, "The", out[3:-1])
    assert (status, len(out)) == (0, 3 + 12 + 1)
    assert value >= log_prob(model, "The", greedy(model, "The", 12))
    assert err.splitlines()[2:] == [
        f"sample 1 of 1: log-probability {value:.4f} nats, {value / 12:.4f} per "
        f"character, score {value:.4f}"
    ]
    # The first "," ends it; the escape stands for a tab.
    for end, character in ((",", ","), ("\\t", "\t")):
        more = ["--end", end, "--length-normalization", 2]
        _, out, err = charlm(*words, "--beam", 20, *more)
        found = out[3:-1]
        assert found.endswith(character) or len(found) == 12
        assert character not in found[:-1]
        value = log_prob(model, "The", found)
        score = value / ((5 + len(found)) / 6) ** 2
        assert f"log-probability {value:.4f} nats" in err
        assert f"score {score:.4f}" in err
    _, out, err = charlm(*words, "--beam", 2, "--length-normalization", 0.5)
    assert "note: without --end all texts have one length, and " in err


def test_many_samples_have_headings_and_are_the_same_alone(
    charlm: Charlm, folder: Path
) -> None:
    words = ["sample", folder, "--prompt", "A", "--length", PIECE + 5, "--seed", 3]
    _, alone, _ = charlm(*words)
    _, out, err = charlm(*words, "--samples", 3)
    key = jax.random.key(3)
    texts = write(tiny_model(), ["A"] * 3, PIECE + 5, key=key)
    assert f"A{texts[0]}\n" == alone
    assert out == "\n".join(
        f"==> sample {i} of 3 <==\nA{found}\n" for i, found in enumerate(texts, 1)
    )
    assert len(err.splitlines()) == 2


def test_how_a_text_without_a_prompt_begins(charlm: Charlm, folder: Path) -> None:
    words = [folder, "--length", 40, "--seed", 2, "--temperature", 0]
    assert text(charlm, *words) == greedy(tiny_model(), "\n", 40)
    drawn = text(charlm, *words, "--start", "random")
    assert drawn == drawn[0] + greedy(tiny_model(), drawn[0], 39)
    assert drawn != text(charlm, *words)


def test_a_model_of_a_training_is_chosen(charlm: Charlm, tmp_path: Path) -> None:
    for seed, which in ((3, "best"), (3, "last"), (7, "best"), (7, "last")):
        place = tmp_path / "models" / f"seed-{seed}" / which
        stored(place, tiny_model(seed=2 * seed + (which == "last")))
    words = [tmp_path, "--length", 30, "--temperature", 0]
    for how, seed in (
        ([], 6),
        (["--last"], 7),
        (["--model-seed", 7], 14),
        (["--model-seed", 7, "--last"], 15),
    ):
        assert text(charlm, *words, *how) == greedy(tiny_model(seed=seed), "\n", 30)


class Terminal(io.StringIO):
    """A stream that keeps what it shows at each flush, and may be closed by then."""

    def __init__(self, fault: BaseException | None = None, encoding: str = "utf-8"):
        super().__init__()
        self.shown: list[str] = []
        self.fault = fault
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        if self.fault and self.shown:
            raise self.fault
        self.shown.append(self.getvalue())


@pytest.mark.parametrize("of_bytes", [False, True])
def test_the_text_appears_as_it_is_drawn(
    of_bytes: bool,
    charlm: Charlm,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = stored(tmp_path, tiny_model(of_bytes=of_bytes))
    words = [folder, "--prompt", "é", "--length", 3 * PIECE, "--seed", 1]
    whole = text(charlm, *words)
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    charlm("sample", *words)
    assert len(out.shown) >= 5  # the prompt, three pieces, the line break
    assert all(b.startswith(a) for a, b in zip(out.shown, out.shown[1:], strict=False))
    assert len(set(out.shown)) >= 5
    # Control characters would be commands to a terminal: it gets their pictures.
    shown = out.getvalue()[:-1]
    assert len(shown) == len(whole)
    for a, b in zip(whole, shown, strict=True):
        if ord(a) < 32 and a not in "\n\t":
            assert ord(b) == 0x2400 + ord(a)
        elif a != "\x7f":
            assert a == b
    assert of_bytes == (shown != whole)


def test_an_encoding_without_a_character_gets_a_question_mark(
    charlm: Charlm, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [folder, "--length", 40, "--seed", 1]
    whole = text(charlm, *words)
    assert "é" in whole
    out = Terminal(encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert charlm("sample", *words)[0] == 0
    assert out.getvalue() == whole.replace("é", "?") + "\n"


def test_an_interrupt_ends_the_line(
    charlm: Charlm, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> Iterator[list[str]]:
        yield ["abc"]
        raise KeyboardInterrupt

    monkeypatch.setattr(manner, "stream", interrupted)
    status, out, err = charlm("sample", folder, "--prompt", "T")
    assert (status, out) == (130, "Tabc\n")
    assert err.splitlines()[2:] == ["seqjax.charlm: interrupted"]


def test_a_pipe_that_is_closed_and_a_disk_that_is_full(
    charlm: Charlm, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["sample", folder, "--length", 300, "--seed", 1]
    monkeypatch.setattr(sys, "stdout", Terminal(BrokenPipeError()))
    status, _, err = charlm(*words)
    assert status == 0
    assert len(err.splitlines()) == 2
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(sys, "stdout", Terminal(full))
    status, _, err = charlm(*words)
    assert status == 2
    assert err.splitlines()[2:] == [
        "seqjax.charlm: error: cannot write the text: No space left on device; "
        "send it somewhere else, with the same --seed"
    ]


# A shell may have told its background jobs to ignore the interrupt.
PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from seqjax.__main__ import main
sys.exit(main(["charlm", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("end", and_slow(["interrupted"], ["closed"]))
def test_an_endless_text_through_a_pipe(end: str, folder: Path) -> None:
    """As ``| head`` and Ctrl-C end it; what is read arrives while it is written."""
    words = ["sample", str(folder), "--length", "1000000000", "--seed", "1"]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert len(process.stdout.read(1000)) == 1000
        if end == "closed":
            process.stdout.close()
        else:
            process.send_signal(signal.SIGINT)
            assert process.stdout.read().endswith(b"\n")
        last = process.stderr.read().decode().splitlines()[2:]
        process.wait(60)
    if end == "closed":
        assert (process.returncode, last) == (0, [])
    else:
        assert (process.returncode, last) == (130, ["seqjax.charlm: interrupted"])


WORDS = [
    (
        ["--prompt", "Abü"],
        "prompt must only have characters that the model's text has, not 'b' (U+0062), "
        "'ü' (U+00FC); leave them out, or train on a text that has them or on bytes",
    ),
    (
        ["--temperature", "-1"],
        "temperature must be a finite number of at least 0, not -1.0; 0 takes the most "
        "probable token, 1 draws as the model says",
    ),
    (
        ["--temperature", "nan"],
        "temperature must be a finite number of at least 0, not nan; 0 takes the most "
        "probable token, 1 draws as the model says",
    ),
    (
        ["--temperature", "0.5", "--inverse-temperature", "2"],
        "--temperature 0.5 must stand without --inverse-temperature 2.0; leave one "
        "out: the first divides the logits, the second multiplies them",
    ),
    (
        ["--inverse-temperature", "0"],
        "inverse_temperature must be a finite number above 0, not 0.0; it multiplies "
        "the logits; --temperature 0 takes the most probable",
    ),
    (["--top-k", "0"], "top_k must be an integer of at least 1, not 0; give 1 or more"),
    *[
        (
            ["--top-p", word],
            "top_p must be a finite number above 0 and at most 1, "
            f"not {value}; 1 keeps every token",
        )
        for word, value in (("0", "0.0"), ("1.01", "1.01"), ("-0.5", "-0.5"))
    ],
    (
        ["--length", "0"],
        "length must be an integer of at least 1, not 0; give 1 or more",
    ),
    (
        ["--samples", "0"],
        "samples must be an integer of at least 1, not 0; give 1 or more",
    ),
    (
        ["--samples", "10001"],
        "samples must be at most 10000, not 10001; give fewer, and another --seed for "
        "more",
    ),
    (
        ["--seed", "4294967296"],
        "seed must be from 0 to 4294967295, not 4294967296; "
        "leave it out for a random one",
    ),
    (
        ["--seed", "-1"],
        "seed must be from 0 to 4294967295, not -1; leave it out for a random one",
    ),
    (
        ["--beam", "0"],
        "beam must be an integer of at least 1, not 0; 1 is the greedy choice",
    ),
    (["--beam", "1001"], "beam must be at most 1000, not 1001; give fewer beams"),
    (
        ["--beam", "10", "--length", "1000001"],
        "length must be at most 1000000 with 10 beams, not 1000001; give less of one",
    ),
    *[
        (
            ["--beam", "3", *words],
            f"--beam 3 must stand without {' '.join(words)}; leave one out: "
            "a beam search draws nothing",
        )
        for words in (
            ["--temperature", "0.5"],
            ["--inverse-temperature", "2.0"],
            ["--top-k", "3"],
            ["--top-p", "0.9"],
            ["--samples", "2"],
        )
    ],
    (
        ["--beam", "3", "--length-normalization", "-1"],
        "length_normalization must be a finite number of at least 0, not -1.0; "
        "0 is the log-probability itself",
    ),
    (
        ["--beam", "3", "--end", "Th"],
        "end must be one character, not the 2 of 'Th'; "
        "give one that the model's text has",
    ),
    *[
        (
            words,
            f"{' '.join(words)} must stand with --beam; add it or leave this out: it "
            "is about the texts of a beam search",
        )
        for words in (["--end", "A"], ["--length-normalization", "0.5"])
    ],
    (
        ["--start", "anywhere"],
        "--start must be one of line, random, got 'anywhere'; choose one of these",
    ),
    (["--lenght", "3"], "unknown option --lenght; did you mean --length?"),
]


@pytest.mark.parametrize(("words", "message"), WORDS, ids=lambda x: " ".join(x))
def test_what_cannot_be_asked_for(
    words: list[str], message: str, charlm: Charlm, folder: Path
) -> None:
    expected = f"seqjax.charlm: error: {message}\n"
    assert charlm("sample", folder, *words) == (2, "", expected)


@pytest.mark.parametrize("words", [[], ["one", "two"]])
def test_one_folder_must_be_given(words: list[str], charlm: Charlm) -> None:
    assert charlm("sample", *words) == (
        2,
        "",
        f"seqjax.charlm: error: DIR must be one folder, got "
        f"{' '.join(words) or 'none'}; give the --out of seqjax.charlm train, and a "
        "prompt in quotation marks\n",
    )


def test_folders_without_a_whole_model(charlm: Charlm, tmp_path: Path) -> None:
    def error(folder: Path) -> str:
        status, out, err = charlm("sample", folder)
        assert (status, out) == (2, "")
        return err.removeprefix("seqjax.charlm: error: ").removesuffix("\n")

    (tmp_path / "empty").mkdir()
    assert error(tmp_path / "empty") == (
        f"{tmp_path}/empty must hold a model, but has neither model.json nor models; "
        "give the --out of seqjax.charlm train"
    )
    assert error(tmp_path / "none") == (
        f"{tmp_path}/none must be the run directory of a training, or a model's "
        "folder, but is no folder; give the --out of seqjax.charlm train"
    )
    folder = stored(tmp_path / "model", tiny_model())
    (weights,) = folder.glob("*.safetensors")
    data, size = weights.read_bytes(), weights.stat().st_size
    weights.write_bytes(data[: size // 2])
    assert error(folder) == (
        f"{weights} must have {size} bytes, not {size // 2}; copy the model again"
    )
    weights.write_bytes(data)
    path = folder / "model.json"
    described = json.loads(path.read_text())
    path.write_text(json.dumps(described | {"schema": 2, "seqjax": "9.0"}))
    assert error(folder) == (
        f"{path} must have schema 1, not 2; read it with seqjax 9.0, which wrote it, "
        f"instead of {__version__}"
    )
    path.write_text(json.dumps(described)[:-9])
    assert error(folder).startswith(f"{path} must be whole, but is not (")
    path.write_text(json.dumps(described))
    assert load_model(folder).vocabulary == tiny_model().vocabulary


def test_help_explains_every_option(charlm: Charlm) -> None:
    status, out, err = charlm("sample", "--help")
    assert (status, err) == (0, "")
    assert out.startswith("usage: python -m seqjax.charlm sample DIR [OPTIONS]\n")
    said = " ".join(out.split())
    for words in (
        "Without it a text begins as after a line break",
        "--temperature FLOAT T, which divides the logits",
        "1/T, which multiplies the logits",
        "((5 + length) / 6)^A",
        "(default: a random one, which is printed)",
    ):
        assert words in said
