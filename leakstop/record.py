"""`typing.NamedTuple` for the modules that the hook imports.

The one of the standard library makes a type of every annotation, though nobody asks: 40 records cost the hook a sixth of all
that it computes. Type checkers see no difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple

    # What Python itself puts among the names of a class.
    _OWN = {"__annotations__", "__module__", "__qualname__", "__static_attributes__", "__firstlineno__"}

    class _Maker(type):
        def __new__(mcs, name: str, bases: tuple[type, ...], names: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, names)
            fields = names.get("__annotations__", {})
            defaults = [names[field] for field in fields if field in names]
            made = namedtuple(name, fields, defaults=defaults, module=names["__module__"])  # noqa: PYI024
            made.__annotations__ = fields
            made.__qualname__ = names["__qualname__"]
            for key, value in names.items():
                if key not in fields and key not in _OWN:
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Maker):
        """The base of records; see `typing.NamedTuple`."""


__all__ = ["NamedTuple"]
