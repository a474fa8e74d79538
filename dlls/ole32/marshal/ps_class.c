/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CoRegisterPSClsid's table, and what is remembered of the registry and of factories. A factory
 * that this process registered by itself (a class object of one apartment, which may be revoked) is
 * asked for anew each time; the others are of DLLs and kept.
 */
#include "ps_class.h"

#include <objbase.h>
#include <stdlib.h>

#include "activation_context.h"
#include "apartment.h"
#include "class_registry.h"
#include "core_proxies.h"
#include "guid_text.h"
#include "hash_table.h"
#include "trace.h"

struct known_interface
{
    struct hash_link link;
    volatile LONG references; /* the table's, and of those who read outside the lock */
    IID iid;
    CLSID clsid;
    BOOL registered;           /* by CoRegisterPSClsid; else `factory` is what was found */
    IPSFactoryBuffer *factory; /* with a reference */
};

static size_t hash_of_interface(const struct hash_link *link)
{
    const struct known_interface *known = LIST_ENTRY_OF(link, struct known_interface, link);

    return hash_mix(*(const UINT64 *)known->iid.Data4 ^ known->iid.Data1);
}

static SRWLOCK known_lock = SRWLOCK_INIT;
static struct hash_table known_interfaces = {hash_of_interface, NULL, 0, 0};

/* known_lock is held. */
static struct known_interface *known_lookup(REFIID iid)
{
    struct known_interface key = {.iid = *iid};
    struct hash_link *link = hash_table_first(&known_interfaces, hash_of_interface(&key.link));

    for (; link; link = link->next)
    {
        struct known_interface *known = LIST_ENTRY_OF(link, struct known_interface, link);

        if (IsEqualIID(&known->iid, iid))
            return known;
    }
    return NULL;
}

static struct known_interface *known_create(REFIID iid)
{
    struct known_interface *known = calloc(1, sizeof(*known));

    if (known)
    {
        known->references = 1;
        known->iid = *iid;
    }
    return known;
}

static void known_release(struct known_interface *known)
{
    if (!known || InterlockedDecrement(&known->references))
        return;
    if (known->factory)
        IPSFactoryBuffer_Release(known->factory);
    free(known);
}

static BOOL registered_lookup(REFIID iid, CLSID *clsid)
{
    struct known_interface *known;
    BOOL found;

    AcquireSRWLockShared(&known_lock);
    known = known_lookup(iid);
    found = known && known->registered;
    if (found)
        *clsid = known->clsid;
    ReleaseSRWLockShared(&known_lock);
    return found;
}

/* The same key as programs of the other width see it: interfaces are registered once for both. */
static LONG other_view_read(const WCHAR *path, WCHAR *text, DWORD size)
{
    REGSAM view = sizeof(void *) == 8 ? KEY_WOW64_32KEY : KEY_WOW64_64KEY;
    DWORD bytes = size * sizeof(*text);
    HKEY key;
    LONG error = classes_open_key(path, view, &key);

    if (error)
        return error;
    error = RegGetValueW(key, NULL, NULL, RRF_RT_REG_SZ, NULL, text, &bytes);
    RegCloseKey(key);
    return error;
}

/* HKEY_CLASSES_ROOT\Interface\{iid}\ProxyStubClsid32 */
static HRESULT registry_lookup(REFIID iid, CLSID *clsid)
{
    WCHAR path[10 + GUID_TEXT_LENGTH + 17 + 1] = L"Interface\\", text[GUID_TEXT_LENGTH + 2];

    guid_to_text(iid, path + 10);
    lstrcatW(path, L"\\ProxyStubClsid32");
    if ((classes_read_default(path, text, ARRAYSIZE(text))
                && other_view_read(path, text, ARRAYSIZE(text)))
            || !guid_from_text(text, clsid))
    {
        trace("no proxy/stub class for %ls", path);
        return REGDB_E_IIDNOTREG;
    }
    return S_OK;
}

/*
 * CoGetPSClsid: the class that makes the proxies and stubs of an interface: what CoRegisterPSClsid
 * said, ole32's own, the activation context, the registry. S_OK, E_INVALIDARG, REGDB_E_IIDNOTREG.
 * Page "CoGetPSClsid function (combaseapi.h)".
 */
HRESULT WINAPI CoGetPSClsid(REFIID riid, CLSID *pClsid)
{
    if (!riid || !pClsid)
        return E_INVALIDARG;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    if (registered_lookup(riid, pClsid))
        return S_OK;
    if (SUCCEEDED(activation_context_ps_clsid(riid, pClsid)))
        return S_OK;
    if (core_proxies_have(riid))
    {
        *pClsid = CLSID_CoreProxies;
        return S_OK;
    }
    return registry_lookup(riid, pClsid);
}

/*
 * CoRegisterPSClsid: from now on, in this process. S_OK, E_INVALIDARG, E_OUTOFMEMORY.
 * Page "CoRegisterPSClsid function (combaseapi.h)".
 */
HRESULT WINAPI CoRegisterPSClsid(REFIID riid, REFCLSID rclsid)
{
    struct known_interface *old, *fresh;
    BOOL inserted;

    if (!riid || !rclsid)
        return E_INVALIDARG;
    if (!apartment_current())
        return CO_E_NOTINITIALIZED;
    fresh = known_create(riid);
    if (!fresh)
        return E_OUTOFMEMORY;
    fresh->registered = TRUE;
    fresh->clsid = *rclsid;

    AcquireSRWLockExclusive(&known_lock);
    old = known_lookup(riid);
    if (old)
        hash_table_remove(&known_interfaces, &old->link);
    inserted = hash_table_insert(&known_interfaces, &fresh->link);
    ReleaseSRWLockExclusive(&known_lock);
    known_release(old);
    if (!inserted)
        known_release(fresh);
    return inserted ? S_OK : E_OUTOFMEMORY;
}

/* Keeps a factory for the next time. */
static void factory_remember(REFIID iid, IPSFactoryBuffer *factory)
{
    struct known_interface *fresh = known_create(iid);

    if (!fresh)
        return;
    fresh->factory = factory;
    IPSFactoryBuffer_AddRef(factory);

    AcquireSRWLockExclusive(&known_lock);
    if (!known_lookup(iid) && hash_table_insert(&known_interfaces, &fresh->link))
        fresh = NULL;
    ReleaseSRWLockExclusive(&known_lock);
    known_release(fresh);
}

HRESULT ps_factory_get(REFIID iid, IPSFactoryBuffer **factory)
{
    struct known_interface *known;
    BOOL registered;
    CLSID clsid;
    HRESULT hr;

    AcquireSRWLockShared(&known_lock);
    known = known_lookup(iid);
    if (known)
        InterlockedIncrement(&known->references);
    ReleaseSRWLockShared(&known_lock);
    registered = known && known->registered;
    *factory = known ? known->factory : NULL;
    if (*factory)
        IPSFactoryBuffer_AddRef(*factory);
    if (registered)
        clsid = known->clsid;
    known_release(known);
    if (*factory)
        return S_OK;

    if (!registered && core_proxies_have(iid))
        return core_proxies_get_class_object(&IID_IPSFactoryBuffer, (void **)factory);
    if (!registered)
    {
        hr = CoGetPSClsid(iid, &clsid);
        if (FAILED(hr))
            return hr;
    }
    if (IsEqualCLSID(&clsid, &CLSID_CoreProxies))
        return core_proxies_get_class_object(&IID_IPSFactoryBuffer, (void **)factory);
    hr = CoGetClassObject(&clsid, CLSCTX_INPROC_SERVER | CLSCTX_PS_DLL, NULL, &IID_IPSFactoryBuffer,
            (void **)factory);
    if (SUCCEEDED(hr) && !registered)
        factory_remember(iid, *factory);
    return hr;
}

void ps_factories_forget(void)
{
    struct hash_link *gone = NULL;
    size_t i;

    AcquireSRWLockExclusive(&known_lock);
    for (i = 0; i < known_interfaces.bucket_count; ++i)
    {
        struct hash_link *link = known_interfaces.buckets[i], *next;

        for (; link; link = next)
        {
            next = link->next;
            link->next = gone;
            gone = link;
        }
    }
    free(known_interfaces.buckets);
    known_interfaces.buckets = NULL;
    known_interfaces.bucket_count = known_interfaces.count = 0;
    ReleaseSRWLockExclusive(&known_lock);

    while (gone)
    {
        struct known_interface *known = LIST_ENTRY_OF(gone, struct known_interface, link);

        gone = gone->next;
        known_release(known);
    }
}
