"""A run that travels: ONNX graphs, one HTML file, a folder for the hub."""

from aegean.exporting.forms import FORMATS, export

__all__ = ["FORMATS", "export"]
