"""Shapes as signed distances, painted with exact anti-aliasing at any size. The canvas spans [-1, 1], y downwards."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]  # (S, S) or some rows of it: a distance, negative inside
Colour = tuple[float, float, float]  # 0..255


class Canvas:
    """A square picture under work, planar: (3, S, S) in 0..255."""

    def __init__(self, size: int) -> None:
        line = ((np.arange(size, dtype=np.float32) + 0.5) * (2.0 / size)) - 1.0
        self.x = np.broadcast_to(line[None, :], (size, size))
        self.y = np.broadcast_to(line[:, None], (size, size))
        self.pixel = 2.0 / size
        self.planes = np.zeros((3, size, size), np.float32)

    def part(self, top: float, bottom: float) -> Canvas:
        """The rows from `top` to `bottom`, on which to paint what lies there for less."""
        size = self.planes.shape[1]
        first, last = (min(max(round((edge + 1) * size / 2), 0), size) for edge in (top, bottom))
        part = copy.copy(self)
        part.x, part.y, part.planes = self.x[first:last], self.y[first:last], self.planes[:, first:last]
        return part

    def paint(self, shape: Field, colour: Colour, opacity: float = 1.0, blur: float = 0.0) -> None:
        """Lay a colour over what is inside; `blur` softens the edge by that distance."""
        alpha = cover(shape, max(self.pixel, blur), opacity)
        for plane, level in zip(self.planes, colour):
            plane += alpha * (np.float32(level) - plane)

    def shade(self, shape: Field, factor: float | Field, blur: float = 0.0) -> None:
        """Multiply what is inside by a factor."""
        alpha = cover(shape, max(self.pixel, blur))
        alpha *= factor - np.float32(1)
        alpha += np.float32(1)
        self.planes *= alpha


def cover(shape: Field, edge: float, opacity: float = 1.0) -> Field:
    """Part of each pixel that is inside, for an edge as wide as `edge`, times `opacity`."""
    alpha: Field = shape * np.float32(-opacity / edge)
    alpha += np.float32(0.5 * opacity)
    np.maximum(alpha, np.float32(0), out=alpha)
    return np.minimum(alpha, np.float32(opacity), out=alpha)


def limit(values: Field, low: float, high: float) -> Field:
    """np.clip, without its overhead."""
    limited: Field = np.minimum(np.maximum(values, np.float32(low)), np.float32(high))
    return limited


def turn(x: Field, y: Field, angle: float) -> tuple[Field, Field]:
    """Coordinates in a frame turned by `angle` radians."""
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return x * cos + y * sin, y * cos - x * sin


def ellipse(x: Field, y: Field, across: float, down: float) -> Field:
    """Half axes `across` and `down`; the distance is exact near the edge, to first order."""
    u, v = x * np.float32(1 / across), y * np.float32(1 / down)
    level = u * u + v * v
    slope = np.sqrt((u * np.float32(1 / across)) ** 2 + (v * np.float32(1 / down)) ** 2) + np.float32(1e-6)
    distance: Field = (level - 1.0) * np.float32(0.5) / slope
    return distance


def circle(x: Field, y: Field, radius: float) -> Field:
    """Exact."""
    distance: Field = np.sqrt(x * x + y * y) - np.float32(radius)
    return distance


def box(x: Field, y: Field, across: float, down: float, round_by: float = 0.0) -> Field:
    """Half sides `across` and `down`, corners rounded; exact."""
    u = np.abs(x) - np.float32(across - round_by)
    v = np.abs(y) - np.float32(down - round_by)
    outside = np.sqrt(np.maximum(u, 0) ** 2 + np.maximum(v, 0) ** 2)
    distance: Field = outside + np.minimum(np.maximum(u, v), 0) - np.float32(round_by)
    return distance


def segment(x: Field, y: Field, start: tuple[float, float], end: tuple[float, float], radius: float) -> Field:
    """A line with round ends, `radius` thick to each side; exact."""
    across, down = np.float32(end[0] - start[0]), np.float32(end[1] - start[1])
    u, v = x - np.float32(start[0]), y - np.float32(start[1])
    along = limit((u * across + v * down) * np.float32(1 / (across**2 + down**2)), 0, 1)
    distance: Field = np.sqrt((u - across * along) ** 2 + (v - down * along) ** 2) - np.float32(radius)
    return distance


def bow(x: Field, y: Field, across: float, sag: float, radius: float) -> Field:
    """A parabola y = sag (1 - (x / across)^2), from -across to across: a smile where sag > 0."""
    u = limit(x, -across, across)
    slope = u * np.float32(-2 * sag / across**2)
    rise = (y - np.float32(sag) - u * slope * np.float32(0.5)) / np.sqrt(1 + slope * slope)
    distance: Field = np.sqrt(rise**2 + (x - u) ** 2) - np.float32(radius)
    return distance


def ring(shape: Field, thickness: float) -> Field:
    """The outline of a shape."""
    distance: Field = np.abs(shape) - np.float32(thickness / 2)
    return distance


def both(*shapes: Field) -> Field:
    """Where all shapes are."""
    joined = shapes[0]
    for shape in shapes[1:]:
        joined = np.maximum(joined, shape)
    return joined


def either(*shapes: Field) -> Field:
    """Where any shape is."""
    joined = shapes[0]
    for shape in shapes[1:]:
        joined = np.minimum(joined, shape)
    return joined
