"""Asks one peer at a time for candidates, for the benchmark `quality`; the objective is evaluated where this was started.

Argument: the peer's name. Every line of the standard input is a JSON object, and is answered with one:
{"space": {name: description}, "seed": s, "batch": b} begins a study -> {"version": text}
{"values": [of the candidates asked for last], "count": k} -> {"candidates": [[value or index, ...]], "ms": of processor time}
A value belongs to a coordinate of the space, in its order; of a list of values it is the index. Values are minimised.
"""

import json
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


class OptunaPeer:
    """Optuna's samplers with their defaults; with constant_liar where a batch is asked for at once."""

    def __init__(self, space, seed, batch, sampler):
        import optuna

        self.version = optuna.__version__
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        kinds = {
            "tpe": lambda: optuna.samplers.TPESampler(seed=seed, constant_liar=batch > 1),
            "gp": lambda: optuna.samplers.GPSampler(seed=seed),
            "cmaes": lambda: optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False),
        }
        self.space = {name: self._distribution(optuna.distributions, d) for name, d in space.items()}
        self.study = optuna.create_study(sampler=kinds[sampler]())
        self.asked = []

    @staticmethod
    def _distribution(of, d):
        if d["kind"] == "discrete":
            return of.CategoricalDistribution(range(len(d["values"])))
        if d["kind"] == "integer":
            return of.IntDistribution(d["min"], d["max"], log=d["log"])
        return of.FloatDistribution(d["min"], d["max"], log=d["log"])

    def tell(self, values):
        for trial, value in zip(self.asked, values):
            self.study.tell(trial, value)

    def ask(self, count):
        self.asked = [self.study.ask(self.space) for _ in range(count)]
        return [[trial.params[name] for name in self.space] for trial in self.asked]


class UnitCube:
    """The space as a cube: numbers by their (log) scale, integers and lists in equal parts."""

    def __init__(self, space):
        self.space = list(space.values())

    def value(self, d, u):
        if d["kind"] == "discrete":
            return min(int(u * len(d["values"])), len(d["values"]) - 1)
        half = 0.5 if d["kind"] == "integer" else 0
        low, high = d["min"] - half, d["max"] + half
        x = float(low * (high / low) ** u if d["log"] else low + u * (high - low))
        x = min(max(x, d["min"]), d["max"])
        return round(x) if d["kind"] == "integer" else x

    def candidate(self, point):
        return [self.value(d, u) for d, u in zip(self.space, point)]


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
    """Hyperopt's TPE with its defaults."""

    def __init__(self, space, seed, batch):
        import hyperopt
        from hyperopt.base import Domain

        self.hyperopt = hyperopt
        self.version = hyperopt.__version__
        self.space = space
        nodes = {name: self._node(hyperopt.hp, name, d) for name, d in space.items()}
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
        return [[self._value(name, doc["misc"]["vals"][name][0]) for name in self.space] for doc in self.asked]

    def _value(self, name, value):
        d = self.space[name]
        if d["kind"] == "discrete":
            return int(value)
        if d["kind"] == "integer":
            return int(min(max(round(value), d["min"]), d["max"]))
        return float(min(max(value, d["min"]), d["max"]))


def begin(name, space, seed, batch):
    if name in ("tpe", "gp", "cmaes"):
        return OptunaPeer(space, seed, batch, name)
    return {"cma": CmaPeer, "forest": ForestPeer, "hyperopt": HyperoptPeer}[name](space, seed, batch)


def main(name):
    answers, sys.stdout = sys.stdout, sys.stderr  # a library that prints must not break the protocol
    peer = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "space" in request:
                peer = begin(name, request["space"], request["seed"], request["batch"])
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
