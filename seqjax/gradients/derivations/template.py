"""The file that a person fills in."""

import numpy as np

from seqjax.gradients.derivations.catalogue import CellGradients
from seqjax.gradients.derivations.examples import Sizes

_LETTERS = Sizes(steps=7, inputs=2, hidden=3, classes=5)
_NAMES = {8: "T + 1", 2: "d", 3: "n", 5: "k"}


def template(cell: CellGradients, file: str) -> str:
    """The text of a file that defines all functions of a cell, none written yet.

    Args:
        cell: which cell.
        file: its name, for the command that checks it.
    """
    example = cell.draw(0, _LETTERS)
    lines = [
        f'"""My gradients of {cell.title}, to be checked by',
        "",
        f"    python -m seqjax.gradients check {file}",
        "",
        "The network, for one sequence (no batch: sum or mean over it is not asked):",
        "",
        *(f"    {equation}" for equation in cell.equations),
        "",
        "Here * is elementwise. Every function gets one argument s and returns an",
        "array (NumPy or JAX) of the shape of what it is the gradient of. In s are, in",
        "float64, for d inputs, n hidden units and k classes:",
        "",
        "    s.T        number of steps",
        f"    s.x        {_shape(example.x)}: inputs x_1 to x_T; s.x[t] is x_t,",
        "               and s.x[0] is zero",
    ]
    for name, meaning in cell.states:
        shape = _shape(getattr(example, name))
        lines += [f"    s.{name}        {shape}: {meaning}"]
    lines += [
        f"    s.p        {_shape(example.p)}: logits",
        f"    s.y        {_shape(example.y)}: softmax(p)",
        f"    s.target   {_shape(example.target)}: one-hot",
    ]
    for name in (n.removeprefix("d") for n in cell.derivations):
        lines.append(f"    s.{name:<8} {_shape(getattr(example, name))}")
    lines += [
        "",
        "Helpers beside the functions are welcome. Delete what you have not derived,",
        "and name the rest after --only.",
        '"""',
        "",
        "import numpy as np",
    ]
    for name in cell.derivations:
        shape = _shape(getattr(example, name.removeprefix("d")))
        lines += [
            "",
            "",
            f"def {name}(s):",
            f'    """dL/{name.removeprefix("d")}, {shape}."""',
            "    raise NotImplementedError",
        ]
    return "\n".join(lines) + "\n"


def _shape(array: np.ndarray) -> str:
    """Its shape in letters."""
    return (
        "("
        + ", ".join(_NAMES[n] for n in array.shape)
        + ("," * (array.ndim == 1))
        + ")"
    )
