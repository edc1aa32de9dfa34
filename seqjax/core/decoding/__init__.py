"""Writing with a model that gives the next token's logits: sampling and beam search.

Everything here works on a stepper: a function that makes of the model's parameters a
step `(carry, tokens) -> (logits, carry)`, see `seqjax.core.decoding.streams`.
"""

from seqjax.core.decoding.beam import Beams as Beams
from seqjax.core.decoding.beam import beam_search as beam_search
from seqjax.core.decoding.choice import Choice as Choice
from seqjax.core.decoding.choice import choose as choose
from seqjax.core.decoding.choice import make_choice as make_choice
from seqjax.core.decoding.choice import restrict as restrict
from seqjax.core.decoding.streams import Step as Step
from seqjax.core.decoding.streams import Stepper as Stepper
from seqjax.core.decoding.streams import Streams as Streams
from seqjax.core.decoding.streams import draw as draw
from seqjax.core.decoding.streams import open_streams as open_streams
