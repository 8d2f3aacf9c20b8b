"""The numbers that settings may be, as types: bounds stand where a setting is declared."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Shape = Annotated[str, Meta(pattern="^[1-9][0-9]{0,5}(x[1-9][0-9]{0,5})?$", description="HEIGHTxWIDTH such as 96x128")]
Seed = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]  # what torch's generators take
Weight = Annotated[float, Meta(ge=0)]
Rate = Annotated[float, Meta(gt=0)]
Share = Annotated[float, Meta(ge=0, lt=1)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Part = Annotated[float, Meta(gt=0, le=1)]
