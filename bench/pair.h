/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A benchmark of processes: those that have the objects (hosts), and the one that started them,
 * asks for the objects and prints the figures. A failure ends its process with a line of its own.
 */
#ifndef CONCIERGE_BENCH_PAIR_H
#define CONCIERGE_BENCH_PAIR_H

#include <windows.h>

void check(HRESULT hr, const char *what);

/* Microseconds. */
double now_us(void);

/* Prints "name_entries_us", without the number for one entry: the median of some rounds, each of as
 * many calls as its time allows, for numbers from 0 to entries - 1 in no order. */
void measure(const char *name, LONG entries, void (*call)(LONG number));
/* Prints one figure. */
void figure_print(const char *name, LONG entries, double value);

struct pair_shared;

struct pair_host
{
    HANDLE process, section, command, answer;
    struct pair_shared *shared;
};

/* Starts this program once more, as "program host NUMBER", and waits until it serves. */
void pair_host_start(struct pair_host *host, unsigned int number);
/* Has it execute a command other than 0; what that returned there. */
double pair_host_tell(const struct pair_host *host, LONG command, LONG count);
void pair_host_end(struct pair_host *host);

/* In the host: executes commands until there are no more. */
void pair_host_serve(unsigned int number, double (*execute)(LONG command, LONG count));

#endif
