"""References across databases, as a field type of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    # Left open, so that a field is an int, and int | None where null=True.
    Set = TypeVar("Set", default=Any)
    Get = TypeVar("Get", default=Any)
    _BigIntegerField = models.BigIntegerField
else:
    Set = Get = None

    class _BigIntegerField(models.BigIntegerField):
        def __class_getitem__(cls, types: Any) -> Any:
            return cls


class SoftReferenceField(_BigIntegerField[Set, Get]):
    """The id of a row in another schema, without a constraint: no database can check it.

    Readers must expect that the row is gone. `to` names the model, `app.Model`,
    so that a check proves that it exists and really lives in another schema.
    """

    def __init__(self, to: str = "", **kwargs: Any) -> None:
        self.to = to
        kwargs.setdefault("db_index", True)
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        """As Django has it, with `to`, and with `db_index` where it differs from this class's default."""
        name, path, args, kwargs = super().deconstruct()
        kwargs["to"] = self.to
        if kwargs.pop("db_index", False) is False:
            kwargs["db_index"] = False
        return name, path, args, kwargs
