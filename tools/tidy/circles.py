"""circles - which files of a room call each other in a circle.

A file is a .c with its header and its kernels (_scalar, _avx2, _avx512).  A call is the name of a function of another
file in the code of this one: names are read, not meaning, so a function in a table counts as called by who fills it.
"""

import os
import re

KERNEL = re.compile(r"_(scalar|avx2|avx512)$")
NAME = re.compile(r"(?<!struct )(?<![.>])\b[a-z]\w*")  # no struct's, no member's
HEAD = re.compile(r"^(?![#}\s])[^\n;={]*?\b(\w+)[ \t]*\((?:[^;{}]*?)\)\s*\n\{$", re.M)


def stem(path):
    return KERNEL.sub("", os.path.splitext(os.path.basename(path))[0])


def functions(code):
    """(name, whether it is static) of every function that a file defines."""
    code = re.sub(r"__attribute__\(\(.*?\)\)\s*", "", code)
    return [(m.group(1), re.search(r"\bstatic\b", m.group(0)) is not None) for m in HEAD.finditer(code)]


def calls(codes):
    """{stem: {stem it calls: a name}} of one room; codes: {path: code without comments and strings}."""
    home, graph = {}, {}
    for path, code in codes.items():
        graph.setdefault(stem(path), {})
        if path.endswith(".c"):
            home.update({name: stem(path) for name, is_static in functions(code) if not is_static})
    for path, code in codes.items():
        own = {name for name, _ in functions(code)}
        if path.endswith(".h"):  # what stands in a function, not what is declared
            code = "\n".join(line for line in code.split("\n") if line.startswith("\t"))
        for name in set(NAME.findall(code)) & home.keys() - own:
            if home[name] != stem(path):
                graph[stem(path)][home[name]] = name
    return graph


def layers(graph):
    """Groups of files, lowest first; a group of more than one is a circle (Tarjan)."""
    order, index, low, stack = [], {}, {}, []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            at = stack.index(node)
            order.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return order


def sheet(room, graph):
    """The room's files in layers, a line each, the lowest first: each calls only those of the lines above it.  Files that
    call each other, directly or through others, are joined by `=`."""
    height, groups = {}, layers(graph)
    for group in groups:
        below = [height[other] for node in group for other in graph[node] if other not in group]
        height.update({node: 1 + max(below, default=-1) for node in group})
    named = [(height[group[0]], " = ".join(group)) for group in groups]
    return [f"{room} {level}: " + "  ".join(text for at, text in named if at == level)
            for level in range(max(height.values(), default=-1) + 1)]
