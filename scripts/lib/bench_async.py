# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark of asynchronous calls: async_calls.exe on our runtime, against our own synchronous
calls of the same run; Wine's has no asynchronous calls."""

import os
import subprocess
import threading
import time

import wineprocess

TIME_LIMIT = 120
CALLS = 1000
FLIGHT_SECONDS = 0.5
FLIGHT_THREADS = 8

# Figure, what it is measured by, what it is, and the part that it may take (None: no bar).
FIGURES = tuple(
    (f"async_{place}_{kind}_us", f"sync_{place}_{kind}_us",
     f"Begin_+Wait+Finish_ {text}, {server}", 1.3)
    for place, text in (("sta_mta", "STA to MTA, same process"),
                        ("mta_sta", "MTA to STA, same process"),
                        ("sta_process", "STA to MTA, between processes"),
                        ("mta_process", "MTA to MTA, between processes"))
    for kind, server in (("plain", "no call objects"), ("objects", "call objects"))
) + tuple(
    # A server that was called just now is awake: a synchronous call takes as long as the message
    # needs, and is no measure of what Begin_ saves.
    (f"begin_{state}_{kind}_us", f"sync_{state}_{kind}_us",
     f"Begin_, between processes, {text}, {server}", bar)
    for state, text, bar in (("idle", "server asleep", 0.2), ("busy", "server awake", None))
    for kind, server in (("plain", "no call objects"), ("objects", "call objects"))
)


def thread_count(pid):
    """How many threads a process has; 0 when it is gone."""
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


class ThreadWatch(threading.Thread):
    """Looks every two milliseconds how many threads processes have, and keeps the most."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.most = dict.fromkeys(pids, 0)
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            for pid, most in self.most.items():
                self.most[pid] = max(most, thread_count(pid))
            time.sleep(0.002)


def run_program(prefix, environment, command):
    """The figures of one run of the program; with its marks the most threads of client and
    server between them."""
    process = subprocess.Popen(["wine", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env=environment, text=True)
    figures, watch = {}, None
    timer = threading.Timer(TIME_LIMIT, process.kill)
    timer.start()
    try:
        for line in process.stdout:
            name, _, value = line.strip().partition(" ")
            if name == "mark" and value == "flight":
                server = [pid for pid, text in wineprocess.processes(prefix)
                          if "async_calls.exe" in text and text.rstrip('" ').endswith("server")]
                watch = ThreadWatch([process.pid, *server[:1]])
                watch.start()
                process.stdin.write("\n")
                process.stdin.flush()
            elif name == "mark":
                watch.over.set()
                watch.join()
                threads = list(watch.most.values())
                figures["flight_client_threads"] = threads[0]
                if len(threads) > 1:
                    figures["flight_server_threads"] = threads[1]
            elif name == "failed:":
                figures["error"] = value
            elif value:
                figures[name] = float(value)
        if process.wait(TIME_LIMIT) and "error" not in figures:
            figures["error"] = f"the program ended with {process.returncode}"
    finally:
        timer.cancel()
        if watch:
            watch.over.set()
        if process.poll() is None:
            process.kill()
    return figures


def run(prefix, program):
    environment = wineprocess.clean_environment(prefix)
    try:
        figures = run_program(prefix, environment, [program, "flight", str(CALLS)])
        figures.update(run_program(prefix, environment, [program]))
    finally:
        wineprocess.stop_server(prefix, environment)
    return figures


def median(values):
    values = sorted(values)
    return values[len(values) // 2] if values else None


def proportions(figures):
    """Adds to the figures of one run what each takes of its measure."""
    for figure, measure, _, _ in FIGURES:
        if figures.get(measure) and figure in figures:
            figures[figure + "_ratio"] = figures[figure] / figures[measure]
    return figures


def benchmark(prefix, program, rounds):
    """Several times; the median of each figure counts, and of each proportion: both halves of it
    were measured in the same run. Of threads the most."""
    runs = [proportions(run(prefix, program)) for _ in range(rounds)]
    report = {"benchmark": "async", "calls": CALLS}
    errors = [figures["error"] for figures in runs if "error" in figures]
    if errors:
        report["error"] = errors[0]
        return report
    report["figures"] = {
        name: (max if name.endswith("_threads") else median)(
            [figures[name] for figures in runs if name in figures])
        for name in runs[0]}
    return report


def print_table(report):
    """Prints the report; how many bars are missed."""
    if "error" in report:
        print(f"async failed: {report['error']}")
        return 1
    figures, missed = report["figures"], 0

    def row(text, value, shown, bar, limit):
        nonlocal missed
        over = bar is not None and (value is None or value > bar)
        missed += over
        print(f"{text:<72} {shown:>24} {limit:>8}{'  over' if over else ''}")

    print(f"{'asynchronous calls':<72} {'measured':>24} {'bar':>8}")
    seconds = figures["flight_ms"] / 1000
    row(f"{report['calls']} calls at once ({figures['flight_peak']:.0f} were in progress), "
        "each done after 20 ms", seconds, f"{seconds:.3f} s", FLIGHT_SECONDS,
        f"{FLIGHT_SECONDS} s")
    for side in ("client", "server"):
        count = figures.get(f"flight_{side}_threads")
        row(f"    threads of the {side}", count, "-" if count is None else f"{count:.0f}",
            FLIGHT_THREADS, str(FLIGHT_THREADS))
    for figure, measure, text, bar in FIGURES:
        ratio = figures.get(figure + "_ratio")
        shown = "-"
        if ratio is not None:
            shown = f"{figures[figure]:.1f}/{figures[measure]:.1f} us = {ratio:.2f} x"
        row(text, ratio, shown, bar, "-" if bar is None else f"{bar:.1f} x")
    return missed
