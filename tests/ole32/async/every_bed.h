/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where objects of IEveryType live in tests: another apartment of this process, or of another. */
#ifndef CONCIERGE_EVERY_BED_H
#define CONCIERGE_EVERY_BED_H

#include "every_type.h"

struct every_bed;

/* The first thing in main: when this process was started as a server it serves, and does not
 * return. */
void every_bed_main(int argc, char **argv);

/* An object elsewhere, in an STA or the MTA; NULL and a failed test when it cannot be had. The
 * calling thread is in an apartment, and has registered the proxies. */
struct every_bed *every_bed_start(BOOL other_process, BOOL sta, BOOL call_objects);

HRESULT every_bed_object(struct every_bed *bed, IEveryType **object); /* a proxy of it */
/* The marshalled reference that it is made from; what is written there counts. */
BYTE *every_bed_packet(struct every_bed *bed, ULONG *size);
const char *every_bed_name(const struct every_bed *bed);

/* What there is in the server's process: blocks of memory, and how many calls have gone through
 * call objects there. */
struct every_state
{
    ULONG blocks;
    LONG halves;
    LONG objects;    /* and call objects */
    LONG references; /* on every_object */
};

BOOL every_bed_state(struct every_bed *bed, struct every_state *state);

/* Ends it, and checks that nothing is left there. */
void every_bed_stop(struct every_bed *bed);

/* Blocks that are in use in this process, in all heaps. */
ULONG every_heap_blocks(void);

#endif
