"""Graphs to learn on: built in, downloaded, read from files, drawn at random."""

from seqjax.lab.data.graph_data.building import make_graph as make_graph
from seqjax.lab.data.graph_data.builtin import BUILT_IN as BUILT_IN
from seqjax.lab.data.graph_data.builtin import example as example
from seqjax.lab.data.graph_data.builtin import karate as karate
from seqjax.lab.data.graph_data.edge_lists import read_edge_list as read_edge_list
from seqjax.lab.data.graph_data.graph import Changes as Changes
from seqjax.lab.data.graph_data.graph import GraphData as GraphData
from seqjax.lab.data.graph_data.graph import Split as Split
from seqjax.lab.data.graph_data.graph import TemporalGraph as TemporalGraph
from seqjax.lab.data.graph_data.graph import components as components
from seqjax.lab.data.graph_data.graph import described as described
from seqjax.lab.data.graph_data.graph import notes as notes
from seqjax.lab.data.graph_data.graph import require_split as require_split
from seqjax.lab.data.graph_data.load import NAMES as NAMES
from seqjax.lab.data.graph_data.load import load_graph as load_graph
from seqjax.lab.data.graph_data.matrices import from_matrix as from_matrix
from seqjax.lab.data.graph_data.matrices import from_networkx as from_networkx
from seqjax.lab.data.graph_data.named import PLANETOID as PLANETOID
from seqjax.lab.data.graph_data.named import TEMPORAL as TEMPORAL
from seqjax.lab.data.graph_data.planetoid import load_planetoid as load_planetoid
from seqjax.lab.data.graph_data.planetoid import read_planetoid as read_planetoid
from seqjax.lab.data.graph_data.preferential import barabasi_albert as barabasi_albert
from seqjax.lab.data.graph_data.random_graphs import erdos_renyi as erdos_renyi
from seqjax.lab.data.graph_data.random_graphs import (
    stochastic_block as stochastic_block,
)
from seqjax.lab.data.graph_data.rmat import rmat as rmat
from seqjax.lab.data.graph_data.series import Values as Values
from seqjax.lab.data.graph_data.series import make_series as make_series
from seqjax.lab.data.graph_data.series import on_graph as on_graph
from seqjax.lab.data.graph_data.splits import random_split as random_split
from seqjax.lab.data.graph_data.temporal import load_temporal as load_temporal
from seqjax.lab.data.graph_data.temporal import read_temporal as read_temporal
from seqjax.lab.data.graph_data.told import READ_AXES as READ_AXES
from seqjax.lab.data.graph_data.told import read_history as read_history
from seqjax.lab.data.graph_data.told import read_line as read_line
from seqjax.lab.data.graph_data.told import read_summary as read_summary
