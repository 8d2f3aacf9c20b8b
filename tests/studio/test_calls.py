"""The calls of every panel, as `gradio_client` makes them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from PIL import Image

from aegean.images import read_origin


def test_every_run_is_listed_with_what_is_known_of_it(client: Any) -> None:
    told = {run["name"]: run for run in client.predict(api_name="/runs")["runs"]}
    assert {"vae-4", "gan", "conditional_vae"} <= set(told)
    assert told["vae-4"]["family"] == "vae"
    assert told["vae-4"]["step"] == told["vae-4"]["steps"] == 3


def test_panels_follow_from_what_a_model_can_do(client: Any) -> None:
    panels = client.predict("conditional_vae", api_name="/run")["panels"]
    assert panels["generate"]["labels"] == ["0", "1", "2"]


def test_pictures_know_the_command_that_makes_them_again(client: Any) -> None:
    made = client.predict("conditional_vae", count=3, label="2", seed=5, temperature=0.5, api_name="/generate")
    assert len(made["pictures"]) == 3
    told = read_origin(made["pictures"][1])
    assert told["command"] == made["command"]
    assert told["command"].endswith("conditional_vae -n 3 --label 2 --seed 5 --temperature 0.5")
    assert (told["seed"], told["picture"]) == ("5", "1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"run": "../vae-4"}, "There is no run"),
        ({"run": "/etc"}, "There is no run"),
        ({"run": ["vae-4"]}, "must be a word"),
        ({"run": "vae-4", "count": 10**9}, "at most 100"),
        ({"run": "vae-4", "count": "many"}, "whole number"),
        ({"run": "vae-4", "label": "1"}, "takes no label"),
        ({"run": "vae-4", "temperature": -1}, "0 or more"),
        ({"run": "vae-4", "settings": {"steps": 5}}, "no setting"),
        ({"run": "vae-4", "settings": "steps"}, "Settings"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(client: Any, arguments: dict[str, Any], said: str) -> None:
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=said) as error:
        client.predict(api_name="/generate", **arguments)
    assert "Traceback" not in str(error.value)
    assert "\n" not in str(error.value)


def test_the_map_has_a_place_for_every_code_and_a_picture_at_every_place(client: Any, studio: str) -> None:
    found = client.predict("vae-4", api_name="/codes")
    assert len(found["places"]) == len(found["labels"])
    assert found["real"]
    with Image.open(client.predict("vae-4", found["places"][3], api_name="/decode")["picture"]) as picture:
        assert picture.size == (12, 12)
    asked = {"run": "vae-4", "place": [0.2, 0.7], "corners": [0, 1, 2, 3]}
    answer = httpx.post(f"{studio}/decode", json=asked)
    assert answer.headers["content-type"] == "image/png"
    assert httpx.post(f"{studio}/decode", json={**asked, "corners": [0, 1, 2, 10**6]}).status_code == 400
    assert httpx.post(f"{studio}/decode", json={**asked, "wrong": 1}).status_code == 400


def test_a_film_says_how_far_it_is_and_is_one_in_the_end(client: Any) -> None:
    way = [[-0.1 * k, 0.2] for k in range(20)]
    job = client.submit("conditional_vae", way, label="1", api_name="/film")
    with Image.open(job.result(timeout=100)["film"]) as film:
        assert film.format == "WEBP"
        assert film.size == (252, 252)
    assert {"done": 16, "total": 20} in job.outputs()
