# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark of whole prefixes: the update of one that runs on our runtime and of one on Wine's, and
the memory of a program which does nothing but be there (idle.exe)."""

import ctypes
import os
import resource
import subprocess
import time

import bench_com
import wineprocess

PR_SET_CHILD_SUBREAPER = 36
UPDATE_LIMIT = 600

# Figure, what it is, and how much more than Wine's it may be (None: no bar).
FIGURES = (
    ("update_s", "wineboot -u, seconds", 1.05),
    ("update_processor_s", "... of the processors, all its processes", None),
    ("loaded_kib", "memory of a program with the runtime, KiB", 1),
    ("sta_kib", "... with an STA", 1),
    ("mta_kib", "... with the MTA", 1),
    ("sta_committed_kib", "memory it is promised, KiB: with an STA", 1),
    ("mta_committed_kib", "... with the MTA", 1),
    ("sta_server_kib", "memory of one that offers a class, KiB: STA", None),
    ("mta_server_kib", "... MTA", None),
)


def reap_all():
    """Waits for all children; those whose parents ended before them are ours by now."""
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def update(prefix):
    """Seconds that the update takes, and what the prefix uses of the processors until it is down."""
    environment = wineprocess.clean_environment(prefix)
    wineprocess.stop_server(prefix, environment)
    reap_all()
    before, begin = processor_seconds(), time.monotonic()
    try:
        subprocess.run(["wine", "wineboot", "-u"], env=environment, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
                       timeout=UPDATE_LIMIT)
        seconds = time.monotonic() - begin
        subprocess.run([wineprocess.wineserver_program(), "-w"], env=environment, check=True,
                       timeout=UPDATE_LIMIT)
    except (subprocess.SubprocessError, OSError) as error:
        return {"error": str(error)}
    finally:
        wineprocess.stop_server(prefix, environment)
    reap_all()
    return {"update_s": seconds, "update_processor_s": processor_seconds() - before}


def private_kib(pid):
    """Memory that is this process's alone and in no file: what it has written to."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii", errors="replace") as rollup:
        return sum(int(line.split()[1]) for line in rollup
                   if line.startswith(("Anonymous:", "Swap:")))


def idle(environment, program, apartment):
    process = subprocess.Popen(["wine", program, apartment], stdin=subprocess.PIPE, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    figures = {}
    try:
        for line in process.stdout:
            name, _, value = line.strip().partition(" ")
            if name == "mark":
                figures[value + "_kib"] = private_kib(process.pid)
                process.stdin.write("\n")
                process.stdin.flush()
            elif name == "failed:":
                figures["error"] = value
            else:
                figures[name + "_kib"] = int(value) / 1024
        process.wait(bench_com.TIME_LIMIT)
    except (subprocess.SubprocessError, OSError) as error:
        figures["error"] = str(error)
    finally:
        if process.poll() is None:
            process.kill()
    return figures


def run(prefix, program):
    """All figures of one run, or those until the first failure with an "error"."""
    figures = update(prefix)
    environment = wineprocess.clean_environment(prefix)
    try:
        for apartment in ("sta", "mta"):
            if "error" not in figures:
                figures.update(idle(environment, program, apartment))
    finally:
        wineprocess.stop_server(prefix, environment)
        reap_all()
    return figures


def benchmark(prefixes, program, rounds):
    """Each prefix `rounds` times, in turns, and once before that, which is not counted; the median of
    each figure counts."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    runs = {runtime: [] for runtime in prefixes}
    try:
        for number in range(rounds + 1):
            for runtime, prefix in prefixes.items():
                figures = run(prefix, program)
                if number or "error" in figures:
                    runs[runtime].append(figures)
    finally:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    results = {}
    for runtime, each in runs.items():
        errors = [figures["error"] for figures in each if "error" in figures]
        results[runtime] = {"error": errors[0]} if errors else {
            name: bench_com.median([figures[name] for figures in each if name in figures])
            for name in each[0]}
    return {"benchmark": "prefix", "results": results}


def print_table(report):
    """Returns the figures that miss their bar."""
    ours, wine = report["results"]["Concierge"], report["results"]["Wine"]
    missed = []
    for name, result in report["results"].items():
        if "error" in result:
            print(f"prefix {name} failed: {result['error']}")
    if "error" in ours or "error" in wine:
        return missed
    print(f"{'a prefix on our runtime':<52} {'Concierge':>10} {'Wine':>10} {'proportion':>11} "
          f"{'bar':>6}")
    for figure, text, bar in FIGURES:
        mine, theirs = ours.get(figure), wine.get(figure)
        if not mine or not theirs:
            continue
        print(f"{text:<52} {mine:>10.2f} {theirs:>10.2f} {mine / theirs:>9.3f} x "
              f"{'-' if bar is None else f'{bar:.2f}':>6}")
        if bar is not None and mine > bar * theirs:
            missed.append(figure)
    return missed
