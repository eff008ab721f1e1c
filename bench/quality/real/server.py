"""Evaluates problems of models.py and conditional_models.py: requests {"problem", "params"}, replies {"value"} or {"error"}, a JSON line each."""

import json
import os
import sys
import warnings

# Before NumPy is loaded: one thread, so that sums are made in one order.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[library + "_NUM_THREADS"] = "1"

import conditional_models  # noqa: E402
import models  # noqa: E402

PROBLEMS = {**models.PROBLEMS, **conditional_models.PROBLEMS}

warnings.simplefilter("ignore")  # of networks that have not converged, which is what the search is for


def main():
    replies, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no reply
    ready = {}
    for line in sys.stdin:
        request = json.loads(line)
        name = request["problem"]
        try:
            if name not in ready:
                ready[name] = PROBLEMS[name]()
            reply = {"value": models.value_of(ready[name], request["params"])}
        except Exception as error:
            reply = {"error": "%s: %s" % (type(error).__name__, error)}
        print(json.dumps(reply), file=replies, flush=True)


main()
