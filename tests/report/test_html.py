"""Images -> pieces of HTML."""

import base64
import io
import re

import pytest
import torch
from PIL import Image

from aegean.markup import data_uri, enlargement
from aegean.report.pictures import affordable, columns, per_row, rows, sheet
from aegean.sizes import Size


def decode(html: str) -> list[Image.Image]:
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return [Image.open(io.BytesIO(base64.b64decode(text))) for text in found]


def test_a_data_uri_holds_the_picture():
    picture = Image.effect_noise((7, 5), 50)
    html = f'<img src="{data_uri(picture)}">'
    assert decode(html)[0].tobytes() == picture.tobytes()


@pytest.mark.parametrize(("channels", "mode"), [(1, "LA"), (3, "RGBA"), (4, "RGBA")])
def test_the_gaps_of_a_sheet_are_transparent(channels, mode):
    picture = decode(sheet(torch.full((3, channels, 4, 4), -1.0), 2))[0]
    assert picture.mode == mode
    assert picture.size == (10, 10)
    if channels < 4:
        alpha = picture.getchannel("A")
        assert alpha.getpixel((0, 0)) == alpha.getpixel((9, 3)) == alpha.getpixel((0, 9)) == 255
        assert alpha.getpixel((4, 0)) == alpha.getpixel((0, 5)) == 0  # between images
        assert alpha.getpixel((9, 9)) == 0  # where the fourth would be


def test_small_images_are_enlarged_by_a_whole_factor_and_large_ones_shrink_to_fit():
    assert enlargement(28, 10, 90, 920) == 3
    assert enlargement(28, 12, 90, 770) == 2
    assert enlargement(64, 10, 90, 920) == 1
    assert enlargement(256, 5, 90, 920) == pytest.approx(920 / (5 * 258 - 2))


def test_large_images_stand_in_shorter_rows_and_smaller_sheets():
    assert [per_row(Size.of(size)) for size in (8, 28, 64, 128, 256, "256x28")] == [12, 12, 11, 5, 4, 12]
    assert affordable(80, Size.of(28)) == 80
    assert affordable(80, Size.of(256)) * 256**2 <= 1_300_000


def test_rows_and_columns_name_their_pictures():
    images = torch.zeros(3, 1, 8, 8)
    html = rows([("noisy", images), ("<clean>", images)])
    assert [picture.size for picture in decode(html)] == [(28, 8)] * 2
    assert html.index("noisy") < html.index("&lt;clean&gt;")
    assert [picture.size for picture in decode(columns([("0", images), ("1", images)]))] == [(8, 28)] * 2
