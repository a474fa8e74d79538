# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark of URIs: uri.exe on our urlmon.dll and on Wine's, in one run."""

import subprocess

import wineprocess

TIME_LIMIT = 300

# The most that a figure of ours may take of Wine's; the others have no bar.
BARS = {"create_long_us": 0.5, "combine_url_us": 0.5}


def run(prefix, program):
    """The figures of one run, in microseconds."""
    environment = wineprocess.clean_environment(prefix)
    try:
        output = subprocess.run(["wine", program], capture_output=True, env=environment, text=True,
                                timeout=TIME_LIMIT, check=False).stdout
    finally:
        wineprocess.stop_server(prefix, environment)
    figures = {}
    for line in output.splitlines():
        name, _, value = line.partition(" ")
        if name == "failed:":
            figures["error"] = value
        elif value:
            figures[name] = float(value)
    return figures


def benchmark_uri(prefixes, program, rounds):
    """Several times, in turns; the best of each figure counts."""
    results = {name: {} for name in prefixes}
    for _ in range(rounds):
        for name, prefix in prefixes.items():
            best = results[name]
            for figure, value in run(prefix, program).items():
                best[figure] = value if figure == "error" else min(value, best.get(figure, value))
    return {"benchmark": "uri", "results": results}


def print_uri_table(report):
    """Prints the report; how many bars are missed."""
    ours, wines, missed = report["results"]["Concierge"], report["results"]["Wine"], 0
    if "error" in ours or not ours:
        print(f"uri failed: {ours.get('error', 'no figures')}")
        return 1
    print(f"{'URIs':<32} {'ours, us':>10} {'Wine, us':>10} {'ratio':>8} {'bar':>6}")
    for figure, value in ours.items():
        other, bar = wines.get(figure), BARS.get(figure)
        ratio = value / other if other and figure != "error" else None
        over = bar is not None and (ratio is None or ratio > bar)
        missed += over
        print(f"{figure:<32} {value:>10.3f} {other if other else '-':>10} "
              f"{'-' if ratio is None else format(ratio, '.3f'):>8} {bar or '-':>6}"
              f"{'  over' if over else ''}")
    return missed
