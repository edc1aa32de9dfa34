"""Settings: presets say what those before did, and options say the last word."""

from dataclasses import fields
from typing import Any

import jax.numpy as jnp
import pytest

from seqjax.charlm.building import schedule_of
from seqjax.charlm.config import Config, resolve
from seqjax.charlm.presets import PRESETS, preset_settings
from seqjax.lab.run_directory.records import config_from_plain, config_to_plain
from tests.registered import CELL_NAMES


def test_the_course_is_what_nothing_else_is_said_of() -> None:
    config = resolve({})
    assert config == Config() == resolve({"preset": "course"})
    assert (config.cell, config.layers, config.hidden_size) == ("lstm", 2, 128)
    assert (config.optimizer, config.learning_rate) == ("adam", 2e-3)
    assert (config.batch_size, config.window, config.carried) == (64, 30, False)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_changes_what_it_says_and_nothing_else(preset: str) -> None:
    config, plain = resolve({"preset": preset}), Config()
    says = preset_settings(preset, {})
    for field in fields(Config):
        expected = says.get(field.name, getattr(plain, field.name))
        if field.name != "preset":
            assert getattr(config, field.name) == expected
    assert config.preset == preset


@pytest.mark.parametrize("preset", PRESETS)
def test_options_override_a_preset(preset: str) -> None:
    explicit: dict[str, Any] = {
        "preset": preset,
        "layers": 2,
        "hidden_size": 7,
        "dropout": 0.5,
        "schedule": "constant",
        "sample_steps": (3,),
        "carried": False,
        "reset": 0.0,
    }
    config = resolve(explicit)
    assert {name: getattr(config, name) for name in explicit} == explicit


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("end", [{"steps": 9}, {"epochs": 2.0}, {"minutes": 0.5}])
def test_another_end_takes_the_place_of_the_presets(
    preset: str, end: dict[str, Any]
) -> None:
    config = resolve({"preset": preset} | end)
    ends = {"steps": 5000, "epochs": 0.0, "minutes": 0.0} | end
    assert {name: getattr(config, name) for name in ends} == ends


def test_report_003_lowers_the_rate_every_5000_updates() -> None:
    config = resolve({"preset": "report-003"})
    schedule = schedule_of(config, 10**6)
    of = jnp.asarray(config.steps, jnp.int32)
    for update, factor in ((0, 1), (4999, 1), (5000, 0.96), (10_000, 0.96**2)):
        found = schedule(jnp.asarray(update, jnp.int32), of)
        assert float(found) == pytest.approx(factor, rel=1e-5)
    assert (config.dropout, config.steps, config.learning_rate) == (0.05, 500_000, 2e-3)
    assert config.sample_steps[-1] == config.steps


def test_char_rnn_lowers_the_rate_every_epoch_after_the_tenth() -> None:
    config = resolve({"preset": "char-rnn"})
    epoch = 400
    schedule = schedule_of(config, epoch * 50 * 50)
    of = jnp.asarray(50 * epoch, jnp.int32)
    for update, factor in (
        (10 * epoch - 1, 1),
        (10 * epoch, 0.97),
        (11 * epoch - 1, 0.97),
        (11 * epoch, 0.97**2),
    ):
        found = schedule(jnp.asarray(update, jnp.int32), of)
        assert float(found) == pytest.approx(factor, rel=1e-5)
    assert (config.epochs, config.learning_rate, config.clip_norm) == (50, 2e-3, 5)


def test_strong_is_larger_where_there_is_more_time() -> None:
    sizes = []
    for minutes in (0.5, 3.0, 10.0, 60.0):
        config = resolve({"preset": "strong", "minutes": minutes})
        assert (config.minutes, config.schedule) == (minutes, "cosine")
        sizes.append((config.layers, config.hidden_size, config.dropout))
    assert sizes == [(1, 256, 0.0), (1, 256, 0.0), (1, 384, 0.0), (2, 384, 0.2)]
    assert resolve({"preset": "strong"}).hidden_size == 384  # ten minutes
    explicit = {"preset": "strong", "minutes": 60.0, "hidden_size": 128}
    assert resolve(explicit).hidden_size == 128


@pytest.mark.parametrize(
    "explicit",
    [
        {},
        *({"preset": preset} for preset in PRESETS),
        {
            "corpus": ("a.txt", "./b"),
            "encoding": "latin-1",
            "vocabulary": "bytes",
            "clip_norm": float("inf"),
            "sample_temperatures": (1.0,),
        },
    ],
)
def test_settings_go_through_json(explicit: dict[str, Any]) -> None:
    config = resolve(explicit)
    assert config_from_plain(Config, config_to_plain(config)) == config


@pytest.mark.parametrize(
    ("explicit", "message"),
    [
        (
            {"steps": 3, "minutes": 1.0},
            "a training must end by one of steps, epochs, minutes, not by steps and "
            "minutes; give one",
        ),
        (
            {"steps": 3, "epochs": 1.0, "minutes": 1.0},
            "a training must end by one of steps, epochs, minutes, not by steps and "
            "epochs and minutes; give one",
        ),
        (
            {"preset": "cours"},
            "preset must be one of course, report-002, report-003, char-rnn, strong, "
            "not 'cours'; did you mean 'course'?",
        ),
        (
            {"cell": "lstn"},
            f"cell must be one of {CELL_NAMES}, not 'lstn'; did you mean 'lstm'?",
        ),
        (
            {"schedule": "linear"},
            "schedule must be one of constant, step, cosine, not 'linear'",
        ),
        (
            {"decay_unit": "minutes"},
            "decay_unit must be one of updates, epochs, not 'minutes'",
        ),
        (
            {"optimizer": "nadam", "optimizer_flavor": "tf1"},
            "flavor must have the optimizer nadam, which tf1 has not; use torch or "
            "keras",
        ),
        (
            {"layers": 0},
            "layers must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"seeds": 0},
            "seeds must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"window": 0},
            "window must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"warmup": -1},
            "warmup must be an integer of at least 0, not -1; give 0 or more",
        ),
        (
            {"learning_rate": 0.0},
            "learning_rate must be a finite number above 0, not 0.0; try 1e-3",
        ),
        (
            {"learning_rate": float("nan")},
            "learning_rate must be a finite number above 0, not nan; try 1e-3",
        ),
        (
            {"decay_every": 0.0},
            "decay_every must be a finite number above 0, not 0.0; try 5000",
        ),
        (
            {"decay": 1.5},
            "decay must be a finite number above 0 and at most 1, not 1.5",
        ),
        (
            {"minutes": -1.0},
            "minutes must be a finite number of at least 0, not -1.0",
        ),
        (
            {"clip_norm": 0.0},
            "clip_norm must be a number above 0, not 0.0; give inf for none",
        ),
        (
            {"dropout": 1.0},
            "dropout must be a finite number between 0 and 0.999, not 1.0",
        ),
        (
            {"dropout": 0.1, "layers": 1},
            "dropout must be 0 with one layer, not 0.1, since it is between layers; "
            "give --layers 2 or --dropout 0",
        ),
        (
            {"reset": 0.1},
            "reset must be 0 where states are not carried, not 0.1; give --carried or "
            "--reset 0",
        ),
        (
            {"reset": 1.1, "carried": True},
            "reset must be a finite number between 0 and 1, not 1.1",
        ),
        (
            {"forget_bias": "chrono", "window": 2},
            "window must be an integer of at least 3, not 2; the chrono forget bias "
            "needs at least three inputs",
        ),
        (
            {"batch_parts": 3},
            "batch_parts must divide batch_size (64), not 3; give 0 to have it chosen",
        ),
        (
            {"sample_temperatures": (0.5, -1.0)},
            "sample_temperatures must be a finite number of at least 0, not -1.0; 0 is "
            "greedy",
        ),
        (
            {"sample_temperatures": (1.0, 0.5, 1.0)},
            "sample_temperatures must not repeat a value, but 1.0 is there twice; give "
            "it once",
        ),
        (
            {"sample_lengths": (0,)},
            "sample_lengths must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"sample_lengths": ()},
            "sample_lengths must name at least one value, not none; give one or more",
        ),
        (
            {"sample_steps": (5, -1)},
            "sample_steps must be an integer of at least 0, not -1; give 0 or more",
        ),
        (
            {"sample_steps": (5, 5)},
            "sample_steps must not repeat a value, but 5 is there twice; give it once",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    explicit: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match="must") as error:
        resolve(explicit)
    assert str(error.value) == message


def test_settings_made_in_python_have_one_end_too() -> None:
    with pytest.raises(ValueError, match="not by epochs and minutes; give one"):
        Config(epochs=1.0, minutes=1.0)
    assert Config(steps=3, minutes=1.0).minutes == 1


def test_what_is_no_number_is_refused() -> None:
    for name in ("steps", "layers", "batch_size"):
        with pytest.raises(ValueError, match=f"{name} must be an integer"):
            resolve({name: True})
