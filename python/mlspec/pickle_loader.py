"""Loads a pickled object as an MLflow model. Copied into the model's folder; stands alone."""

import pickle


def _load_pyfunc(path):
    try:
        with open(path, "rb") as file:
            model = pickle.load(file)
    except ModuleNotFoundError as error:
        raise ImportError(f"the model needs the module {error.name}; see its requirements.txt") from error
    return model if hasattr(model, "predict") else _Callable(model)


class _Callable:
    def __init__(self, function):
        self.function = function

    def predict(self, data, params=None):
        return self.function(data)
