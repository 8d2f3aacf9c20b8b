"""The sets that have a name: at hand in the package, in the usual places, or fetched from their publishers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from aegean.data import avatars
from aegean.data.arrays import from_arrays, key_of_files
from aegean.data.cifar import open_cifar
from aegean.data.fetch import Published, fetch, find
from aegean.data.formats.celeba import ATTRIBUTES, PICTURES, open_celeba
from aegean.data.formats.npz import open_npz
from aegean.data.idx import open_idx_folder
from aegean.data.source import Source
from aegean.errors import InputError

DIGITS = Path(__file__).with_name("digits.npz")
FASHION_CLASSES = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
IDX = tuple(f"{part}-{what}-ubyte.gz" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1"))


@dataclass(frozen=True)
class Named:
    """A set that is opened by its name."""

    what: str
    form: str  # size and channels
    count: int
    open: Callable[[Path | None], Source]  # of where it was found, if it is looked for
    names: Sequence[str] = ()  # what its files and folders are called, where people keep them
    files: Sequence[Published] = ()  # what its publisher gives; none: it is not fetched
    ask: str = ""  # where a person gets what is not fetched

    @property
    def found(self) -> Path | None:
        """Where it is; None: nowhere, or in the package."""
        return find(self.names, self.files) if self.names else None

    def missing(self) -> str | None:
        """What to do if it is not at hand; None where it is."""
        if not self.names or self.found:
            return None
        return "fetched when first used" if self.files else self.ask


def open_named(name: str) -> Source:
    """The set of that name; InputError, in one line, where it is not at hand and cannot be fetched."""
    named = DATASETS[name]
    where = named.found
    if named.names and where is None:
        if not named.files:
            raise InputError(f"{name}: not at hand; {named.ask}")
        try:
            where = fetch(named.files, name)
        except InputError as error:
            known = ", ".join(named.names[:3])
            places = "data/, here or at home, or in a folder that AEGEAN_DATA names"
            raise InputError(f"{name}: not at hand as {known} in {places}; {error}") from error
    return named.open(where)


def _digits(_: Path | None) -> Source:
    """5,000 MNIST digits, 500 of each class, from the package itself."""
    with np.load(DIGITS) as file:
        images, labels = {"all": file["images"]}, {"all": file["labels"]}
    return from_arrays("digits", "arrays", images, labels, key=key_of_files([DIGITS]))


def _idx_or_npz(name: str, classes: tuple[str, ...], where: Path | None) -> Source:
    """Find a folder of IDX files, as the set is published, or an .npz, as Keras has it."""
    assert where is not None
    return open_npz(where) if where.is_file() else open_idx_folder(where, name, classes)


def _cifar(where: Path | None) -> Source:
    assert where is not None
    packed = where / CIFAR.name
    return open_cifar(packed if packed.is_file() else where)


def _celeba(where: Path | None) -> Source:
    assert where is not None
    return open_celeba(where)


def _idx_files(url: str, *digests: str) -> tuple[Published, ...]:
    return tuple(Published(f"{url}/{name}", md5) for name, md5 in zip(IDX, digests))


MNIST = _idx_files(
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "d53e105ee54ea40749a09fcbcd1e9432",
    "9fb629c4189551a2d022fa330f9573f3",
    "ec29112dd5afa0611ce80d1b7f02629c",
)
FASHION = _idx_files(
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "25c81989df183df01b3e8a0aad5dffbe",
    "bef4ecab320f06d8554ea6380940ec79",
    "bb300cfdad3c16e7a12a480ee83cd310",
)
CIFAR = Published(
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", 170_052_171
)
CELEBA = (
    f"put {PICTURES}/ and {ATTRIBUTES} of mmlab.ie.cuhk.edu.hk/projects/CelebA.html, whose terms allow research alone,"
    " into data/celeba, here or at home, or into celeba in a folder that AEGEAN_DATA names"
)

DATASETS: dict[str, Named] = {
    "digits": Named("MNIST digits, 500 of each", "28 x 28 grey", 5_000, _digits),
    "mnist": Named(
        "handwritten digits, complete",
        "28 x 28 grey",
        70_000,
        partial(_idx_or_npz, "mnist", ()),
        ("MNIST/raw", "mnist", "mnist.npz"),
        MNIST,
    ),
    "fashion-mnist": Named(
        "articles of clothing",
        "28 x 28 grey",
        70_000,
        partial(_idx_or_npz, "fashion-mnist", FASHION_CLASSES),
        ("FashionMNIST/raw", "fashion-mnist"),
        FASHION,
    ),
    "cifar10": Named(
        "photos of ten kinds of things",
        "32 x 32 colour",
        60_000,
        _cifar,
        ("cifar-10-batches-bin", "cifar-10-binary.tar.gz", "cifar-10-batches-py", "cifar-10-python.tar.gz", "cifar10"),
        (CIFAR,),
    ),
    "celeba": Named("faces, 40 attributes", "178 x 218 colour", 202_599, _celeba, ("celeba", "CelebA"), ask=CELEBA),
    "avatars": Named("drawn faces, attributes", "64 x 64 colour", 12_000, lambda _: avatars.source()),
}
