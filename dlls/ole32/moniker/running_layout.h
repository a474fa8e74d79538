/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running objects in shared memory: every process that has some keeps a table of them, which all
 * others read. Only the owner writes. Fixed widths and offsets, the same for 32-bit and 64-bit
 * processes.
 *
 * The head stays; the table is replaced by another one, of the next generation, when it is full.
 * The broker lists whose heads there are (broker_running.h).
 *
 * Slots are found by hash, then one after another. A slot's state is 0: it has never been used, and
 * nobody has to look further; odd: it is nobody's, or being written; even: it has a record. It
 * changes with every use: who reads a record looks again afterwards.
 */
#ifndef CONCIERGE_RUNNING_LAYOUT_H
#define CONCIERGE_RUNNING_LAYOUT_H

#include <windows.h>

#define RUNNING_VERSION 1
#define RUNNING_SIZE_MAX (256u << 20) /* bytes of a table */
#define RUNNING_SLOTS_MAX (1u << 20)  /* slots of a table */
#define RUNNING_RECORD_MAX (1u << 20) /* bytes of a record */
#define RUNNING_NAME_MAX 64           /* characters of a section's name, with its end */
#define RUNNING_HEAD_NAME L"Global\\ConciergeRunning-%08lx-%08lx%08lx"      /* process, ID */
#define RUNNING_TABLE_NAME L"Global\\ConciergeRunning-%08lx-%08lx%08lx-%lx" /* the generation */

struct running_head
{
    ULONG version;
    volatile LONG generation; /* of the table; 0: there is none yet */
    volatile ULONG sizes[2];  /* bytes of the tables of even and odd generations */
    UINT64 started;           /* when the process was, as GetProcessTimes says */
};

struct running_slot
{
    volatile LONG state;
    ULONG hash;
    ULONG place; /* of the record: bytes from the table's beginning, a multiple of 8 */
    ULONG size;  /* bytes of the record */
};

struct running_data
{
    ULONG version;
    ULONG capacity; /* slots: a power of two */
    ULONG reserved[2];
    struct running_slot slots[];
};

/* The comparison data, the moniker and the object follow, both as packets. */
struct running_record
{
    volatile ULONG changes; /* of the time: the one that holds is times[changes % 2] */
    ULONG key_size, moniker_size, object_size;
    FILETIME times[2];
};

C_ASSERT(sizeof(struct running_head) == 24);
C_ASSERT(sizeof(struct running_slot) == 16);
C_ASSERT(sizeof(struct running_data) == 16);
C_ASSERT(sizeof(struct running_record) == 32);

#endif
