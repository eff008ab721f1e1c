"""What a worker tells of an exception."""

import importlib
import traceback

# More of a message, or of a traceback, helps nobody.
TEXT_LIMIT = 16 * 1024

# Files whose frames say nothing of the objective: the worker adds its own.
OWN = {__file__, importlib.__file__}


def clip(text, limit=TEXT_LIMIT):
    return text if len(text) <= limit else text[:limit] + "..."


def describe(error):
    """The failure as its reply: class, message and traceback, without the frames of the worker and of importlib."""
    try:
        message = str(error)
    except Exception:
        message = "(its __str__ failed)"
    frame = error.__traceback__
    while frame is not None and is_own(frame.tb_frame.f_code.co_filename):
        frame = frame.tb_next
    lines = traceback.format_exception(type(error), error, frame)
    reply = {"name": type(error).__name__, "message": clip(message)}
    reply["traceback"] = "".join(lines)[-TEXT_LIMIT:].rstrip()
    reply["outOfMemory"] = is_out_of_memory(error)
    return reply


def is_own(filename):
    return filename in OWN or filename.startswith("<frozen importlib")


def is_out_of_memory(error):
    """Whether memory, of the computer or of a GPU, was short: each framework says it in its own way."""
    seen = set()  # `raise error from error` makes a circle
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, MemoryError) or type(error).__name__ in ("OutOfMemoryError", "ResourceExhaustedError"):
            return True
        if isinstance(error, RuntimeError) and any(text in str(error) for text in OUT_OF_MEMORY):
            return True
        error = error.__cause__
    return False


# In the messages of PyTorch (on the CPU, and of the libraries that it calls on a GPU) and of JAX.
OUT_OF_MEMORY = (
    "can't allocate memory",
    "out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "RESOURCE_EXHAUSTED",
)
