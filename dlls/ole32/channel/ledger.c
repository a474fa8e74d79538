/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The references which a client holds at one server, written down in the server's shared memory: a
 * store a change, and the server can give them back when the client dies without doing so. */

#include "transport_parts.h"

struct ledger_entry
{
    struct ledger_entry *next;     /* of the free ones */
    struct connection *connection; /* a reference while in use */
    struct wire_reference *shared;
};

struct ledger_part
{
    struct ledger_part *next;
    void *view; /* NULL: on the board */
    struct ledger_entry entries[1];
};

HRESULT ledger_open(struct connection *connection, struct wire_reference *references, UINT32 count)
{
    struct ledger_part *part = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY,
            sizeof(*part) + count * sizeof(part->entries[0]));

    if (!part)
        return E_OUTOFMEMORY;
    part->next = connection->ledger;
    connection->ledger = part;
    /* The lowest numbers are used first. */
    for (UINT32 i = count; i-- > 0;)
    {
        part->entries[i].shared = &references[i];
        part->entries[i].next = connection->free_entries;
        connection->free_entries = &part->entries[i];
    }
    return S_OK;
}

void ledger_close(struct connection *connection)
{
    struct ledger_part *part;

    while ((part = connection->ledger))
    {
        connection->ledger = part->next;
        if (part->view)
            UnmapViewOfFile(part->view);
        HeapFree(GetProcessHeap(), 0, part);
    }
}

/* Under the ledger's lock. */
static HRESULT ledger_extend(struct connection *connection)
{
    struct wire_message message;
    HRESULT hr = connection_ask(connection, WIRE_LEDGER, &message);
    void *view;

    if (FAILED(hr))
        return hr;
    if (message.size > 0x4000000 || message.size < sizeof(struct wire_reference))
        return RPC_E_INVALID_DATA;
    hr = section_pull(connection->process, message.section, message.size, &view);
    if (FAILED(hr))
        return hr;
    hr = ledger_open(connection, view, message.size / sizeof(struct wire_reference));
    if (FAILED(hr))
        UnmapViewOfFile(view);
    else
        connection->ledger->view = view;
    return hr;
}

HRESULT ledger_add(struct connection *connection, const GUID *ipid, struct ledger_entry **out)
{
    struct ledger_entry *entry;
    HRESULT hr = S_OK;

    *out = NULL;
    AcquireSRWLockExclusive(&connection->ledger_lock);
    if (!connection->free_entries)
        hr = ledger_extend(connection);
    entry = connection->free_entries;
    if (SUCCEEDED(hr))
        connection->free_entries = entry->next;
    ReleaseSRWLockExclusive(&connection->ledger_lock);
    if (FAILED(hr))
        return hr;

    connection_addref(connection);
    entry->connection = connection;
    entry->shared->ipid = *ipid;
    *out = entry;
    return S_OK;
}

void ledger_set(struct ledger_entry *entry, ULONG references)
{
    /* Volatile: not before the IPID is there. */
    entry->shared->count = references;
}

void ledger_remove(struct ledger_entry *entry)
{
    struct connection *connection = entry->connection;

    entry->shared->count = 0;
    entry->connection = NULL;
    AcquireSRWLockExclusive(&connection->ledger_lock);
    entry->next = connection->free_entries;
    connection->free_entries = entry;
    ReleaseSRWLockExclusive(&connection->ledger_lock);
    connection_release(connection);
}
