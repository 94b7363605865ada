#!/usr/bin/env python3
"""The commands of cardlab that the documentation shows, one JSON object a line on standard output:
{"where": "README.md:29", "command": "...", "exit": 0, "until_interrupted": false}

    examples.py FILE...

A command is a line of an indented block (four blanks, below an empty line or a heading) or of a
fenced shell block (``` with nothing, sh, bash, shell or console behind it) in which `cardlab` or
`build/release/tools/cardlab` is called; a line that ends in | or \\ goes on in the next. Other lines of
a block are not looked at. In a comment behind a command, `exits N` is the exit code it should have,
and `until Ctrl-C` says that it runs until then. A block whose last line above it is

    <!-- illustration -->

is none: what stands there is not meant to be run as it is."""
import json
import re
import sys

CALL = re.compile(r"(^|[|;&(]\s*)([A-Z_]+=\S+\s+)*(build/release/tools/)?cardlab(\s|$)")
FENCE = re.compile(r"^\s*```\s*(\w*)")
SHELLS = ("", "sh", "bash", "shell", "console")
ILLUSTRATION = "<!-- illustration -->"


def blocks(lines):
    """(first line number, its lines) of every block that may hold commands."""
    above, at = "", 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        begin = at + 1 if fence else at
        if fence:
            at = begin
            while at < len(lines) and not FENCE.match(lines[at]):
                at += 1
            found = fence.group(1) in SHELLS
        else:
            before = lines[at - 1].strip() if at > 0 else ""
            found = lines[at].startswith("    ") and (not before or before.startswith("#"))
            while found and at < len(lines) and (lines[at].startswith("    ") or
                                                 (not lines[at].strip() and is_indented(lines, at + 1))):
                at += 1
        if found and above != ILLUSTRATION:
            yield begin, lines[begin:at]
        if found or fence:
            above = ""
            at += bool(fence)
        else:
            above = lines[at].strip() or above
            at += 1


def is_indented(lines, at):
    return at < len(lines) and lines[at].startswith("    ")


def commands(path):
    lines = open(path).read().split("\n")
    for begin, block in blocks(lines):
        at = 0
        while at < len(block):
            first, command = at, block[at].strip()
            while re.search(r"[|\\]$", command) and at + 1 < len(block):
                at += 1
                command = command.removesuffix("\\") + " " + block[at].strip()
            at += 1
            if CALL.search(re.sub(r"\s#.*", "", command)):
                yield begin + first + 1, command


for path in sys.argv[1:]:
    for number, command in commands(path):
        wanted = re.search(r"#.*\bexits (\d+)", command)
        print(json.dumps({"where": f"{path}:{number}", "command": command,
                          "exit": int(wanted.group(1)) if wanted else 0,
                          "until_interrupted": bool(re.search(r"#.*until Ctrl-C", command))}))
