"""Figures: the same bytes every time, colours that can be told apart, no pyplot."""

import itertools
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import rgb_to_hsv, to_rgb
from matplotlib.figure import Figure

from seqjax.lab.reporting import figures

# Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as dichromats see it.
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def lab(color: str, vision: Any = None) -> np.ndarray:
    """CIE L*a*b* under D65."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    if vision is not None:
        linear = np.clip(vision @ linear, 0, 1)
    t = XYZ @ linear / XYZ.sum(axis=1)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def drawing() -> Figure:
    with figures.style():
        figure = Figure()
        axes = figure.subplots()
        for i, look in enumerate(figures.categories("abc").values()):
            axes.plot([0, 1], [0, i], **look, label=f"line {i}")
        axes.set_title("title")
        axes.legend()
    return figure


def test_figures_are_reproducible(tmp_path: Path) -> None:
    saved = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        paths = figures.save(drawing(), tmp_path / name, "figure")
        assert [path.name for path in paths] == ["figure.png", "figure.svg"]
        saved.append([path.read_bytes() for path in paths])
    assert saved[0] == saved[1]
    png, svg = saved[0]
    assert int.from_bytes(png[16:20], "big") == 7 * 200
    assert b"<dc:date>" not in svg
    assert mpl.__version__.encode() not in png + svg


def test_style_ends_with_the_context_and_ignores_the_users_own() -> None:
    with mpl.rc_context({"font.size": 40, "axes.facecolor": "red"}):
        with figures.style():
            assert mpl.rcParams["font.size"] == 11
            assert mpl.rcParams["axes.facecolor"] == "white"
            colors = [entry["color"] for entry in mpl.rcParams["axes.prop_cycle"]]
            assert colors == list(figures.PALETTE)
        assert mpl.rcParams["font.size"] == 40


def test_pyplot_is_not_touched(script: Any) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from seqjax.lab.reporting import figures\n"
        "with figures.style():\n"
        "    from matplotlib.figure import Figure\n"
        "    figure = Figure(); figure.subplots().plot([1, 2])\n"
        "figures.save(figure, Path(), 'x')\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    ended = script("-c", code)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("vision", [None, PROTANOPIA, DEUTERANOPIA])
def test_categories_can_be_told_apart(vision: Any) -> None:
    names = [str(i) for i in range(7)]
    looks = figures.categories(names)
    for kind in ("color", "marker", "linestyle"):
        assert len({str(look[kind]) for look in looks.values()}) == 7
    assert figures.categories(names[:2]) == {n: looks[n] for n in names[:2]}
    for one, other in itertools.combinations(names, 2):
        ours, theirs = (lab(looks[name]["color"], vision) for name in (one, other))
        # 2.3 is a just noticeable difference.
        assert np.linalg.norm(ours - theirs) > 8
        if int(other) < 3:
            assert abs(ours[0] - theirs[0]) > (20 if vision is None else 15)
    with pytest.raises(ValueError, match="names must be at most 7 categories, got 8"):
        figures.categories([*names, "7"])


@pytest.mark.parametrize("hue", [*figures.PALETTE, "white", "yellow"])
def test_shades_fall_evenly_in_lightness(hue: str) -> None:
    shades = figures.shades(6, hue)
    lightness = np.array([lab(shade)[0] for shade in shades])
    np.testing.assert_allclose(lightness, np.linspace(80, 22, 6), atol=0.6)
    if hue == figures.PALETTE[0]:
        hues = [rgb_to_hsv(to_rgb(shade))[0] for shade in shades]
        np.testing.assert_allclose(hues, rgb_to_hsv(to_rgb(hue))[0], atol=0.05)
    assert len(figures.shades(1, hue)) == 1


def test_matplotlib_is_not_imported_before_it_is_needed(script: Any) -> None:
    code = (
        "import sys, seqjax.lab.reporting.figures\n"
        "assert 'matplotlib' not in sys.modules"
    )
    assert script("-c", code).returncode == 0
    assert sys.modules["matplotlib"] is mpl
