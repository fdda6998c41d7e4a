"""Models as folders in MLflow's format."""

import os
import platform
from typing import Any, Dict, Iterable, Mapping, Optional, Sequence

from .artifacts import Artifact, copy_tree
from .errors import MlspecError


class Model(Artifact):
    """A model: a folder with an `MLmodel` file, as MLflow writes and loads it."""

    type_name = "Model"

    def save(  # type: ignore[override]
        self,
        model: Any,
        signature: Any = None,
        input_example: Any = None,
        classes: Optional[Sequence[Any]] = None,
        features: Optional[Sequence[str]] = None,
        requirements: Optional[Iterable[str]] = None,
        metadata: Optional[Mapping[str, Any]] = None,
    ) -> "Model":
        """Writes a model of scikit-learn, LightGBM, XGBoost or PyTorch, or any object that can be pickled.

        `signature`: MLflow's, or `{"inputs": [...], "outputs": [...]}`; left out, it is taken from `input_example`, a
        table of some rows. `classes`: the labels in the order of the scores; left out, `model.classes_`. `features`: the columns that it
        takes, in order; left out, those that the model itself remembers.
        `requirements`: lines for pip; left out, the exact versions of what the model needs here.
        Equal models give equal bytes: nothing in the folder depends on the time or on chance.
        """
        self._check_writable()
        if isinstance(model, (str, os.PathLike)) and os.path.isdir(model):
            copy_tree(model, self.path)
            return self
        from . import flavors, signatures
        from .requirements import needed_requirements

        os.makedirs(self.path, exist_ok=True)
        saved = flavors.save_native(model, self.path)
        described = signatures.describe_signature(signature, input_example, model)
        if requirements is None:
            requirements = needed_requirements(saved.modules, with_pandas=input_example is not None)
        else:
            requirements = list(requirements)
        named = [str(name) for name in features] if features is not None else signatures.feature_names(input_example, model)
        own = {"classes": _classes_of(model, classes), "features": named}
        document = self._document(saved, metadata, {name: value for name, value in own.items() if value is not None})
        if described is not None:
            document["signature"] = described
        if input_example is not None:
            document["saved_input_example_info"] = signatures.save_example(input_example, self.path)
        self._write_environment(requirements)
        flavors.write_mlmodel(self.path, document)
        self.properties.update({"flavor": saved.flavor, "class": flavors.class_name(model)})
        return self

    def _document(self, saved: Any, metadata: Optional[Mapping[str, Any]], own: Dict[str, Any]) -> Dict[str, Any]:
        python_function = {
            **saved.python_function,
            "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
            "python_version": platform.python_version(),
        }
        document: Dict[str, Any] = {"flavors": {"python_function": python_function, **saved.flavors}}
        if own or metadata:
            document["metadata"] = {**(metadata or {}), **({"mlspec": own} if own else {})}
        return document

    def _write_environment(self, requirements: Iterable[str]) -> None:
        from .mlmodel import dump_yaml

        version = platform.python_version()
        lines = sorted(requirements)
        files = {
            "requirements.txt": "".join(f"{line}\n" for line in lines),
            "python_env.yaml": dump_yaml(
                {"python": version, "build_dependencies": ["pip", "setuptools"], "dependencies": ["-r requirements.txt"]}
            ),
            "conda.yaml": dump_yaml(
                {
                    "name": "mlflow-env",
                    "channels": ["conda-forge"],
                    "dependencies": [f"python={version}", "pip", {"pip": lines}],
                }
            ),
        }
        for name, text in files.items():
            with open(os.path.join(self.path, name), "w", encoding="utf-8") as file:
                file.write(text)

    def load(self) -> Any:
        """The model as the library made it: a scikit-learn estimator, a Booster, a torch.nn.Module, the object."""
        from .loader import load_native

        return load_native(self.path)

    def description(self) -> Dict[str, Any]:
        """The `MLmodel` file."""
        from .mlmodel import read_mlmodel

        return read_mlmodel(self.path)

    @property
    def classes(self) -> Optional[list]:
        """The labels in the order of the scores, where the model says so."""
        return self.description().get("metadata", {}).get("mlspec", {}).get("classes")


class Package(Model):
    """A model with everything that it needs to answer, ready to be served."""

    type_name = "Package"


def _own_facts(classes: Optional[list], features: Optional[Sequence[str]]) -> Dict[str, Any]:
    named = {"classes": classes, "features": None if features is None else [str(name) for name in features]}
    return {name: value for name, value in named.items() if value is not None}


def _classes_of(model: Any, classes: Optional[Sequence[Any]]) -> Optional[list]:
    from .canonical import plain_json

    found = classes if classes is not None else getattr(model, "classes_", None)
    if found is None:
        return None
    listed = plain_json(list(found))
    if any(isinstance(one, (list, dict)) for one in listed):
        if classes is None:
            return None
        raise MlspecError("COMPONENT_BAD_OUTPUT", "expected classes to be a list of labels")
    return listed
