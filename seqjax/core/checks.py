"""Checks of arguments: one line with the argument, the rule, the value, the way out."""

import difflib
import math
from collections.abc import Collection, Sequence
from numbers import Integral, Real


def check_integer(name: str, value: object, *, minimum: int, hint: str = "") -> None:
    """Raise ValueError unless `value` is an integer of at least `minimum`.

    The way out is `hint`, or to give `minimum` or more.
    """
    # NumPy's integers are Integral, its booleans are not.
    is_integer = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_integer or int(value) < minimum:  # type: ignore[call-overload]
        raise ValueError(
            f"{name} must be an integer of at least {minimum}, not {value!r}"
            f"{_way_out(hint or f'give {minimum} or more')}"
        )


def check_number(
    name: str,
    value: object,
    *,
    minimum: int | float = -math.inf,
    maximum: int | float = math.inf,
    exclusive: bool = False,
    finite: bool = True,
    hint: str = "",
) -> None:
    """Raise ValueError unless `value` is a number within the bounds.

    The bounds are `minimum` and `maximum`; `exclusive` takes the lower one out of the
    range, `finite=False` admits infinity, NaN is never admitted. The way out is `hint`.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if is_number:
        number = float(value)  # type: ignore[arg-type]
        inside = minimum < number if exclusive else minimum <= number
        if inside and number <= maximum and (not finite or math.isfinite(number)):
            return
    kind = "a finite number" if finite else "a number"
    if minimum > -math.inf and maximum < math.inf and not exclusive:
        kind += f" between {minimum:g} and {maximum:g}"
    else:
        rules = []
        if minimum > -math.inf:
            rules.append(f"{'above' if exclusive else 'of at least'} {minimum:g}")
        if maximum < math.inf:
            rules.append(f"at most {maximum:g}" if rules else f"of at most {maximum:g}")
        kind = " ".join([kind, " and ".join(rules)]).rstrip()
    raise ValueError(f"{name} must be {kind}, not {value!r}{_way_out(hint)}")


def check_choice(name: str, value: object, choices: Collection[str]) -> None:
    """Raise ValueError unless `value` is one of `choices`; suggest the nearest."""
    if isinstance(value, str) and value in choices:
        return
    close = difflib.get_close_matches(str(value), choices, n=1)
    hint = f"did you mean {close[0]!r}?" if close else ""
    raise ValueError(
        f"{name} must be one of {', '.join(choices)}, not {value!r}{_way_out(hint)}"
    )


def check_distinct(name: str, values: Sequence[object]) -> None:
    """Raise ValueError if `values` is empty or holds a value twice."""
    if not values:
        raise ValueError(
            f"{name} must name at least one value, not none; give one or more"
        )
    for position, value in enumerate(values):
        if value in values[:position]:
            raise ValueError(
                f"{name} must not repeat a value, but {value!r} is there twice; "
                "give it once"
            )


def check_choices(
    name: str, values: Sequence[object], choices: Collection[str]
) -> None:
    """Raise ValueError unless `values` are some of `choices`, none of them twice."""
    check_distinct(name, values)
    for value in values:
        check_choice(name, value, choices)


def _way_out(hint: str) -> str:
    return f"; {hint}" if hint else ""
