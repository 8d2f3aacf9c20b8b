"""Settings of `multi_attribute_editor`, and its training defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from aegean.families.adversarial import FeatureAdversarialConfig, GameName
from aegean.families.bounds import Count, Positive, Weight
from aegean.families.family import Family
from aegean.families.own import OwnNetworksConfig, Place
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class MultiAttributeEditorConfig(FeatureAdversarialConfig, OwnNetworksConfig):
    """Multi-attribute editor: changes several attributes of a face, told which, and leaves the rest."""

    replaceable: ClassVar[Mapping[str, Place]] = {
        "editor": Place(("image", "changes")),
        "discriminator": Place(("image", "changes")),
    }

    attributes: tuple[str, ...] = ()
    """Which attributes of the data set it learns to change, such as Eyeglasses,No_Beard. None named: all."""

    free: tuple[str, ...] = ()
    """Attributes that may change together with those edited, such as Goatee,Mustache,Sideburns,5_o_Clock_Shadow with a
    beard. All others shall stay as they are."""

    width: Positive = 32
    """Channels at half resolution; they grow with each further halving, up to four times."""

    growth: Positive = 2
    """Factor by which the channels grow."""

    depth: Count = 1
    """Residual blocks per resolution, on the way down and on the way up."""

    paints: Literal["residual", "layers"] = "residual"
    """What it paints for each attribute: a residual image, which is added; or a layer, which covers what is there as
    far as it says."""

    smooth: bool = False
    """Smooth features each time they are enlarged, without which large layers, as hats and hair, get a weave."""

    sees: Literal["pixels", "features"] = "features"
    """What the discriminator sees: the features of efficientnet-lite0, of the extra `pretrained`, at five sizes
    (Projected GANs, 2021), which photos want; or pixels, which drawn faces want, as avatars, with --paints layers
    --smooth --no-flip --loss relativistic --keep 5 --back 5."""

    discriminator: Positive = 32
    """Channels into which features are mixed; a discriminator of pixels is as wide as the editor, --width."""

    loss: GameName = "hinge"
    """The adversarial loss of discriminator and editor: over features patch by patch, of which an edit changes few, so
    that the weights below are small."""

    r1: Weight = 1.0
    """gamma of R1: half of it, times the squared gradient, at real images, of the logit and of the attributes that the
    discriminator sees. Of pixels alone."""

    r2: Weight = 1.0
    """gamma of R2: the same at edited images, of the logit. Of pixels alone."""

    classify: Weight = 1.0
    """Weight of the attributes that the discriminator sees in the edited image, against those wanted."""

    keep: Weight = 2.0
    """Weight of the error where an image is asked to be as it is."""

    back: Weight = 2.0
    """Weight of the error of the image that was edited there and back. 0: none, in three quarters of the time."""

    sparse: Weight = 0.1
    """Weight of the size of the residual image: change no more than needed."""


FAMILY = Family(
    MultiAttributeEditorConfig,
    TrainingConfig(betas=(0.0, 0.99), steps=20_000, batch_size=32, flip=True),
    model="aegean.models.multi_attribute_editor:MultiAttributeEditor",
)
