"""Flax (nnx) modules: they hold parameters and call `seqjax.core`."""

from seqjax.nn.batch_norm import BatchNormClassifier as BatchNormClassifier
from seqjax.nn.classifier import RecurrentClassifier as RecurrentClassifier
from seqjax.nn.conversion import from_flax as from_flax
from seqjax.nn.conversion import from_torch as from_torch
from seqjax.nn.conversion import to_torch as to_torch
from seqjax.nn.gated_classifier import GatedClassifier as GatedClassifier
from seqjax.nn.gated_recurrent import GatedRecurrent as GatedRecurrent
from seqjax.nn.graph import GraphClassifier as GraphClassifier
from seqjax.nn.graph import GraphConvolution as GraphConvolution
from seqjax.nn.graph import GraphReadout as GraphReadout
from seqjax.nn.graph import GraphSAGE as GraphSAGE
from seqjax.nn.graph_recurrent import GraphForecaster as GraphForecaster
from seqjax.nn.graph_recurrent import GraphRecurrent as GraphRecurrent
from seqjax.nn.language_model import LanguageModel as LanguageModel
from seqjax.nn.language_network import LanguageNetwork as LanguageNetwork
from seqjax.nn.linear import Linear as Linear
from seqjax.nn.recurrent import GRU as GRU
from seqjax.nn.recurrent import LSTM as LSTM
from seqjax.nn.recurrent import RNN as RNN
from seqjax.nn.recurrent import Recurrent as Recurrent
from seqjax.nn.tagger import RecurrentTagger as RecurrentTagger
from seqjax.nn.trees import TreeClassifier as TreeClassifier
