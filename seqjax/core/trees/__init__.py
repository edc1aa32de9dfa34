"""Recurrent networks on trees: cells, and many trees evaluated level by level."""

from seqjax.core.trees.cells import TREE_CELLS as TREE_CELLS
from seqjax.core.trees.cells import NaryParams as NaryParams
from seqjax.core.trees.cells import TreeCell as TreeCell
from seqjax.core.trees.cells import TreeState as TreeState
from seqjax.core.trees.cells import child_sum_step as child_sum_step
from seqjax.core.trees.cells import initialize_tree_cell as initialize_tree_cell
from seqjax.core.trees.cells import nary_step as nary_step
from seqjax.core.trees.forest import Forest as Forest
from seqjax.core.trees.forest import Tree as Tree
from seqjax.core.trees.forest import evaluate as evaluate
from seqjax.core.trees.forest import pack as pack
from seqjax.core.trees.forest import widths_of as widths_of
