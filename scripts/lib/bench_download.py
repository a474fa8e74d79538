# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark of downloads through URL monikers: urlmon_download.exe on our urlmon.dll and on Wine's, and curl, in
one run, over loopback HTTP."""

import os
import shutil
import subprocess
import time

import content
import wineprocess

TIME_LIMIT = 600
MANY = 200
MANY_SIZE = 65536
MEMORY_KIB = 64 * 1024

# Figure, what it is, what it is measured by ("curl", "Wine", "message"), the most it may take.
BARS = (
    ("file", "1 file, URLDownloadToFile", "curl", 1.3),
    ("file", "1 file, URLDownloadToFile", "Wine", 0.1),
    ("stream", "1 file, BindToStorage and a stream", "curl", 1.3),
    ("stream", "1 file, BindToStorage and a stream", "Wine", 0.1),
    ("small", "small files, one after another", "Wine", 0.5),
    ("many", f"{MANY} files at once on one STA", "Wine", 0.5),
    ("latency_us", "from the socket to OnDataAvailable", "message", 2.0),
    ("many_kib", f"memory for {MANY} bindings", None, MEMORY_KIB),
)


def windows_path(path):
    return "Z:" + path.replace("/", "\\")


def run_program(prefix, command, figures):
    """Adds the figures of one run of the program."""
    environment = wineprocess.clean_environment(prefix)
    try:
        result = subprocess.run(["wine", *command], capture_output=True, env=environment, text=True,
                                timeout=TIME_LIMIT, check=False)
        lines = result.stdout.splitlines()
    except subprocess.TimeoutExpired:
        lines = ["failed: time limit"]
    finally:
        wineprocess.stop_server(prefix, environment)
    for line in lines:
        name, _, value = line.partition(" ")
        if name == "failed:":
            figures.setdefault("error", f"{command[1]}: {value}")
        elif value:
            figures[name] = min(float(value), figures.get(name, float("inf")))


def fresh_folder(work):
    folder = os.path.join(work, "urlmon")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def run_urlmon(prefix, program, url, small, work, figures):
    folder = windows_path(fresh_folder(work))
    run_program(prefix, [program, "file", url + "urlmon_big.bin", folder + "\\big"], figures)
    fresh_folder(work)
    run_program(prefix, [program, "stream", url + "urlmon_big.bin"], figures)
    run_program(prefix, [program, "small", url + "urlmon", str(small), folder], figures)
    run_program(prefix, [program, "many", url + "urlmon_many.bin", str(MANY)], figures)
    run_program(prefix, [program, "latency"], figures)


def run_curl(url, work, figures):
    folder = fresh_folder(work)
    begin = time.monotonic()
    subprocess.run(["curl", "-sf", "--noproxy", "*", "-o", os.path.join(folder, "big"),
                    url + "urlmon_big.bin"], check=True)
    seconds = time.monotonic() - begin
    figures["file"] = figures["stream"] = min(seconds, figures.get("file", seconds))


def benchmark(prefixes, program, server, work, mebibytes, small, rounds):
    """Everything in turns, `rounds` times; the best of each figure counts."""
    content.write_file(os.path.join(server.root, "urlmon_big.bin"), mebibytes << 20, "big")
    content.write_file(os.path.join(server.root, "urlmon_many.bin"), MANY_SIZE, "many")
    for index in range(small):
        content.write_file(os.path.join(server.root, f"urlmon{index}.bin"), 4096, index)
    url = f"http://127.0.0.1:{server.port}/"
    figures = {"curl": {}, "Wine": {}, "Concierge": {}}
    for _ in range(rounds):
        run_curl(url, work, figures["curl"])
        for name in ("Wine", "Concierge"):
            run_urlmon(prefixes[name], program, url, small, work, figures[name])
    shutil.rmtree(os.path.join(work, "urlmon"), ignore_errors=True)
    return {"benchmark": "urlmon", "mebibytes": mebibytes, "small": small, "results": figures}


def measure_of(results, figure, measure):
    """What a figure of ours is to be compared with; None: it is not known."""
    if measure is None:
        return 1
    if measure == "message":
        return results["Concierge"].get("message_us")
    return results[measure].get(figure)


def print_table(report):
    """Prints the report; how many bars are missed."""
    results, missed = report["results"], 0
    for name, figures in results.items():
        if "error" in figures:
            print(f"urlmon, {name}: {figures['error']}")
    print(f"{'URL monikers':<44} {'ours':>12} {'compared with':>22} {'ratio':>9} {'bar':>9}")
    for figure, text, measure, bar in BARS:
        ours, other = results["Concierge"].get(figure), measure_of(results, figure, measure)
        if ours is None or not other:
            print(f"{text:<44} {'-':>12}")
            missed += 1
            continue
        ratio = ours / other
        shown = "-" if measure is None else f"{measure} {other:.3f}"
        over = ratio > bar
        missed += over
        print(f"{text:<44} {ours:>12.3f} {shown:>22} {ratio:>9.3f} {bar:>9}"
              f"{'  over' if over else ''}")
    return missed
