"""Terms of one's own in a player's loss: the arithmetic, and what has no name to be found by."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor, nn

from aegean.data.types import Batch
from aegean.errors import InputError
from aegean.models.player import Model, Player
from aegean.training.regularisers import names_of, with_regularisers

BATCH = Batch(torch.full((2, 1, 1, 1), 3.0))


class Nothing(Model):
    def players(self) -> list[Player]:
        return [Player("first", [nn.Linear(1, 1)], self.loss), Player("second", [nn.Linear(1, 1)], self.loss)]

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        return torch.tensor(10.0), {"own": torch.tensor(1.0)}


def bright(model: Model, player: str, batch: Batch) -> Tensor:
    assert isinstance(model, Nothing)
    return batch.image.mean() * {"first": 1, "second": 100}[player]


def small(model: Model, player: str, batch: Batch) -> Tensor:
    return torch.tensor(0.5)


def test_each_term_is_added_to_each_players_loss_and_logged_by_its_name() -> None:
    model = Nothing()
    for player, bright_term in zip(model.players(), (3.0, 300.0)):
        held = with_regularisers(player, model, [bright, small])
        loss, terms = held.loss(BATCH)
        assert float(loss) == 10 + bright_term + 0.5
        assert {name: float(value) for name, value in terms.items()} == {"own": 1, "bright": bright_term, "small": 0.5}
        assert (held.name, held.networks, held.turns) == (player.name, player.networks, player.turns)
        assert with_regularisers(player, model, []) is player


def test_a_name_is_module_and_function_and_what_has_none_is_refused() -> None:
    assert names_of([bright, small]) == [f"{__name__}:bright", f"{__name__}:small"]
    assert names_of([]) == []
    named = "bright"
    for nameless in (lambda model, player, batch: 0, partial(bright), 3, named, Nothing()):
        with pytest.raises(InputError, match="has no name to import it by"):
            names_of([small, nameless])  # type: ignore[list-item]
