"""The commands of this package."""

from typing import Any

from seqjax.graphs.classify.study import CLASSIFY
from seqjax.graphs.forecast.study import FORECAST
from seqjax.graphs.hops.study import HOPS
from seqjax.graphs.trees.study import TREES
from seqjax.lab.study import Study

STUDIES: tuple[Study[Any], ...] = (CLASSIFY, HOPS, FORECAST, TREES)
