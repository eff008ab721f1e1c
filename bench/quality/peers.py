"""Asks one peer at a time for candidates, for the benchmark `quality`; the objective is evaluated where this was started.

Argument: the peer's name. Every line of the standard input is a JSON object, and is answered with one:
{"coordinates": [description, ...], "seed": s, "batch": b, "budget": n} begins a study -> {"version": text}
{"values": [of the candidates asked for last], "count": k} -> {"candidates": [[value or index, ...]], "ms": of processor time}
A value belongs to a coordinate, in their order; of a list of values it is the index. It is null where the coordinate is
inactive: where one of its "conditions", {"parent": column, "values": [...]}, does not hold. Parents come before what depends on
them. Values are minimised.
"""

import json
import logging
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")


def is_active(d, values):
    """Whether a coordinate is active beside the values of others by column; those of inactive ones are not there."""
    return all(c["parent"] in values and values[c["parent"]] in c["values"] for c in d["conditions"])


def with_conditions(space, candidate):
    """Values of a space without conditions, with null where a coordinate is inactive."""
    values = {}
    for d, value in zip(space, candidate):
        if is_active(d, values):
            values[d["column"]] = value
    return [values.get(d["column"]) for d in space]


class OptunaPeer:
    """Optuna's samplers with their defaults; with constant_liar where a batch is asked for at once.

    The space is defined while a trial is asked for: what is inactive is not suggested. TPE models what all trials have
    together, which is Optuna 5's default, and the rest one by one; "tpe group" models together what appears together. CMA-ES
    and the GP draw the rest at random.
    """

    def __init__(self, space, seed, batch, sampler):
        import optuna

        self.version = optuna.__version__
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        liar = batch > 1
        kinds = {
            "tpe": lambda: optuna.samplers.TPESampler(seed=seed, constant_liar=liar),
            "tpe group": lambda: optuna.samplers.TPESampler(
                seed=seed, multivariate=True, group=True, constant_liar=liar, warn_independent_sampling=False
            ),
            "gp": lambda: optuna.samplers.GPSampler(seed=seed, warn_independent_sampling=False),
            "cmaes": lambda: optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False),
        }
        self.space = space
        self.study = optuna.create_study(sampler=kinds[sampler]())
        self.asked = []

    @staticmethod
    def _suggest(trial, d):
        if d["kind"] == "discrete":
            return trial.suggest_categorical(d["column"], range(len(d["values"])))
        suggest = trial.suggest_int if d["kind"] == "integer" else trial.suggest_float
        return suggest(d["column"], d["min"], d["max"], log=d["log"])

    def tell(self, values):
        for trial, value in zip(self.asked, values):
            self.study.tell(trial, value)

    def ask(self, count):
        self.asked = [self.study.ask() for _ in range(count)]
        return [self._candidate(trial) for trial in self.asked]

    def _candidate(self, trial):
        values = {}
        for d in self.space:
            if is_active(d, values):
                values[d["column"]] = self._suggest(trial, d)
        return [values.get(d["column"]) for d in self.space]


class UnitCube:
    """The space as a cube: numbers by their (log) scale, integers and lists in equal parts.

    It has all coordinates: where one is inactive, it does not matter what is proposed for it.
    """

    def __init__(self, space):
        self.space = space

    def value(self, d, u):
        if d["kind"] == "discrete":
            return min(int(u * len(d["values"])), len(d["values"]) - 1)
        half = 0.5 if d["kind"] == "integer" else 0
        low, high = d["min"] - half, d["max"] + half
        x = float(low * (high / low) ** u if d["log"] else low + u * (high - low))
        x = min(max(x, d["min"]), d["max"])
        return round(x) if d["kind"] == "integer" else x

    def candidate(self, point):
        return with_conditions(self.space, [self.value(d, u) for d, u in zip(self.space, point)])


class CmaPeer:
    """CMA-ES of `cma`: from a random place, a step of a quarter of each range, restarts with twice the population (IPOP)."""

    def __init__(self, space, seed, batch):
        import cma

        self.cma = cma
        self.version = cma.__version__
        self.cube = UnitCube(space)
        self.random = np.random.default_rng(seed)
        d = len(space)
        self.population = batch if batch > 1 else 4 + int(3 * np.log(d))
        self._start()

    def _start(self):
        options = {
            "bounds": [0, 1],
            "popsize": self.population,
            "seed": int(self.random.integers(1, 2**31)),
            "verbose": -9,
        }
        self.search = self.cma.CMAEvolutionStrategy(self.random.random(len(self.cube.space)), 0.25, options)
        self.generation, self.values, self.asked = [], [], 0

    def tell(self, values):
        self.values += values
        if self.generation and len(self.values) == len(self.generation):
            self.search.tell(self.generation, self.values)
            self.generation, self.values, self.asked = [], [], 0
            if self.search.stop():
                self.population *= 2
                self._start()

    def ask(self, count):
        if not self.generation:
            self.generation = self.search.ask()
        points = self.generation[self.asked : self.asked + count]
        self.asked += len(points)
        return [self.cube.candidate(point) for point in points]


class ForestPeer:
    """A random forest of scikit-learn and the expected improvement of 1,000 random candidates, after ten random points."""

    START = 10
    CANDIDATES = 1000

    def __init__(self, space, seed, batch):
        import sklearn

        self.version = sklearn.__version__
        self.cube = UnitCube(space)
        self.seed = seed
        self.random = np.random.default_rng(seed)
        self.points, self.values = [], []

    def tell(self, values):
        self.values += values

    def ask(self, count):
        points = self._best(count) if len(self.values) >= self.START else self._random(count)
        self.points += list(points)
        return [self.cube.candidate(point) for point in points]

    def _random(self, count):
        return self.random.random((count, len(self.cube.space)))

    def _best(self, count):
        """For each of a batch the best of its own candidates."""
        from scipy.stats import norm
        from sklearn.ensemble import RandomForestRegressor

        forest = RandomForestRegressor(100, min_samples_leaf=3, random_state=self.seed)
        forest.fit(self._features(np.array(self.points)), self.values)
        candidates = self._random(count * self.CANDIDATES)
        trees = np.array([tree.predict(self._features(candidates)) for tree in forest.estimators_])
        mean, deviation = trees.mean(axis=0), trees.std(axis=0) + 1e-12
        z = (min(self.values) - mean) / deviation
        improvement = (deviation * (z * norm.cdf(z) + norm.pdf(z))).reshape(count, -1)
        return candidates.reshape(count, self.CANDIDATES, -1)[range(count), improvement.argmax(axis=1)]

    def _features(self, points):
        """Lists of values as one column a value."""
        columns = []
        for i, d in enumerate(self.cube.space):
            if d["kind"] != "discrete":
                columns.append(points[:, i : i + 1])
            else:
                count = len(d["values"])
                columns.append(np.eye(count)[np.minimum((points[:, i] * count).astype(int), count - 1)])
        return np.hstack(columns)


class HyperoptPeer:
    """Hyperopt's TPE with its defaults. What is inactive has no value in its trials, as inside its own `choice`."""

    def __init__(self, space, seed, batch):
        import hyperopt
        from hyperopt.base import Domain

        self.hyperopt = hyperopt
        self.version = hyperopt.__version__
        self.space = space
        nodes = {d["column"]: self._node(hyperopt.hp, d["column"], d) for d in space}
        self.domain = Domain(lambda params: 0, nodes)
        self.trials = hyperopt.Trials()
        self.random = np.random.default_rng(seed)
        self.asked = []

    @staticmethod
    def _node(hp, name, d):
        if d["kind"] == "discrete":
            return hp.choice(name, list(range(len(d["values"]))))
        half = 0.5 if d["kind"] == "integer" else 0
        low, high = d["min"] - half, d["max"] + half
        if d["kind"] == "integer":
            return hp.qloguniform(name, np.log(low), np.log(high), 1) if d["log"] else hp.quniform(name, low, high, 1)
        return hp.loguniform(name, np.log(low), np.log(high)) if d["log"] else hp.uniform(name, low, high)

    def tell(self, values):
        for doc, value in zip(self.asked, values):
            doc["state"] = self.hyperopt.JOB_STATE_DONE
            doc["result"] = {"loss": value, "status": self.hyperopt.STATUS_OK}
        self.trials.insert_trial_docs(self.asked)
        self.trials.refresh()

    def ask(self, count):
        ids = self.trials.new_trial_ids(count)
        self.asked = self.hyperopt.tpe.suggest(ids, self.domain, self.trials, int(self.random.integers(2**31)))
        return [self._candidate(doc["misc"]) for doc in self.asked]

    def _candidate(self, misc):
        drawn = [self._value(d, misc["vals"][d["column"]][0]) for d in self.space]
        candidate = with_conditions(self.space, drawn)
        for d, value in zip(self.space, candidate):
            if value is None:
                misc["vals"][d["column"]], misc["idxs"][d["column"]] = [], []
        return candidate

    @staticmethod
    def _value(d, value):
        if d["kind"] == "discrete":
            return int(value)
        if d["kind"] == "integer":
            return int(min(max(round(value), d["min"]), d["max"]))
        return float(min(max(value, d["min"]), d["max"]))


class SmacPeer:
    """SMAC3 with its defaults for the tuning of hyper-parameters: a random forest, which knows of conditions."""

    def __init__(self, space, seed, budget):
        import ConfigSpace
        import smac

        self.version = version("smac")
        logging.disable(logging.CRITICAL)
        self.space = space
        self.folder = tempfile.TemporaryDirectory()
        scenario = smac.Scenario(
            self._configurations(ConfigSpace, seed),
            deterministic=True,
            n_trials=budget,
            seed=seed,
            output_directory=Path(self.folder.name),
        )
        self.search = smac.HyperparameterOptimizationFacade(scenario, lambda config, seed=0: 0.0, logging_level=False)
        self.asked = []

    def _configurations(self, of, seed):
        space = of.ConfigurationSpace(seed=seed)
        space.add(self._parameter(of, d) for d in self.space)
        for d in self.space:
            conditions = [
                of.InCondition(space[d["column"]], space[c["parent"]], c["values"]) for c in d["conditions"]
            ]
            if conditions:
                space.add(conditions[0] if len(conditions) == 1 else of.AndConjunction(*conditions))
        return space

    @staticmethod
    def _parameter(of, d):
        if d["kind"] == "discrete":
            return of.CategoricalHyperparameter(d["column"], list(range(len(d["values"]))))
        kind = of.UniformIntegerHyperparameter if d["kind"] == "integer" else of.UniformFloatHyperparameter
        return kind(d["column"], d["min"], d["max"], log=d["log"])

    def tell(self, values):
        from smac.runhistory.dataclasses import TrialValue

        for trial, value in zip(self.asked, values):
            self.search.tell(trial, TrialValue(cost=value))

    def ask(self, count):
        self.asked = [self.search.ask() for _ in range(count)]
        return [self._candidate(dict(trial.config)) for trial in self.asked]

    def _candidate(self, config):
        kinds = {"discrete": int, "integer": int, "uniform": float}
        values = [config.get(d["column"]) for d in self.space]
        return [None if value is None else kinds[d["kind"]](value) for d, value in zip(self.space, values)]


def begin(name, space, seed, batch, budget):
    if name in ("tpe", "tpe group", "gp", "cmaes"):
        return OptunaPeer(space, seed, batch, name)
    if name == "smac":
        return SmacPeer(space, seed, budget)
    return {"cma": CmaPeer, "forest": ForestPeer, "hyperopt": HyperoptPeer}[name](space, seed, batch)


def main(name):
    answers, sys.stdout = sys.stdout, sys.stderr  # a library that prints must not break the protocol
    peer = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "coordinates" in request:
                peer = begin(name, request["coordinates"], request["seed"], request["batch"], request["budget"])
                answer = {"version": peer.version}
            else:
                started = time.process_time()
                if request["values"]:
                    peer.tell(request["values"])
                candidates = peer.ask(request["count"])
                answer = {"candidates": candidates, "ms": (time.process_time() - started) * 1000}
        except Exception as error:  # the run has failed; the next may not
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
