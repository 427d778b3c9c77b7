"""`typing.NamedTuple` for the modules that the hook imports.

The one of the standard library makes a type of every annotation, though nobody asks, and compiles a constructor for every class,
though half of the fifty that the hook defines are never made in one run: together that cost a fifth of all that the hook
computes. Type checkers see no difference.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from _collections import _tuplegetter
    from types import CodeType, FunctionType

    from leakstop.memo import cache

    _NAMES = {"_made": tuple.__new__, "__builtins__": {}}

    @cache
    def _constructor(size: int) -> CodeType:
        """One for all records of so many fields, but for their names: compiling takes twenty times as long as copying."""
        words = ", ".join(f"_{number}" for number in range(size))
        return eval(f"lambda _class, {words}: _made(_class, ({words},))").__code__  # noqa: S307 - nothing comes from outside

    class _Record(tuple):
        """What all records can do: the methods of `collections.namedtuple`."""

        __slots__ = ()

        def __new__(cls, *values: Any, **named: Any) -> Any:
            """The first one of its class: the constructor is made now, and takes this one's place from here on."""
            fields = cls._fields
            code = _constructor(len(fields)).replace(co_name="__new__", co_varnames=("_class", *fields))
            cls.__new__ = FunctionType(code, _NAMES, "__new__", tuple(cls._field_defaults.values()))
            return cls.__new__(cls, *values, **named)

        @classmethod
        def _make(cls, values: Any) -> Any:
            found = tuple.__new__(cls, values)
            if len(found) != len(cls._fields):
                message = f"expected {len(cls._fields)} arguments, got {len(found)}"
                raise TypeError(message)
            return found

        def _replace(self, /, **named: Any) -> Any:
            found = self._make(map(named.pop, self._fields, self))
            if named:
                message = f"got unexpected field names: {list(named)}"
                raise TypeError(message)
            return found

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            values = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{self.__class__.__name__}({values})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

    class _Maker(type):
        def __new__(mcs, name: str, bases: tuple[type, ...], names: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, names)
            fields = tuple(names.get("__annotations__", ()))
            defaults = {field: names[field] for field in fields if field in names}
            names |= {field: _tuplegetter(number, None) for number, field in enumerate(fields)}
            names |= {"__slots__": (), "_fields": fields, "_field_defaults": defaults, "__match_args__": fields}
            return type(name, (_Record,), names)

    class NamedTuple(metaclass=_Maker):
        """The base of records; see `typing.NamedTuple`."""


__all__ = ["NamedTuple"]
