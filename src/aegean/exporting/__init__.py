"""A run that travels: ONNX graphs, one HTML file, a folder for the hub."""

from aegean.exporting.export import FORMATS, export

__all__ = ["FORMATS", "export"]
