"""What a worker of a managed engine does around an evaluation, in its framework: seeds, a session, memory.

Loaded by worker.py when its first request names a framework. Nothing else here imports one.
"""

import contextlib
import gc
import importlib
import random


def load(name):
    """The framework `name`, imported: a ModuleNotFoundError names what this Python does not have."""
    return {"torch": Torch, "tensorflow": TensorFlow, "keras": keras_framework}[name]()


def keras_framework():
    """Keras, on the back-end that it is set to."""
    keras = importlib.import_module("keras")
    frameworks = {"tensorflow": TensorFlow, "torch": Torch}
    return frameworks.get(keras.backend.backend(), Framework)(keras)


class Framework:
    """What all have in common; also Keras on a back-end that has nothing of its own to manage."""

    def __init__(self, keras=None):
        self._keras = keras
        self._evaluated = False

    def seed(self, seed):
        """Seeds whatever an objective may draw from."""
        if self._keras is not None:
            self._keras.utils.set_random_seed(seed)  # of Python, NumPy and the back-end as well
            return
        random.seed(seed)
        with contextlib.suppress(ImportError):
            importlib.import_module("numpy").random.seed(seed)

    def loaded(self, module):
        """When the objective's module is loaded and set up."""

    def begin(self, seed):
        """Before an evaluation. Returns the objective's session."""
        forget_peak()
        self.seed(seed)

    def end(self):
        """After it, whatever became of it. Returns what was found of its memory."""
        memory = {"peakBytes": peak_bytes(), "peakDeviceBytes": self.device_peak()}
        if self._keras is not None:
            self._keras.backend.clear_session()
        gc.collect()
        if not self._evaluated:
            # What a first evaluation leaves are modules. To visit them takes each collection 100 ms and more.
            gc.freeze()
            self._evaluated = True
        self.empty_device()
        return {key: value for key, value in memory.items() if value is not None}

    def device_peak(self):
        """Bytes held at the most on GPUs during this evaluation; None without one."""
        return None

    def empty_device(self):
        """Gives back what is not used any more of a GPU's memory."""


class Torch(Framework):
    def __init__(self, keras=None):
        super().__init__(keras)
        self._torch = importlib.import_module("torch")

    def seed(self, seed):
        super().seed(seed)
        self._torch.manual_seed(seed)
        self._torch.cuda.manual_seed_all(seed)

    def begin(self, seed):
        super().begin(seed)
        for device in self._devices():
            self._torch.cuda.reset_peak_memory_stats(device)

    def device_peak(self):
        return sum(map(self._torch.cuda.max_memory_allocated, self._devices())) or None

    def empty_device(self):
        if self._torch.cuda.is_initialized():
            self._torch.cuda.empty_cache()

    def _devices(self):
        """None before CUDA is used: to ask would start it."""
        return range(self._torch.cuda.device_count()) if self._torch.cuda.is_initialized() else ()


class TensorFlow(Framework):
    def __init__(self, keras=None):
        self._tf = importlib.import_module("tensorflow")
        super().__init__(keras or keras_of(self._tf))
        self._is_keras_engine = keras is not None
        self._graphs = False
        self._scopes = contextlib.ExitStack()
        self._gradients = gradients_by_name()

    def seed(self, seed):
        super().seed(seed)
        self._tf.random.set_seed(seed)

    def loaded(self, module):
        # What is written for TensorFlow 1 builds in the default graph; Keras 3 cannot.
        first = not self._is_keras_engine and getattr(module, "tf", None) is self._tf.compat.v1
        self._graphs = first or not self._tf.executing_eagerly()

    def begin(self, seed):
        if self._graphs:
            session = self._scopes.enter_context(new_session(self._tf))
            if self._keras is not None and hasattr(self._tf.compat.v1.keras.backend, "set_session"):
                self._tf.compat.v1.keras.backend.set_session(session)  # Keras 2 has one of its own else
        else:
            session = LazySession(self._tf)
            self._scopes.callback(session.close)
        super().begin(seed)  # inside the graph, which has a seed of its own
        if self._evaluated:  # before that there is nothing to forget, and to ask would start the devices
            for device in self._devices():
                self._tf.config.experimental.reset_memory_stats(device)
        return session

    def end(self):
        self._scopes.close()  # first: Keras cannot be cleared inside a graph
        for name in [name for name in self._gradients if name.startswith("CustomGradient-")]:
            del self._gradients[name]
        return super().end()

    def device_peak(self):
        info = self._tf.config.experimental.get_memory_info
        return sum(info(device)["peak"] for device in self._devices()) or None

    def _devices(self):
        """Those whose memory TensorFlow tells of: sessions of TensorFlow 1 keep theirs to themselves."""
        if self._graphs:
            return []
        return ["GPU:%d" % index for index in range(len(self._tf.config.list_physical_devices("GPU")))]


def keras_of(tf):
    """The Keras that comes with TensorFlow; None where it is not installed."""
    try:
        return tf.keras if tf.keras.utils else None
    except (ImportError, AttributeError):
        return None


def gradients_by_name():
    """
    TensorFlow's gradients by name. Each graph that a custom gradient is traced in registers one more, which keeps the
    graph for ever: megabytes for every model that Keras trains.
    """
    try:
        ops = importlib.import_module("tensorflow.python.framework.ops")
        return ops.gradient_registry._registry
    except (ImportError, AttributeError):
        return {}  # a version that has them elsewhere


def new_session(tf):
    """A session of TensorFlow 1 with a graph of its own, which takes of a GPU's memory what it needs."""
    config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
    config.gpu_options.allow_growth = True
    return tf.compat.v1.Session(graph=tf.Graph(), config=config)


class LazySession:
    """The session while TensorFlow executes eagerly: one of TensorFlow 1, made when it is first used, if ever."""

    def __init__(self, tf):
        self._tf = tf
        self._session = None

    def _opened(self):
        if self._session is None:
            self._session = new_session(self._tf)
        return self._session

    def __getattr__(self, name):
        return getattr(self._opened(), name)

    def __enter__(self):
        return self._opened().__enter__()

    def __exit__(self, *error):
        self._opened().__exit__(*error)

    def close(self):
        if self._session is not None:
            self._session.close()
            self._session = None


def forget_peak():
    """Starts the peak of `peak_bytes` again, where the system can."""
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def peak_bytes():
    """Bytes that this process held at the most (resident set); None where the system does not tell."""
    with contextlib.suppress(OSError), open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None
