/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where this process's proxies and stubs are found by others: CoDecodeProxy. */
#ifndef CONCIERGE_DECODE_PROXY_H
#define CONCIERGE_DECODE_PROXY_H

#include <windows.h>

struct hash_table;

struct decode_tables
{
    UINT64 mark;   /* OLE_TLS_MARK */
    UINT32 layout; /* of what follows, and of the tables' elements */
    const struct hash_table *proxies;
    const struct hash_table *stubs;
};

extern const struct decode_tables decode_tables;

/* import_table.c: the proxy managers; import_lock guards them. */
extern struct hash_table managers_by_object;

#endif
