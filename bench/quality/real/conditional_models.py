"""As models.py, of spaces in which some parameters are there beside others only."""

from models import SEED, cross_validated, error_of, log_loss_of
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine, make_friedman1
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from xgboost import XGBRegressor

CLASSIFIERS = {
    "forest": lambda own: RandomForestClassifier(random_state=SEED, n_jobs=1, **own),
    "boosting": lambda own: GradientBoostingClassifier(random_state=SEED, **own),
    # It has no probabilities of its own. Some settings would iterate for minutes.
    "vectors": lambda own: CalibratedClassifierCV(SVC(max_iter=2000, random_state=SEED, **own), cv=3, ensemble=False),
    "neighbors": lambda own: KNeighborsClassifier(n_jobs=1, **own),
    "logistic": lambda own: LogisticRegression(solver="saga", max_iter=100, random_state=SEED, **own),
}


def classifiers(load):
    data = load(return_X_y=True)

    def evaluate(params):
        own = dict(params["model"])
        model = CLASSIFIERS[own.pop("kind")](own)
        scaler = StandardScaler() if params["scaled"] else FunctionTransformer()
        return cross_validated(make_pipeline(scaler, model), data, log_loss_of)

    return evaluate


def boosters(data):
    x, y = data
    # A linear booster wants features of one scale; trees do not see it.
    data = StandardScaler().fit_transform(x), y

    def evaluate(params):
        # The linear one's other updater has no order of features.
        linear = params["booster"] == "gblinear"
        own = {"updater": "coord_descent"} if linear else {"tree_method": "hist", "max_bin": 64}
        return cross_validated(XGBRegressor(n_jobs=1, random_state=SEED, **own, **params), data, error_of)

    return evaluate


def layers(data):
    def evaluate(params):
        params = dict(params)
        sizes = [params.pop("width%d" % layer) for layer in range(1, params.pop("layers") + 1)]
        own = dict(params.pop("solver"))
        model = MLPClassifier(
            sizes, solver=own.pop("kind"), max_iter=15, tol=0, n_iter_no_change=15, random_state=SEED, **own, **params
        )
        return cross_validated(make_pipeline(StandardScaler(), model), data, log_loss_of)

    return evaluate


def some_digits():
    x, y = load_digits(return_X_y=True)
    return x[:600], y[:600]


def friedman():
    return make_friedman1(n_samples=400, n_features=10, noise=1.0, random_state=SEED)


PROBLEMS = {
    "classifiers_wine": lambda: classifiers(load_wine),
    "classifiers_cancer": lambda: classifiers(load_breast_cancer),
    "boosters_diabetes": lambda: boosters(load_diabetes(return_X_y=True)),
    "boosters_friedman": lambda: boosters(friedman()),
    "layers_cancer": lambda: layers(load_breast_cancer(return_X_y=True)),
    "layers_digits": lambda: layers(some_digits()),
}
