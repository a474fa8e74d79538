# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark of media: media.exe, memory of 1 MiB between two processes."""

import bench_running

BAR = 1 / 2  # of Wine's time

FIGURES = (
    ("get_1_mib_us", "IDataObject::GetData of 1 MiB"),
    ("get_here_1_mib_us", "GetDataHere"),
    ("set_1_mib_us", "SetData"),
)


def benchmark(prefixes, program, rounds):
    return bench_running.compare("media", prefixes, [program], rounds)


def print_table(report):
    """Returns the figures that miss their bar."""
    ours, wine = report["results"]["Concierge"], report["results"]["Wine"]
    missed = []
    for name, result in report["results"].items():
        if "error" in result:
            print(f"media {name} failed: {result['error']}")
    if "error" in ours:
        return missed
    print(f"{'media between processes (microseconds)':<52} {'Concierge':>10} {'Wine':>10} "
          f"{'proportion':>11} {'bar':>6}")
    for figure, text in FIGURES:
        mine, theirs = ours.get(figure), wine.get(figure)
        if mine and theirs:
            print(f"{text:<52} {mine:>10.2f} {theirs:>10.2f} {mine / theirs:>9.4f} x {BAR:>6.2f}")
            if mine > BAR * theirs:
                missed.append(figure)
        elif mine:
            print(f"{text:<52} {mine:>10.2f} {'-':>10}")
        else:
            print(f"{text:<52} {'-':>10}")
            missed.append(figure)
    return missed
