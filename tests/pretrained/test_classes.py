from __future__ import annotations

from pathlib import Path

from aegean.pretrained.classes import imagenet_classes, named_classes, plain


def test_a_thousand_classes_each_of_its_own_name_and_synset():
    classes = imagenet_classes()
    assert len(classes) == len({c.name for c in classes}) == len({c.wordnet for c in classes}) == 1000
    assert classes[967] == ("espresso", "n07920052")
    assert classes[207] == ("golden retriever", "n02099601")


def test_order_and_names_are_the_official_ones(imagenet: Path):
    for line in (imagenet / "all_labels.tsv").read_text().splitlines():
        index, wordnet, name = line.split("\t")
        ours = imagenet_classes()[int(index)]
        assert ours.wordnet == wordnet
        if wordnet != "n03710721":  # the second maillot, which we call by its other name
            assert plain(ours.name).lower() == name.replace("_", " ").lower()


def test_labels_of_a_checkpoint_become_plain_words():
    assert plain("tench, Tinca tinca") == "tench"
    assert plain("n02099601 golden_retriever") == "golden retriever"
    assert [c.name for c in named_classes(["cat, feline", "dog"])] == ["cat", "dog"]
    assert named_classes(["cat", "dog"])[0].wordnet is None


def test_a_checkpoint_that_speaks_of_imagenet_gets_wordnet_ids():
    labels = [f"{c.name}, something else" for c in imagenet_classes()]
    assert named_classes(labels) == imagenet_classes()
    assert named_classes(labels[::-1])[0].wordnet is None
