"""Functions whose derivative is written by hand, in every mode of differentiation.

`jax.custom_vjp` knows reverse mode only. Here a function has a fast way to run, a way
to run that keeps what its written rule needs, that rule, and a `general` way in which
JAX can differentiate it. Its derivative is a `linear_p`, a linear function of tangents:

- evaluated (`jax.jvp`, `jax.jacfwd`) it is the derivative of the general way;
- transposed (`jax.grad`, `jax.vjp`, a linearised function, under `jax.checkpoint`,
  `lax.scan`, `jax.vmap` and in any order of these) it is the written rule;
- differentiated once more (`jax.hessian`, a gradient of a gradient), either of them is
  differentiated in the general way.

What nobody differentiates has no tangent and is not among the rule's results; a result
that nobody reads has no cotangent, and the rule is told so.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero
from jax.extend.core import Primitive, unmapped_aval
from jax.interpreters import ad, batching, mlir

Tree = Any
Leaves = list[Any]


@runtime_checkable
class Linear(Protocol):
    """A linear function of some arrays while others are fixed; hashable, static."""

    def value(self, fixed: Leaves, moving: Leaves) -> Leaves:
        """Its value."""

    def general(self, fixed: Leaves, moving: Leaves) -> Leaves:
        """The same in a way that JAX can differentiate by what is `fixed`."""

    def types(self) -> tuple[Any, ...]:
        """The abstract values of its results."""

    def transposed(self, wanted: Sequence[bool], read: Sequence[bool]) -> "Linear":
        """From cotangents of the results that are `read` to those that are `wanted`."""


class Written(NamedTuple):
    """A function of arrays with its derivative; `plan` is what is static about it.

    Attributes:
        run: `(plan, *args) -> results`.
        record: `(plan, *args) -> (results, kept)`, the same results.
        backward: `(plan, args, kept, results_bar, wanted) -> args_bar`; in
            `results_bar` None stands for a result that nobody reads, and `wanted` has a
            bool for every array of `args`. Elsewhere the result is not looked at.
        general: as `run`, such that JAX can differentiate it twice, in any mode.
    """

    run: Callable[..., Tree]
    record: Callable[..., tuple[Tree, Tree]]
    backward: Callable[..., Tree]
    general: Callable[..., Tree]

    def __call__(self, plan: Any, *args: Tree) -> Tree:
        """Run it."""
        return _run(self, plan, alike(args))


def linear(law: Linear, fixed: Leaves, moving: Leaves) -> Leaves:
    """The value of a linear function, which JAX transposes as the `law` says."""
    return list(linear_p.bind(*fixed, *moving, law=law, num_fixed=len(fixed)))


def alike(args: Tree) -> Tree:
    """Arrays of which all differ between devices if one of them does.

    Inside `jax.shard_map` a loop's carry must say from the start that it will. JAX adds
    up over devices on the way back.
    """
    axes = frozenset[Any]().union(*map(_varying, jax.tree.leaves(args)))
    if not axes:
        return args

    def cast(leaf: Any) -> Any:
        missing = axes - _varying(leaf)
        return lax.pcast(leaf, tuple(sorted(missing)), to="varying")

    return jax.tree.map(cast, args)


def _varying(leaf: Any) -> frozenset[Any]:
    """The axes of devices over which an array differs, as far as JAX keeps track."""
    kind = jax.typeof(leaf)
    found = kind.vma if hasattr(kind, "vma") else kind.manual_axis_type.varying
    return frozenset(found)


@cache
def _at_once(function: Callable[..., Tree]) -> Callable[..., Tree]:
    """Outside of a compiled program one of its own, which is compiled once.

    Operation by operation a loop would be compiled at every call, since its body is
    another function each time. Inside it is as if it were not here.
    """
    return jax.jit(function, static_argnums=0, inline=True)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _run(how: Written, plan: Any, args: Tree) -> Tree:
    return _at_once(how.run)(plan, *args)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _record(how: Written, plan: Any, args: Tree) -> tuple[Tree, Tree]:
    return _at_once(how.record)(plan, *args)


def _run_jvp(how: Written, plan: Any, primals: Tree, tangents: Tree) -> Any:
    (results, _), (results_dot, _) = _record_jvp(how, plan, primals, tangents)
    return results, results_dot


def _record_jvp(how: Written, plan: Any, primals: Tree, tangents: Tree) -> Any:
    (args,), (args_dot,) = primals, tangents
    results, kept = _record(how, plan, args)
    dots = jax.tree.leaves(args_dot)
    wanted = tuple(not isinstance(dot, SymbolicZero) for dot in dots)
    fixed, inputs = jax.tree.flatten((args, kept))
    leaves, outputs = jax.tree.flatten(results)
    slope = _Slope(
        how,
        plan,
        inputs,
        outputs,
        wanted,
        (True,) * len(leaves),
        tuple(map(_tangent_type, jax.tree.leaves(args))),
        tuple(map(_tangent_type, leaves)),
        back=False,
    )
    found = linear(slope, fixed, _where(wanted, dots))
    # The general way does without what is kept: nobody asks for its derivative.
    none = jax.tree.map(lambda leaf: SymbolicZero(_tangent_type(leaf)), kept)
    return (results, kept), (jax.tree.unflatten(outputs, found), none)


_run.defjvp(_run_jvp, symbolic_zeros=True)
_record.defjvp(_record_jvp, symbolic_zeros=True)


class _Slope(NamedTuple):
    """The derivative of a written function in the inputs that are `wanted`.

    Forward, from their tangents to those of the results that are `read`; or back. Fixed
    are all arguments, and what was kept.
    """

    how: Written
    plan: Any
    inputs: Any
    outputs: Any
    wanted: tuple[bool, ...]
    read: tuple[bool, ...]
    input_types: tuple[Any, ...]
    output_types: tuple[Any, ...]
    back: bool

    def value(self, fixed: Leaves, moving: Leaves) -> Leaves:
        if not self.back:
            return self.general(fixed, moving)
        args, kept = jax.tree.unflatten(self.inputs, fixed)
        treedef: Any = jax.tree.structure(args)
        bars = jax.tree.unflatten(self.outputs, _spread(self.read, moving))
        wanted = jax.tree.unflatten(treedef, self.wanted)
        found = self.how.backward(self.plan, args, kept, bars, wanted)
        # As flat as the arguments, whatever stands where nothing is wanted.
        return _where(self.wanted, treedef.flatten_up_to(found))

    def general(self, fixed: Leaves, moving: Leaves) -> Leaves:
        args, _ = jax.tree.unflatten(self.inputs, fixed)
        leaves, treedef = jax.tree.flatten(args)

        def of_wanted(*some: Any) -> Leaves:
            every = _spread(self.wanted, some, leaves)
            results = self.how.general(self.plan, *jax.tree.unflatten(treedef, every))
            return _where(self.read, jax.tree.leaves(results))

        primals = _where(self.wanted, leaves)
        if not self.back:
            return jax.jvp(of_wanted, primals, moving)[1]
        return list(jax.vjp(of_wanted, *primals)[1](moving))

    def types(self) -> tuple[Any, ...]:
        if self.back:
            return tuple(_where(self.wanted, self.input_types))
        return tuple(_where(self.read, self.output_types))

    def transposed(self, wanted: Sequence[bool], read: Sequence[bool]) -> "_Slope":
        if self.back:
            wanted, read = read, wanted
        return self._replace(
            wanted=tuple(_spread(self.wanted, wanted, [False] * len(self.wanted))),
            read=tuple(_spread(self.read, read, [False] * len(self.read))),
            back=not self.back,
        )


class _Mapped(NamedTuple):
    """A linear function for every member of a batch.

    The axes are those of the batch in each array; None: one array for all members. Such
    a result is the sum of theirs.
    """

    law: Linear
    size: int
    fixed_axes: tuple[int | None, ...]
    moving_axes: tuple[int | None, ...]
    result_axes: tuple[int | None, ...]

    def value(self, fixed: Leaves, moving: Leaves) -> Leaves:
        return self._of(self.law.value, fixed, moving)

    def general(self, fixed: Leaves, moving: Leaves) -> Leaves:
        return self._of(self.law.general, fixed, moving)

    def _of(self, function: Any, fixed: Leaves, moving: Leaves) -> Leaves:
        axes = (list(self.fixed_axes), list(self.moving_axes))
        out = [axis or 0 for axis in self.result_axes]
        found = jax.vmap(function, axes, out, axis_size=self.size)(fixed, moving)
        return [
            leaf.sum(0) if axis is None else leaf
            for leaf, axis in zip(found, self.result_axes, strict=True)
        ]

    def types(self) -> tuple[Any, ...]:
        return tuple(
            each if axis is None else unmapped_aval(self.size, axis, each)
            for each, axis in zip(self.law.types(), self.result_axes, strict=True)
        )

    def transposed(self, wanted: Sequence[bool], read: Sequence[bool]) -> "_Mapped":
        return self._replace(
            law=self.law.transposed(wanted, read),
            moving_axes=tuple(_where(read, self.result_axes)),
            result_axes=tuple(_where(wanted, self.moving_axes)),
        )


def _where(chosen: Sequence[bool], leaves: Sequence[Any]) -> Leaves:
    """The chosen ones."""
    return [leaf for leaf, is_one in zip(leaves, chosen, strict=True) if is_one]


def _spread(
    chosen: Sequence[bool], some: Sequence[Any], others: Sequence[Any] | None = None
) -> Leaves:
    """As many as there were to choose from: `some` in the chosen places."""
    new = iter(some)
    others = [None] * len(chosen) if others is None else others
    return [
        next(new) if is_one else other
        for is_one, other in zip(chosen, others, strict=True)
    ]


def _tangent_type(leaf: Any) -> Any:
    return jax.typeof(leaf).to_tangent_aval().strip_weak_type()


def _value(*leaves: Any, law: Linear, num_fixed: int) -> Leaves:
    return law.value(list(leaves[:num_fixed]), list(leaves[num_fixed:]))


def _jvp(
    primals: Sequence[Any], tangents: Sequence[Any], *, law: Linear, num_fixed: int
) -> tuple[Leaves, Leaves]:
    fixed, moving = list(primals[:num_fixed]), list(primals[num_fixed:])
    changes = [not isinstance(dot, ad.Zero) for dot in tangents]
    terms = []
    if any(changes[num_fixed:]):
        dots = [ad.instantiate_zeros(dot) for dot in tangents[num_fixed:]]
        terms.append(linear(law, fixed, dots))
    if any(changes[:num_fixed]):
        chosen = changes[:num_fixed]

        def general(*some: Any) -> Leaves:
            return law.general(_spread(chosen, some, fixed), moving)

        dots = _where(chosen, tangents[:num_fixed])
        terms.append(jax.jvp(general, _where(chosen, fixed), dots)[1])
    found = terms[0] if len(terms) == 1 else list(map(jnp.add, *terms))
    return linear(law, fixed, moving), found


def _transpose(bars: Sequence[Any], *leaves: Any, law: Linear, num_fixed: int) -> Any:
    fixed, moving = list(leaves[:num_fixed]), leaves[num_fixed:]
    wanted = [ad.is_undefined_primal(leaf) for leaf in moving]
    read = [not isinstance(bar, ad.Zero) for bar in bars]
    if not any(read):
        return [None] * len(leaves)
    back = law.transposed(wanted, read)
    found = linear(back, fixed, _where(read, bars))
    return [None] * num_fixed + _spread(wanted, found)


def _batch(
    leaves: Sequence[Any], axes: Sequence[Any], *, law: Linear, num_fixed: int
) -> tuple[Leaves, list[int]]:
    size = next(
        leaf.shape[axis]
        for leaf, axis in zip(leaves, axes, strict=True)
        if axis is not None
    )
    results = (0,) * len(law.types())
    fixed, moving = tuple(axes[:num_fixed]), tuple(axes[num_fixed:])
    mapped = _Mapped(law, size, fixed, moving, results)
    found = linear(mapped, list(leaves[:num_fixed]), list(leaves[num_fixed:]))
    return found, list(results)


linear_p = Primitive("written_linear")
linear_p.multiple_results = True
linear_p.def_impl(jax.jit(_value, static_argnames=("law", "num_fixed")))
linear_p.def_abstract_eval(lambda *leaves, law, num_fixed: law.types())
ad.primitive_jvps[linear_p] = _jvp
ad.primitive_transposes[linear_p] = _transpose
batching.primitive_batchers[linear_p] = _batch
mlir.register_lowering(linear_p, mlir.lower_fun(_value, multiple_results=True))
