"""Frozen values, made and changed in a part of the time that dataclasses take for it: they set each field through
`object.__setattr__`, one change replaces a dozen values, and ten thousand calls may come due in one second.
"""

from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")


def made(kind: type[T], fields: dict[str, Any]) -> T:
    """A value of a dataclass whose `__init__` does nothing but set its fields: here are all of them."""
    value = object.__new__(kind)
    value.__dict__.update(fields)
    return value


if TYPE_CHECKING:  # So that names and types are checked as those of the original are.
    from dataclasses import replace as replace
else:

    def replace(value: T, /, **changes: Any) -> T:
        """As `dataclasses.replace`, for such a dataclass."""
        if unknown := changes.keys() - value.__dict__.keys():
            raise TypeError(f"{type(value).__name__} has no {', '.join(unknown)}")
        return made(type(value), {**value.__dict__, **changes})
