"""Recurrent cells as pure steps; one file per cell."""

from seqjax.core.cells.base import Adjoint as Adjoint
from seqjax.core.cells.base import Cell as Cell
from seqjax.core.cells.base import HiddenCarry as HiddenCarry
from seqjax.core.cells.base import WeightCotangents as WeightCotangents
from seqjax.core.cells.gru import GRU as GRU
from seqjax.core.cells.gru import GRUParams as GRUParams
from seqjax.core.cells.gru import gru_step as gru_step
from seqjax.core.cells.lstm import LSTM as LSTM
from seqjax.core.cells.lstm import LSTMCarry as LSTMCarry
from seqjax.core.cells.lstm import LSTMParams as LSTMParams
from seqjax.core.cells.lstm import lstm_step as lstm_step
from seqjax.core.cells.peephole import PEEPHOLE_LSTM as PEEPHOLE_LSTM
from seqjax.core.cells.peephole import PeepholeParams as PeepholeParams
from seqjax.core.cells.peephole import peephole_step as peephole_step
from seqjax.core.cells.rnn import RNN as RNN
from seqjax.core.cells.rnn import RNNParams as RNNParams
from seqjax.core.cells.rnn import rnn_step as rnn_step

CELLS: dict[str, Cell] = {cell.name: cell for cell in (RNN, LSTM, GRU)}
