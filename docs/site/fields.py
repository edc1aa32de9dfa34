"""An extension of griffe: the fields of a NamedTuple are its signature."""

from typing import Any

import griffe


class Fields(griffe.Extension):
    """Gives every NamedTuple the constructor that Python makes of its fields."""

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Add the constructor, unless the class is no NamedTuple."""
        if not any(str(base).endswith("NamedTuple") for base in cls.bases):
            return
        parameters = griffe.Parameters(
            griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword),
            *(
                griffe.Parameter(
                    field.name,
                    annotation=field.annotation,
                    kind=griffe.ParameterKind.positional_or_keyword,
                    default=field.value,
                )
                for field in cls.attributes.values()
                if "class-attribute" not in field.labels or field.annotation
            ),
        )
        cls.set_member("__init__", griffe.Function("__init__", parameters=parameters))
