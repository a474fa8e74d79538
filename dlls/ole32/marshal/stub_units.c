/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What keeps objects exported, and how it is counted.
 */
#include "stub_manager_impl.h"

#include "trace.h"

#define REFERENCES_MAX 0x7fffffffu

/* Tells the object of a new unit, where it wants to know. */
static HRESULT connection_add(void *argument)
{
    struct stub_manager *manager = argument;
    IExternalConnection *external = stub_manager_enter_external(manager);

    if (external)
    {
        InterlockedIncrement(&manager->connections);
        IExternalConnection_AddConnection(external, EXTCONN_STRONG, 0);
        stub_manager_leave(manager);
    }
    return S_OK;
}

static void manager_welcome(struct stub_manager *manager)
{
    if (manager->external)
        apartment_call(manager->apartment, connection_add, manager);
}

/* Takes units away. stub_lock is held. TRUE: that was the last, and the manager has been closed. A
 * table-weak packet keeps it only if the last unit was not to end it, or if the object looks after
 * its connections by itself. */
static BOOL units_remove(struct stub_manager *manager, ULONG units, BOOL last_closes)
{
    manager->strong -= units < manager->strong ? units : manager->strong;
    if (!units || manager->strong || manager->closing)
        return FALSE;
    if (manager->weak && (manager->external || !last_closes))
        return FALSE;
    stub_manager_close(manager);
    return TRUE;
}

HRESULT stub_manager_add_unit(struct stub_manager *manager)
{
    BOOL added;

    AcquireSRWLockExclusive(&stub_lock);
    added = !manager->closing;
    if (added)
        ++manager->strong;
    ReleaseSRWLockExclusive(&stub_lock);
    if (!added)
        return RPC_E_DISCONNECTED;
    manager_welcome(manager);
    return S_OK;
}

void stub_manager_remove_unit(struct stub_manager *manager, BOOL last_closes, BOOL wait)
{
    BOOL end, any;

    AcquireSRWLockExclusive(&stub_lock);
    any = manager->strong != 0;
    end = units_remove(manager, 1, last_closes);
    ReleaseSRWLockExclusive(&stub_lock);
    stub_manager_farewell(manager, any, last_closes, end, wait);
}

HRESULT stub_manager_add_table(struct stub_manager *manager, BOOL strong)
{
    HRESULT hr = RPC_E_DISCONNECTED;

    AcquireSRWLockExclusive(&stub_lock);
    if (!manager->closing)
    {
        manager->strong += strong;
        manager->table += strong;
        manager->weak += !strong;
        hr = S_OK;
    }
    ReleaseSRWLockExclusive(&stub_lock);
    if (strong && SUCCEEDED(hr))
        manager_welcome(manager);
    return hr;
}

HRESULT stub_manager_remove_table(struct stub_manager *manager, BOOL strong)
{
    ULONG *count = strong ? &manager->table : &manager->weak;
    BOOL end = FALSE, any;

    AcquireSRWLockExclusive(&stub_lock);
    any = *count != 0;
    *count -= any;
    if (any && strong)
    {
        end = units_remove(manager, 1, TRUE);
    }
    else if (any && !manager->weak && !manager->strong && !manager->closing)
    {
        stub_manager_close(manager);
        end = TRUE;
    }
    ReleaseSRWLockExclusive(&stub_lock);
    stub_manager_farewell(manager, any && strong, TRUE, end, TRUE);
    return any ? S_OK : RPC_E_INVALID_OBJREF;
}

HRESULT stub_take_references(struct interface_stub *stub, ULONG count, BOOL packet)
{
    struct stub_manager *manager = stub->manager;
    BOOL unit = FALSE;
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&stub_lock);
    if (manager->closing)
    {
        hr = RPC_E_DISCONNECTED;
    }
    else if (count > REFERENCES_MAX - stub->outside)
    {
        hr = E_INVALIDARG;
    }
    else if (count)
    {
        stub->outside += count;
        unit = packet || !stub->units;
        stub->units += unit;
        manager->strong += unit;
    }
    ReleaseSRWLockExclusive(&stub_lock);
    if (unit)
        manager_welcome(manager);
    return hr;
}

/* Under the lock: how many of the stub's units go when its references have come down. */
static ULONG stub_units_over(struct interface_stub *stub, BOOL packet)
{
    ULONG units = stub->outside ? packet && stub->units > 1 : stub->units;

    stub->units -= units;
    return units;
}

void stub_drop_references(struct interface_stub *stub, ULONG count, BOOL packet)
{
    struct stub_manager *manager = stub->manager;
    ULONG units = 0;
    BOOL end = FALSE;

    AcquireSRWLockExclusive(&stub_lock);
    if (stub->outside && count)
    {
        stub->outside -= count < stub->outside ? count : stub->outside;
        units = stub_units_over(stub, packet);
        end = units_remove(manager, units, TRUE);
    }
    ReleaseSRWLockExclusive(&stub_lock);
    stub_manager_farewell(manager, units, TRUE, end, TRUE);
}

HRESULT stub_accept_packet(struct interface_stub *stub, ULONG count, BOOL hold)
{
    struct stub_manager *manager = stub->manager;
    BOOL welcome = FALSE, end = FALSE;
    ULONG units = 0;
    HRESULT hr = S_OK;

    AcquireSRWLockExclusive(&stub_lock);
    if (manager->closing || count > stub->outside)
    {
        hr = CO_E_OBJNOTCONNECTED;
    }
    else
    {
        stub->outside -= count;
        if (count)
            units = stub_units_over(stub, TRUE);
        if (hold && units)
            --units; /* one is handed over */
        else if (hold)
            welcome = ++manager->strong != 0;
        end = units_remove(manager, units, FALSE);
    }
    ReleaseSRWLockExclusive(&stub_lock);
    if (welcome)
        manager_welcome(manager);
    stub_manager_farewell(manager, units, FALSE, end, FALSE);
    return hr;
}

void stub_rundown(const IPID *ipid, ULONG references)
{
    struct interface_stub *stub = stub_lookup(ipid);
    struct stub_manager *manager;
    ULONG units = 0;
    BOOL end = FALSE;

    if (!stub)
        return;
    manager = stub->manager;
    AcquireSRWLockExclusive(&stub_lock);
    if (stub->outside && references)
    {
        stub->outside -= references < stub->outside ? references : stub->outside;
        units = stub_units_over(stub, FALSE);
        end = units_remove(manager, units, TRUE);
    }
    ReleaseSRWLockExclusive(&stub_lock);
    trace("a client died with %lu references, %lu units given back", references, units);
    stub_manager_farewell(manager, units, TRUE, end, FALSE);
    stub_manager_release(manager);
}
