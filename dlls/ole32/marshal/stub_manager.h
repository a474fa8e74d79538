/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stub managers: what an apartment exports. One a COM object (by its identity), with one interface
 * stub for each exported interface, each with an IPID that is unique in the machine.
 *
 * All stubs of the process are found by IPID in one table. The IPID of an apartment's IRemUnknown
 * is computed from its OXID, so nobody has to be asked for it.
 *
 * What keeps an object exported is counted in units: a marshalled packet, the references of other
 * processes on one interface, a table packet, a lock by CoLockObjectExternal, a proxy manager of
 * this process are one each. An object with IExternalConnection is told of each. When the last is
 * gone, the object is disconnected and released, in its apartment.
 */
#ifndef CONCIERGE_STUB_MANAGER_H
#define CONCIERGE_STUB_MANAGER_H

#include <windows.h>
#include <objidl.h>

#include "apartment.h"
#include "hash_table.h"
#include "objref.h"
#include "transport.h"

/* The process of the apartment with this OXID. */
static inline DWORD process_of_oxid(OXID_VALUE oxid)
{
    return (DWORD)(oxid & TRANSPORT_PROCESS_MASK);
}

/* The IPID of IRemUnknown of the apartment with this OXID. */
void rem_unknown_ipid(OXID_VALUE oxid, IPID *ipid);

/* An interface that a call is about to be made on. Everything here is kept alive by it. */
struct async_interface;

struct stub_target
{
    struct apartment *apartment; /* where the call must run; with a reference */
    IRpcStubBuffer *stub;        /* Invoke this, in the apartment */
    IUnknown *object; /* the server's interface `iid`, for hooks and message filters; borrowed */
    IID iid;
    void *manager;                           /* stub_manager.c's */
    struct async_interface *volatile *async; /* async_stub.h's place; NULL for IRemUnknown */
};

/* Any thread. S_OK; RPC_E_DISCONNECTED for an IPID that is not, or no longer, exported;
 * CO_E_OBJNOTCONNECTED where documented. */
HRESULT stub_target_find(const IPID *ipid, struct stub_target *target);

/* After the call, in the apartment (or anywhere once that is closed). */
void stub_target_release(struct stub_target *target);

/* Instead of that, on a thread which ends inside the call: calls nobody. An object that waits for
 * the call's end is let go with its apartment. */
void stub_target_abandon(struct stub_target *target);

/* A client process died with public references on this IPID: gives them back, in the apartment. Any
 * thread; never waits. Unknown IPIDs and too large counts are ignored, respectively cut. */
void stub_rundown(const IPID *ipid, ULONG references);

/* --- for marshal/ itself --- */

#define PACKET_REFERENCES 5u /* public references in a normal packet of ours */

struct stub_manager;

struct interface_stub
{
    struct hash_link ipid_link;  /* in the table of IPIDs */
    struct interface_stub *next; /* of the manager */
    struct stub_manager *manager;
    IPID ipid;
    IID iid;
    IRpcStubBuffer *stub; /* NULL for IUnknown, which nobody calls */
    IUnknown *object;     /* the interface, with a reference */
    ULONG outside;        /* public references in packets and in other processes */
    ULONG units;          /* of the manager's, because of those */
    struct async_interface *volatile async; /* NULL until async_interface_get */
};

struct stub_manager
{
    struct hash_link identity_link; /* in the table of exported objects */
    struct list entry;              /* of the apartment's exports */
    struct apartment *apartment;    /* with a reference */
    IUnknown *identity;             /* with a reference; NULL once torn down */
    IExternalConnection *external;  /* of the object, if it has that */
    volatile LONG connections;      /* that it has been told of, and not of their end */
    UINT64 oid;
    struct interface_stub *stubs;
    volatile LONG references; /* on this memory */
    volatile LONG active;     /* calls being made: they put the end off */
    ULONG strong;             /* units */
    ULONG table;              /* those units which are table-strong packets */
    ULONG weak;               /* table-weak packets */
    BOOL closing;             /* out of the tables, finds nothing any more */
    BOOL left;                /* because its apartment was left, not by CoDisconnectObject */
    BOOL ended;               /* torn down, or somebody is about to */
    volatile LONG waiting;    /* to be torn down as soon as no call is active */
};

void stub_manager_addref(struct stub_manager *manager);
void stub_manager_release(struct stub_manager *manager);

/* The manager of an object of the calling thread's apartment, with a reference. `identity` is the
 * object's IUnknown. S_OK; S_FALSE with NULL: there is none, and `create` was FALSE; E_OUTOFMEMORY;
 * RPC_E_DISCONNECTED: the apartment is closed; CO_E_NOT_SUPPORTED: INoMarshal. */
HRESULT stub_manager_get(struct apartment *apartment, IUnknown *identity, BOOL create,
        struct stub_manager **out);

/* The stub of an interface, made when there is none; valid as long as the manager. In the
 * apartment. S_OK, E_NOINTERFACE, REGDB_E_IIDNOTREG, the proxy/stub factory's errors,
 * RPC_E_DISCONNECTED. */
HRESULT stub_manager_export(struct stub_manager *manager, REFIID iid, struct interface_stub **out);

/* QueryInterface of the object itself. In the apartment. */
HRESULT stub_manager_query(struct stub_manager *manager, REFIID iid, void **out);

/* An existing stub, any thread; NULL when there is none. */
struct interface_stub *stub_manager_find_interface(struct stub_manager *manager, REFIID iid);

/* stub_manager_export in the object's apartment, from any. */
HRESULT stub_manager_export_remote(struct stub_manager *manager, REFIID iid,
        struct interface_stub **out);

/* What a reference of this process says, which is to be of the interface `iid`. S_OK with a
 * reference on the manager; CO_E_OBJNOTCONNECTED. */
HRESULT stub_find(const struct std_objref *std, REFIID iid, struct stub_manager **manager,
        struct interface_stub **stub);

/* Adds public references that leave this process or go into a packet; `packet`: one unit for it.
 * RPC_E_DISCONNECTED, E_INVALIDARG (too many). */
HRESULT stub_take_references(struct interface_stub *stub, ULONG count, BOOL packet);

/* Gives back as many (at most all there are); `packet`: the unit of one packet. */
void stub_drop_references(struct interface_stub *stub, ULONG count, BOOL packet);

/* A packet with `count` public references arrived in this process: they are taken out of it. With
 * `hold` the caller gets one unit. 0: a table packet, nothing is taken out. S_OK;
 * CO_E_OBJNOTCONNECTED: it has been used. */
HRESULT stub_accept_packet(struct interface_stub *stub, ULONG count, BOOL hold);

/* Units. Add: RPC_E_DISCONNECTED. Remove: `last_closes` is what IExternalConnection is told; FALSE
 * leaves the object exported when there are table-weak packets. `wait` FALSE: what has to be done
 * in the object's apartment is done there later. */
HRESULT stub_manager_add_unit(struct stub_manager *manager);
void stub_manager_remove_unit(struct stub_manager *manager, BOOL last_closes, BOOL wait);

/* Table packets, strong (a unit each) and weak. Remove: RPC_E_INVALID_OBJREF: there is none. */
HRESULT stub_manager_add_table(struct stub_manager *manager, BOOL strong);
HRESULT stub_manager_remove_table(struct stub_manager *manager, BOOL strong);

/* Ends it, whoever holds what. In the apartment. */
void stub_manager_disconnect(struct stub_manager *manager);

/* Ends a manager which nothing came of: without units and packets, never marshalled or locked. */
void stub_manager_forget_unused(struct stub_manager *manager);

/* Whether it is still exported. */
BOOL stub_manager_connected(struct stub_manager *manager);

/* The stub with this IPID, with a reference on its manager; NULL when there is none. */
struct interface_stub *stub_lookup(const IPID *ipid);

/* rem_unknown.c: whether the data of a request to IRemUnknown2 may be unpacked. */
BOOL rem_unknown_request_valid(ULONG method, const void *data, ULONG size);

/* rem_unknown.c: the IRemUnknown2 of an apartment, with a reference. */
HRESULT rem_unknown_create(struct apartment *apartment, IUnknown **out);

#endif
