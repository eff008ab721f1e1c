"""Models of scikit-learn and XGBoost, as functions of their hyper-parameters to be minimised.

Each is scored by three-fold cross-validation on a data set of scikit-learn, with fixed folds, seeds and one
thread: the same parameters give the same value.
"""

import math

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import hinge_loss, log_loss, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from xgboost import XGBClassifier

SEED = 0


def cross_validated(model, data, score):
    """The mean over the folds of score(model trained on the others, x, y)."""
    x, y = data
    folds = KFold if y.dtype.kind == "f" else StratifiedKFold
    values = []
    for train, test in folds(3, shuffle=True, random_state=SEED).split(x, y):
        values.append(score(clone(model).fit(x[train], y[train]), x[test], y[test]))
    return float(np.mean(values))


def log_loss_of(model, x, y):
    # In double precision and not above 16: a model that is sure of the wrong class is bad, not infinitely so.
    probabilities = np.clip(model.predict_proba(x).astype(float), 1e-7, 1)
    return log_loss(y, probabilities / probabilities.sum(axis=1, keepdims=True), labels=model.classes_)


def error_of(model, x, y):
    return root_mean_squared_error(y, model.predict(x))


def hinge_of(model, x, y):
    return hinge_loss(y, model.decision_function(x))


def xgboost():
    data = load_breast_cancer(return_X_y=True)

    def evaluate(params):
        model = XGBClassifier(n_jobs=1, random_state=SEED, tree_method="hist", max_bin=64, **params)
        return cross_validated(model, data, log_loss_of)

    return evaluate


def gradient_boosting():
    data = load_diabetes(return_X_y=True)

    def evaluate(params):
        return cross_validated(GradientBoostingRegressor(random_state=SEED, **params), data, error_of)

    return evaluate


def neural_network():
    data = load_wine(return_X_y=True)

    def evaluate(params):
        params = dict(params)
        sizes = (params.pop("units"),) * params.pop("layers")
        # A tolerance of 0 and no patience: every network gets its epochs.
        model = MLPClassifier(sizes, max_iter=20, tol=0, n_iter_no_change=20, random_state=SEED, **params)
        return cross_validated(make_pipeline(StandardScaler(), model), data, log_loss_of)

    return evaluate


def linear_classifier():
    x, y = load_digits(return_X_y=True)
    data = x[:900] / 16, y[:900]

    def evaluate(params):
        model = SGDClassifier(max_iter=8, tol=None, random_state=SEED, n_jobs=1, **params)
        return cross_validated(model, data, log_loss_of)

    return evaluate


def support_vectors():
    x, y = load_digits(return_X_y=True)
    data = x[:900], y[:900] % 2
    scalers = {"none": FunctionTransformer(), "range": MinMaxScaler(), "standard": StandardScaler()}

    def evaluate(params):
        params = dict(params)
        scaler = scalers[params.pop("scaler")]
        weights = {0: 1.0, 1: params.pop("odd_weight")}
        # Some settings would iterate for minutes.
        model = SVC(class_weight=weights, max_iter=2000, cache_size=50, random_state=SEED, **params)
        return cross_validated(make_pipeline(scaler, model), data, hinge_of)

    return evaluate


def digits():
    """No model: the images for one that is not in Python."""
    x, y = load_digits(return_X_y=True)
    return lambda params: {"images": (x / 16).tolist(), "labels": y.tolist()}


PROBLEMS = {
    function.__name__: function
    for function in (xgboost, gradient_boosting, neural_network, linear_classifier, support_vectors, digits)
}


def value_of(evaluate, params):
    """What `evaluate` returns; a number that is not finite is an error."""
    value = evaluate(params)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("the score is %s" % value)
    return value
