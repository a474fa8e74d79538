# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark of COM: com_calls.exe on our runtime and on Wine's, and a table of both."""

import os
import subprocess

import wineprocess

TIME_LIMIT = 600

# Figure, what it is, and the part of Wine's time that it may take (None: no bar).
FIGURES = (
    ("call_sta_mta_us", "call STA to MTA, same process", 1 / 50),
    ("call_mta_sta_us", "call MTA to STA, same process", 0.8),
    ("call_sta_sta_us", "call STA to STA, same process", 0.8),
    ("call_between_processes_us", "call MTA to MTA, between processes", 1 / 3),
    ("warm_activation_us", "activation in a running local server", 1 / 3),
    ("create_inproc_us", "CoCreateInstance in process, same apartment", 1),
    ("marshal_unmarshal_release_us", "marshal, unmarshal, release", 0.5),
    ("pair_export_us", "marshal, each of many objects", None),
    ("pair_import_us", "unmarshal, each of many", None),
    ("pair_release_us", "release, each of many", None),
    ("pair_bytes", "memory of a proxy and its stub, bytes", None),
    ("pair_bytes_same", "the same, as many objects for each", None),
)


def memory(pid):
    """Bytes which this process alone has written to; None where the system does not tell."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii", errors="replace") as rollup:
            for line in rollup:
                if line.startswith("Private_Dirty:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def run_program(environment, command):
    """The figures of one run of the program, and what its memory was at its marks."""
    process = subprocess.Popen(["wine", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env=environment, text=True)
    figures, marks = {}, {}
    try:
        for line in process.stdout:
            name, _, value = line.strip().partition(" ")
            if name == "mark":
                marks[value] = memory(process.pid)
                process.stdin.write("\n")
                process.stdin.flush()
            elif name == "failed:":
                figures["error"] = value
            else:
                figures[name] = float(value)
        process.wait(TIME_LIMIT)
    finally:
        if process.poll() is None:
            process.kill()
    return figures, marks


def growth(marks, objects):
    """Bytes an object; None where that is lost in what the process does besides."""
    begin, end = marks.get("pairs_begin"), marks.get("pairs_end")
    if begin is None or end is None or end <= begin:
        return None
    return (end - begin) / objects


def run(prefix, program, objects, same):
    """The figures of one run: {name: value}. `same` is the number of objects for the comparison of
    memory, in a process which has done nothing else, as for `objects` of them."""
    environment = wineprocess.clean_environment(prefix)
    try:
        figures, _ = run_program(environment, [program])
        more, marks = run_program(environment, [program, "many", str(objects)])
        figures.update(more)
        figures["pair_bytes"] = growth(marks, objects)
        if same != objects:
            more, marks = run_program(environment, [program, "many", str(same)])
            if "error" in more:
                figures["error"] = more["error"]
        figures["pair_bytes_same"] = growth(marks, same)
    finally:
        wineprocess.stop_server(prefix, environment)
    return figures


def median(values):
    """None where nothing was measured."""
    values = sorted(value for value in values if value is not None)
    return values[len(values) // 2] if values else None


def benchmark(prefixes, program, rounds, objects):
    """Each runtime `rounds` times, in turns; the median of each figure counts. `objects` tells for
    each runtime how many are exported in the last figure."""
    runs = {name: [] for name in prefixes}
    same = min(objects.values())
    for _ in range(rounds):
        for name, prefix in prefixes.items():
            runs[name].append(run(prefix, program, objects[name], same))
    results = {}
    for name, figures in runs.items():
        errors = [run["error"] for run in figures if "error" in run]
        if errors:
            results[name] = {"error": errors[0]}
            continue
        results[name] = {figure: median([run[figure] for run in figures if figure in run])
                         for figure in figures[0]}
    return {"benchmark": "com", "objects": objects, "results": results}


def number(value):
    return "-" if value is None else f"{value:.2f}"


def print_table(report):
    ours, wine = report["results"]["Concierge"], report["results"]["Wine"]
    for name, result in report["results"].items():
        if "error" in result:
            print(f"com {name} failed: {result['error']}")
    if "error" in ours or "error" in wine:
        return
    print(f"{'COM (microseconds)':<46} {'Concierge':>10} {'Wine':>10} {'proportion':>11} {'bar':>6}")
    for figure, text, bar in FIGURES:
        if figure not in ours or figure not in wine:
            continue
        if figure == "pair_export_us":
            print(f"{'objects, if many':<46} {report['objects']['Concierge']:>10} "
                  f"{report['objects']['Wine']:>10}")
        mine, theirs = ours[figure], wine[figure]
        proportion = f"{mine / theirs:.3f} x" if mine and theirs else "-"
        shown = "-" if bar is None else f"{bar:.2f}"
        print(f"{text:<46} {number(mine):>10} {number(theirs):>10} {proportion:>11} {shown:>6}")
    for place, text in (("sta_mta", "calls/s into one MTA, same process"),
                         ("between_processes", "calls/s into one MTA, between processes")):
        print(text)
        for count in (1, 2, 4, 8, 16):
            figure = f"{place}_{count}_per_s"
            if figure in ours and figure in wine:
                print(f"    {count:>2} threads {ours[figure]:>33.0f} {wine[figure]:>10.0f} "
                      f"{ours[figure] / wine[figure]:>9.1f} x")
