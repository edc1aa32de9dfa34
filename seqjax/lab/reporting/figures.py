"""House style of the figures, and saving them reproducibly.

A study draws on ``matplotlib.figure.Figure`` inside `style`; pyplot's global state is
never touched, so drawing works in any thread, without a display, beside a notebook.
"""

import contextlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seqjax.lab.run_directory.files import write_atomic

# The colours of Okabe and Ito (2008), "Color Universal Design", safe for colour-blind
# readers; the order keeps the first three at least 20 L* apart, so that they also
# differ in grey (L* of 46, 71, 0). Later ones rely on marker and line style.
PALETTE = (
    "#0072B2",  # blue
    "#E69F00",  # orange
    "#000000",  # black
    "#D55E00",  # vermilion
    "#56B4E9",  # sky blue
    "#009E73",  # bluish green
    "#CC79A7",  # reddish purple
)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 2)))

_STYLE: dict[str, Any] = {
    "figure.figsize": (7.0, 4.5),
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.labelsize": 11,
    "legend.fontsize": 10,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "0.88",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    # Without a salt the identifiers inside an SVG are random.
    "svg.hashsalt": "seqjax",
}

FORMATS: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}
"""Of each figure, with their metadata: no date and no version of matplotlib, or the
same figure would differ every time."""


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Draws what is inside in the house style, whatever the user's own settings."""
    import matplotlib as mpl
    from cycler import cycler

    with mpl.rc_context():
        mpl.rcdefaults()
        parameters: Any = mpl.rcParams
        parameters.update(_STYLE | {"axes.prop_cycle": cycler(color=list(PALETTE))})
        yield


def categories(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Colour, marker and line style of each category, as arguments of ``plot``.

    The same position always gets the same look, so pass all the categories there are,
    in a fixed order, even where one figure shows only some.

    Raises:
        ValueError: For more categories than there are looks to tell apart.
    """
    if len(names) > len(PALETTE):
        raise ValueError(
            f"names must be at most {len(PALETTE)} categories, got {len(names)}; "
            "use several panels"
        )
    looks = zip(PALETTE, _MARKERS, _LINES, strict=True)
    return {
        name: {"color": color, "marker": marker, "linestyle": line}
        for name, (color, marker, line) in zip(names, looks, strict=False)
    }


def shades(n: int, hue: str = PALETTE[0]) -> list[str]:
    """Colours of one hue from light to dark, for n ordered values.

    CIE lightness L* falls in equal steps from 80 to 22 (a single colour gets 45).
    Luminance is linear in linear RGB: blending the hue with white raises it, and
    scaling it lowers it, to exactly what a lightness needs.

    Args:
        n: How many, at least 1.
        hue: Any matplotlib colour.

    Returns:
        n colours as ``"#rrggbb"``.
    """
    from matplotlib.colors import to_hex, to_rgb

    linear = [_to_linear(channel) for channel in to_rgb(hue)]
    base = _luminance(linear)
    colors = []
    for i in range(n):
        lightness = 80 - 58 * i / (n - 1) if n > 1 else 45.0
        target = ((lightness + 16) / 116) ** 3
        if target > base:
            blend = (target - base) / (1 - base) if base < 1 else 0.0
            mixed = [channel + blend * (1 - channel) for channel in linear]
        else:
            mixed = [channel * target / base for channel in linear]
        red, green, blue = (_from_linear(channel) for channel in mixed)
        colors.append(to_hex((red, green, blue)))
    return colors


def save(figure: Any, folder: Path, stem: str) -> list[Path]:
    """Writes a figure as PNG (200 dpi) and SVG, the same bytes for the same figure.

    Args:
        figure: A ``matplotlib.figure.Figure``.
        folder: Where to, existing.
        stem: File name without ending.

    Returns:
        The two files.

    Raises:
        UserError: When a file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    paths = []
    with style():
        for kind, meta in FORMATS.items():
            data = io.BytesIO()
            figure.savefig(data, format=kind, dpi=200, metadata=meta)
            paths.append(folder / f"{stem}.{kind}")
            write_atomic(paths[-1], data.getvalue())
    return paths


def _luminance(linear: Sequence[float]) -> float:
    """Relative luminance of linear sRGB (Rec. 709 weights)."""
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _to_linear(channel: float) -> float:
    """SRGB channel without its gamma (IEC 61966-2-1)."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _from_linear(channel: float) -> float:
    """SRGB channel with its gamma, kept inside 0..1."""
    value = 12.92 * channel
    if channel > 0.0031308:
        value = 1.055 * channel ** (1 / 2.4) - 0.055
    return min(max(value, 0.0), 1.0)
