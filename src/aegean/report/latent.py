"""The space of codes: a map of where the test images lie, and what lies where no image does."""

from __future__ import annotations

from importlib.util import find_spec

import torch
from torch import Tensor

from aegean.latent.atlas import LEAST, principal_plane, tsne
from aegean.markup import data_uri
from aegean.models.capabilities import Conditional, Density, Encodes, Samples
from aegean.report.charts import FACES, scatter
from aegean.report.figure import Figure, generator, unseen, unseen_codes
from aegean.report.pictures import BESIDE, affordable, mosaic, sheet, tiles
from aegean.runs import Run

TILE = 28  # pixels of a picture behind a dot, in the page


def latent_map(run: Run) -> Figure | None:
    """Codes of up to 2,000 test images in the plane, coloured by label."""
    if not isinstance(run.model, Encodes):
        return None
    codes, labels = unseen_codes(run)
    if len(codes) < 3 or codes.shape[1] < 2:
        return None
    caption = f"Each dot is the code of one of {len(codes):,} test images"
    if labels is None:
        caption += "."
    elif isinstance(run.model, Conditional):
        caption += (
            ", coloured by its label. The label is given to this model, so z need not hold it, and the colours mix."
        )
    else:
        caption += ", coloured by its label, which the model was never told."
    if codes.shape[1] == 2:
        maps = [("z₁ across, z₂ upwards", codes)]
    else:
        plane, share = principal_plane(codes)
        maps = [(f"PCA: the two directions of largest variance, {share:.0%} of it", plane)]
        if find_spec("openTSNE") and len(codes) >= LEAST:
            maps.append(("t-SNE: neighbours stay neighbours; distances between groups mean little", tsne(codes)))
    faces = _faces(run)
    pieces = [(name, _plot(run, plane, labels, faces)) for name, plane in maps]
    caption += " Point at a dot, or touch it, to see the image behind it: the first few hundred have theirs."
    if labels is not None:
        caption += " Point at a class's name to see it alone."
    return Figure("Map of the codes", caption, f'<div class="maps maps{len(maps)}">{tiles(pieces)}</div>')


def manifold(run: Run) -> Figure | None:
    """For codes of two numbers: the decoder's picture at every point of a grid over the plane."""
    model = run.model
    if not isinstance(model, Encodes):
        return None
    codes, _ = unseen_codes(run)
    if codes.shape[1] != 2:
        return None
    side = int(affordable(225, run.spec.size) ** 0.5)
    if isinstance(model, Samples) and isinstance(model, Density):
        line = torch.special.ndtri(torch.linspace(0.025, 0.975, side))
        across, upwards = line, line
        how = "The grid is even in probability under N(0, I) (inverse Gaussian CDF from 2.5 % to 97.5 %)"
    else:
        low, high = codes.quantile(0.02, dim=0), codes.quantile(0.98, dim=0)
        across, upwards = (torch.linspace(float(a), float(b), side) for a, b in zip(low, high))
        how = "The grid spans the middle 96 % of the test images' codes: no prior says where this model's codes lie"
    grid = lattice(across, upwards)
    if isinstance(model, Conditional):
        pieces = []
        for k, name in list(enumerate(run.spec.classes))[:4]:
            images = model.decode(grid, torch.full((len(grid),), k))
            pieces.append((name, sheet(images, side, f"manifold of {name}", across=BESIDE // 2)))
        return Figure("The plane of codes, decoded", f"{how}; one plane for each of the first labels.", tiles(pieces))
    caption = f"What the decoder draws at each point of the plane: z₁ across, z₂ upwards. {how}."
    return Figure("The plane of codes, decoded", caption, sheet(model.decode(grid), side, "manifold"))


def lattice(across: Tensor, upwards: Tensor) -> Tensor:
    """Values of z1 (A,) and z2 (U,), rising -> the points of their grid as a page is read, z2 falling: (U * A, 2)."""
    return torch.cartesian_prod(upwards.flip(0), across).flip(1)


def fitted_gaussian(codes: Tensor, count: int) -> Tensor:
    """`count` draws (count, Z) from the Gaussian with the mean and covariance of `codes` (N, Z)."""
    centred = (codes - codes.mean(0)).double()
    variances, directions = torch.linalg.eigh(centred.T @ centred / max(len(codes) - 1, 1))
    draws = torch.randn(count, codes.shape[1], generator=generator(0), dtype=torch.float64)
    return codes.mean(0) + (draws * variances.clamp_min(0).sqrt() @ directions.T).to(codes.dtype)


def _plot(run: Run, plane: Tensor, labels: Tensor | None, faces: str) -> str:
    names = run.spec.classes if labels is not None else ("",)
    return scatter(plane.tolist(), [0] * len(plane) if labels is None else labels.tolist(), names, faces)


def _faces(run: Run) -> str:
    """A sheet of the first test images of the map, small, as an address that holds it."""
    return data_uri(mosaic(unseen(run, FACES * FACES).image, FACES, TILE, rows=FACES))
