/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "com_pin.h"

#include <objbase.h>

#include "trace.h"

/* One object that says to have every interface; only its IUnknown methods are ever called, since
 * the marshalled references go nowhere. */

static HRESULT STDMETHODCALLTYPE pin_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    /* Not what the COM runtime itself asks objects for. */
    if (IsEqualIID(iid, &IID_IMarshal) || IsEqualIID(iid, &IID_IExternalConnection)
            || IsEqualIID(iid, &IID_IStdMarshalInfo) || IsEqualIID(iid, &IID_IAgileObject))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE pin_AddRef(IUnknown *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE pin_Release(IUnknown *iface)
{
    (void)iface;
    return 1;
}

static const IUnknownVtbl pin_vtbl = {pin_QueryInterface, pin_AddRef, pin_Release};
static IUnknown pin = {(IUnknownVtbl *)&pin_vtbl};

unsigned int com_pin_interfaces(const IID *const *iids, unsigned int count)
{
    unsigned int pinned = 0;

    for (unsigned int i = 0; i < count; i++)
    {
        IStream *stream;
        HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);

        if (FAILED(hr))
            break;
        hr = CoMarshalInterface(stream, iids[i], &pin, MSHCTX_LOCAL, NULL, MSHLFLAGS_TABLESTRONG);
        IStream_Release(stream);
        if (SUCCEEDED(hr))
            pinned++;
        else
            trace("interface %08lx has no stub: %08lx", (unsigned long)iids[i]->Data1,
                    (unsigned long)hr);
    }
    return pinned;
}
