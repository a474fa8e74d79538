/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How exported objects are let go: when their last unit is gone, when they are disconnected, and
 * when their apartment is left. All of it happens in the object's apartment.
 */
#include "stub_manager_impl.h"

#include <stdlib.h>

#include "async_stub.h"
#include "call_guard.h"
#include "call_wait.h"
#include "com_thread.h"
#include "running_table.h"
#include "trace.h"

#define ENDING_PATIENCE 2000 /* ms, for each object that is let go by who leaves COM */

void stub_manager_close(struct stub_manager *manager)
{
    struct interface_stub *stub;

    manager->closing = TRUE;
    hash_table_remove(&stub_managers_by_identity, &manager->identity_link);
    for (stub = manager->stubs; stub; stub = stub->next)
        hash_table_remove(&stubs_by_ipid, &stub->ipid_link);
}

static void __cdecl unknown_release(void *object)
{
    IUnknown_Release((IUnknown *)object);
}

/* An exception in an object's Release is its own affair: the rest has to go on. */
static void release_guarded(IUnknown *object)
{
    DWORD code = call_guarded(unknown_release, object);

    if (code)
        trace("an exported object raises %08lx in Release", code);
}

static void __cdecl connections_end(void *argument)
{
    struct stub_manager *manager = argument;

    while (manager->connections > 0)
    {
        InterlockedDecrement(&manager->connections);
        IExternalConnection_ReleaseConnection(manager->external, EXTCONN_STRONG, 0, FALSE);
    }
}

/* Whose apartment has been left is told of the end of each connection that it was told of, and that
 * it is not to close because of that. Who is disconnected by CoDisconnectObject keeps its count, as
 * on Windows. */
static void external_tear_down(struct stub_manager *manager)
{
    DWORD code = manager->left ? call_guarded(connections_end, manager) : 0;

    if (code)
        trace("an exported object raises %08lx in ReleaseConnection", code);
    release_guarded((IUnknown *)manager->external);
    manager->external = NULL;
}

void stub_manager_tear_down(struct stub_manager *manager)
{
    struct interface_stub *stub;

    for (stub = manager->stubs; stub; stub = stub->next)
    {
        if (stub->stub)
        {
            IRpcStubBuffer_Disconnect(stub->stub);
            IRpcStubBuffer_Release(stub->stub);
            stub->stub = NULL;
        }
        release_guarded(stub->object);
        stub->object = NULL;
    }
    if (manager->external)
        external_tear_down(manager);
    release_guarded(manager->identity);
    manager->identity = NULL;
    stub_manager_release(manager);
}

void stub_manager_end(struct stub_manager *manager)
{
    BOOL mine = FALSE;

    AcquireSRWLockExclusive(&stub_lock);
    InterlockedExchange(&manager->waiting, TRUE); /* before `active` is looked at */
    if (!manager->active && !manager->ended)
    {
        manager->ended = mine = TRUE;
        list_remove(&manager->entry);
    }
    ReleaseSRWLockExclusive(&stub_lock);
    if (mine)
        stub_manager_tear_down(manager);
}

void stub_manager_leave(struct stub_manager *manager)
{
    if (!InterlockedDecrement(&manager->active) && manager->waiting)
        stub_manager_end(manager);
}

IExternalConnection *stub_manager_enter_external(struct stub_manager *manager)
{
    IExternalConnection *external;

    AcquireSRWLockShared(&stub_lock);
    external = manager->ended ? NULL : manager->external;
    if (external)
        stub_manager_enter(manager);
    ReleaseSRWLockShared(&stub_lock);
    return external;
}

/* What is to be called in the object's apartment after units went away. */
struct farewell
{
    struct dispatch_item item;
    struct stub_manager *manager; /* with a reference */
    ULONG units;
    BOOL last_closes; /* what the object is told: its last connection may end it */
    BOOL end;
};

static HRESULT farewell_run(void *argument)
{
    struct farewell *farewell = argument;
    struct stub_manager *manager = farewell->manager;
    IExternalConnection *external;

    if (farewell->units && (external = stub_manager_enter_external(manager)))
    {
        while (farewell->units--)
        {
            InterlockedDecrement(&manager->connections);
            IExternalConnection_ReleaseConnection(external, EXTCONN_STRONG, 0,
                    farewell->last_closes);
        }
        stub_manager_leave(manager);
    }
    if (farewell->end)
        stub_manager_end(manager);
    stub_manager_release(manager);
    return S_OK;
}

static void farewell_item_run(struct dispatch_item *item)
{
    struct farewell *farewell = LIST_ENTRY_OF(item, struct farewell, item);

    farewell_run(farewell);
    free(farewell);
}

/* The apartment is closed, or about to be: it ends what it exports by itself. */
static void farewell_item_abandon(struct dispatch_item *item, HRESULT why)
{
    struct farewell *farewell = LIST_ENTRY_OF(item, struct farewell, item);

    (void)why;
    stub_manager_release(farewell->manager);
    free(farewell);
}

/* From a thread that is leaving its apartment, and may be what the object's thread waits for; or
 * that ends and holds the loader's lock, which the object's thread may be waiting for: it does not
 * wait forever. */
struct brief_farewell
{
    struct farewell farewell;
    struct completion done;
    LONG references; /* the waiter's and the item's */
};

static void brief_release(struct brief_farewell *brief)
{
    if (InterlockedDecrement(&brief->references))
        return;
    completion_free(&brief->done);
    free(brief);
}

static void brief_farewell_run(struct dispatch_item *item)
{
    struct brief_farewell *brief = LIST_ENTRY_OF(item, struct brief_farewell, farewell.item);

    farewell_run(&brief->farewell);
    completion_signal(&brief->done);
    brief_release(brief);
}

static void brief_farewell_abandon(struct dispatch_item *item, HRESULT why)
{
    struct brief_farewell *brief = LIST_ENTRY_OF(item, struct brief_farewell, farewell.item);

    (void)why;
    stub_manager_release(brief->farewell.manager);
    completion_signal(&brief->done);
    brief_release(brief);
}

static void farewell_run_briefly(const struct farewell *farewell)
{
    struct brief_farewell *brief = calloc(1, sizeof(*brief));

    if (!brief)
    {
        stub_manager_release(farewell->manager);
        return;
    }
    brief->farewell = *farewell;
    brief->farewell.item.run = brief_farewell_run;
    brief->farewell.item.abandon = brief_farewell_abandon;
    completion_init(&brief->done);
    brief->references = 2;
    if (FAILED(apartment_submit(farewell->manager->apartment, &brief->farewell.item)))
        brief_farewell_abandon(&brief->farewell.item, RPC_E_DISCONNECTED);
    if (call_wait_run(&brief->done.wait, ENDING_PATIENCE, 0) != S_OK)
        trace("a thread leaves before an object's apartment has let it go");
    brief_release(brief);
}

static BOOL thread_is_leaving(void)
{
    struct com_thread *thread = com_thread_peek();

    return thread && (thread->leaving || thread->ending);
}

void stub_manager_farewell(struct stub_manager *manager, ULONG units, BOOL last_closes, BOOL end,
        BOOL wait)
{
    struct farewell *later;
    struct farewell farewell = {.manager = manager,
            .units = units,
            .last_closes = last_closes,
            .end = end};

    if (end && manager->weak)
        running_table_object_gone(manager->oid);
    if (!end && !(units && manager->external))
        return;
    stub_manager_addref(manager);
    if (apartment_is_current(manager->apartment))
    {
        farewell_run(&farewell);
        return;
    }
    if (!wait && (later = malloc(sizeof(*later))))
    {
        *later = farewell;
        later->item.run = farewell_item_run;
        later->item.abandon = farewell_item_abandon;
        if (FAILED(apartment_submit(manager->apartment, &later->item)))
            farewell_item_abandon(&later->item, RPC_E_DISCONNECTED);
        return;
    }
    if (thread_is_leaving())
        farewell_run_briefly(&farewell);
    else if (FAILED(apartment_call(manager->apartment, farewell_run, &farewell)))
        stub_manager_release(manager);
}

void stub_manager_disconnect(struct stub_manager *manager)
{
    BOOL end;

    AcquireSRWLockExclusive(&stub_lock);
    end = !manager->closing;
    if (end)
        stub_manager_close(manager);
    ReleaseSRWLockExclusive(&stub_lock);
    stub_manager_farewell(manager, 0, FALSE, end, TRUE);
}

void stub_manager_forget_unused(struct stub_manager *manager)
{
    BOOL end;

    AcquireSRWLockExclusive(&stub_lock);
    end = !manager->closing && !manager->strong && !manager->weak && !manager->stubs;
    if (end)
        stub_manager_close(manager);
    ReleaseSRWLockExclusive(&stub_lock);
    stub_manager_farewell(manager, 0, FALSE, end, TRUE);
}

BOOL stub_manager_connected(struct stub_manager *manager)
{
    return !manager->closing;
}

/* --- the apartment is left --- */

void apartment_close_exports(struct apartment *apartment)
{
    struct exports *exports;
    IRpcStubBuffer *rem_unknown;
    IUnknown *rem_object;

    async_stubs_close(apartment);
    AcquireSRWLockExclusive(&apartment->lock);
    exports = apartment->exports;
    apartment->exports = NULL;
    ReleaseSRWLockExclusive(&apartment->lock);
    if (!exports)
        return;

    for (;;)
    {
        struct stub_manager *manager = NULL;
        BOOL mine = FALSE;

        AcquireSRWLockExclusive(&stub_lock);
        exports->closed = TRUE;
        if (!list_empty(&exports->managers))
        {
            manager = LIST_ENTRY_OF(exports->managers.next, struct stub_manager, entry);
            list_remove(&manager->entry);
            stub_manager_addref(manager);
            if (!manager->closing)
            {
                manager->left = TRUE;
                stub_manager_close(manager);
            }
            InterlockedExchange(&manager->waiting, TRUE);
            mine = !manager->active && !manager->ended;
            manager->ended |= mine;
        }
        ReleaseSRWLockExclusive(&stub_lock);
        if (!manager)
            break;
        if (mine)
            stub_manager_tear_down(manager);
        stub_manager_release(manager);
    }

    AcquireSRWLockExclusive(&stub_lock);
    rem_unknown = exports->rem_unknown;
    rem_object = exports->rem_object;
    exports->rem_unknown = NULL;
    exports->rem_object = NULL;
    ReleaseSRWLockExclusive(&stub_lock);
    if (rem_unknown)
    {
        IRpcStubBuffer_Disconnect(rem_unknown);
        IRpcStubBuffer_Release(rem_unknown);
        IUnknown_Release(rem_object);
    }
    exports_release(exports);
}
