"""Edits of some attributes alone, of a model that knows more of them."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from aegean.errors import InputError, did_you_mean
from aegean.models.capabilities import Edits


class Chosen(Edits):
    """An editor whose other attributes are never asked for."""

    def __init__(self, editor: Edits, names: Sequence[str]) -> None:
        for name in names:
            if name not in editor.editable:
                raise InputError(f"--attributes {name}: not edited.{did_you_mean(name, list(editor.editable))}")
        self.editor, self.names = editor, tuple(dict.fromkeys(names))
        self.places = [editor.editable.index(name) for name in self.names]

    @property
    def editable(self) -> tuple[str, ...]:
        """Those that were chosen."""
        return self.names

    def edit(self, image: Tensor, changes: Tensor) -> Tensor:
        """(B, C, H, W), (B, E) -> (B, C, H, W)."""
        every = changes.new_zeros(len(changes), len(self.editor.editable))
        every[:, self.places] = changes
        return self.editor.edit(image, every)

    def __str__(self) -> str:
        return str(self.editor)
