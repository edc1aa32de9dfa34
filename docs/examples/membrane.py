"""How far back does a forecast of a membrane potential have to look?

The series is a recording that matplotlib ships: the potential of a neuron, 12 000
samples at intervals of 0.5 ms, in units of 100 mV. A network reads the last values and
adds what it expects to change to the last one. Its yardstick is persistence: nothing
changes.
"""

from pathlib import Path

import matplotlib
import numpy as np
from flax import nnx

from seqjax import nn, study


class Forecaster(nnx.Module):
    """The last value, and a change that a recurrent cell makes of all of them."""

    def __init__(self, cell, hidden_size, rngs):
        self.recurrent = nn.Recurrent(cell, 1, hidden_size, rngs=rngs)
        self.change = nnx.Linear(hidden_size, 1, rngs=rngs)

    def __call__(self, values):  # (batch, window)
        time_first = values.T[..., None]
        _, carry = self.recurrent(time_first, outputs=False)
        change = self.change(self.recurrent.last_output(carry))
        return values[:, -1] + change[:, 0]


class Membrane(study.Experiment):
    """Forecast of the next value of a series from the last ones.

    Attributes:
        file: The series: a text file of numbers; by default that of matplotlib.
        cells: Cells to compare, among {cells}.
        windows: Values that a forecast looks back on.
        hidden_size: Units of the cell.
        test_share: Last part of the series, which is tested on, from 0 to 1.
    """

    file: str = ""
    cells: tuple[str, ...] = ("gru",)
    windows: tuple[int, ...] = (1, 2, 5, 20)
    hidden_size: int = 16
    test_share: float = 0.25
    steps: int = 3000
    batch_size: int = 128
    learning_rate: float = 0.003

    def grid(self):
        return {"cell": self.cells, "window": self.windows}

    def model(self, setting, rngs):
        return Forecaster(setting.cell, self.hidden_size, rngs)

    def data(self, setting):
        values = self.series()
        tested = round(self.test_share * len(values))
        known = values[:-tested]
        values = (values - known.mean()) / known.std()
        pieces = np.lib.stride_tricks.sliding_window_view(values, setting.window + 1)
        # Whatever the window, the same values are forecast in the test.
        train, test = pieces[:-tested], pieces[-tested:]
        return study.Data(
            train=(train[:, :-1], (train[:, -1], train[:, -2])),
            test=(test[:, :-1], (test[:, -1], test[:, -2])),
        )

    def loss(self, outputs, targets):
        following, _ = targets
        return study.squared_error(outputs, following)

    def score(self, outputs, targets):
        """Share of persistence's squared error that is saved: 0 is as good as it."""
        following, last = targets
        persistence = study.squared_error(last, following)
        return 1 - study.squared_error(outputs, following) / persistence

    def series(self):
        """The values, one after another."""
        if self.file:
            return np.loadtxt(self.file, dtype=np.float32).ravel()
        shipped = Path(matplotlib.get_data_path(), "sample_data", "membrane.dat")
        return np.fromfile(shipped, np.float32)
