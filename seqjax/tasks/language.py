"""Language modelling: say at every character of a text which one comes next.

Training sees the text in windows of T characters. Either windows are drawn anywhere and
start from the zero state, or the text is cut into as many streams as a batch has
examples, and every update goes on where the last one ended, with its hidden states:
truncated back-propagation through time. The gradient never leaves a window; what
differs is how far the network can look back.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Int, PRNGKeyArray, UInt32

from seqjax.core import losses
from seqjax.nn.language_network import LanguageNetwork
from seqjax.tasks.trial import Score
from seqjax.train import Task

Params = Any

CHUNK = 256
"""Steps of an evaluation whose logits are held at once."""


class Draw(NamedTuple):
    """What an update draws of its windows; an example each.

    Attributes:
        starts: where windows begin, where they are drawn; None: they go on.
        dropout: random bits, of which the first seed the dropout; None without.
        reset: which windows begin with zeros although states are carried; None: none.
    """

    starts: Int[Array, " batch"] | None
    dropout: UInt32[Array, " batch"] | None
    reset: Bool[Array, " batch"] | None = None


class Reading(NamedTuple):
    """Where the streams of a batch are; an example each.

    Attributes:
        stream: number of the stream.
        offset: characters of it read so far.
        carry: hidden states there, of every layer.
    """

    stream: Int[Array, " batch"]
    offset: Int[Array, " batch"]
    carry: Any


class LanguageTask(NamedTuple):
    """Predict the next character of a text.

    Attributes:
        network: what learns.
        batch_size: windows per update.
        window: T, characters read (and predicted) per window.
        carried: go on with the hidden states of the update before, through contiguous
            streams; else windows are drawn, and start from the zero state.
        reset: probability that a window starts from the zero state although states are
            carried: without it the network hardly ever sees the state in which every
            text that it is to write begins, and may go astray from there.
    """

    network: LanguageNetwork
    batch_size: int
    window: int
    carried: bool = False
    reset: float = 0.0

    def task(self) -> Task:
        """What `seqjax.train` needs; its `data` is a text as indices (characters,).

        The text must have more than `window` characters; with `carried`, each of its
        streams must: more than `batch_size * window` in all.
        """
        if self.carried:
            return Task(self.network.init, self._draw, self._go_on, memory=self._begin)
        return Task(self.network.init, self._draw, self._loss)

    def _draw(self, key: PRNGKeyArray, text: Int[Array, " characters"]) -> Draw:
        starts, size = None, (self.batch_size,)
        drawn, dropped = jax.random.split(key)
        if not self.carried:
            starts = jax.random.randint(drawn, size, 0, len(text) - self.window)
        bits = jax.random.bits(dropped, size) if self.network.dropout else None
        reset = None
        if self.carried and self.reset:
            drawn = jax.random.fold_in(drawn, 0)
            reset = jax.random.bernoulli(drawn, self.reset, size)
        return Draw(starts, bits, reset)

    def _loss(
        self, params: Params, draw: Draw, text: Int[Array, " characters"]
    ) -> tuple[Array, Array]:
        assert draw.starts is not None
        loss, accuracy, _ = self._judge(params, draw.starts, None, draw.dropout, text)
        return loss, accuracy

    def _begin(self, key: PRNGKeyArray) -> Reading:
        return Reading(
            jnp.arange(self.batch_size, dtype=jnp.int32),
            jnp.zeros(self.batch_size, jnp.int32),
            self.network.initial_carry(self.batch_size),
        )

    def _go_on(
        self,
        params: Params,
        draw: Draw,
        reading: Reading,
        text: Int[Array, " characters"],
    ) -> tuple[Array, Array, Reading]:
        length = (len(text) - 1) // self.batch_size
        starts = reading.stream * length + reading.offset
        before = reading.carry
        if draw.reset is not None:
            before = _zeroed(before, draw.reset)
        loss, accuracy, carry = self._judge(params, starts, before, draw.dropout, text)
        # A window that does not fit any more is not read: the streams begin anew.
        offset = reading.offset + self.window
        ended = offset + self.window > length

        offset = jnp.where(ended, 0, offset)
        return (
            loss,
            accuracy,
            reading._replace(offset=offset, carry=_zeroed(carry, ended)),
        )

    def _judge(
        self,
        params: Params,
        starts: Int[Array, " batch"],
        carry: Any,
        dropout: UInt32[Array, " batch"] | None,
        text: Int[Array, " characters"],
    ) -> tuple[Array, Array, Any]:
        places = starts + jnp.arange(self.window + 1)[:, None]
        window = text[places]
        key = None if dropout is None else jax.random.key(dropout[0])
        logits, carry = self.network.apply(params, window[:-1], carry, dropout_key=key)
        return (
            losses.cross_entropy(logits, window[1:]),
            losses.accuracy(logits, window[1:]),
            carry,
        )

    def score(self, params: Params, data: tuple[Array, Array]) -> Score:
        """Loss in nats and accuracy on a text, read from its first character on.

        Args:
            params: of the model.
            data: characters and targets, each (time, streams), from `streams`; targets
                below 0 are not counted.
        """
        characters, targets = data
        return evaluate(self.network, params, characters, targets)


def _zeroed(carry: Any, where: Bool[Array, " batch"]) -> Any:
    """Hidden states, with zeros in some examples."""
    return jax.tree.map(lambda leaf: jnp.where(where[:, None], 0, leaf), carry)


def streams(
    text: Int[Array, " characters"], count: int, lead: int = 0
) -> tuple[Int[Array, "time streams"], Int[Array, "time streams"]]:
    """Cut a text into `count` streams: characters, and what follows each.

    Every character but the first is a target once; the last stream may be shorter.

    Args:
        text: at least two characters.
        count: how many streams.
        lead: each stream but the first also begins with so many characters of the one
            before, whose targets are -1 (not counted), as they are past the text's end:
            a network that has read them knows what it would know in one long stream.
            Default: 0.
    """
    pairs = len(text) - 1
    time = -(-(pairs + (count - 1) * lead) // count)
    step, stream = jnp.arange(time)[:, None], jnp.arange(count)
    places = step + (time - lead) * stream
    real = (places < pairs) & ((step >= lead) | (stream == 0))
    places = jnp.minimum(places, pairs - 1)
    return text[places], jnp.where(real, text[places + 1], -1)


def windows(
    text: Int[Array, " characters"], window: int
) -> tuple[Int[Array, "time windows"], Int[Array, "time windows"]]:
    """Cut a text into windows of `window` characters, as `streams` of that length."""
    return streams(text, -(-(len(text) - 1) // window))


def evaluate(
    network: LanguageNetwork,
    params: Params,
    characters: Int[Array, "time streams"],
    targets: Int[Array, "time streams"],
) -> Score:
    """Mean loss and accuracy over all targets that are not negative.

    Every stream starts from the zero state and is read to its end; only `CHUNK` steps
    of logits are held at a time.
    """
    time, count = characters.shape
    chunk = min(CHUNK, time)
    missing = -time % chunk

    def cut(leaf: Array, filling: int) -> Array:
        padded = jnp.pad(leaf, ((0, missing), (0, 0)), constant_values=filling)
        return padded.reshape(-1, chunk, count)

    def read(carry: Any, chunk: tuple[Array, Array]) -> tuple[Any, Array]:
        xs, wanted = chunk
        logits, carry = network.apply(params, xs, carry)
        counted = wanted >= 0
        picked = jnp.take_along_axis(
            jax.nn.log_softmax(logits), jnp.maximum(wanted, 0)[..., None], axis=-1
        )[..., 0]
        right = jnp.argmax(logits, axis=-1) == wanted
        # Sums of a chunk first: one long sum in single precision would lose digits.
        sums = [jnp.where(counted, -picked, 0).sum(), (right & counted).sum()]
        return carry, jnp.stack([s.astype(jnp.float32) for s in sums])

    _, sums = lax.scan(
        read, network.initial_carry(count), (cut(characters, 0), cut(targets, -1))
    )
    total = (targets >= 0).sum().astype(jnp.float32)
    loss, right = sums.sum(0) / total
    return Score(loss, right)
