"""Axes, numbers and the SVG itself."""

import math
import xml.etree.ElementTree as ElementTree

import pytest

from aegean.markup import number
from aegean.report.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Series,
    falls_far,
    line_chart,
    linear_ticks,
    log_ticks,
    scatter,
)


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (-1, 1, [-1, -0.5, 0, 0.5, 1]), (0, 3000, [0, 500, 1000, 1500, 2000, 2500, 3000])],
)
def test_linear_ticks_are_round(low, high, expected):
    assert linear_ticks(low, high) == pytest.approx(expected)


def test_linear_ticks_lie_inside():
    for low, high in [(0.013, 0.094), (-1234.5, 77.7), (1e6, 1.0001e6), (3, 3 + 1e-6)]:
        ticks = linear_ticks(low, high)
        assert 3 <= len(ticks) <= 8
        assert all(low - 1e-9 * abs(low) <= tick <= high + 1e-9 * abs(high) for tick in ticks)


def test_log_ticks():
    assert log_ticks(8, 60) == [10, 20, 30, 50]
    assert log_ticks(0.5, 2e4) == [1, 10, 100, 1000, 10000]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (105.266, "105.3"),
        (0.0123, "0.0123"),
        (12_000, "12,000"),
        (3e-5, "3e-5"),
        (math.nan, "nan"),
        (-2.5, "-2.5"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_falls_far_is_about_where_it_ends():
    assert falls_far([500, 200, 120, 105])
    assert not falls_far([0.1, 5, 20, 21])  # rises
    assert not falls_far([120, 110, 105])  # not far
    assert not falls_far([500, 1, -3])  # a log scale cannot
    assert not falls_far([])


def test_a_line_spans_the_plot():
    svg = parse(line_chart("loss", [Series("training", [0, 50, 100], [1.0, 3.0, 2.0])]))
    points = [tuple(map(float, p.split(","))) for p in svg.find("polyline").get("points").split()]
    assert [x for x, _ in points] == [LEFT, (LEFT + WIDTH - RIGHT) / 2, WIDTH - RIGHT]
    low, high = HEIGHT - BOTTOM, TOP
    heights = [(low - y) / (low - high) for _, y in points]
    assert heights[0] < heights[2] < heights[1]
    assert heights[2] == pytest.approx((heights[0] + heights[1]) / 2, abs=0.01)  # 2 is halfway from 1 to 3


def test_every_point_shows_its_value():
    svg = parse(
        line_chart("loss", [Series("training", [1, 2], [105.26, 104.0]), Series("validation", [1, 2], [110.0, 99.0])])
    )
    texts = ["".join(group.find("text").itertext()) for group in svg.findall("g")]
    assert texts == ["105.3 at 1", "104 at 2", "110 at 1", "99 at 2"]


def test_what_is_not_a_number_is_left_out():
    svg = parse(line_chart("loss", [Series("training", [1, 2, 3], [1.0, math.inf, 2.0])]))
    assert len(svg.find("polyline").get("points").split()) == 2
    assert line_chart("loss", [Series("training", [1], [math.nan])]) == ""


def test_long_histories_are_thinned_and_keep_their_ends():
    steps = list(range(10_001))
    svg = parse(line_chart("loss", [Series("training", steps, [2.0 + math.sin(s / 900) for s in steps])]))
    points = svg.find("polyline").get("points").split()
    assert 100 <= len(points) <= 152
    assert float(points[0].split(",")[0]) == LEFT
    assert float(points[-1].split(",")[0]) == WIDTH - RIGHT


def test_titles_are_escaped():
    assert "<b>" not in line_chart('<b>"', [Series("training", [1, 2], [1.0, 2.0])])


def test_scatter_has_a_group_for_every_class_with_points():
    points = [(0.0, 0.0), (1.0, 1.0), (0.2, 0.1), (0.9, 1.0)]
    svg = parse(scatter(points, [0, 2, 0, 2], ["a", "b", "<c>"]))
    groups = svg.findall("g")
    assert ["".join(group.findall("text")[-1].itertext()) for group in groups] == ["a", "<c>"]
    assert [group.find("path").get("d").count("h0") for group in groups] == [2, 2]


def test_scatter_puts_larger_values_right_and_up():
    svg = parse(scatter([(0.0, 0.0), (1.0, 2.0)], [0, 1], ["a", "b"]))
    (ax, ay), (bx, by) = (
        map(float, group.find("path").get("d").removeprefix("M").removesuffix("h0").split())
        for group in svg.findall("g")
    )
    assert ax < bx
    assert ay > by
    assert (ay - by) == pytest.approx(2 * (bx - ax), abs=0.3)  # equal scales


def test_scatter_of_one_place_and_of_no_labels():
    svg = parse(scatter([(1.0, 1.0)] * 3, [0, 0, 0], [""]))
    assert svg.find("g/text") is None
    assert svg.find("g/path").get("d").count("h0") == 3


def test_a_dot_has_the_picture_behind_it():
    svg = parse(scatter([(0.0, 0.0), (1.0, 1.0), (0.5, 0.2)], [0, 0, 0], [""], "data:image/png;base64,AA=="))
    assert [face.get("viewBox") for face in svg.findall(".//g[@class='dot']/svg")] == ["0 0 1 1", "1 0 1 1", "2 0 1 1"]
    assert svg.find(".//defs/image").get("href") == "data:image/png;base64,AA=="
