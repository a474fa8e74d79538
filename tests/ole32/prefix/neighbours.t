#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# concierge-test-time-limit=300;
"""Two prefixes on our COM runtime at the same time: neither sees classes or running objects of the other,
not even who knows the names of the sections, the port and a reference; and the tool leaves a prefix
alone in which programs run."""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

from prefixtest import (BUILD, RESIDENT, START_PATIENCE, TEMPLATE, TOOL, check_end,  # noqa: E402
                        check_resident, ok, run_checks, wait_for)

NEIGHBOUR = os.path.join(BUILD, "tests", "ole32", "prefix", "neighbour.exe")
WAYS = ("class", "runs", "object", "enumerated", "broker", "listed", "head", "table", "port",
        "reference")


def start_staying(prefix, text):
    """The process, and the words that lead to what it has; None: there are none."""
    process = prefix.start(NEIGHBOUR, "stay")
    path = prefix.drive("words")
    if not ok(wait_for(lambda: os.path.exists(path) or process.poll() is not None, START_PATIENCE)
              and os.path.exists(path), text, prefix.left()):
        return process, None
    with open(path, encoding="ascii") as file:
        return process, file.read().split()


def end_staying(prefix, process, text):
    open(prefix.drive("go"), "w", encoding="ascii").close()
    try:
        output, _ = process.communicate(timeout=START_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        output = "it does not end"
    ok(process.returncode == 0 and not output, text, output)


def check_sight(prefix, words, seen, text):
    code, output = prefix.run(NEIGHBOUR, "look", *words)
    expected = [f"{way} {int(seen)}" for way in WAYS]
    ok(code == 0 and output.splitlines() == expected, text, f"exit code {code}\n{output}")


def check_tool(prefix, command, text):
    tool = subprocess.run([TOOL, command, "--prefix", prefix.path, "ole32"], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=prefix.environment, check=False)
    ok(tool.returncode != 0 and "in use" in tool.stdout, text, tool.stdout)


def checks(copy):
    first = copy(TEMPLATE + "-ole32")
    second = copy(TEMPLATE + "-ole32", "second")
    staying, words = start_staying(first, "the first prefix: a class and a running object")
    other, others = start_staying(second, "the second prefix: the same class and name")
    if words and others:
        ok(words[2] != others[2], "each has a broker of its own", words[2])
        check_sight(first, words, True, "a program of the first finds all of it")
        check_sight(second, others, True, "a program of the second finds what its own has")
        end_staying(second, other, "that one ends")
        check_sight(second, words, False, "then it finds nothing, whatever it knows of the first")
        check_sight(first, words, True, "the first has noticed nothing")
        check_tool(first, "uninstall", "the tool does not uninstall meanwhile")
        check_resident(first, "ours", RESIDENT, "another program runs on our runtime still")
        check_sight(first, words, True, "and the first goes on")
        end_staying(first, staying, "it ends")
    for prefix in (first, second):
        check_end(prefix, "the prefix goes down")


run_checks(checks)
