"""The settings of every family of models, and its training defaults. Torch-free, so that `--help` takes 0.2 s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegean.config.training import TrainingConfig


@dataclass(frozen=True)
class NetworkConfig:
    """The size of the networks, common to all families."""

    network: Literal["conv", "mlp"] = "conv"
    """Residual convolutions, or the two tanh layers of the classic tables."""

    width: int = 32
    """Channels at half resolution; they grow with each further halving, up to four times (conv)."""

    growth: int = 2
    """Factor by which the channels grow (conv)."""

    depth: int = 1
    """Residual blocks per resolution (conv)."""

    hidden: int = 200
    """Units per layer (mlp)."""


@dataclass(frozen=True)
class AutoencoderConfig(NetworkConfig):
    """Autoencoder: a bottleneck of few numbers through which the image must pass."""

    latent: int = 32
    """Numbers in the code."""

    loss: Literal["mse", "bce"] = "mse"
    """Squared error, or binary cross-entropy of pixels in [0, 1]; summed per image."""


@dataclass(frozen=True)
class DenoisingConfig(NetworkConfig):
    """Denoising autoencoder: damaged image in, clean image out."""

    denoiser: Literal["bottleneck", "residual"] = "bottleneck"
    """Through a code (digits, small images), or full resolution predicting the noise (natural images, any size)."""

    latent: int = 64
    """Numbers in the code (bottleneck)."""

    noise: Literal["gaussian", "salt_and_pepper", "masking"] = "gaussian"
    """Kind of damage."""

    strength: float = 0.5
    """Gaussian: standard deviation, black to white being 1 (sigma 25 of 255 is 0.098). Else: part of the pixels hit."""

    weakest: float | None = None
    """Draw the strength of each image evenly from this to `strength`. None: always `strength`."""


@dataclass(frozen=True)
class VAEConfig(NetworkConfig):
    """Variational autoencoder."""

    latent: int = 32
    """Dimensions of z."""

    likelihood: Literal["bernoulli", "gaussian", "logistic"] = "bernoulli"
    """p(x|z): Bernoulli on binarised pixels, Gaussian of learned scale, or discretised logistic on 256 levels."""

    binarise: bool = True
    """Bernoulli: draw each pixel as 0 or 1 at every look (dynamic). False: grey values, which is no likelihood."""

    beta: float = 1.0
    """Weight of the rate; 1 is the ELBO."""

    free_bits: float = 0.0
    """Nats per latent dimension, on average over the batch, that the rate may have for free."""

    objective: Literal["elbo", "iwae"] = "elbo"
    """Lower bound that is raised: the ELBO, or the importance-weighted one (Burda et al. 2016)."""

    samples: int = 1
    """Draws of z per image: k of the IWAE bound, or averaged over for the ELBO."""


@dataclass(frozen=True)
class ConditionalVAEConfig(VAEConfig):
    """Conditional VAE: the label is known to the encoder and the decoder."""


@dataclass(frozen=True)
class ClassifierConfig:
    """A small convolutional classifier: the judge of samples, and an extractor of features."""

    width: int = 32
    """Channels at half resolution."""

    depth: int = 1
    """Residual blocks per resolution."""

    features: int = 128
    """Numbers before the last linear layer."""

    dropout: float = 0.3
    """Part of the features dropped in training."""

    shift: int = 2
    """Training images are moved by up to this many pixels."""


@dataclass(frozen=True)
class GANConfig(NetworkConfig):
    """Generative adversarial network: a generator of images, and a discriminator that tells them from real ones."""

    latent: int = 64
    """Dimensions of z."""

    discriminator: int = 0
    """Channels of the discriminator at half resolution, if not `width` as well: 0. It costs the most by far, and a
    narrow one learns faster: for digits, 8 at twice the learning rate."""

    loss: Literal["relativistic", "nonsaturating", "minimax", "hinge", "least_squares", "wasserstein"] = "relativistic"
    """What the two play for. The lecture's game: nonsaturating (its generator's trick) or minimax, with r1 and r2 0."""

    r1: float = 1.0
    """gamma: half of it, times the squared gradient of the discriminator at real images, is its penalty R1. For digits
    and clothes 10 to 25 is better than 1: no kind becomes rare."""

    r2: float = 1.0
    """The same at made images: R2."""

    penalty_every: int = 4
    """R1 and R2 are means over one in so many images of the batch: as right as over all, and cheaper."""

    gradient_penalty: float = 0.0
    """Weight of WGAN-GP's penalty, which pulls gradient norms between real and made images to 1; the paper has 10, with
    r1 and r2 0, which pull them to 0."""

    turns: int = 1
    """Moves of the discriminator per move of the generator; WGAN-GP has 5."""

    normalise: Literal["layer", "batch", "none"] = "layer"
    """Normalisation in the generator (conv); batch makes each image depend on the others."""

    smooth: bool = False
    """The generator's last layer is a blur, against which it learns to sharpen: what is left to it is no pattern of two
    pixels, which photos else get (conv)."""

    augment: tuple[Literal["colour", "translation", "cutout"], ...] = ()
    """Show the discriminator altered images only, real and made alike (DiffAugment): for sets of few images."""


@dataclass(frozen=True)
class ConditionalGANConfig(GANConfig):
    """Conditional GAN: the label is known to the generator and the discriminator."""

    label: Literal["projection", "concatenate"] = "projection"
    """How the discriminator sees it: as an inner product with its features, or beside the image as in the lecture."""


@dataclass(frozen=True)
class ContextEncoderConfig:
    """Context encoder: paints what is missing from what is around it."""

    width: int = 32
    """Channels at half resolution; they grow with each further halving, up to four times."""

    growth: int = 2
    """Factor by which the channels grow."""

    depth: int = 1
    """Residual blocks per resolution, on the way down and on the way up."""

    latent: int = 256
    """Numbers through which the far parts of the image inform the hole."""

    dropout: float = 0.0
    """Part of the features at the waist that are dropped in training, against learning few images by heart."""

    mask: Literal["centre", "blocks", "both"] = "centre"
    """What is missing in training: the centre square, or a few blocks anywhere, which suits masks of one's own too; or
    either by a toss, which teaches more of few images."""

    hole: float = 0.5
    """Side of the centre square, or of the largest block, as a part of the image's side."""

    overlap: int = 3
    """Pixels around the hole that are painted too, to be learned with ten times the weight; then left as they were."""

    mirror: bool = False
    """Paint the mirrored image too, and take the mean of both: less squared error for twice the time, for what looks
    as well mirrored, as faces do."""

    adversarial: float = 0.001
    """Weight of the adversarial loss; the squared error has the rest. 0: squared error alone, which blurs."""

    sees: Literal["pixels", "features"] = "pixels"
    """What the discriminator sees: pixels, as in the paper; or the features of efficientnet-lite0, of the extra
    `pretrained`, at five sizes (Projected GANs, 2021), with --loss hinge --adversarial 0.08, which sharpens more."""

    discriminator: int = 64
    """Channels into which features are mixed; of pixels it sees as the painter does, --width."""

    loss: Literal["nonsaturating", "relativistic", "minimax", "hinge", "least_squares", "wasserstein"] = "nonsaturating"
    """What the adversaries play for."""

    r1: float = 1.0
    """gamma of R1, as for a GAN. Of pixels alone."""

    r2: float = 0.0
    """gamma of R2, as for a GAN. Of pixels alone."""

    penalty_every: int = 4
    """R1 and R2 are means over one in so many images, as for a GAN."""


@dataclass(frozen=True)
class CycleGANConfig:
    """CycleGAN: translates images of one domain into another and back, learned from two sets without pairs."""

    width: int = 32
    """Channels at half resolution; twice as many at a quarter, where the residual blocks are. The paper has 128."""

    blocks: int = 6
    """Residual blocks of a translator: the paper has 6 for 128 pixels, 9 for 256."""

    sees: Literal["pixels", "features"] = "features"
    """What the discriminators see: the features of efficientnet-lite0, of the extra `pretrained`, at five sizes
    (Projected GANs, 2021), which tell animals apart before the game begins; or pixels, as in the paper, for which all
    takes ten times as long, and which wants --loss least_squares --adversarial 2 --discriminator 64."""

    discriminator: int = 32
    """Channels into which the features are mixed; of pixels, those at half resolution, which double with each
    halving."""

    levels: int = 3
    """Halvings before each patch of pixels is judged by itself; fewer for small images."""

    loss: Literal["least_squares", "nonsaturating", "hinge"] = "hinge"
    """What the teams play for. The paper: least_squares."""

    adversarial: float = 1.0
    """Weight of the adversarial loss. Least squares are halved here: 2 is the paper's 1."""

    cycle: float = 3.0
    """Weight of the mean absolute difference between an image and what comes back from its translation. The paper's is
    10, at which, among features, hardly more than a copy is made."""

    identity: float = 0.5
    """Of the cycle's weight, that of the change to images that are of the other domain already."""

    identity_every: int = 4
    """That term is reckoned at one step in so many, drawn by chance, with so many times the weight: at every step it
    takes a third of the time. 1: at each, as in the paper."""

    r1: float = 0.3
    """gamma of R1, for each patch: the discriminators may not hang on what the eye cannot see. Of pixels alone. The
    paper has none."""

    r2: float = 0.3
    """gamma of R2: the same for translated images. Of pixels alone."""

    penalty_every: int = 4
    """R1 and R2 are reckoned at one step in so many, drawn by chance, with so many times the weight."""

    history: int = 50
    """Translated images remembered: half of those that a discriminator sees are drawn from them. 0: none."""


class AttributeClassifierConfig(ClassifierConfig):
    """A classifier of attributes, each present or absent: the judge of edits."""


@dataclass(frozen=True)
class MultiAttributeEditorConfig:
    """Multi-attribute editor: changes several attributes of a face, told which, and leaves the rest."""

    attributes: tuple[str, ...] = ()
    """Which attributes of the data set it learns to change, such as Eyeglasses,No_Beard. None named: all."""

    free: tuple[str, ...] = ()
    """Attributes that may change along, such as Goatee,Mustache,Sideburns,5_o_Clock_Shadow with a beard, which is one
    of these. All others are wanted as they were."""

    width: int = 32
    """Channels at half resolution; they grow with each further halving, up to four times."""

    growth: int = 2
    """Factor by which the channels grow."""

    depth: int = 1
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

    discriminator: int = 32
    """Channels into which features are mixed; of pixels it sees as the editor does, --width."""

    loss: Literal["hinge", "relativistic", "nonsaturating", "minimax", "least_squares", "wasserstein"] = "hinge"
    """What the adversaries play for: over features patch by patch, of which an edit changes few, so that the weights
    below are small."""

    r1: float = 1.0
    """gamma of R1, as for a GAN; of the logit and of what the discriminator says of the attributes. Of pixels alone."""

    r2: float = 1.0
    """gamma of R2, as for a GAN; of the logit. Of pixels alone."""

    penalty_every: int = 4
    """R1 and R2 are means over one in so many images, as for a GAN."""

    classify: float = 1.0
    """Weight of the attributes that the discriminator sees in the edited image, against those wanted."""

    keep: float = 2.0
    """Weight of the error where an image is asked to be as it is."""

    back: float = 2.0
    """Weight of the error of the image that was edited there and back. 0: none, in three quarters of the time."""

    sparse: float = 0.1
    """Weight of the size of the residual image: change no more than needed."""


@dataclass(frozen=True)
class AttributeEditorConfig:
    """Attribute editor: two networks, of which one adds an attribute to a face and one removes it."""

    attribute: str = ""
    """Which attribute of the data set it learns to add and to remove, such as Eyeglasses."""

    width: int = 32
    """Channels at half resolution; they grow with each further halving, up to four times."""

    growth: int = 2
    """Factor by which the channels grow."""

    depth: int = 1
    """Residual blocks per resolution, on the way down and on the way up."""

    smooth: bool = False
    """Smooth features each time they are enlarged."""

    dual: float = 1.0
    """Weight of dual learning: an image edited there and back is again one of its own kind."""

    sparse: float = 5.0
    """alpha: weight of the size of the residual image, a mean over pixels in [-1, 1]."""

    perceptual: float = 0.1
    """beta: weight of the change in the discriminator's features."""

    r1: float = 1.0
    """gamma of R1 on the discriminator's three logits; the paper has none."""

    penalty_every: int = 4
    """R1 is a mean over one in so many images, as for a GAN."""


@dataclass(frozen=True)
class MapAutoencoderConfig:
    """Autoencoder whose codes are small maps: rebuilds sharply, and is what a flow makes its codes in (--codes)."""

    width: int = 48
    """Channels at half resolution; they grow with each further halving, up to four times."""

    growth: int = 2
    """Factor by which the channels grow."""

    depth: int = 1
    """Residual blocks per resolution, on the way down and on the way up; twice as many where the code is."""

    halvings: int = 2
    """How often the side is halved on the way to the code. 2: a quarter of the image's; 3: an eighth."""

    code_channels: int = 4
    """Numbers at each place of the code."""

    noise: float = 0.1
    """Standard deviation of the noise on the code in training, whose numbers have 1: codes that are near one another
    then mean much the same."""

    perceptual: float = 0.2
    """Weight of the error of the features of efficientnet-lite1, of the extra `pretrained`, without which what is
    rebuilt is blurred; against the mean absolute error of pixels in [-1, 1]. 0: none."""

    adversarial: float = 0.0
    """Weight of the adversarial loss over such features (Projected GANs, 2021), which sharpens more. 0: none."""

    discriminator: int = 32
    """Channels into which its features are mixed."""

    learns: Literal["both", "decoder"] = "both"
    """decoder: codes stay what they are in the run of --init, so that a flow of them can take the decoder over."""


@dataclass(frozen=True)
class FlowConfig:
    """Flow matching: learns how noise moves until it is an image; makes, rebuilds, explains and fills in."""

    width: int = 48
    """Channels at half resolution; they grow with each further halving, up to four times."""

    growth: int = 2
    """Factor by which the channels grow."""

    depth: int = 1
    """Residual blocks per resolution, on the way down and on the way up; twice as many at the coarsest."""

    times: Literal["uniform", "early"] = "uniform"
    """Which times are learned: all alike; or mostly those at which an image has little noise yet, which its probability
    in bits depends on, and its looks do not."""

    codes: str | None = None
    """The run of a map_autoencoder: the flow is of its codes, and takes its networks along. None: of pixels."""

    codec: str = ""
    """The settings of those networks, in JSON; found out when the run is begun."""

    solver: Literal["euler", "midpoint", "heun"] = "midpoint"
    """How the flow is followed at use, unless told otherwise; all but euler look twice a step."""

    ode_steps: int = 20
    """In how many steps, unless told otherwise."""

    guidance: float = 1.0
    """How far what is wanted is exaggerated in samples, unless told otherwise. 1: not. Of conditional ones alone."""


@dataclass(frozen=True)
class ConditionalFlowConfig(FlowConfig):
    """Conditional flow matching: the label is known to the network, but for a part of the time."""

    drop: float = 0.1
    """Part of the training images whose label is not told, which is what guidance needs."""


@dataclass(frozen=True)
class AttributeFlowConfig(FlowConfig):
    """Flow matching told attributes: makes faces, and changes attributes of given ones (glasses on, beard off)."""

    attributes: tuple[str, ...] = ()
    """Which attributes of the data set it is told, and can change. None named: all."""

    drop: float = 0.2
    """Part of the training images of which no attribute is told; of the others, any part of them is."""

    editing: float = 2.0
    """How far an edit is exaggerated, unless told otherwise. 1: not."""

    back: float = 0.8
    """How far back to noise an image is led before it is led forth otherwise; 1: all the way."""


CONFIGS: dict[str, type] = {
    "autoencoder": AutoencoderConfig,
    "denoising": DenoisingConfig,
    "vae": VAEConfig,
    "conditional_vae": ConditionalVAEConfig,
    "gan": GANConfig,
    "conditional_gan": ConditionalGANConfig,
    "context_encoder": ContextEncoderConfig,
    "classifier": ClassifierConfig,
    "cyclegan": CycleGANConfig,
    "attribute_classifier": AttributeClassifierConfig,
    "multi_attribute_editor": MultiAttributeEditorConfig,
    "attribute_editor": AttributeEditorConfig,
    "map_autoencoder": MapAutoencoderConfig,
    "flow": FlowConfig,
    "conditional_flow": ConditionalFlowConfig,
    "attribute_flow": AttributeFlowConfig,
}

# Many small steps: of the same images in the same time, batches of 32 make a far better game than batches of 128.
ADVERSARIAL = TrainingConfig(betas=(0.0, 0.99), batch_size=32, steps=10_000)

EDITING = TrainingConfig(betas=(0.0, 0.99), steps=20000, batch_size=32, flip=True)

FLOWING = TrainingConfig(steps=20_000, batch_size=64, clip=1.0, preview_every=2000, save_every=500)

TRAINING: dict[str, TrainingConfig] = {
    "autoencoder": TrainingConfig(),
    "denoising": TrainingConfig(),
    "vae": TrainingConfig(clip=100.0),
    "conditional_vae": TrainingConfig(clip=100.0),
    "gan": ADVERSARIAL,
    "conditional_gan": ADVERSARIAL,
    "context_encoder": TrainingConfig(batch_size=32, steps=12_000),
    "classifier": TrainingConfig(weight_decay=0.05),
    "cyclegan": TrainingConfig(
        betas=(0.5, 0.99), learning_rate=3e-4, schedule="hold", warmup=0.0, batch_size=1, steps=30_000, flip=True
    ),
    "attribute_classifier": TrainingConfig(weight_decay=0.05),
    "multi_attribute_editor": EDITING,
    "attribute_editor": EDITING,
    "map_autoencoder": TrainingConfig(steps=10_000, batch_size=32),
    "flow": FLOWING,
    "conditional_flow": FLOWING,
    "attribute_flow": FLOWING,
}
