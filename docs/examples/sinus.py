"""Which width does a network need to follow a sine that it sees through noise?"""

import jax.numpy as jnp
import numpy as np
from flax import nnx

from seqjax import study


class Network(nnx.Module):
    """One hidden layer."""

    def __init__(self, width, rngs):
        self.hidden = nnx.Linear(1, width, rngs=rngs)
        self.out = nnx.Linear(width, 1, rngs=rngs)

    def __call__(self, x):
        return self.out(jnp.tanh(self.hidden(x)))


class Sinus(study.Experiment):
    """Width of a network that follows a sine seen through noise.

    Attributes:
        widths: Units of the hidden layer.
        noise: Standard deviation of the noise on what is trained on.
    """

    widths: tuple[int, ...] = (2, 8, 32)
    noise: float = 0.1
    steps: int = 3000
    learning_rate: float = 0.01

    def grid(self):
        return {"width": self.widths}

    def model(self, setting, rngs):
        return Network(setting.width, rngs)

    def data(self, setting):
        draw = np.random.default_rng(0)
        x, unseen = draw.uniform(-3, 3, (2, 400, 1))
        y = np.sin(2 * x) + draw.normal(0, self.noise, x.shape)
        return study.Data(train=(x, y), test=(unseen, np.sin(2 * unseen)))

    def loss(self, outputs, targets):
        return study.squared_error(outputs, targets)
