"""Pickles of arrays are read as Python reads them, and nothing else is, or is run."""

import pickle
import pickletools
import random
import re
import warnings
from collections import OrderedDict, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from seqjax.lab.data.graph_data.pickle_steps import ADMITTED, PickleError
from seqjax.lab.data.graph_data.pickles import read_pickle

ARRAYS = [
    np.arange(6, dtype=np.int32).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.array([-0.5, 2.25], ">f4"),
    np.array([[250]], np.uint8),
    np.zeros((0, 4), np.int64),
]
# As Python 2 wrote np.array([258, -1], np.int32).
OF_PYTHON_2 = (
    b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02"
    b"K\x00\x85U\x01b\x87Rq\x03(K\x01K\x02\x85cnumpy\ndtype\nq\x04U\x02i4K\x00K\x01"
    b"\x87Rq\x05(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
    b"U\x08\x02\x01\x00\x00\xff\xff\xff\xfftb."
)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype.str}{a.shape}")
def test_an_array_comes_back(array: np.ndarray, protocol: int) -> None:
    found = read_pickle(pickle.dumps(array, protocol))
    assert isinstance(found, np.ndarray)
    assert found.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csr_array])
def test_a_matrix_comes_back(kind: Any, protocol: int) -> None:
    dense = np.array([[0, 2, 0], [0, 0, 0], [-1, 0, 0.5]], np.float32)
    found = read_pickle(pickle.dumps(kind(dense), protocol))
    assert isinstance(found, sparse.csr_array)
    np.testing.assert_array_equal(found.toarray(), dense)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", [dict, lambda d: defaultdict(list, d)])
def test_a_dictionary_comes_back(kind: Any, protocol: int) -> None:
    value = {0: [1, 70000], 1: [0], 70000: [], 5: [2**40]}
    assert read_pickle(pickle.dumps(kind(value), protocol)) == value


def test_an_array_of_python_2() -> None:
    found = read_pickle(OF_PYTHON_2)
    np.testing.assert_array_equal(found, np.array([258, -1], np.int32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the old names
        expected = pickle.loads(OF_PYTHON_2, encoding="latin1")
    np.testing.assert_array_equal(found, expected)


def touch(name: str) -> None:
    """Makes a file."""
    Path(name).touch()


class Evil:
    """Makes a file if it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return touch, (str(self.path),)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_nothing_is_run(tmp_path: Path, protocol: int) -> None:
    data = pickle.dumps(Evil(tmp_path / "made"), protocol)
    with pytest.raises(PickleError, match="^names .*pickles touch'"):
        read_pickle(data)
    assert not (tmp_path / "made").exists()
    pickle.loads(data)  # which is how it could have gone
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"cposix\nsystem\n(S'true'\ntR.",
            "names 'posix system', which is no array of numbers",
        ),
        (
            b"cbuiltins\neval\n(S'1'\ntR.",
            "names 'builtins eval', which is no array of numbers",
        ),
        (
            b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
            "names 'os system', which is no array of numbers",
        ),
        # One letter beside an admitted name, and an attribute of one.
        (
            b"cnumpy\nndarrays\n.",
            "names 'numpy ndarrays', which is no array of numbers",
        ),
        (
            b"\x80\x04\x8c\x05numpy\x8c\x12ndarray.__reduce__\x93.",
            "names 'numpy ndarray.__reduce__', which is no array of numbers",
        ),
        (
            b"\x80\x04\x8c\x02a\n\x8c\x04\xf0\x9f\x98\x80\x93.",
            "names 'a\\n \\U0001f600', which is no array of numbers",
        ),
        (
            b"c" + b"a" * 5000 + b"\nb\n.",
            f"names '{'a' * 60}', which is no array of numbers",
        ),
        (b"(iposix\nsystem\n.", "has a step INST, which data never have"),
        (b"\x82\x01.", "has a step EXT1, which data never have"),
        (b"Pid\n.", "has a step PERSID, which data never have"),
        (
            pickle.dumps(np.array([touch]), 2),
            "names 'tests.lab.test_graph_pickles touch', which is no array of numbers",
        ),
        (
            pickle.dumps(np.array([None]), 2),
            "has an array of type 'O8', not of numbers",
        ),
        (
            pickle.dumps(np.array(["a"]), 2),
            "has an array of type 'U1', not of numbers",
        ),
        (
            pickle.dumps(OrderedDict(), 2),
            "names 'collections OrderedDict', which is no array of numbers",
        ),
        (
            pickle.dumps([1, 2], 2),
            "holds neither an array nor a matrix nor a dictionary",
        ),
        (
            pickle.dumps(np.dtype("f4"), 2),
            "holds neither an array nor a matrix nor a dictionary",
        ),
        (b"", "is cut or damaged"),
        (b"no pickle at all", "is cut or damaged"),
        (pickle.dumps(np.zeros((1, 1, 1)), 2), "is cut or damaged"),
    ],
)
def test_what_is_no_data_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(PickleError, match=f"^{re.escape(message)}$"):
        read_pickle(data)


BIG = b"\xff\xff\xff\x7f"


@pytest.mark.parametrize(
    "data",
    [
        # Python's unpickler makes room for 2**32 objects before it looks.
        pytest.param(b"\x80\x02}r\xff\xff\xff\xff0.", id="pop"),
        pytest.param(b"\x80\x02N" + b"\x85" * 20_000 + b"0.", id="deep"),
        # Were it ten times as deep, to hash this key would overflow the stack.
        pytest.param(b"\x80\x02}N" + b"\x85" * 20_000 + b"Ns.", id="deep key"),
        pytest.param(b"\x80\x02cnumpy\ndtype\n}b.", id="state of a name"),
        pytest.param(b"\x80\x02}(N}b.", id="state of a dictionary"),
        pytest.param(OF_PYTHON_2[:-1] + b"Nb.", id="no second state"),
        pytest.param(OF_PYTHON_2[:-1] + b"}b.", id="second state"),
        pytest.param(OF_PYTHON_2.replace(b"K\x02\x85", b"J" + BIG + b"\x85"), id="big"),
        pytest.param(
            OF_PYTHON_2.replace(b"K\x02\x85", b"J\xff\xff\xff\xff\x85"), id="below 0"
        ),
        pytest.param(OF_PYTHON_2.replace(b"U\x01<", b"U\x01?"), id="order of bytes"),
        pytest.param(
            OF_PYTHON_2.replace(b"U\x08\x02\x01\x00", b"X\x09\x00\x00\x00\xc4\x80"),
            id="characters that are no bytes",
        ),
        pytest.param(b"\x80\x02h\x07.", id="nothing remembered"),
        pytest.param(b"\x80\x02NN.", id="two things"),
        pytest.param(b"\x80\x02}q\x00(K\x01u.", id="key without a value"),
        pytest.param(b"\x80\x02t.", id="no mark"),
        pytest.param(b"\x80\x02X" + BIG + b"abc.", id="longer than the file"),
        pytest.param(b"\x80\x02I" + b"9" * 10_000 + b"\n.", id="long number"),
    ],
)
def test_traps_are_no_traps(data: bytes) -> None:
    with pytest.raises(PickleError):
        read_pickle(data)


@pytest.mark.parametrize(
    "change",
    [
        {"indices": np.array([0, 3, 1], np.int32)},
        {"indices": np.array([0, -1, 1], np.int32)},
        {"indices": np.array([0, 1], np.int32)},
        {"indices": np.array([0.0, 1.0, 2.0])},
        {"indptr": np.array([0, 2, 1, 3], np.int32)},
        {"indptr": np.array([0, 1, 3], np.int32)},
        {"indptr": np.array([1, 1, 2, 3], np.int32)},
        {"indptr": np.array([0, 1, 2, 4], np.int32)},
        {"indptr": np.zeros(0, np.int32)},
        {"data": np.zeros((3, 1))},
        {"_shape": (3, -1)},
        {"_shape": (3, 2**40)},
        {"_shape": (3, 3, 3)},
        {"_shape": None},
        {"data": None},
    ],
)
def test_a_matrix_that_points_outside_is_refused(change: dict[str, Any]) -> None:
    matrix = sparse.csr_matrix(np.eye(3))
    matrix.__dict__.update(change)
    with pytest.raises(PickleError, match="^is cut or damaged$"):
        read_pickle(pickle.dumps(matrix, 2))
    del matrix.__dict__["data"]
    with pytest.raises(PickleError, match="^is cut or damaged$"):
        read_pickle(pickle.dumps(matrix, 2))


def mutated(data: bytes, choose: random.Random) -> bytes:
    """The data with a few bits turned, a piece left out or put in, or its end cut."""
    changed = bytearray(data)
    kind = choose.randrange(4)
    if kind == 0:
        for _ in range(choose.randint(1, 4)):
            changed[choose.randrange(len(changed))] ^= 1 << choose.randrange(8)
    elif kind == 1:
        del changed[choose.randrange(len(changed)) :]
    elif kind == 2:
        start = choose.randrange(len(changed))
        del changed[start : start + choose.randint(1, 9)]
    else:
        start = choose.randrange(len(changed))
        changed[start:start] = choose.randbytes(choose.randint(1, 9))
    return bytes(changed)


@pytest.mark.parametrize(
    "value",
    [
        ARRAYS[0],
        sparse.csr_matrix(np.eye(4, dtype=np.float32)),
        defaultdict(list, {n: [n + 1, 300 * n] for n in range(9)}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_damaged_pickle_is_data_or_refused(value: Any) -> None:
    choose = random.Random(5)
    lines, data_found = [], 0
    for _ in range(600):
        data = mutated(pickle.dumps(value, choose.choice([2, 4, 5])), choose)
        try:
            found = read_pickle(data)
        except PickleError as error:
            lines.append(str(error))
        else:
            data_found += type(found) in (np.ndarray, sparse.csr_array, dict)
    assert len(lines) > 100
    assert data_found == 600 - len(lines)
    assert data_found
    assert all(line.isprintable() for line in lines)


def test_only_names_of_arrays_are_admitted() -> None:
    modules = {name.split()[0] for name in ADMITTED}
    tops = {module.split(".")[0] for module in modules}
    assert tops == {
        "numpy",
        "scipy",
        "collections",
        "builtins",
        "__builtin__",
        "_codecs",
    }
    # And no opcode calls what they name: they are words to the reader.
    names = [
        arg for op, arg, _ in pickletools.genops(OF_PYTHON_2) if op.name == "GLOBAL"
    ]
    assert set(names) <= set(ADMITTED)
