r"""The optimisers' rules as the reports write them, in equations or in words.

A rule takes the parameters, the gradient there, its memory (arrays, 0 at first), the
rate and the number of the update, from 1; it gives parameters and memory after it.

Reports leave their constants open. Here they have those of a library's rule of that
name (`seqjax.train.optimizers`), so that both can go the same way.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

Array = Float64[np.ndarray, "*parameters"]
Memory = tuple[Array, ...]
Step = Callable[[Array, Array, Memory, float, int], tuple[Array, Memory]]

GAMMA = 0.9
"""Momentum's discount: torch's and Keras's usual value."""

BETA_1, BETA_2 = 0.9, 0.999
"""Adam's decays (Kingma & Ba 2015)."""


class Rule(NamedTuple):
    """An optimiser.

    Attributes:
        step: one update.
        memories: how many arrays it keeps.
    """

    step: Step
    memories: int


def _sgd(
    theta: Array, gradient: Array, memory: Memory, rate: float, update: int
) -> tuple[Array, Memory]:
    """Gradient descent, which the reports compare with."""
    return theta - rate * gradient, ()


def _momentum_001(
    theta: Array, gradient: Array, memory: Memory, rate: float, update: int
) -> tuple[Array, Memory]:
    # Report 001, section 1.4, second paragraph: "This is achieved by summing to the
    # update step the update at the previous step discounted by some value \gamma."
    # Report 003, section 1.4: "The weights get updated as a weighted sum of the
    # previous update and the new gradient"; report 000: "Momentum is the idea that
    # previous derivatives have effect on the current gradient." No equation there.
    (previous,) = memory
    step = rate * gradient + GAMMA * previous
    return theta - step, (step,)


def _adagrad_001(
    theta: Array, gradient: Array, memory: Memory, rate: float, update: int
) -> tuple[Array, Memory]:
    # Report 001, section 1.4, third paragraph: "The global learning rate \eta is
    # divided by the square root of the sum of squares of the gradients with respect to
    # the particular parameter plus a smoothing term to avoid numerical errors."
    # Read as (root) + (smoothing term), which is torch's rule; its term is 1e-10.
    (squares,) = memory
    squares = squares + gradient**2
    return theta - rate / (np.sqrt(squares) + 1e-10) * gradient, (squares,)


def _rmsprop_001(
    theta: Array, gradient: Array, memory: Memory, rate: float, update: int
) -> tuple[Array, Memory]:
    # Report 001, section 1.4, third paragraph: "a slight modification on top of Adagrad
    # [...] the sum of past gradients is discounted expononentially (exponentially
    # decaying average of squared gradients)."
    # Report 002, question 1.4: "It takes into account previous gradients (with a larger
    # weight on more recent ones) to determine how future gradients will be scaled."
    (average,) = memory
    average = 0.99 * average + (1 - 0.99) * gradient**2
    return theta - rate / (np.sqrt(average) + 1e-8) * gradient, (average,)


def _adam_words(
    theta: Array, gradient: Array, memory: Memory, rate: float, update: int
) -> tuple[Array, Memory]:
    # Report 001, section 1.4, fourth paragraph: "computes an exponentially decaying
    # average of past squares gradients [...] but also include an exponentially decaying
    # average of the gradients themselves [...] remove their intrinsic bias towards zero
    # by using two hyperparameters \beta_1, \beta_2. The unbiased estimates of the first
    # and second moment are then substituted respectively to the gradients and the
    # matrix of decaying average of past squared gradients in the update equations we
    # previously saw in RMSprop."
    # Report 000, section 1.4, in short: "Adam is similar to RMSProp, however it uses
    # momentum and correction bias."
    first, second = memory
    first = BETA_1 * first + (1 - BETA_1) * gradient
    second = BETA_2 * second + (1 - BETA_2) * gradient**2
    mean = first / (1 - BETA_1**update)
    square = second / (1 - BETA_2**update)
    return theta - rate / (np.sqrt(square) + 1e-8) * mean, (first, second)


def _rmsprop_003(
    theta: Array, gradient: Array, memory: Memory, rate: float, update: int
) -> tuple[Array, Memory]:
    rho, epsilon = 0.9, 1e-7  # Keras's, whose root has epsilon inside too
    (v,) = memory
    # Report 003, section 1.4, equation (19):
    #   v_t = \rho v_{t-1} + (1 - \rho) \cdot (\nabla_{\theta_t} f)^2
    v = rho * v + (1 - rho) * gradient**2
    # Equation (20):
    #   \theta_{t+1} = \theta_t - \frac{\eta}{\sqrt{v_t + \epsilon}} \cdot
    #     \nabla_{\theta_t} f
    return theta - rate / np.sqrt(v + epsilon) * gradient, (v,)


def _adam_003(
    theta: Array, gradient: Array, memory: Memory, rate: float, update: int
) -> tuple[Array, Memory]:
    epsilon = 1e-8
    v, s = memory
    # Report 003, section 1.4, equation (21), with its second sign:
    #   v_t = \beta_1 \cdot v_{t-1} - (1 - \beta_1) \cdot \nabla_{\theta_t} f
    v = BETA_1 * v - (1 - BETA_1) * gradient
    # Equation (22), with its second sign:
    #   s_t = \beta_2 \cdot s_{t-1} - (1 - \beta_2) \cdot (\nabla_{\theta_t} f)^2
    s = BETA_2 * s - (1 - BETA_2) * gradient**2
    # Equation (23); nothing here corrects the averages for their start at 0:
    #   \theta_{t+1} = \theta_t - \frac{\eta}{\sqrt{s_t + \epsilon}} \cdot v_t
    return theta - rate / np.sqrt(s + epsilon) * v, (v, s)


def _adam_003_signs(
    theta: Array, gradient: Array, memory: Memory, rate: float, update: int
) -> tuple[Array, Memory]:
    # Equations (21) to (23) of report 003 with a plus inside both averages: not what
    # it writes, but what shows that the signs are all that keeps its rule from working.
    v, s = memory
    v = BETA_1 * v + (1 - BETA_1) * gradient
    s = BETA_2 * s + (1 - BETA_2) * gradient**2
    return theta - rate / np.sqrt(s + 1e-8) * v, (v, s)


SGD = Rule(_sgd, 0)
MOMENTUM_001 = Rule(_momentum_001, 1)
ADAGRAD_001 = Rule(_adagrad_001, 1)
RMSPROP_001 = Rule(_rmsprop_001, 1)
ADAM_WORDS = Rule(_adam_words, 2)
RMSPROP_003 = Rule(_rmsprop_003, 1)
ADAM_003 = Rule(_adam_003, 2)
ADAM_003_SIGNS = Rule(_adam_003_signs, 2)
