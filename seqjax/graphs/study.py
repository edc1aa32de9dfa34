"""The commands of this package."""

from seqjax.graphs.classify.command import PREDICT
from seqjax.graphs.classify.study import CLASSIFY
from seqjax.graphs.forecast.study import FORECAST
from seqjax.graphs.hops.study import HOPS
from seqjax.graphs.trees.study import TREES
from seqjax.lab.command_line.cli import Runnable

STUDIES: tuple[Runnable, ...] = (CLASSIFY, PREDICT, HOPS, FORECAST, TREES)
