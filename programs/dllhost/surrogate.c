/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* objidlbase/nn-objidlbase-isurrogate */
#include "surrogate.h"

#include <stdlib.h>

#include "list.h"
#include "trace.h"

struct loaded_class
{
    struct list entry;
    CLSID clsid;
    DWORD cookie;
};

static SRWLOCK classes_lock = SRWLOCK_INIT;
static struct list classes = {&classes, &classes}; /* none is removed: the process ends */
static ULONG class_count;
static ULONG work;   /* what may load a DLL, at the moment */
static BOOL worked;  /* ever */
static BOOL leaving; /* nothing may begin any more */

HANDLE surrogate_leave_event(void)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    void *event = NULL;
    BOOL pending;

    if (!InitOnceBeginInitialize(&once, 0, &pending, &event))
        return NULL;
    if (pending)
    {
        event = CreateEventW(NULL, TRUE, FALSE, NULL);
        InitOnceComplete(&once, event ? 0 : INIT_ONCE_INIT_FAILED, event);
    }
    return event;
}

static BOOL class_is_loaded(REFCLSID clsid)
{
    struct loaded_class *class;
    BOOL loaded = FALSE;

    AcquireSRWLockShared(&classes_lock);
    LIST_FOR_EACH(class, &classes, struct loaded_class, entry)
        loaded = loaded || IsEqualCLSID(&class->clsid, clsid);
    ReleaseSRWLockShared(&classes_lock);
    return loaded;
}

static HRESULT class_register(REFCLSID clsid, DWORD *cookie)
{
    IClassFactory *factory = surrogate_factory_create(clsid);
    HRESULT hr;

    if (!factory)
        return E_OUTOFMEMORY;
    hr = CoRegisterClassObject(clsid, (IUnknown *)factory, CLSCTX_LOCAL_SERVER, REGCLS_SURROGATE,
            cookie);
    IClassFactory_Release(factory);
    return hr;
}

static HRESULT class_load(REFCLSID clsid)
{
    struct loaded_class *class;
    IUnknown *object;
    HRESULT hr;

    /* What cannot be loaded fails here, and not in the client's first call. */
    hr = CoGetClassObject(clsid, CLSCTX_INPROC_SERVER, NULL, &IID_IUnknown, (void **)&object);
    if (FAILED(hr))
        return hr;
    IUnknown_Release(object);
    class = calloc(1, sizeof(*class));
    if (!class)
        return E_OUTOFMEMORY;
    class->clsid = *clsid;
    hr = class_register(clsid, &class->cookie);
    if (FAILED(hr))
    {
        free(class);
        return hr;
    }
    AcquireSRWLockExclusive(&classes_lock);
    list_add_tail(&classes, &class->entry);
    class_count++;
    ReleaseSRWLockExclusive(&classes_lock);
    return S_OK;
}

/* The classes of the moment; the caller frees them. NULL: no memory. */
static struct loaded_class *classes_copy(ULONG *count)
{
    struct loaded_class *class, *copy;

    *count = 0;
    AcquireSRWLockShared(&classes_lock);
    copy = malloc((class_count + 1) * sizeof(*copy));
    if (copy)
    {
        LIST_FOR_EACH(class, &classes, struct loaded_class, entry)
            copy[(*count)++] = *class;
    }
    ReleaseSRWLockShared(&classes_lock);
    return copy;
}

void surrogate_revoke(void)
{
    struct loaded_class *loaded;
    ULONG count;

    loaded = classes_copy(&count);
    for (ULONG i = 0; i < count; i++)
        CoRevokeClassObject(loaded[i].cookie);
    free(loaded);
}

/* --- whether it is still needed --- */

BOOL surrogate_work_begin(void)
{
    BOOL begun;

    AcquireSRWLockExclusive(&classes_lock);
    begun = !leaving;
    work += begun;
    worked = worked || begun;
    ReleaseSRWLockExclusive(&classes_lock);
    return begun;
}

void surrogate_work_end(void)
{
    AcquireSRWLockExclusive(&classes_lock);
    work--;
    ReleaseSRWLockExclusive(&classes_lock);
}

static BOOL surrogate_leave(BOOL only_unused)
{
    BOOL now;

    AcquireSRWLockExclusive(&classes_lock);
    now = leaving = leaving || (!work && !(only_unused && worked));
    ReleaseSRWLockExclusive(&classes_lock);
    return now;
}

BOOL surrogate_is_unused(void)
{
    return surrogate_leave(TRUE);
}

/* --- ISurrogate --- */

static HRESULT STDMETHODCALLTYPE surrogate_QueryInterface(ISurrogate *iface, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ISurrogate))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE surrogate_AddRef(ISurrogate *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE surrogate_Release(ISurrogate *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE surrogate_LoadDllServer(ISurrogate *iface, REFCLSID clsid)
{
    HRESULT hr;

    (void)iface;
    if (!surrogate_work_begin())
        return CO_E_SERVER_STOPPING;
    hr = class_is_loaded(clsid) ? S_OK : class_load(clsid);
    surrogate_work_end();
    trace("loading {%08lx-...}: %08lx", clsid->Data1, hr);
    return hr;
}

/* A client that has come meanwhile keeps it: COM asks again after that one's DLL. */
static HRESULT STDMETHODCALLTYPE surrogate_FreeSurrogate(ISurrogate *iface)
{
    (void)iface;
    if (!surrogate_leave(FALSE))
        return E_FAIL;
    return SetEvent(surrogate_leave_event()) ? S_OK : E_UNEXPECTED;
}

static ISurrogateVtbl surrogate_vtbl = {
        surrogate_QueryInterface,
        surrogate_AddRef,
        surrogate_Release,
        surrogate_LoadDllServer,
        surrogate_FreeSurrogate,
};

ISurrogate *surrogate_get(void)
{
    static ISurrogate surrogate = {&surrogate_vtbl};

    return &surrogate;
}
