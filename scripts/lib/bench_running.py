# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark of running objects: running_objects.exe on our runtime and on Wine's."""

import bench_com
import wineprocess

ENTRIES = (1000, 10000)
BAR = 1 / 3  # of Wine's time

FIGURES = (
    ("register", "register one"),
    ("revoke", "revoke one"),
    ("is_running", "look for one that runs"),
    ("is_not_running", "look for one that does not"),
    ("get_object", "its object, and release"),
    ("enumerate", "enumerate, each"),
)


def rows():
    """Figure and what it is."""
    yield "bind_us", "parse and bind the name of a running file"
    for figure, text in FIGURES:
        for entries in ENTRIES:
            yield f"{figure}_{entries}_us", f"{text}, {entries} entries"


def run(prefix, command):
    environment = wineprocess.clean_environment(prefix)
    try:
        figures, _ = bench_com.run_program(environment, command)
    finally:
        wineprocess.stop_server(prefix, environment)
    return figures


def compare(name, prefixes, command, rounds):
    """Each runtime `rounds` times, in turns; the median of each figure counts."""
    runs = {runtime: [] for runtime in prefixes}
    for _ in range(rounds):
        for runtime, prefix in prefixes.items():
            runs[runtime].append(run(prefix, command))
    results = {}
    for runtime, figures in runs.items():
        errors = [run["error"] for run in figures if "error" in run]
        results[runtime] = {"error": errors[0]} if errors else {
            figure: bench_com.median([run[figure] for run in figures if figure in run])
            for figure in figures[0]}
    return {"benchmark": name, "results": results}


def benchmark(prefixes, program, rounds):
    return compare("running", prefixes, [program, str(ENTRIES[-1])], rounds)


def print_table(report):
    """Returns the figures that miss their bar."""
    ours, wine = report["results"]["Concierge"], report["results"]["Wine"]
    missed = []
    for name, result in report["results"].items():
        if "error" in result:
            print(f"running objects {name} failed: {result['error']}")
    if "error" in ours or "error" in wine:
        return missed
    print(f"{'running objects of another process (microseconds)':<52} {'Concierge':>10} "
          f"{'Wine':>10} {'proportion':>11} {'bar':>6}")
    for figure, text in rows():
        mine, theirs = ours.get(figure), wine.get(figure)
        if not mine or not theirs:
            continue
        print(f"{text:<52} {mine:>10.2f} {theirs:>10.2f} {mine / theirs:>9.4f} x {BAR:>6.2f}")
        if mine > BAR * theirs:
            missed.append(figure)
    for figure, text in FIGURES:
        first, last = (ours.get(f"{figure}_{entries}_us") for entries in ENTRIES)
        if first and last:
            print(f"{text + ': 10 times the entries cost':<52} {last / first:>10.2f} x")
    return missed
