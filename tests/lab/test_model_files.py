"""Model files: exact, whole or not there, and clear about what is wrong with them."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load, save

from seqjax import __version__
from seqjax.lab.data.corpora.vocabulary import Vocabulary, vocabulary_of
from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import files
from seqjax.lab.run_directory.model_files import StoredModel, load_model, save_model
from seqjax.nn import LanguageNetwork
from tests.registered import CELL_NAMES

TEXT = "a “curly” é\n\ttale\ud800"


def draw_model(seed: int = 0, **changes: Any) -> StoredModel:
    """A model of any numbers: the exact bits count, those of no number too."""
    vocabulary = vocabulary_of(TEXT)
    fields: dict[str, Any] = {"cell": "gru", "hidden_size": 3, "embedding_size": 2}
    fields |= changes
    network = LanguageNetwork(vocab_size=vocabulary.size, **fields)
    rng = np.random.default_rng(seed)

    def draw(shape: Any) -> jax.Array:
        bits = rng.integers(0, 2**32, size=shape.shape, dtype=np.uint32)
        return jnp.asarray(bits.view(np.float32))

    params = jax.tree.map(draw, jax.eval_shape(network.init, jax.random.key(0)))
    training = {"steps": 10, "rate": 2e-3, "of": ["a", None, True]}
    return StoredModel(network, params, vocabulary, training)


def assert_same(found: StoredModel, expected: StoredModel) -> None:
    assert found._replace(params=None) == expected._replace(params=None)
    ours = found.network.to_arrays(found.params)
    theirs = expected.network.to_arrays(expected.params)
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert array.dtype == theirs[name].dtype
        assert array.tobytes() == theirs[name].tobytes()


@pytest.mark.parametrize(
    "changes",
    [{}, {"cell": "lstm", "embedding_size": None}, {"cell": "rnn", "layers": 3}],
    ids=str,
)
def test_a_model_comes_back_to_the_bit(changes: Any, tmp_path: Path) -> None:
    model = draw_model(**changes)
    save_model(tmp_path / "deep" / "model", model)
    assert_same(load_model(tmp_path / "deep" / "model"), model)


def test_bytes_as_vocabulary(tmp_path: Path) -> None:
    network = LanguageNetwork("rnn", 256, 1, layers=1)
    params = jax.jit(network.init)(jax.random.key(0))
    model = StoredModel(network, params, Vocabulary("bytes"), {})
    save_model(tmp_path, model)
    assert_same(load_model(tmp_path), model)


def test_a_new_model_takes_the_place_of_the_old(tmp_path: Path) -> None:
    save_model(tmp_path, draw_model(0))
    (tmp_path / "notes.txt").write_text("mine")
    save_model(tmp_path, draw_model(1, cell="lstm"))
    assert_same(load_model(tmp_path), draw_model(1, cell="lstm"))
    names = sorted(path.suffix for path in tmp_path.iterdir())
    assert names == [".json", ".safetensors", ".txt"]
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    save_model(tmp_path, draw_model(1, cell="lstm"))
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_crash_leaves_the_old_model_or_the_new(
    writes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = draw_model(0), draw_model(1)
    save_model(tmp_path, old)
    write, unlink, left = files.write_atomic, Path.unlink, iter(range(writes))

    def dying(path: Path, data: bytes) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        write(path, data)

    def keeping(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".safetensors":
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_atomic", dying)
        patch.setattr(Path, "unlink", keeping)
        with pytest.raises(KeyboardInterrupt):
            save_model(tmp_path, new)
    assert_same(load_model(tmp_path), new if writes == 2 else old)
    save_model(tmp_path, new)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_model_replaced_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(tmp_path, draw_model(0))
    read = files.read_bytes

    def slow(path: Path) -> bytes | None:
        data = read(path)
        if path.name == "model.json":
            monkeypatch.setattr(files, "read_bytes", read)
            save_model(tmp_path, draw_model(1))
        return data

    monkeypatch.setattr(files, "read_bytes", slow)
    assert_same(load_model(tmp_path), draw_model(1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_model(tmp_path / "model", draw_model())
    return tmp_path / "model"


def weights_of(folder: Path) -> Path:
    (path,) = folder.glob("*.safetensors")
    return path


def describe(folder: Path, **changes: Any) -> None:
    """Change entries of `model.json`; None takes one out."""
    path = folder / "model.json"
    described = json.loads(path.read_text()) | changes
    kept = {name: value for name, value in described.items() if value is not None}
    path.write_text(json.dumps(kept))


def replace_weights(folder: Path, data: bytes) -> None:
    """Other weights, with the entry in `model.json` that belongs to them."""
    path = weights_of(folder)
    path.write_bytes(data)
    entry = {"file": path.name, "bytes": len(data)}
    describe(folder, weights=entry | {"sha256": hashlib.sha256(data).hexdigest()})


def retensor(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    arrays = load(weights_of(folder).read_bytes())
    change(arrays)
    replace_weights(folder, save(arrays))


def flip(folder: Path) -> None:
    data = bytearray(weights_of(folder).read_bytes())
    data[-1] ^= 1
    weights_of(folder).write_bytes(data)


def renetwork(folder: Path, **changes: Any) -> None:
    network = json.loads((folder / "model.json").read_text())["network"]
    describe(folder, network=network | changes)


AGAIN = "copy the model again"
FAULTS: list[tuple[Callable[[Path], Any], str]] = [
    (
        shutil.rmtree,
        "{folder} must hold a model, but has no model.json; "
        "give a folder that a training wrote",
    ),
    (
        lambda folder: (folder / "model.json").unlink(),
        "{folder} must hold a model, but has no model.json; "
        "give a folder that a training wrote",
    ),
    (
        lambda folder: (folder / "model.json").write_text("{"),
        "{folder}/model.json must be whole, but is not (Expecting property name "
        "enclosed in double quotes: line 1 column 2 (char 1)); " + AGAIN,
    ),
    (
        lambda folder: (folder / "model.json").write_text("[1]"),
        "{folder}/model.json must describe a seqjax language model, but does not; "
        "give a folder that a training wrote",
    ),
    (
        lambda folder: describe(folder, schema=2, seqjax="9.0"),
        "{folder}/model.json must have schema 1, not 2; read it with seqjax 9.0, "
        f"which wrote it, instead of {__version__}",
    ),
    (
        lambda folder: describe(folder, vocabulary=None, training=None),
        "{folder}/model.json must be complete, but lacks training, vocabulary; "
        + AGAIN,
    ),
    (
        lambda folder: describe(folder, weights={"file": "x"}),
        "{folder}/model.json must be complete, but lacks its weights' file, bytes and "
        "sha256; " + AGAIN,
    ),
    (
        lambda folder: renetwork(folder, cell="lstn"),
        f"{{folder}}/model.json cannot be understood (cell must be one of "
        f"{CELL_NAMES}, not 'lstn'; did you mean 'lstm'?); " + AGAIN,
    ),
    (
        lambda folder: renetwork(folder, vocab_size=5),
        "{folder}/model.json cannot be understood (vocabulary must have the network's "
        "5 symbols, not 15; give the one that it was trained with); " + AGAIN,
    ),
    (
        lambda folder: weights_of(folder).unlink(),
        "{weights} must be beside model.json, but is not there; " + AGAIN,
    ),
    (
        lambda folder: weights_of(folder).write_bytes(b"123"),
        "{weights} must have {size} bytes, not 3; " + AGAIN,
    ),
    (
        flip,
        "{weights} must have the checksum in model.json, but was changed; " + AGAIN,
    ),
    (
        lambda folder: replace_weights(folder, b"no tensors at all"),
        "{weights} must hold the weights that model.json describes: ",
    ),
    (
        lambda folder: retensor(folder, lambda arrays: arrays.pop("projection.b")),
        "{weights} must hold the weights that model.json describes: arrays must be the "
        "parameters of their network, but projection.b is missing; give those of the "
        "same model",
    ),
    (
        lambda folder: retensor(
            folder, lambda arrays: arrays.update(more=np.zeros(2, np.float32))
        ),
        "{weights} must hold the weights that model.json describes: arrays must be the "
        "parameters of their network, but more is no parameter; give those of the "
        "same model",
    ),
    (
        lambda folder: renetwork(folder, embedding_size=1),
        "{weights} must hold the weights that model.json describes: arrays must be the "
        "parameters of their network, but embedding is float32[15, 2] instead of "
        "float32[15, 1], recurrent.layer_0.w_x is float32[2, 9] instead of "
        "float32[1, 9]; give those of the same model",
    ),
]


@pytest.mark.parametrize(("spoil", "message"), FAULTS, ids=range(len(FAULTS)))
def test_a_fault_is_named(
    spoil: Callable[[Path], Any], message: str, folder: Path
) -> None:
    weights = weights_of(folder)
    size = weights.stat().st_size
    spoil(folder)
    with pytest.raises(UserError) as error:
        load_model(folder)
    wanted = message.format(folder=folder, weights=weights, size=size)
    assert str(error.value) == wanted or (
        wanted.endswith(": ") and str(error.value).startswith(wanted)
    )
    assert "\n" not in str(error.value)


def test_a_file_cut_anywhere_is_refused_in_one_line(folder: Path) -> None:
    for path in list(folder.iterdir()):
        whole = path.read_bytes()
        # The line feed at the end of the JSON carries nothing.
        for size in range(0, len(whole.rstrip()), max(1, len(whole) // 50)):
            path.write_bytes(whole[:size])
            with pytest.raises(UserError, match=path.name) as error:
                load_model(folder)
            assert "\n" not in str(error.value)
        path.write_bytes(whole)
    load_model(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"vocabulary": vocabulary_of("ab")},
            "vocabulary must have the network's 15 symbols, not 2; "
            "give the one that it was trained with",
        ),
        (
            {"network": draw_model(layers=1).network},
            "arrays must be the parameters of their network, but "
            "recurrent.layer_1.b is no parameter, recurrent.layer_1.b_hn is no "
            "parameter, recurrent.layer_1.w_h is no parameter, recurrent.layer_1.w_x "
            "is no parameter; give those of the same model",
        ),
    ],
)
def test_what_does_not_fit_is_not_written(
    changes: Any, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="must") as error:
        save_model(tmp_path, draw_model()._replace(**changes))
    assert str(error.value) == message
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="^cannot make .*: .*; choose another --out$"):
        save_model(tmp_path / "file" / "model", draw_model())


def test_safetensors_is_loaded_when_it_is_needed() -> None:
    code = (
        "import sys, seqjax.lab.run_directory.model_files\n"
        "print('jax' in sys.modules, 'safetensors' in sys.modules)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert finished.stdout.split() == ["True", "False"]
