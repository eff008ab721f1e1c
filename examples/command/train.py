"""Gradient descent with momentum on a narrow valley; the last line that it prints is its loss."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, required=True)
parser.add_argument("--momentum", type=float, default=0.0)
parser.add_argument("--schedule", choices=["constant", "linear"], default="constant")
args = parser.parse_args()

STEPS = 50
x, y, vx, vy = 1.0, 1.0, 0.0, 0.0
for step in range(STEPS):
    lr = args.lr * (1 - step / STEPS if args.schedule == "linear" else 1)
    vx = args.momentum * vx - lr * x
    vy = args.momentum * vy - lr * 20 * y
    x, y = x + vx, y + vy
print("loss:", (x * x + 20 * y * y) / 2)
