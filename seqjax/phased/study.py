"""The commands of this package."""

from seqjax.phased.frequency.study import FREQUENCY
from seqjax.phased.gate.study import GATE
from seqjax.phased.learning.study import LEARNING
from seqjax.phased.noise.study import NOISE
from seqjax.phased.silence.study import SILENCE

STUDIES = (GATE, FREQUENCY, LEARNING, SILENCE, NOISE)
