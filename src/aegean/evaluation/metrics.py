"""Every metric there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aegean.evaluation.measures import (
    comparing,
    counting,
    describing,
    editing,
    explaining,
    judging,
    rebuilding,
    translating,
)
from aegean.evaluation.measures.figure import Figure
from aegean.evaluation.needs import (
    Need,
    attributed,
    classifies,
    counterfactual,
    discrete,
    edits,
    encodes,
    explains,
    extracted,
    fills,
    four_images,
    judged,
    judged_by_attribute,
    judged_by_colour,
    labelled,
    labelled_alike,
    labelled_if_told,
    named_classes,
    recognises,
    restores,
    samples,
    samples_by_label,
    several_attributes,
    six_images,
    translates,
    two_images,
    untold,
)
from aegean.evaluation.subject import Subject


@dataclass(frozen=True)
class Metric:
    """One entry of the registry."""

    measure: Callable[[Subject], Figure]
    needs: tuple[Need, ...]
    unit: str
    better: Literal["smaller", "larger"]
    what: str
    default: bool = True  # whether it is measured where nothing is asked for by name


METRICS: dict[str, Metric] = {
    "negative_elbo": Metric(
        explaining.negative_elbo,
        (explains, labelled_if_told),
        "nats per image",
        "smaller",
        "-ELBO, an upper bound of -log p(x), from one draw of z; beside it, its terms: distortion and rate",
    ),
    "negative_log_likelihood": Metric(
        explaining.negative_log_likelihood,
        (explains, labelled_if_told),
        "nats per image",
        "smaller",
        "-log p(x) as estimated from k importance-weighted draws (--samples); the published protocol is 5000",
    ),
    "bits_per_dimension": Metric(
        explaining.bits_per_dimension,
        (explains, discrete, labelled_if_told),
        "bits per number of the image",
        "smaller",
        "the same estimate in bits, for likelihoods that are probabilities of pixel values",
    ),
    "reconstruction_mse": Metric(
        rebuilding.reconstruction_mse,
        (encodes, labelled_if_told),
        "squared error, black to white is 1",
        "smaller",
        "mean squared error of an image that went through the code and back",
    ),
    "reconstruction_psnr": Metric(
        rebuilding.reconstruction_psnr,
        (encodes, labelled_if_told),
        "dB",
        "larger",
        "its peak signal-to-noise ratio, averaged over images",
    ),
    "reconstruction_ssim": Metric(
        rebuilding.reconstruction_ssim,
        (encodes, labelled_if_told),
        "1 for equal images",
        "larger",
        "its structural similarity (Gaussian window of sigma 1.5)",
    ),
    "restored_psnr": Metric(
        rebuilding.restored_psnr,
        (restores,),
        "dB",
        "larger",
        "PSNR after the model has undone the damage it was trained on, or Gaussian noise of --sigma; beside it, before",
    ),
    "restored_ssim": Metric(
        rebuilding.restored_ssim,
        (restores,),
        "1 for equal images",
        "larger",
        "structural similarity after the model has undone the damage; beside it, before",
    ),
    "restored_accuracy": Metric(
        rebuilding.restored_accuracy,
        (restores, judged, labelled_alike),
        "part of the images",
        "larger",
        "accuracy of the judge on restored images; beside it, on the damaged and on the clean ones",
    ),
    "hole_psnr": Metric(
        rebuilding.hole_psnr,
        (restores, fills),
        "dB",
        "larger",
        "PSNR of the missing pixels alone, after they were filled in; beside it, where they were filled in with grey",
    ),
    "linear_probe": Metric(
        describing.linear_probe,
        (encodes, untold, labelled),
        "part of the images",
        "larger",
        "accuracy of logistic regression on the codes; beside it, on raw pixels and on PCA of the same dimension",
    ),
    "neighbour_probe": Metric(
        describing.neighbour_probe,
        (encodes, untold, labelled),
        "part of the images",
        "larger",
        "accuracy of the vote of the five nearest codes; beside it, of pixels and of PCA of the same dimension",
        default=False,
    ),
    "accuracy": Metric(
        judging.accuracy,
        (classifies, labelled_alike),
        "part of the images",
        "larger",
        "part of the images whose most probable class is their label",
    ),
    "judge_agreement": Metric(
        judging.judge_agreement,
        (samples_by_label, judged, labelled_alike),
        "part of the samples",
        "larger",
        "part of the samples that the judge takes for the class asked for; beside it, within-class diversity, real = 1",
    ),
    "fid": Metric(
        comparing.fid,
        (samples, extracted, two_images, labelled_if_told),
        "squared distance of features",
        "smaller",
        "Frechet distance of samples to real images; only of figures with one extractor, resize and number of images",
    ),
    "kid": Metric(
        comparing.kid,
        (samples, extracted, four_images, labelled_if_told),
        "squared distance of features",
        "smaller",
        "kernel distance of samples to real images, which the number of images does not bias",
    ),
    "precision": Metric(
        comparing.precision,
        (samples, extracted, labelled_if_told, four_images),
        "part of the samples",
        "larger",
        "part of the samples that lie among the real images: are they good?",
    ),
    "recall": Metric(
        comparing.recall,
        (samples, extracted, labelled_if_told, four_images),
        "part of the images",
        "larger",
        "part of the real images that lie among the samples: is all there is made?",
    ),
    "density": Metric(
        comparing.density,
        (samples, extracted, labelled_if_told, six_images),
        "1 for equal sets",
        "larger",
        "as precision, but outliers among the real images do not flatter it",
    ),
    "coverage": Metric(
        comparing.coverage,
        (samples, extracted, labelled_if_told, six_images),
        "part of the images",
        "larger",
        "as recall, but outliers among the samples do not flatter it",
    ),
    "modes": Metric(
        counting.modes,
        (samples, labelled, judged_by_colour),
        "modes",
        "larger",
        "of a stacked set: how many of the triples occur among 26,000 samples",
    ),
    "mode_divergence": Metric(
        counting.mode_divergence,
        (samples, labelled, judged_by_colour),
        "nats",
        "smaller",
        "KL of how often each triple occurs from the uniform; beside it, from the training set's, and that of chance",
    ),
    "cycle_error": Metric(
        translating.cycle_error,
        (translates,),
        "part of black to white",
        "smaller",
        "mean absolute difference of an image and what comes back from its translation; beside it, how far that was",
    ),
    "translated_kid": Metric(
        translating.translated_kid,
        (translates, extracted, four_images),
        "squared distance of features",
        "smaller",
        "kernel distance of a's translations to images of b; beside it, untranslated, and the same from b to a",
    ),
    "translated_top1": Metric(
        translating.translated_top1,
        (translates, named_classes),
        "part of the images",
        "larger",
        "part of a's translations whose most probable class is b's name; beside it, untranslated, and from b to a",
    ),
    "attribute_accuracy": Metric(
        editing.attribute_accuracy,
        (recognises, attributed),
        "part of the verdicts",
        "larger",
        "part of the attributes, over all images, that the model sees rightly; beside it, of each",
    ),
    "edited_accuracy": Metric(
        editing.edited_accuracy,
        (edits, attributed, judged_by_attribute),
        "part of the edits",
        "larger",
        "part of the edits, each attribute switched in each image, after which the judge sees what was asked for",
    ),
    "others_unchanged": Metric(
        editing.others_unchanged,
        (edits, attributed, several_attributes, judged_by_attribute),
        "part of the verdicts",
        "larger",
        "part of the judge's verdicts on all other attributes that are, after an edit, what they were before it",
    ),
    "edit_nothing_psnr": Metric(
        editing.edit_nothing_psnr,
        (edits, attributed),
        "dB",
        "larger",
        "PSNR of an image that was asked to have what it has, attribute by attribute",
    ),
    "edit_nothing_ssim": Metric(
        editing.edit_nothing_ssim,
        (edits, attributed),
        "1 for equal images",
        "larger",
        "structural similarity of an image that was asked to have what it has, attribute by attribute",
    ),
    "there_and_back_psnr": Metric(
        editing.there_and_back_psnr,
        (edits, attributed),
        "dB",
        "larger",
        "PSNR of an image in which each attribute was switched, and switched back; beside it, of the one switched once",
    ),
    "there_and_back_ssim": Metric(
        editing.there_and_back_ssim,
        (edits, attributed),
        "1 for equal images",
        "larger",
        "structural similarity of an image in which each attribute was switched, and switched back",
    ),
    "counterfactual_psnr": Metric(
        editing.counterfactual_psnr,
        (edits, attributed, counterfactual),
        "dB",
        "larger",
        "PSNR of the edited face to the true one, drawn with the attribute switched; beside it, of the unedited face",
    ),
}
