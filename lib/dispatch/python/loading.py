"""Finds the objective: the module that it is in, and the function."""

import importlib
import importlib.util
import inspect
import os
import sys


class ObjectiveError(Exception):
    """An objective that cannot be used; the message says what to do."""


def load_module(name):
    """By path when it ends in .py, with its folder on the path as for a script; else by name, from the current folder."""
    if not name.endswith(".py"):
        sys.path.insert(0, os.getcwd())
        return importlib.import_module(name)
    path = os.path.abspath(name)
    if not os.path.isfile(path):
        raise ObjectiveError("there is no file %s" % path)
    sys.path.insert(0, os.path.dirname(path))
    stem = os.path.basename(path)[: -len(".py")]
    # Registered, and by a name that can be imported, so that its functions and classes can be pickled.
    stem = "shac_objective_" + stem if stem in sys.modules else stem
    spec = importlib.util.spec_from_file_location(stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module
    spec.loader.exec_module(module)
    return module


# What an objective may take, by the names of its arguments; of a framework with sessions, PySHAC's form first.
WORKER_FORMS = (("worker_id", "params"), ("params",))
SESSION_FORMS = (("session", "worker_id", "params"), ("session", "params"), ("params",))


def load_function(module, name, forms):
    """The objective, and which of the forms it is called in."""
    function = getattr(module, name, None)
    if not callable(function):
        others = [key for key, value in vars(module).items() if inspect.isfunction(value) and key[0] != "_"]
        raise ObjectiveError(
            "the module has no function %r; its functions are %s: define it, or name another as `function`"
            % (name, ", ".join(others) or "none")
        )
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return function, forms[0]  # built in, without a signature
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = sum(p.default is p.empty for p in positional)
    starred = any(p.kind == p.VAR_POSITIONAL for p in parameters)
    keywords = any(p.kind == p.KEYWORD_ONLY and p.default is p.empty for p in parameters)
    takes = required or (len(forms[0]) if starred else min(len(positional), len(forms[0])))
    form = next((form for form in forms if len(form) == takes), None)
    if form is None or keywords:
        *more, last = ["(%s)" % ", ".join(form) for form in forms]
        raise ObjectiveError(
            "the function %r must take %s or %s alone; it takes %s"
            % (name, ", ".join(more), last[1:-1], inspect.signature(function))
        )
    return function, form
