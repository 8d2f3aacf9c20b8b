"""The calls of every panel, as `gradio_client` makes them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from aegean.images import read_origin

TEST = {"test": 1}


def test_every_run_is_listed_with_what_is_known_of_it(client: Any) -> None:
    told = {run["name"]: run for run in client.predict(api_name="/runs")["runs"]}
    assert {"vae-4", "denoising", "conditional_vae"} <= set(told)
    assert told["vae-4"]["family"] == "vae"
    assert told["vae-4"]["step"] == told["vae-4"]["steps"] == 3


@pytest.mark.parametrize(
    ("run", "panels"),
    [
        ("conditional_vae", ["generate", "explore"]),
        ("vae-4", ["generate", "explore", "edit", "recognise"]),
        ("denoising", ["explore", "restore", "edit", "recognise"]),
        ("cyclegan", ["translate"]),
        ("multi_attribute_editor", ["edit"]),
        ("classifier", ["recognise"]),
    ],
)
def test_panels_follow_from_what_a_model_can_do(client: Any, run: str, panels: list[str]) -> None:
    assert list(client.predict(run, api_name="/run")["panels"]) == panels


def test_pictures_know_the_command_that_makes_them_again(client: Any) -> None:
    made = client.predict("conditional_vae", count=3, label="2", seed=5, temperature=0.5, api_name="/generate")
    assert len(made["pictures"]) == 3
    told = read_origin(made["pictures"][1])
    assert told["command"] == made["command"]
    assert told["command"].endswith("conditional_vae -n 3 --label 2 --seed 5 --temperature 0.5")
    assert (told["seed"], told["picture"]) == ("5", "1")
    near = client.predict("conditional_vae", seed=5, count=3, picture=1, temperature=0.5, label="2", api_name="/around")
    with Image.open(made["pictures"][1]) as own, Image.open(near["pictures"][4]) as middle:
        assert np.array_equal(np.array(own), np.array(middle))


def test_the_map_has_a_place_for_every_code_and_a_picture_at_every_place(client: Any, studio: Any) -> None:
    found = client.predict("vae-4", api_name="/codes")
    assert len(found["places"]) == len(found["labels"])
    assert found["real"]
    with Image.open(client.predict("vae-4", found["places"][3], api_name="/decode")["picture"]) as picture:
        assert picture.size == (12, 12)
    asked = {"run": "vae-4", "place": [0.2, 0.7], "corners": [0, 1, 2, 3]}
    answer = httpx.post(f"{studio.url}/decode", json=asked, timeout=60)
    assert answer.headers["content-type"] == "image/png"
    for wrong in ({"corners": [0, 1, 2, 10**6]}, {"wrong": 1}, {"place": "here"}):
        assert httpx.post(f"{studio.url}/decode", json={**asked, **wrong}, timeout=60).status_code == 400


def test_a_film_says_how_far_it_is_and_is_one_in_the_end(client: Any) -> None:
    way = [[-0.1 * k, 0.2] for k in range(20)]
    job = client.submit("conditional_vae", way, label="1", api_name="/film")
    with Image.open(job.result(timeout=100)["film"]) as film:
        assert film.format == "WEBP"
        assert film.size == (252, 252)
    assert {"done": 16, "total": 20} in job.outputs()


def test_noise_is_taken_away_and_holes_are_filled(client: Any, tmp_path: Path) -> None:
    from gradio_client import handle_file

    made = client.predict("denoising", TEST, api_name="/denoise")
    assert set(made) == {"noisy", "predicted", "clean", "command"}
    mask = np.zeros((12, 12), np.uint8)
    mask[4:8, 4:8] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    filled = client.predict("context_encoder", TEST, handle_file(tmp_path / "mask.png"), api_name="/inpaint")
    with Image.open(filled["before"]) as before, Image.open(filled["fills"][0]) as after:
        known = mask == 0
        assert np.array_equal(np.array(before)[known], np.array(after)[known])


def test_attributes_are_edited_by_as_much_as_is_asked(client: Any) -> None:
    none = client.predict("multi_attribute_editor", TEST, {}, api_name="/edit")
    made = client.predict("multi_attribute_editor", TEST, {"Hat": 1, "No_Beard": -0.5}, api_name="/edit")
    pixels = {}
    for name, file in (("none", none["after"]), ("after", made["after"]), ("difference", made["difference"])):
        with Image.open(file) as one:
            pixels[name] = np.array(one).astype(int)
    assert not np.array_equal(pixels["none"], pixels["after"])
    assert pixels["difference"].shape == (12, 12, 3)
    assert made["faces"] == [[[0, 0], [1, 0], [1, 1], [0, 1]]]


def test_a_photo_is_translated_and_back(client: Any) -> None:
    made = client.predict("cyclegan", TEST, to="night", api_name="/translate")
    with Image.open(made["after"]) as after, Image.open(made["back"]) as back:
        assert after.size == back.size == (16, 16)
    assert made["command"].endswith("PICTURE --to night")


def test_what_knows_one_way_offers_no_other(client: Any) -> None:
    name = "paired_translator-2"
    assert client.predict(name, api_name="/run")["panels"] == {"translate": {"domains": []}}
    made = client.predict(name, TEST, api_name="/translate")
    assert "back" not in made
    assert made["command"].endswith("PICTURE")
    with Image.open(made["before"]) as before, Image.open(made["after"]) as after:
        assert before.size == after.size == (24, 24)


def test_classes_layers_and_maps_of_a_run(client: Any) -> None:
    bars = client.predict("classifier", TEST, api_name="/recognise")["classes"]
    assert sum(bar["probability"] for bar in bars) == pytest.approx(1, abs=1e-4)
    layers = client.predict("classifier", api_name="/layers")["layers"]
    first = next(one["name"] for one in layers if len(one["shape"]) == 3)
    assert client.predict("classifier", TEST, first, api_name="/layer")["maps"]


def test_a_training_is_started_stopped_resumed_compared_and_deleted(client: Any, studio: Any) -> None:
    form = client.predict("vae", api_name="/settings")
    steps = next(field for field in form["parts"]["training"] if field["name"] == "steps")
    assert (steps["kind"], steps["low"]) == ("integer", 1)
    assert "Rounds of the game" in steps["help"]
    changes = {"width": 2, "latent": 2, "steps": 100_000, "batch_size": 8, "limit": 16, "log_every": 1, "size": 8}
    name = client.predict("vae", changes, "mine", api_name="/train")["run"]
    wait(lambda: known(client, name).get("step", 0) > 0)
    client.predict(name, api_name="/stop")
    wait(lambda: not known(client, name)["live"])
    stopped = known(client, name)
    assert 0 < stopped["step"] < 100_000
    assert stopped["failed"] is None
    client.predict(name, api_name="/resume")
    wait(lambda: known(client, name)["step"] > stopped["step"])
    client.predict(name, api_name="/stop")
    wait(lambda: not known(client, name)["live"])
    told = client.predict([name, "vae-4"], api_name="/compare")
    assert {"name": "latent", "values": ["2", "4"]} in told["settings"]
    assert "<svg" in told["curves"]
    assert "<svg" in client.predict(name, api_name="/look")["curves"]
    kept = client.predict(name, api_name="/delete")["kept"]
    assert not (studio.runs / name).exists()
    assert client.predict(kept, api_name="/undelete")["run"] == name
    assert (studio.runs / name / "config.json").is_file()
    client.predict(name, api_name="/delete")


def known(client: Any, name: str) -> dict[str, Any]:
    return next((run for run in client.predict(api_name="/runs")["runs"] if run["name"] == name), {})


def wait(happened: Any, seconds: float = 240) -> None:
    """Until it has: it happens in another process."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_ten_users_at_once_lose_nothing_and_see_their_own(studio: Any) -> None:
    def user(number: int) -> tuple[int, bytes]:
        buffer = _png(number)
        with httpx.Client(base_url=studio.url, timeout=240) as page:
            path = page.post("/gradio_api/upload", files={"files": ("me.png", buffer)}).json()[0]
            told = {"run": "denoising", "picture": {"path": path}, "noise": False}
            event = page.post("/gradio_api/call/v2/denoise", json=told).json()["event_id"]
            answer = page.get(f"/gradio_api/call/denoise/{event}").text
            assert "event: complete" in answer, answer
            return number, page.get(f"/gradio_api/file={path}").content

    with ThreadPoolExecutor(10) as pool:
        for number, content in pool.map(user, range(10)):
            assert content == _png(number)


def _png(number: int) -> bytes:
    import io

    buffer = io.BytesIO()
    Image.new("L", (12, 12), 20 * number).save(buffer, "PNG")
    return buffer.getvalue()
