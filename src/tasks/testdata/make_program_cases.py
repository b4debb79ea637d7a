#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes program_cases.jsonl: random programs with the value that Python gives for a call.

    python3 make_program_cases.py > program_cases.jsonl

A value is null where Python raises, or where a number on the way leaves 64 bits: arithmetic runs on
an int that refuses to. Python 3.8 or later; the same seed gives the same file.
"""
import ast
import json
import random

COUNT = 600
LOW, HIGH = -(2**63), 2**63 - 1


class Int64(int):
    """An int whose operations raise OverflowError outside 64 bits."""


def checked(name):
    operation = getattr(int, name)

    def method(*args):
        result = operation(*args)
        if result is NotImplemented:
            return result
        if not LOW <= result <= HIGH:
            raise OverflowError(name)
        return Int64(result)

    return method


for name in ("add", "sub", "mul", "floordiv", "mod"):
    setattr(Int64, f"__{name}__", checked(f"__{name}__"))
    setattr(Int64, f"__r{name}__", checked(f"__r{name}__"))
for name in ("neg", "pos", "abs"):
    setattr(Int64, f"__{name}__", checked(f"__{name}__"))


class Literals(ast.NodeTransformer):
    """Makes every number literal, True and False an Int64."""

    def visit_Constant(self, node):
        if not isinstance(node.value, int):
            return node
        return ast.Call(ast.Name("Int64", ast.Load()), [node], [])

    def visit_Compare(self, node):
        self.generic_visit(node)
        return ast.Call(ast.Name("Int64", ast.Load()), [node], [])

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Not):
            return ast.Call(ast.Name("Int64", ast.Load()), [node], [])
        return node


def python_value(program, call):
    scope = {"Int64": Int64, "__builtins__": {"min": min, "max": max, "abs": abs, "int": int,
                                              "bool": bool}}
    try:
        tree = ast.fix_missing_locations(Literals().visit(ast.parse(program)))
        exec(compile(tree, "program", "exec"), scope)
        tree = ast.fix_missing_locations(Literals().visit(ast.parse(call, mode="eval")))
        value = eval(compile(tree, "call", "eval"), scope)
    except Exception:  # Whatever Python raises, the answer is the same: no value.
        return None
    return int(value) if isinstance(value, int) and LOW <= value <= HIGH else None


def number(rng):
    kind = rng.random()
    if kind < 0.85:
        return str(rng.randint(0, 12))
    if kind < 0.95:
        return str(rng.randint(0, 10**6))
    return str(rng.choice([HIGH, HIGH - 1, 2**32, 2**31, 3037000500]))


def expression(rng, names, functions, depth):
    """Source text; parentheses only where chance puts them, so that precedence is tested."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(names) if names and rng.random() < 0.6 else number(rng)

    def part():
        text = expression(rng, names, functions, depth - 1)
        return f"({text})" if rng.random() < 0.35 else text

    kind = rng.randrange(12)
    if kind < 5:
        return f"{part()} {rng.choice(['+', '-', '*', '//', '%'])} {part()}"
    if kind == 5:
        return f"{rng.choice(['-', '- ', '+'])}{part()}"
    if kind == 6:
        comparisons = ["<", "<=", ">", ">=", "==", "!="]
        text = f"{part()} {rng.choice(comparisons)} {part()}"
        return f"{text} {rng.choice(comparisons)} {part()}" if rng.random() < 0.3 else text
    if kind == 7:
        return f"{part()} {rng.choice(['and', 'or'])} {part()}"
    if kind == 8:
        return f"not {part()}"
    if kind == 9:
        return f"{part()} if {part()} else {part()}"
    if kind == 10:
        name = rng.choice(["min", "max", "abs"])
        count = 1 if name == "abs" else rng.randint(1, 3)
        return f"{name}({', '.join(part() for _ in range(count))})"
    if not functions:
        return part()
    name, arity = rng.choice(functions)
    if rng.random() < 0.05:
        arity += 1
    return f"{name}({', '.join(part() for _ in range(arity))})"


def program(rng):
    functions, lines = [], []
    for name in rng.sample(["f", "g", "h", "clip_2", "_x"], rng.randint(1, 3)):
        names = rng.sample(["a", "b", "c", "n", "x1"], rng.randint(0, 3))
        body = expression(rng, names, functions, rng.randint(1, 4))
        break_line = rng.choice([" ", "\n    ", "\n\t", "\n\n  ", "  # note\n  "])
        lines.append(f"def {name}({', '.join(names)}):{break_line}return {body}\n")
        functions.append((name, len(names)))
    name, arity = functions[-1]
    arguments = [rng.choice(["", "", "-"]) + number(rng) for _ in range(arity)]
    return "".join(lines), f"{name}({', '.join(arguments)})"


FIXED = [
    ("def f(a, b): return a // b", "f(-7, 2)"), ("def f(a, b): return a % b", "f(-7, 2)"),
    ("def f(a, b): return a // b", "f(7, -2)"), ("def f(a, b): return a % b", "f(7, -2)"),
    ("def f(a, b): return a // b", "f(-7, -2)"), ("def f(a, b): return a % b", "f(-7, -2)"),
    ("def f(a, b): return a // b", "f(6, -3)"), ("def f(a, b): return a % b", "f(6, -3)"),
    ("def f(a): return a // 0", "f(1)"), ("def f(a): return a % 0", "f(1)"),
    ("def f(a): return a or 1 // 0", "f(5)"), ("def f(a): return a and 1 // 0", "f(0)"),
    ("def f(a): return 1 // a if a else 9", "f(0)"), ("def f(a): return undefined", "f(0)"),
    ("def f(a): return a if a else undefined", "f(3)"), ("def f(): return 7", "f()"),
    ("def f(a): return 1 if a < 2 else a * f(a - 1)", "f(20)"),
    ("def f(a): return 1 if a < 2 else a * f(a - 1)", "f(21)"),
    ("def f(n): return n if n < 2 else f(n - 1) + f(n - 2)", "f(15)"),
    ("def f(n): return g(n)\ndef g(n): return n + 1", "f(1)"),
    ("def f(n): return n\ndef f(n): return n + 1", "f(1)"),
    ("def min(a, b): return a * b", "min(3, 4)"), ("def f(f): return f + 1", "f(1)"),
    ("def f(f): return f(1)", "f(1)"), ("def f(a, a): return a", "f(1, 2)"),
    ("def f(a): return a", "f()"), ("def f(a): return a", "f(1, 2)"), ("def f(a,): return a", "f(1,)"),
    ("def f(a): return 007", "f(1)"), ("def f(a): return 00", "f(1)"),
    ("def f(a): return 1_000", "f(1)"), ("def f(a): return 1__0", "f(1)"),
    ("def f(a): return 1_", "f(1)"), ("def f(a): return --a", "f(5)"),
    ("def f(a): return 1 - -a", "f(5)"), ("def f(a): return -a % 3", "f(5)"),
    ("def f(a): return -(a % 3)", "f(5)"), ("def f(a): return not a == 5", "f(5)"),
    ("def f(a): return a == not 5", "f(5)"), ("def f(a): return 1 + not a", "f(5)"),
    ("def f(a): return not not a", "f(5)"), ("def f(a): return 1 < a < 9", "f(5)"),
    ("def f(a): return 9 > a > 5", "f(5)"), ("def f(a): return 1 < 2 == 2", "f(5)"),
    ("def f(a): return (1 < 2) == 1", "f(5)"), ("def f(a): return True + True", "f(5)"),
    ("def f(a): return a and 3 or 4", "f(0)"), ("def f(a): return 1 or 0 and 0", "f(0)"),
    ("def f(a): return 1 if 0 else 2 if 0 else 3", "f(0)"),
    ("def f(a): return (1 if 1 else 2) + 1", "f(0)"), ("def f(a): return 1 if 1 else 2 + 1", "f(0)"),
    ("def f(a): return min(a)", "f(0)"), ("def f(a): return min()", "f(0)"),
    ("def f(a): return abs(a, 1)", "f(0)"), ("def f(a): return abs(-a)", "f(4)"),
    ("def f(a: int) -> int: return a * 2", "f(4)"), ("def f(a: int, b: bool): return a", "f(4, True)"),
    ("def f(a):\n  return (a +\n1)", "f(4)"), ("def f(a):\nreturn a", "f(4)"),
    ("def f(a): return a\n  return 1", "f(4)"), ("  def f(a): return a", "f(4)"),
    ("def f(a): return a\r\ndef g(a): return f(a)\r\n", "g(4)"), ("def f(a) return a", "f(4)"),
    ("def f(a): return", "f(4)"), ("def f(a): a", "f(4)"), ("def f(a: return a", "f(4)"),
    ("def f(a): return (a", "f(4)"), ("def f(a): return a)", "f(4)"), ("", "f(4)"), ("", "3 + 4"),
    ("def if(a): return a", "if(4)"), ("def f(None): return 1", "f(4)"),
    ("def f(a): return a", "f(4"), ("def f(a): return a", ""), ("def f(a): return a", "f"),
    ("def f(a): return a -- 1", "f(4)"), ("def f(a): return a ++ 1", "f(4)"),
    ("def f(a): return a <> 1", "f(4)"), ("def f(a): return a = 1", "f(4)"),
    (f"def f(a): return a + 1", f"f({HIGH})"), (f"def f(a): return -a - 1", f"f({HIGH})"),
    (f"def f(a): return (-a - 1) // -1", f"f({HIGH})"), (f"def f(a): return (-a - 1) % -1", f"f({HIGH})"),
    (f"def f(a): return abs(-a - 1)", f"f({HIGH})"), (f"def f(a): return -(-a - 1)", f"f({HIGH})"),
]


def main():
    rng = random.Random(20261123)
    cases = list(FIXED)
    while len(cases) < COUNT:
        cases.append(program(rng))
    for source, call in cases:
        print(json.dumps({"program": source, "call": call, "value": python_value(source, call)}))


if __name__ == "__main__":
    main()
