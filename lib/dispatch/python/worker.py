"""Runs a Python objective for shac: a worker that is started once and evaluates many trials. Python 3.8 or later.

Requests come as JSON lines on standard input, the first says what to load; replies go as JSON lines to what was standard
output. Both are moved to descriptors of their own before the user's code is loaded, so that it can print and read as it
likes: what it prints goes to standard error.
"""

import concurrent.futures
import functools
import importlib.util
import json
import math
import operator
import os
import queue
import signal
import sys
import threading
import time
import types
from collections import OrderedDict


def beside(name):
    """A module of this file's folder, by its path, since that folder is on nobody's path."""
    path = os.path.join(os.path.dirname(os.path.realpath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("shac_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


failures = beside("failures")
loading = beside("loading")
failures.OWN.update((__file__, loading.__file__))


class Channel:
    """The replies. `report` may be called from any thread, but not from a process that was forked from this one."""

    def __init__(self, descriptor):
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def send(self, key, **reply):
        reply["trialId"], reply["attempt"] = key
        line = memoryview(json.dumps(reply, allow_nan=False).encode("ascii") + b"\n")
        with self._lock:
            while line:
                line = line[os.write(self._descriptor, line) :]


class MissingPackage(Exception):
    """A package of a framework that this Python does not have."""


# So many reports of an evaluation are handed on however fast they come, and so many more a second.
BURST = 10000
PER_SECOND = 1000


class Evaluation:
    """An evaluation under way, or one that some thread has not noticed the end of."""

    def __init__(self, request):
        self.trial_id = request["trialId"]
        self.key = (self.trial_id, request["attempt"])
        self._lock = threading.Lock()
        self._steps = 0
        self._left = BURST
        self._refilled = time.monotonic()
        self._newest = None
        self._complete = True

    def report(self, value, step):
        """Hands it on, or keeps it as the newest when there are too many: a flood of them would hold the search."""
        with self._lock:
            counted = self._steps if step is None else step
            self._steps = counted + 1
            if self._may_pass():
                self._newest = None
                self._send(value, step if self._complete else counted)
            else:
                self._newest = (value, counted)
                self._complete = False

    def flush(self):
        with self._lock:
            if self._newest is not None:
                self._send(*self._newest)
            self._newest = None

    def _send(self, value, step):
        # JSON has no word for these: "nan", "inf", "-inf".
        channel.send(self.key, type="report", value=value if math.isfinite(value) else repr(value), step=step)

    def _may_pass(self):
        if self._left < 1:
            now = time.monotonic()
            self._left = min(BURST, (now - self._refilled) * PER_SECOND)
            if self._left < 1:
                return False
            self._refilled = now
        self._left -= 1
        return True


channel = None
current = None
# Of replies while no evaluation is under way.
NO_EVALUATION = (None, None)


def follow_threads():
    """
    A thread belongs to the evaluation in which it was started, and what an executor runs to the one in which it was
    submitted: what it reports when that is over is not the next one's.
    """
    start, submit = threading.Thread.start, concurrent.futures.ThreadPoolExecutor.submit

    @functools.wraps(start)
    def start_in_evaluation(thread):
        thread._shac_evaluation = evaluation_here()
        start(thread)

    @functools.wraps(submit)
    def submit_in_evaluation(executor, function, *args, **kwargs):
        evaluation = evaluation_here()

        def run(*args, **kwargs):
            threading.current_thread()._shac_evaluation = evaluation
            return function(*args, **kwargs)

        return submit(executor, run, *args, **kwargs)

    threading.Thread.start = start_in_evaluation
    concurrent.futures.ThreadPoolExecutor.submit = submit_in_evaluation


def evaluation_here():
    """The evaluation that the current thread works for; None outside of all."""
    return getattr(threading.current_thread(), "_shac_evaluation", None) or current


def report(value, step=None):
    """Tells how the evaluation is going: an intermediate value, at a step that counts by itself when it is left out."""
    if channel is None:
        raise RuntimeError("report() works in the process that evaluates the trial, not in one that it started")
    if step is not None:
        step = operator.index(step)
        if step < 0:
            raise ValueError("report() takes a step of at least 0, got %d" % step)
    value = number(value, "report() takes a number")
    evaluation = evaluation_here()
    if evaluation is None:
        raise RuntimeError("report() works while a trial is evaluated")
    evaluation.report(value, step)


def trial_id():
    """The number of the trial that is being evaluated."""
    evaluation = evaluation_here()
    if channel is None or evaluation is None:
        raise RuntimeError("trial_id() works while a trial is evaluated, in the process that evaluates it")
    return evaluation.trial_id


def provide_shac_module():
    """`from shac import report` then works, with nothing to install; also in processes that multiprocessing starts."""
    module = types.ModuleType("shac", "What the objective of a shac study may call.")
    module.report = report
    module.trial_id = trial_id
    sys.modules["shac"] = module


def number(value, expected):
    """`value` as a float. NumPy and PyTorch scalars are numbers; a bool is not, and neither is an array of one."""
    found = value
    if hasattr(found, "item") and tuple(getattr(found, "shape", ())) == ():
        found = found.item()
    numeric = hasattr(type(found), "__float__") or hasattr(type(found), "__index__")
    if not numeric or isinstance(found, bool) or tuple(getattr(found, "shape", ())) != ():
        raise TypeError("%s, got %s %s" % (expected, type(value).__name__, failures.clip(repr(value), 200)))
    try:
        return float(found)
    except OverflowError:
        return math.inf


def finite(value, who):
    """The same, of a number that is finite."""
    expected = who + " a finite number"
    found = number(value, expected)
    if not math.isfinite(found):
        raise ValueError("%s, got %s" % (expected, failures.clip(repr(value), 200)))
    return found


def leave_own_folder():
    """Takes this file's folder, which Python puts there for a script, from where modules are looked for."""
    if sys.path and os.path.realpath(sys.path[0] or ".") == os.path.dirname(os.path.realpath(__file__)):
        del sys.path[0]


def end_group():
    """Ends this process with all that it started, which are of its group; on Windows, of its tree."""
    if sys.platform == "win32":
        os.system("taskkill /F /T /PID %d >NUL 2>&1" % os.getpid())
    elif os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def read_requests(descriptor, requests):
    """Runs in a thread, so that the end of input - the parent has died - is seen while the objective runs."""
    pending = b""
    while True:
        chunk = os.read(descriptor, 65536)
        if not chunk:
            end_group()
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            requests.put(json.loads(line))


def own_streams():
    """Takes the two ends of the protocol; what is left in their place is an empty input, and standard error."""
    requests, replies = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        # Whole lines, so that those of several processes do not run into each other.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True, write_through=False)
    return requests, replies


def leave_to_parent(descriptors):
    """In a process that was forked from this one: the channel is not its own, and neither is the trial."""
    global channel
    channel = None
    for descriptor in descriptors:
        os.close(descriptor)


def load_framework(name):
    """What manages the framework of this worker."""
    frameworks = beside("frameworks")
    try:
        return frameworks.load(name)
    except ModuleNotFoundError as error:
        raise MissingPackage((error.name or name).split(".")[0])


class Objective:
    """The function of the user's module, and what its framework, if it has one, needs around it."""

    def __init__(self, request):
        framework = request.get("framework")
        self.worker_id = request["workerId"]
        self.framework = None if framework is None else load_framework(framework)
        if self.framework:
            self.framework.seed(request["seed"])  # a data set that is split when the module is loaded
        self.module = loading.load_module(request["module"])
        forms = loading.SESSION_FORMS if framework in ("tensorflow", "keras") else loading.WORKER_FORMS
        self.function, self.form = loading.load_function(self.module, request["function"], forms)
        if hasattr(self.module, "setup"):
            self.module.setup(self.worker_id)
        if self.framework:
            self.framework.loaded(self.module)

    def evaluate(self, request):
        given = {"worker_id": self.worker_id, "params": OrderedDict(request["params"])}
        if self.framework:
            given["session"] = self.framework.begin(request["seed"])
        result = self.function(*[given[name] for name in self.form])
        return {"type": "value", "value": finite(result, "the objective must return")}

    def clean_up(self):
        """After an evaluation: what is told of it beside its result."""
        if self.framework is None:
            return {}
        try:
            return {"memory": self.framework.end()}
        except Exception as error:
            # After some errors a GPU can no longer be used by its process.
            print("%s: %s" % (type(error).__name__, error), file=sys.stderr)
            return {"last": True}


def reply_of(job, *arguments):
    """What `job` gives; or, of its exception, the failure. An exit is what it is in a script: the process ends."""
    try:
        return job(*arguments)
    except SystemExit:
        raise
    except loading.ObjectiveError as error:
        return {"type": "failed", "name": "", "message": str(error), "traceback": ""}
    except MissingPackage as error:
        return {"type": "missing", "package": str(error), "python": sys.executable}
    except BaseException as error:
        return dict(failures.describe(error), type="failed")


def end_if_forked(reply):
    """A process that the objective has forked, and that came back from it, ends as a script would."""
    if channel is None:
        print(reply.get("traceback", ""), file=sys.stderr, end="\n" if "traceback" in reply else "")
        os._exit(0 if reply["type"] == "value" else 1)


def main():
    global channel, current
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    leave_own_folder()
    incoming, outgoing = own_streams()
    channel = Channel(outgoing)
    if hasattr(os, "register_at_fork"):  # Windows has no fork
        os.register_at_fork(after_in_child=lambda: leave_to_parent((incoming, outgoing)))
    follow_threads()
    requests = queue.Queue()
    threading.Thread(target=read_requests, args=(incoming, requests), daemon=True).start()

    objective = reply_of(Objective, requests.get())
    if isinstance(objective, dict):
        channel.send(NO_EVALUATION, **objective)
        return
    channel.send(NO_EVALUATION, type="ready")
    while True:
        request = requests.get()
        if request["type"] == "close":
            break
        current = Evaluation(request)
        reply = reply_of(objective.evaluate, request)
        end_if_forked(reply)
        current.flush()
        channel.send(current.key, **reply, **objective.clean_up())
        current = None
    if hasattr(objective.module, "teardown"):
        objective.module.teardown()


provide_shac_module()

if __name__ == "__main__":
    try:
        main()
    except SystemExit as error:
        # At once, without waiting for the threads of the user's code; with the code that Python itself would give.
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
        if code == 1 and error.code != 1:
            print(error.code, file=sys.stderr)
        os._exit(code & 0xFF)
