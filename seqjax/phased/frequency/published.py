"""What Neil et al. (2016) report of the task, for the table."""

from typing import NamedTuple


class Published(NamedTuple):
    """Accuracy over five seeds after 70 epochs, in per cent.

    Attributes:
        mean: over seeds.
        deviation: standard deviation over seeds.
    """

    mean: float
    deviation: float


PUBLISHED = {
    ("standard", "phased"): Published(99.26, 0.23),
    ("standard", "bn-lstm"): Published(98.95, 0.38),
    ("standard", "lstm"): Published(89.34, 18.89),
    ("high-resolution", "phased"): Published(99.61, 0.28),
    ("high-resolution", "bn-lstm"): Published(62.38, 18.63),
    ("high-resolution", "lstm"): Published(51.72, 0.71),
    ("asynchronous", "phased"): Published(97.89, 0.57),
    ("asynchronous", "bn-lstm"): Published(74.30, 17.73),
    ("asynchronous", "lstm"): Published(69.02, 13.33),
}
"""By regime and model."""
