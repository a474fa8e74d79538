/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this process exports, by IPID and by identity, and the lock that guards it.
 */
#include "stub_manager_impl.h"

#include <ntsecapi.h>
#include <string.h>

SRWLOCK stub_lock = SRWLOCK_INIT;

static size_t hash_ipid(const IPID *ipid)
{
    UINT64 halves[2];

    memcpy(halves, ipid, sizeof(halves));
    return hash_mix(halves[0] ^ halves[1]);
}

static size_t hash_of_stub(const struct hash_link *link)
{
    return hash_ipid(&LIST_ENTRY_OF(link, struct interface_stub, ipid_link)->ipid);
}

static size_t hash_identity(const struct apartment *apartment, const IUnknown *identity)
{
    return hash_mix((UINT64)(ULONG_PTR)identity ^ apartment->oxid);
}

static size_t hash_of_manager(const struct hash_link *link)
{
    struct stub_manager *manager = LIST_ENTRY_OF(link, struct stub_manager, identity_link);

    return hash_identity(manager->apartment, manager->identity);
}

struct hash_table stubs_by_ipid = {hash_of_stub, NULL, 0, 0};
struct hash_table stub_managers_by_identity = {hash_of_manager, NULL, 0, 0};

/* --- identifiers --- */

static const BYTE rem_unknown_mark[8] = {'R', 'e', 'm', 'U', 'n', 'k', 'w', 'n'};

void rem_unknown_ipid(OXID_VALUE oxid, IPID *ipid)
{
    memcpy(ipid, &oxid, sizeof(oxid));
    memcpy(ipid->Data4, rem_unknown_mark, sizeof(rem_unknown_mark));
}

BOOL ipid_is_rem_unknown(const IPID *ipid, OXID_VALUE *oxid)
{
    memcpy(oxid, ipid, sizeof(*oxid));
    return !memcmp(ipid->Data4, rem_unknown_mark, sizeof(rem_unknown_mark));
}

/* Unguessable numbers, from a batch; stub_lock is held. */
UINT64 stub_random_number(void)
{
    static UINT64 batch[32];
    static unsigned int left;

    if (!left)
    {
        if (!RtlGenRandom(batch, sizeof(batch)))
            return 0;
        left = ARRAYSIZE(batch);
    }
    return batch[--left];
}

/* An IPID: a serial, which makes it unique in this process, the low part of the OXID, which makes
 * it so in the machine, and 64 random bits. stub_lock is held. FALSE: no randomness. */
BOOL stub_ipid_create(OXID_VALUE oxid, IPID *ipid)
{
    static UINT32 serial;
    UINT64 random = stub_random_number();
    UINT32 process = (UINT32)oxid;

    if (!random)
        return FALSE;
    ipid->Data1 = ++serial;
    memcpy(&ipid->Data2, &process, sizeof(process));
    memcpy(ipid->Data4, &random, sizeof(random));
    return TRUE;
}

struct stub_manager *stub_manager_lookup(struct apartment *apartment, IUnknown *identity)
{
    struct hash_link *link =
            hash_table_first(&stub_managers_by_identity, hash_identity(apartment, identity));

    for (; link; link = link->next)
    {
        struct stub_manager *manager = LIST_ENTRY_OF(link, struct stub_manager, identity_link);

        if (manager->identity == identity && manager->apartment == apartment)
            return manager;
    }
    return NULL;
}

struct interface_stub *ipid_lookup(const IPID *ipid)
{
    struct hash_link *link = hash_table_first(&stubs_by_ipid, hash_ipid(ipid));

    for (; link; link = link->next)
    {
        struct interface_stub *stub = LIST_ENTRY_OF(link, struct interface_stub, ipid_link);

        if (IsEqualGUID(&stub->ipid, ipid))
            return stub;
    }
    return NULL;
}

struct interface_stub *stub_lookup(const IPID *ipid)
{
    IPID copy = *ipid; /* it may be a caller's, and not readable: not under the lock */
    struct interface_stub *stub;

    AcquireSRWLockShared(&stub_lock);
    stub = ipid_lookup(&copy);
    if (stub)
        stub_manager_addref(stub->manager);
    ReleaseSRWLockShared(&stub_lock);
    return stub;
}

HRESULT stub_find(const struct std_objref *std, REFIID iid, struct stub_manager **manager,
        struct interface_stub **stub)
{
    *stub = stub_lookup(&std->ipid);
    if (!*stub)
        return CO_E_OBJNOTCONNECTED;
    *manager = (*stub)->manager;
    if ((*manager)->oid == std->oid && (*manager)->apartment->oxid == std->oxid
            && IsEqualIID(&(*stub)->iid, iid))
        return S_OK;
    stub_manager_release(*manager);
    return CO_E_OBJNOTCONNECTED;
}
