"""The first example of docs/fit.md in Keras: seed after seed."""

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

x = np.random.default_rng(0).normal(size=(1000, 8, 3)).astype(np.float32)
labels = (x[:, 0, 0] > 0).astype(int)
x, x_test, labels, labels_test = x[:800], x[800:], labels[:800], labels[800:]

scores = []
for seed in range(5):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [keras.Input((8, 3)), keras.layers.LSTM(16), keras.layers.Dense(2)]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(1e-2),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    # 25 batches of 32 an epoch: 300 training steps.
    model.fit(x, labels, batch_size=32, epochs=12, verbose=0)
    scores.append(model.evaluate(x_test, labels_test, verbose=0)[1])
print(np.mean(scores), scores)
