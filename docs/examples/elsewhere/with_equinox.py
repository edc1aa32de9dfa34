"""The first example of docs/fit.md in Equinox: seeds side by side by `vmap`."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax


class Reader(eqx.Module):
    cell: eqx.nn.LSTMCell
    out: eqx.nn.Linear

    def __init__(self, key):
        one, two = jax.random.split(key)
        self.cell = eqx.nn.LSTMCell(3, 16, key=one)
        self.out = eqx.nn.Linear(16, 2, key=two)

    def __call__(self, x):
        def step(carry, row):
            return self.cell(row, carry), None

        zero = jnp.zeros(16)
        (h, _), _ = jax.lax.scan(step, (zero, zero), x)
        return self.out(h)


x = np.random.default_rng(0).normal(size=(1000, 8, 3)).astype(np.float32)
labels = (x[:, 0, 0] > 0).astype(int)
x, x_test, labels, labels_test = x[:800], x[800:], labels[:800], labels[800:]
optimizer = optax.adam(1e-2)


def loss_of(model, x, y):
    logits = jax.vmap(model)(x)
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def start(key):
    model = Reader(key)
    return model, optimizer.init(eqx.filter(model, eqx.is_array))


def update(model, state, key):
    rows = jax.random.randint(key, (32,), 0, len(x))
    grads = eqx.filter_grad(loss_of)(model, jnp.asarray(x)[rows], labels[rows])
    updates, state = optimizer.update(grads, state, model)
    return eqx.apply_updates(model, updates), state


def accuracy(model):
    return (jax.vmap(model)(x_test).argmax(-1) == labels_test).mean()


labels = jnp.asarray(labels)
keys = jax.random.split(jax.random.key(0), 5)
models, states = eqx.filter_vmap(start)(keys)
step = eqx.filter_jit(eqx.filter_vmap(update))
for number in range(300):
    models, states = step(
        models, states, jax.vmap(jax.random.fold_in, (0, None))(keys, number)
    )
scores = eqx.filter_vmap(accuracy)(models)
print(scores.mean(), scores)
