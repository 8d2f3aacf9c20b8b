"""Real faces are found where they are, however turned, and what is changed in them is laid back where it was."""

from __future__ import annotations

import cmath
import io
import math

import numpy as np
import pytest
import torch
from PIL import Image

from aegean.images import fit, from_pil, to_float
from aegean.media.faces import CELEBA, can_find_faces, celeba_face, find_faces, frame_of, framing
from aegean.media.photos import Box, Frame, centre_of, edit_photo, seen
from aegean.sizes import Size

needs_finder = pytest.mark.skipif(not can_find_faces(), reason="the extra `faces` is not installed")


@pytest.fixture(scope="module")
def faces(shared):
    """Four CelebA faces, 128 x 128, as pictures."""
    with np.load(shared / "celeba_128_1.npz") as packed:
        blob, offsets = packed["blob"], packed["offsets"]
    return [Image.open(io.BytesIO(blob[offsets[i] : offsets[i + 1]].tobytes())).convert("RGB") for i in range(4)]


@pytest.fixture(scope="module")
def two(faces):
    """A photo, 640 x 480, of two of them, of 200 and 150 pixels."""
    photo = Image.new("RGB", (640, 480), (90, 90, 90))
    photo.paste(faces[1].resize((150, 150), Image.Resampling.BICUBIC), (420, 240))
    photo.paste(faces[0].resize((200, 200), Image.Resampling.BICUBIC), (60, 120))
    return photo


@needs_finder
def test_eyes_lie_where_those_of_the_data_set_do(faces):
    found = framing(torch.stack([from_pil(face) for face in faces]))
    assert found is not None
    assert max(abs(eye - known) for eye, known in zip(found, CELEBA)) < 0.05


@needs_finder
def test_faces_of_a_photo_are_found_from_left_to_right_and_framed_as_in_the_data(two):
    frames = [frame_of(face, CELEBA) for face in find_faces(two)]
    assert len(frames) == 2
    for frame, side, corner in zip(frames, (200, 150), (60 + 120j, 420 + 240j)):
        assert frame.size == pytest.approx((side, side), rel=0.12)
        assert abs(frame.start - corner) < 0.1 * side
        assert abs(frame.degrees) < 5


@needs_finder
@pytest.mark.parametrize("degrees", [-130, -45, 30, 90])
def test_eyes_turn_with_the_photo(two, degrees):
    photo = two.crop((0, 60, 320, 380))
    (start,), middle = find_faces(photo), 160 + 160j
    (turned,) = find_faces(photo.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(90, 90, 90)))
    where = cmath.exp(-1j * math.radians(degrees))  # y goes down
    for eye, found in zip(start, turned):
        assert abs(found - ((eye - middle) * where + middle)) < 4  # of 43 between them


@needs_finder
def test_what_has_no_face_has_no_eyes():
    noise = torch.randint(256, (2, 64, 64, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    assert framing(noise) is None
    assert find_faces(Image.new("L", (300, 200), 128)) == []
    assert find_faces(Image.new("RGB", (1, 2000))) == []


@needs_finder
def test_a_face_is_found_in_photos_of_every_mode(two):
    grey = np.asarray(two.convert("L"))
    eyes = find_faces(two)[0]
    found = find_faces(Image.fromarray(grey.astype(np.uint16) * 257))[0]
    assert max(abs(a - b) for a, b in zip(eyes, found)) < 4


def test_a_frame_takes_eyes_to_eyes():
    frame = frame_of((10 + 40j, 30 + 60j), (0.25 + 0.5j, 0.75 + 0.5j))
    assert frame.degrees == pytest.approx(45)
    assert abs(frame.turn) == pytest.approx(40 * 2**0.5)
    assert frame.place(0.75 + 0.5j) == pytest.approx(30 + 60j)


def test_a_frame_takes_eyes_and_mouth_as_near_as_can_be():
    """Exactly where they lie alike; a mouth too near the eyes makes the frame smaller than the eyes alone would."""
    place = cmath.rect(120, math.radians(-20))
    face = tuple(place * u + (7 + 9j) for u in CELEBA)
    frame = frame_of(face, CELEBA)
    assert (frame.turn, frame.start) == (pytest.approx(place), pytest.approx(7 + 9j))
    short = (*CELEBA[:2], CELEBA[2] - 0.05j)
    assert abs(frame_of(short, CELEBA).turn) < abs(frame_of(short[:2], CELEBA).turn) == pytest.approx(1)
    nearest = frame_of(short, CELEBA)
    misses = [abs(z - nearest.place(u)) for z, u in zip(short, CELEBA)]
    assert max(misses) < 0.05
    assert frame_of(face[:2], CELEBA).turn == pytest.approx(place)


def test_a_square_of_a_photo_is_edited_and_the_change_fades_towards_its_borders():
    photo = Image.new("RGB", (50, 40), (100, 100, 100))
    edited = edit_photo(lambda small: small + 0.2, photo, Size(8, 8), 3, [Box(4, 10, Size(32, 32)).frame])
    change = edited[0, 0] - (100 / 127.5 - 1)
    assert change[:4].abs().max() < 1e-6
    assert change[:, :10].abs().max() < 1e-6
    torch.testing.assert_close(change[8:32, 14:38], torch.full((24, 24), 0.2))
    assert 0 < change[4, 20] < change[5, 20] < change[6, 20] <= 0.2


@pytest.mark.parametrize(
    ("size", "part"),
    [  # of a photo 40 high and 60 wide: top, left, height and width of what is seen
        ((8, 8), (0, 10, 40, 40)),
        ((8, 12), (0, 0, 40, 60)),
        ((8, 16), (5, 0, 30, 60)),
        ((16, 8), (0, 20, 40, 20)),
    ],
)
def test_the_middle_of_a_photo_has_the_form_of_the_images(size, part):
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8))
    top, left, height, width = part
    box = centre_of(photo, Size(*size))
    assert box == (top, left, (height, width))
    assert box.frame.size == (height, width)
    assert box.frame.corners[2] == complex(left + width, top + height)
    cut = fit(photo.crop((left, top, left + width, top + height)), Size(*size), 3)
    difference = seen(photo, Size(*size), 3, box.frame) - to_float(from_pil(cut)[None])
    assert difference.abs().max() < 0.02
    change = edit_photo(lambda small: small + 0.2, photo, Size(*size), 3) - to_float(from_pil(photo)[None])
    assert change[..., :top, :].abs().sum() + change[..., :left].abs().sum() == 0
    middle = change[0, 0, top + height // 2, left + width // 2]
    assert middle == pytest.approx(0.2, abs=0.01)


def test_celebas_eyes_where_its_pictures_are_cut_otherwise():
    """Twenty rows above the centre square of 178 x 178 are seen in all of it; of 218 x 109 the middle columns."""
    assert celeba_face(Size(64, 64)) == pytest.approx(CELEBA)
    assert celeba_face(Size(218, 178)) == pytest.approx(tuple(eye + 20j / 178 for eye in CELEBA))
    narrow = celeba_face(Size(218, 109))
    wanted = [complex(178 * eye.real - 34.5, 178 * eye.imag + 20) / 109 for eye in CELEBA]
    assert narrow == pytest.approx(tuple(wanted))


def test_what_is_changed_in_a_turned_frame_comes_back_where_it_was_seen():
    """A photo is a plane of brightness, y - x: the model sees it turned, and adds a spot, which is where it looked."""
    plane = np.add.outer(np.arange(200), -np.arange(200)) // 4 + 128
    photo = Image.fromarray(plane.astype(np.uint8)).convert("RGB")
    frame = Frame(cmath.rect(96, math.radians(30)), 90 + 30j)
    small = seen(photo, Size(32, 32), 3, frame)
    z = frame.place(complex(10.5, 20.5) / 32)
    assert abs((small[0, 0, 20, 10] + 1) * 127.5 - ((z.imag - z.real) / 4 + 128)) < 2

    def spot(image):
        image = image.clone()
        image[..., 19:22, 9:12] += 0.3
        return image

    change = edit_photo(spot, photo, Size(32, 32), 3, [frame])[0, 0] - to_float(from_pil(photo)[None])[0, 0]
    y, x = (change == change.max()).nonzero()[0].tolist()
    assert abs(complex(x, y) - z) < 5
    assert change.max() == pytest.approx(0.3, abs=0.08)
    far = (torch.arange(200)[:, None] - z.imag) ** 2 + (torch.arange(200) - z.real) ** 2 > 20**2
    assert change[far].abs().max() < 1e-5


def test_a_photo_with_nothing_changed_stays_to_the_bit():
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8))
    for frame in (Frame(30 + 20j, 20 + 5j), Frame(70 + 0j, -30 - 20j), Frame(20j, 300 + 300j)):
        assert torch.equal(
            edit_photo(lambda small: small, photo, Size(16, 16), 3, [frame]), to_float(from_pil(photo)[None])
        )


def test_fine_lines_stay_where_an_edit_tints_and_go_where_it_draws_anew():
    """Lines too fine for the model cross a photo of soft hills: they stay under a tint, and go where all turns grey."""
    y, x = np.mgrid[:256, :256]
    hills = 128 + 60 * np.sin(2 * np.pi * y / 48) * np.cos(2 * np.pi * x / 48)
    photo = Image.fromarray((hills + 20 * (y % 2)).clip(0, 255).astype(np.uint8)).convert("RGB")

    def lines(edited):
        return (edited[..., 1::2, :] - edited[..., :-1:2, :])[0, :, 40:88, 80:176].abs().mean()

    def grey(small):
        return torch.zeros_like(small)

    before = lines(to_float(from_pil(photo)[None]))
    assert lines(edit_photo(lambda small: 0.7 * small + 0.1, photo, Size(64, 64), 3)) > 0.6 * before
    assert lines(edit_photo(grey, photo, Size(64, 64), 3)) < 0.15 * before
