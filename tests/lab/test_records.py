"""Values survive the way to a file and back."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax.lab.run_directory import records
from tests.lab.toy_study import ToyConfig

COLUMNS = {"name": str, "count": int, "value": float, "good": bool}
AWKWARD = [0.1 + 0.2, 1e-308, 5e-324, -0.0, math.inf, -math.inf, 1 / 3, 2.0**53 + 2]


def row(**changes: Any) -> dict[str, Any]:
    return {"name": "a", "count": 1, "value": 0.5, "good": True} | changes


def round_trip(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return records.csv_rows(COLUMNS, records.csv_bytes(COLUMNS, rows))


def test_floats_read_back_to_the_same_bits() -> None:
    back = [r["value"] for r in round_trip([row(value=v) for v in AWKWARD])]
    assert [np.float64(v).tobytes() for v in back] == [
        np.float64(v).tobytes() for v in AWKWARD
    ]
    (nan,) = round_trip([row(value=math.nan)])
    assert math.isnan(nan["value"])


def test_types_and_empty_cells_read_back() -> None:
    rows = [
        row(name='a "quoted", name\nof two lines', count=10**30, good=False),
        row(name="1", count=-3),
        row(name=None, count=None, value=None, good=None),
        row(name="none", value=2),
    ]
    back = round_trip(rows)
    assert back == rows
    assert type(back[3]["value"]) is float
    assert back[0]["good"] is False


def test_numpy_scalars_are_written_as_python_ones() -> None:
    values = row(
        count=np.int32(7),
        value=np.float32(0.1),
        good=np.bool_(False),
        name=np.str_("x"),
    )
    assert records.csv_bytes(COLUMNS, [values]) == (
        b"name,count,value,good\nx,7,0.10000000149011612,false\n"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count": 1.5}, "column count must hold int or None, got 1.5"),
        ({"count": True}, "column count must hold int or None, got True"),
        ({"good": 1}, "column good must hold bool or None, got 1"),
        ({"value": "0.5"}, "column value must hold float or None, got '0.5'"),
        ({"name": ""}, "column name must hold str or None, got ''"),
    ],
)
def test_values_of_another_type_are_refused(changes: Any, message: str) -> None:
    with pytest.raises(ValueError, match="rows and columns agree") as error:
        records.csv_bytes(COLUMNS, [row(**changes)])
    assert str(error.value).startswith(message)


def test_rows_of_other_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="must have exactly the columns name, count"):
        records.csv_bytes(COLUMNS, [row(more=1)])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: columns are missing"),
        ("name,count\n", "line 1: columns are name, count"),
        ("name,count,value,good\na,1,0.5\n", "line 2: "),
        ("name,count,value,good\na,1,0.5,true\na,x,0.5,true\n", "line 3: invalid"),
        ("name,count,value,good\na,1,0.5,yes\n", "line 2: neither true nor false"),
    ],
)
def test_text_of_another_form_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="line") as error:
        records.csv_rows(COLUMNS, text.encode())
    assert str(error.value).startswith(message)


def test_json_is_strict_sorted_and_ends_with_a_line_feed() -> None:
    value = {"b": np.float32(0.5), "a": [math.nan, np.inf, 1], "c": {"é": (None, True)}}
    text = records.json_bytes(value).decode()
    assert text.endswith("}\n")
    assert json.loads(text) == {
        "a": [None, None, 1],
        "b": 0.5,
        "c": {"é": [None, True]},
    }
    assert [line[2:5] for line in text.splitlines() if line[2:3] == '"'] == [
        '"a"',
        '"b"',
        '"c"',
    ]
    assert "NaN" not in text
    assert records.plain({"path": Path("a/b"), "array": np.arange(2)}) == {
        "path": "a/b",
        "array": [0, 1],
    }
    with pytest.raises(TypeError, match="object has no plain form"):
        records.plain([object()])


@pytest.mark.parametrize(
    "config",
    [
        ToyConfig(),
        ToyConfig(lengths=(5,), clip_norm=None, learning_rate=1e-308, cell="lstm"),
        ToyConfig(lengths=(), clip_norm=0.1 + 0.2, early_stop=True),
    ],
)
def test_configurations_survive_json(config: ToyConfig) -> None:
    stored = json.loads(records.json_bytes(records.config_to_plain(config)))
    assert records.config_from_plain(ToyConfig, stored) == config
