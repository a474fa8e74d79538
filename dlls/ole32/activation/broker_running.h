/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list of the processes which have running objects. It is in a section that lives as long as
 * anybody looks at it, so the end of the broker takes nothing away: the next one goes on with it.
 * Only the broker writes; what a process then does with its entry is in moniker/running_layout.h.
 */
#ifndef CONCIERGE_BROKER_RUNNING_H
#define CONCIERGE_BROKER_RUNNING_H

#include <windows.h>

#define BROKER_RUNNING L"Global\\ConciergeRunning"
#define BROKER_RUNNING_MAX 4095 /* processes */

struct broker_running_process
{
    volatile ULONG process; /* 0: none is here */
    ULONG reserved;
    volatile ULONG id[2]; /* low and high: which of its tables */
};

/* A reader that meets a change in the middle finds a table which is not there, and looks again
 * because of the change's number. */
struct broker_running_list
{
    volatile LONG changes; /* counted after each of them */
    volatile ULONG count;  /* behind these there is none */
    ULONG reserved[2];
    struct broker_running_process processes[BROKER_RUNNING_MAX];
};

C_ASSERT(sizeof(struct broker_running_list) == 0x10000);

/* The list, which this makes if there is none yet; for the life of the process, the same each time.
 * NULL: no memory, or somebody else's section has the name. */
const struct broker_running_list *broker_running_list(void);

/* At the end of this module's life. */
void broker_running_close(void);

/* For the broker. */
struct broker_running_list *broker_running_list_writable(void);

/* Whether the process is in the list with this ID. */
BOOL broker_running_listed(DWORD process, UINT64 id);

static inline UINT64 broker_running_id(const struct broker_running_process *process)
{
    return (UINT64)process->id[1] << 32 | process->id[0];
}

#endif
