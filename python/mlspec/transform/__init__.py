"""Applies fitted transformations: the twin of MLSpec's own interpreter, equal to it to the last bit.

Needs the standard library alone, and uses NumPy for batches where it is installed. This folder is copied into packages, so that
a model is served with exactly the transformation that it was trained with.

    transform = FittedTransform.load("transform.json")
    transform.apply_rows([{"distance": 500, "origin": "SFO"}])     # a list of dicts
    transform.apply_columns({"distance": [500], "origin": ["SFO"]})  # Columns by name
    transform.apply_frame(frame)                                    # a pandas DataFrame
"""

from .columns import Column, TransformError
from .interpreter import FittedTransform

__all__ = ["Column", "FittedTransform", "TransformError"]
