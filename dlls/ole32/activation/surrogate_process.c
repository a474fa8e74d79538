/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "surrogate_process.h"

#include <objbase.h>

#include "apartment.h"
#include "broker_client.h"
#include "not_implemented.h"
#include "server_library.h"
#include "trace.h"

/* What CoRegisterSurrogate was given. */
struct registered_surrogate
{
    ISurrogate *object; /* NULL: this is no surrogate */
    struct apartment *apartment;
    IStream *marshalled; /* table-strong, for the broker */
    DWORD cookie;        /* the broker client's name of it */
};

static SRWLOCK surrogate_lock = SRWLOCK_INIT; /* for the one of this process */
static struct registered_surrogate surrogate;

static HRESULT surrogate_offer(IStream *stream, DWORD *cookie)
{
    HGLOBAL memory;
    STATSTG stat;
    BYTE *objref;
    HRESULT hr;

    if (FAILED(hr = IStream_Stat(stream, &stat, STATFLAG_NONAME))
            || FAILED(hr = GetHGlobalFromStream(stream, &memory)))
        return hr;
    if (!(objref = GlobalLock(memory)))
        return E_OUTOFMEMORY;
    hr = broker_register_surrogate(NULL, objref, stat.cbSize.LowPart, cookie);
    GlobalUnlock(memory);
    return hr;
}

/* Takes everything back. */
static void surrogate_end(struct registered_surrogate *old)
{
    LARGE_INTEGER zero = {0};

    if (old->cookie)
        broker_revoke_class(old->cookie);
    if (old->marshalled)
    {
        IStream_Seek(old->marshalled, zero, STREAM_SEEK_SET, NULL);
        CoReleaseMarshalData(old->marshalled);
        IStream_Release(old->marshalled);
    }
    if (old->object)
        ISurrogate_Release(old->object);
    if (old->apartment)
        apartment_release(old->apartment);
}

static HRESULT surrogate_begin(ISurrogate *object, struct registered_surrogate *new)
{
    IStream *stream;
    HRESULT hr;

    if (!(new->apartment = apartment_current()))
        return CO_E_NOTINITIALIZED;
    apartment_addref(new->apartment);
    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return hr;
    hr = CoMarshalInterface(stream, &IID_ISurrogate, (IUnknown *)object, MSHCTX_LOCAL, NULL,
            MSHLFLAGS_TABLESTRONG);
    if (FAILED(hr))
    {
        IStream_Release(stream);
        return hr;
    }
    new->marshalled = stream;
    new->object = object;
    ISurrogate_AddRef(object);
    return S_OK;
}

/*
 * Makes this process a surrogate: COM asks `object` to load the DLLs that clients want, and to free
 * the process when CoFreeUnusedLibraries(Ex) has unloaded the last of them. NULL ends that: no
 * client comes any more. S_OK, CO_E_NOTINITIALIZED, CO_E_SCM_RPC_FAILURE, E_INVALIDARG: the process
 * was not started as a surrogate.
 * combaseapi/nf-combaseapi-coregistersurrogate, desktop-src/com/writing-a-custom-surrogate
 */
HRESULT WINAPI CoRegisterSurrogate(ISurrogate *object)
{
    struct registered_surrogate new = {0}, old;
    HRESULT hr = S_OK;

    if (object)
    {
        server_libraries_drained(); /* what went before does not count */
        hr = surrogate_begin(object, &new);
        if (SUCCEEDED(hr))
            hr = surrogate_offer(new.marshalled, &new.cookie);
    }
    if (FAILED(hr))
    {
        surrogate_end(&new);
        return hr;
    }
    AcquireSRWLockExclusive(&surrogate_lock);
    old = surrogate;
    surrogate = new;
    ReleaseSRWLockExclusive(&surrogate_lock);
    surrogate_end(&old);
    return S_OK;
}

BOOL surrogate_process_is(void)
{
    return surrogate.object != NULL;
}

static HRESULT surrogate_free_call(void *argument)
{
    return ISurrogate_FreeSurrogate((ISurrogate *)argument);
}

HRESULT surrogate_process_free(void)
{
    struct apartment *apartment;
    ISurrogate *object;
    HRESULT hr;

    AcquireSRWLockShared(&surrogate_lock);
    object = surrogate.object;
    apartment = surrogate.apartment;
    if (object)
    {
        ISurrogate_AddRef(object);
        apartment_addref(apartment);
    }
    ReleaseSRWLockShared(&surrogate_lock);
    if (!object)
        return S_FALSE;
    hr = apartment_call(apartment, surrogate_free_call, object);
    trace("surrogate: no DLL is left, FreeSurrogate: %#lx", hr);
    ISurrogate_Release(object);
    apartment_release(apartment);
    return hr;
}

/* What the system's own surrogate calls; there is no page about it. Ours calls CoRegisterSurrogate.
 * E_NOTIMPL. */
HRESULT WINAPI CoRegisterSurrogateEx(REFGUID appid, void *reserved);

HRESULT WINAPI CoRegisterSurrogateEx(REFGUID appid, void *reserved)
{
    (void)appid;
    (void)reserved;
    return NOT_IMPLEMENTED();
}
