/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Classes that run in other processes: the broker says where. */
#include "class_activation.h"

#include <string.h>

#include "broker_client.h"
#include "class_registry.h"
#include "trace.h"

#define ATTEMPTS_MAX 8
#define OBJREF_FLAGS_OFFSET 4 /* after the signature */
#define OBJREF_CUSTOM_FLAG 4

/* Whether this error says that the server's process or its class object is gone, and nothing was
 * executed there. */
static BOOL error_is_stale(HRESULT hr)
{
    return hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVER_DIED_DNE || hr == CO_E_OBJNOTCONNECTED
            || hr == CO_E_SERVER_STOPPING || hr == RPC_E_INVALID_OBJECT
            || hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
}

static BOOL objref_is_custom(const BYTE *objref, DWORD size)
{
    DWORD flags;

    if (size < OBJREF_FLAGS_OFFSET + sizeof(flags))
        return FALSE;
    memcpy(&flags, objref + OBJREF_FLAGS_OFFSET, sizeof(flags));
    return flags == OBJREF_CUSTOM_FLAG;
}

static HRESULT objref_unmarshal(const BYTE *objref, DWORD size, REFIID iid, void **out)
{
    LARGE_INTEGER zero = {0};
    IStream *stream;
    HRESULT hr;

    *out = NULL;
    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return hr;
    if (SUCCEEDED(hr = IStream_Write(stream, objref, size, NULL))
            && SUCCEEDED(hr = IStream_Seek(stream, zero, STREAM_SEEK_SET, NULL)))
        hr = CoUnmarshalInterface(stream, iid, out);
    IStream_Release(stream);
    return hr;
}

static HRESULT objref_run(struct activation *activation, const BYTE *objref, DWORD size)
{
    IClassFactory *factory;
    HRESULT hr;

    if ((activation->context & CLSCTX_NO_CUSTOM_MARSHAL) && objref_is_custom(objref, size))
        return E_ACCESSDENIED;
    if (!activation->create)
        return objref_unmarshal(objref, size, &activation->iid, &activation->object);
    if (FAILED(hr = objref_unmarshal(objref, size, &IID_IClassFactory, (void **)&factory)))
        return hr;
    hr = IClassFactory_CreateInstance(factory, NULL, &activation->iid, &activation->object);
    IClassFactory_Release(factory);
    if (FAILED(hr))
        activation->object = NULL;
    else if (!activation->object)
        hr = E_NOINTERFACE;
    return hr;
}

HRESULT activation_run_server(struct activation *activation, const struct broker_server *server)
{
    DWORD size, cookie;
    BYTE *objref;
    HRESULT hr = CO_E_SERVER_EXEC_FAILURE;

    for (unsigned int attempt = 0; attempt < ATTEMPTS_MAX; attempt++)
    {
        hr = broker_get_class_object(server, activation->context, &objref, &size, &cookie);
        if (FAILED(hr))
            break;
        hr = objref_run(activation, objref, size);
        CoTaskMemFree(objref);
        if (!error_is_stale(hr) || broker_report_stale(cookie) != S_OK)
            break;
        trace("activation %08lx: the server is gone, again", activation->clsid.Data1);
    }
    return hr;
}

HRESULT activation_run_local_server(struct activation *activation)
{
    struct broker_server server;
    HRESULT hr, known;

    /* What the registry does not know may still be registered by a running server. */
    known = class_server_read(&activation->clsid, activation->context, &server);
    if (FAILED(known) && known != REGDB_E_CLASSNOTREG)
        return known;
    hr = activation_run_server(activation, &server);
    class_server_free(&server);
    /* Without a broker there are no running servers either. */
    return FAILED(known) && hr == CO_E_SCM_RPC_FAILURE ? known : hr;
}
