"""The first example of docs/fit.md in skorch, on torch: seed after seed."""

import numpy as np
import torch
from skorch import NeuralNetClassifier

x = np.random.default_rng(0).normal(size=(1000, 8, 3)).astype(np.float32)
labels = (x[:, 0, 0] > 0).astype(np.int64)
x, x_test, labels, labels_test = x[:800], x[800:], labels[:800], labels[800:]


class Reader(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(3, 16, batch_first=True)
        self.out = torch.nn.Linear(16, 2)

    def forward(self, x):
        outputs, _ = self.lstm(x)
        return self.out(outputs[:, -1])


scores = []
for seed in range(5):
    torch.manual_seed(seed)
    # 25 batches of 32 an epoch: 300 training steps.
    net = NeuralNetClassifier(
        Reader,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-2,
        batch_size=32,
        max_epochs=12,
        train_split=None,
        iterator_train__shuffle=True,
        verbose=0,
    )
    net.fit(x, labels)
    scores.append(net.score(x_test, labels_test))
print(np.mean(scores), scores)
