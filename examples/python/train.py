"""Logistic regression on two noisy rings, in plain Python; the accuracy on the half that it has not seen."""

import math
import random

from shac import report

data = []


def setup(worker_id):
    """Once a process: what every trial needs."""
    rng = random.Random(0)
    for _ in range(400):
        label, angle = rng.random() < 0.5, rng.uniform(0, 2 * math.pi)
        radius = (1.0 if label else 1.6) + rng.gauss(0, 0.3)
        x, y = radius * math.cos(angle), radius * math.sin(angle)
        data.append(((1.0, x, y, x * x, y * y), float(label)))


def predict(weights, features):
    return 1 / (1 + math.exp(-max(-30, min(30, sum(w * f for w, f in zip(weights, features))))))


def evaluate(worker_id, params):
    train, test = data[:200], data[200:]
    weights = [0.0] * 5
    for epoch in range(params["epochs"]):
        for features, label in train:
            error = predict(weights, features) - label
            weights = [w - params["lr"] * (error * f + params["l2"] * w) for w, f in zip(weights, features)]
        accuracy = sum((predict(weights, features) > 0.5) == bool(label) for features, label in test) / len(test)
        report(accuracy, step=epoch)
    return accuracy
