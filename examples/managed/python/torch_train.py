"""A small network of PyTorch that reads scikit-learn's handwritten digits; its accuracy on digits it has not seen."""

import torch
from shac import report
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
torch.set_num_threads(1)  # the evaluators share the cores

images, labels = load_digits(return_X_y=True)
parts = train_test_split(images / 16, labels, test_size=0.4, random_state=0, stratify=labels)
x, x_test, y, y_test = (torch.tensor(part) for part in parts)
x, x_test = x.float(), x_test.float()


def network(params):
    layers, inputs = [], 64
    for _ in range(params["layers"]):
        layers += [nn.Linear(inputs, params["units"]), nn.ReLU(), nn.Dropout(params["dropout"])]
        inputs = params["units"]
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


def evaluate(worker_id, params):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    net = network(params).to(device)
    optimizer = OPTIMIZERS[params["optimizer"]](net.parameters(), lr=params["lr"])
    for epoch in range(5):
        net.train()
        for batch in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x[batch].to(device)), y[batch].to(device)).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            accuracy = (net(x_test.to(device)).argmax(1).cpu() == y_test).float().mean()
        report(accuracy, step=epoch)
    return accuracy
