"""Which curves there are, and in which order."""

from aegean.report.history import curves
from aegean.runs.history import latest, terms

HISTORY = [
    {"step": 1, "images": 16, "seconds": 0.1, "images/s": 160.0, "vae/rate": 1.0, "vae/loss": 9.0, "vae/gradient": 3.0},
    {"step": 2, "images": 32, "seconds": 0.2, "images/s": 161.0, "vae/rate": 2.0, "vae/loss": 8.0, "vae/gradient": 2.0},
    {"step": 2, "validation/vae/rate": 2.5},
    {"step": 3, "images": 48, "seconds": 0.3, "images/s": 162.0, "vae/rate": 3.0, "vae/loss": 7.0, "vae/gradient": 1.0},
    {"step": 3, "validation/vae/rate": 3.5},
]


def test_loss_first_gradient_last_clock_left_out():
    assert terms(HISTORY) == ["vae/loss", "vae/rate", "vae/gradient"]


def test_a_loss_that_is_its_only_term_is_drawn_once():
    history = [{"step": k, "autoencoder/mse": float(k), "autoencoder/loss": float(k)} for k in range(3)]
    assert terms(history) == ["autoencoder/mse"]
    assert terms([*history, {"step": 4, "autoencoder/mse": 1.0, "autoencoder/loss": 2.0}])[0] == "autoencoder/loss"


def test_players_are_kept_apart_and_shared_figures_come_last():
    history = [{"step": 1, "learning_rate": 0.1, "b/loss": 1.0, "b/x": 2.0, "a/loss": 1.0, "a/y": 3.0}]
    assert terms(history) == ["a/loss", "a/y", "b/loss", "b/x", "learning_rate"]
    html = curves([{**record, "step": k} for record in history for k in range(2)])
    assert "a: y" in html
    assert "learning rate" in html


def test_validation_is_drawn_beside_training():
    html = curves(HISTORY)
    assert html.count("<svg") == 3
    assert html.count("validation") == 1  # the key of the rate's chart
    assert "vae" not in html  # one player needs no name
    assert "gradient norm" in html


def test_nothing_to_draw():
    assert curves([]) == ""
    assert curves([{"step": 1, "vae/loss": 1.0}]) == ""


def test_latest_joins_the_last_of_everything():
    assert latest(HISTORY)["seconds"] == 0.3
    assert latest(HISTORY)["validation/vae/rate"] == 3.5
    assert latest([]) == {}
