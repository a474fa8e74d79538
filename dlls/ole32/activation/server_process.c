/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a server process, and surrogates. */
#include <windows.h>
#include <objbase.h>

#include "broker_client.h"
#include "not_implemented.h"
#include "trace.h"

static SRWLOCK server_lock = SRWLOCK_INIT; /* for all below */
static ULONG server_references;
static ISurrogate *surrogate;
static IStream *surrogate_marshalled;

/* One more reason for the server process to stay. Returns how many there are.
 * combaseapi/nf-combaseapi-coaddrefserverprocess */
ULONG WINAPI CoAddRefServerProcess(void)
{
    ULONG references;

    AcquireSRWLockExclusive(&server_lock);
    references = ++server_references;
    ReleaseSRWLockExclusive(&server_lock);
    return references;
}

/* One less. With the last one the class objects of the process are suspended, and the server is to
 * end: 0. combaseapi/nf-combaseapi-coreleaseserverprocess */
ULONG WINAPI CoReleaseServerProcess(void)
{
    ULONG references = 0;
    BOOL last;

    AcquireSRWLockExclusive(&server_lock);
    last = server_references == 1;
    if (server_references)
        references = --server_references;
    ReleaseSRWLockExclusive(&server_lock);
    if (last)
        CoSuspendClassObjects();
    return references;
}

static void surrogate_unmarshal(IStream *stream)
{
    LARGE_INTEGER zero = {0};

    if (!stream)
        return;
    IStream_Seek(stream, zero, STREAM_SEEK_SET, NULL);
    CoReleaseMarshalData(stream);
    IStream_Release(stream);
}

static HRESULT surrogate_marshal(ISurrogate *object, IStream **out)
{
    IStream *stream;
    HGLOBAL memory;
    STATSTG stat;
    BYTE *objref;
    HRESULT hr;

    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return hr;
    hr = CoMarshalInterface(stream, &IID_ISurrogate, (IUnknown *)object, MSHCTX_LOCAL, NULL,
            MSHLFLAGS_TABLESTRONG);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = IStream_Stat(stream, &stat, STATFLAG_NONAME))
            && SUCCEEDED(hr = GetHGlobalFromStream(stream, &memory)))
    {
        if ((objref = GlobalLock(memory)))
        {
            hr = broker_register_surrogate(NULL, objref, stat.cbSize.LowPart);
            GlobalUnlock(memory);
        }
        else
            hr = E_OUTOFMEMORY;
    }
    if (SUCCEEDED(hr))
        *out = stream;
    else
        surrogate_unmarshal(stream);
    return hr;
}

/*
 * Makes this process a surrogate: the broker asks `object` to load the DLLs that clients want. NULL
 * ends that. S_OK, CO_E_NOTINITIALIZED, CO_E_SCM_RPC_FAILURE.
 * combaseapi/nf-combaseapi-coregistersurrogate, desktop-src/com/writing-a-custom-surrogate
 */
HRESULT WINAPI CoRegisterSurrogate(ISurrogate *object)
{
    IStream *stream = NULL, *old_stream;
    ISurrogate *old;
    HRESULT hr;

    if (object)
    {
        if (FAILED(hr = surrogate_marshal(object, &stream)))
            return hr;
        ISurrogate_AddRef(object);
    }
    AcquireSRWLockExclusive(&server_lock);
    old = surrogate;
    old_stream = surrogate_marshalled;
    surrogate = object;
    surrogate_marshalled = stream;
    ReleaseSRWLockExclusive(&server_lock);
    surrogate_unmarshal(old_stream);
    if (old)
        ISurrogate_Release(old);
    return S_OK;
}

/* What the system's own surrogate calls. Ours is a program of its own and calls
 * CoRegisterSurrogate. E_NOTIMPL. */
HRESULT WINAPI CoRegisterSurrogateEx(REFGUID appid, void *reserved);

HRESULT WINAPI CoRegisterSurrogateEx(REFGUID appid, void *reserved)
{
    (void)appid;
    (void)reserved;
    return NOT_IMPLEMENTED();
}
