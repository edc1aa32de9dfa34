"""Sparse matrices of graphs: laid out for gathers, multiplied, and combined."""

from seqjax.core.graphs.cells import graph_cell as graph_cell
from seqjax.core.graphs.cells import initialize_graph_cell as initialize_graph_cell
from seqjax.core.graphs.cells import recur_on_graph as recur_on_graph
from seqjax.core.graphs.dropout import drop as drop
from seqjax.core.graphs.dropout import drop_entries as drop_entries
from seqjax.core.graphs.edges import as_edge_array as as_edge_array
from seqjax.core.graphs.layout import Layout as Layout
from seqjax.core.graphs.matrix import SparseMatrix as SparseMatrix
from seqjax.core.graphs.matrix import make_matrix as make_matrix
from seqjax.core.graphs.matrix import with_values as with_values
from seqjax.core.graphs.models import MODELS as MODELS
from seqjax.core.graphs.models import GraphModel as GraphModel
from seqjax.core.graphs.models import convolve as convolve
from seqjax.core.graphs.network import GraphWeights as GraphWeights
from seqjax.core.graphs.network import apply_network as apply_network
from seqjax.core.graphs.network import init_network as init_network
from seqjax.core.graphs.product import product as product
from seqjax.core.graphs.propagation import LOOPS as LOOPS
from seqjax.core.graphs.propagation import mean_neighbours as mean_neighbours
from seqjax.core.graphs.propagation import normalized as normalized
from seqjax.core.graphs.propagation import renormalized as renormalized
from seqjax.core.graphs.propagation import scaled_laplacian as scaled_laplacian
from seqjax.core.graphs.snapshots import MatrixSeries as MatrixSeries
