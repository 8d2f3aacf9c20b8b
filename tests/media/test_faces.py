"""A real face is found where it is, and framed as in the data set."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from aegean.images import from_pil
from aegean.media.faces import face_square, find_face, framing
from aegean.media.photos import edit_photo


@pytest.fixture(scope="module")
def faces(shared):
    """Twelve CelebA faces, 64 x 64, as pictures."""
    import io

    with np.load(shared / "celeba_8000.npz") as packed:
        blob, offsets = packed["blob"], packed["offsets"]
    opened = [Image.open(io.BytesIO(blob[offsets[i] : offsets[i + 1]].tobytes())) for i in range(12)]
    return [picture.crop((0, 10, 89, 99)).resize((64, 64)) for picture in opened]


def photo_of(face, side, left, top):
    """A grey photo, 500 x 300, with the face in it."""
    photo = Image.new("RGB", (500, 300), (90, 90, 90))
    photo.paste(face.resize((side, side), Image.Resampling.BICUBIC), (left, top))
    return photo


def test_faces_are_framed_as_those_of_the_data(faces):
    framed = framing(torch.stack([from_pil(face) for face in faces]))
    assert framed is not None
    found = [face_square(photo_of(face, 200, 260, 60), framed) for face in faces]
    errors = [np.abs(np.subtract(square, (60, 260, 200))).max() for square in found if square]
    assert len(errors) >= 10
    assert np.median(errors) < 20  # pixels, of a face of 200


def test_what_has_no_face_has_no_frame():
    noise = torch.randint(256, (4, 64, 64, 3), dtype=torch.uint8)
    assert framing(noise) is None
    assert find_face(Image.new("L", (300, 200), 128)) is None
    assert face_square(Image.new("RGB", (300, 200)), (0.5, 0.5, 0.5)) is None


def test_a_square_of_a_photo_is_edited_and_the_change_fades_towards_its_borders():
    photo = Image.new("RGB", (50, 40), (100, 100, 100))
    edited = edit_photo(lambda small: small + 0.2, photo, 8, 3, (4, 10, 32))
    change = edited[0, 0] - (100 / 127.5 - 1)
    assert change[:4].abs().max() < 1e-6
    assert change[:, :10].abs().max() < 1e-6
    torch.testing.assert_close(change[8:32, 14:38], torch.full((24, 24), 0.2))
    assert 0 < change[4, 20] < change[5, 20] <= 0.2


def test_a_face_is_found_in_photos_of_every_mode(faces):
    photo = photo_of(faces[0], 200, 260, 60)
    grey = np.asarray(photo.convert("L"))
    middle, width = find_face(photo)[0], find_face(photo)[2]
    for other in (Image.fromarray(grey.astype(np.uint16) * 257), Image.fromarray(grey.astype(np.float32) / 255)):
        found = find_face(other)
        assert found is not None
        assert found[0] == pytest.approx(middle, abs=5)
        assert found[2] == pytest.approx(width, abs=10)


def test_a_photo_of_one_line_has_no_face():
    assert find_face(Image.new("RGB", (1, 2000))) is None
