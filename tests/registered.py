"""The names that are registered, as messages list them: a new one changes no test."""

from seqjax.core.cells import CELLS
from seqjax.core.graphs import MODELS
from seqjax.tasks import MEMORY_TASKS
from seqjax.train import OPTIMIZERS

CELL_NAMES = ", ".join(CELLS)
OPTIMIZER_NAMES = ", ".join(OPTIMIZERS)
MEMORY_TASK_NAMES = ", ".join(MEMORY_TASKS)
GRAPH_MODEL_NAMES = ", ".join(MODELS)
