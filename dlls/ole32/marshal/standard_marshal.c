/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "standard_marshal.h"

#include <string.h>

#include "handler_identity.h"
#include "proxy_manager.h"
#include "server_call.h"
#include "stub_manager.h"
#include "transport.h"

HRESULT marshal_check_arguments(DWORD context, DWORD flags)
{
    const DWORD kinds = MSHLFLAGS_TABLESTRONG | MSHLFLAGS_TABLEWEAK;

    if (context > MSHCTX_CROSSCTX)
        return E_INVALIDARG;
    if ((flags & ~(kinds | MSHLFLAGS_NOPING)) || (flags & kinds) == kinds)
        return E_INVALIDARG;
    return S_OK;
}

BOOL object_handler(IUnknown *object, DWORD context, void *context_data, CLSID *clsid)
{
    IStdMarshalInfo *info;
    HRESULT hr;

    if (FAILED(IUnknown_QueryInterface(object, &IID_IStdMarshalInfo, (void **)&info)))
        return FALSE;
    hr = IStdMarshalInfo_GetClassForHandler(info, context, context_data, clsid);
    IStdMarshalInfo_Release(info);
    return hr == S_OK && !IsEqualCLSID(clsid, &CLSID_StdMarshal);
}

HRESULT standard_unmarshal_class(IUnknown *object, DWORD context, void *context_data, CLSID *clsid)
{
    CLSID handler;

    if (!clsid)
        return E_POINTER;
    *clsid = object && object_handler(object, context, context_data, &handler) ? CLSID_AggStdMarshal
                                                                               : CLSID_StdMarshal;
    return S_OK;
}

HRESULT standard_read(IStream *stream, struct objref *objref)
{
    HRESULT hr = objref_read(stream, objref);

    return SUCCEEDED(hr) && objref->form == OBJREF_CUSTOM ? E_INVALIDARG : hr;
}

HRESULT STDMETHODCALLTYPE standard_ReleaseMarshalData(IMarshal2 *iface, IStream *stream)
{
    struct objref objref;
    HRESULT hr;

    (void)iface;
    if (!stream)
        return E_INVALIDARG;
    hr = standard_read(stream, &objref);
    return SUCCEEDED(hr) ? standard_release(&objref) : hr;
}

ULONG standard_marshal_size(IUnknown *object, DWORD context, void *context_data)
{
    struct objref objref = {.form = OBJREF_STANDARD};
    BYTE buffer[OBJREF_SIZE_MAX];

    if (object_handler(object, context, context_data, &objref.clsid))
        objref.form = OBJREF_HANDLER;
    return objref_encode(&objref, buffer);
}

HRESULT standard_write(IStream *stream, const struct objref *objref)
{
    BYTE buffer[OBJREF_SIZE_MAX];
    HRESULT hr = stream_write_all(stream, buffer, objref_encode(objref, buffer));

    if (FAILED(hr))
        standard_release(objref);
    return hr;
}

HRESULT standard_marshal(IStream *stream, REFIID iid, IUnknown *object, DWORD context,
        void *context_data, DWORD flags)
{
    struct apartment *here = apartment_current();
    struct objref objref = {.form = OBJREF_STANDARD, .iid = *iid};
    struct stub_manager *manager;
    struct interface_stub *stub;
    IUnknown *identity;
    HRESULT hr;

    if (!here)
        return CO_E_NOTINITIALIZED;
    hr = IUnknown_QueryInterface(object, &IID_IUnknown, (void **)&identity);
    if (FAILED(hr))
        return hr;
    if (context != MSHCTX_INPROC && context != MSHCTX_CROSSCTX)
        hr = transport_listen(server_call_transport_handlers());
    if (SUCCEEDED(hr))
        hr = stub_manager_get(here, identity, TRUE, &manager);
    if (FAILED(hr))
    {
        IUnknown_Release(identity);
        return hr;
    }

    hr = stub_manager_export(manager, iid, &stub);
    if (SUCCEEDED(hr))
    {
        if (object_handler(identity, context, context_data, &objref.clsid))
            objref.form = OBJREF_HANDLER;
        objref.std.flags = flags & MSHLFLAGS_NOPING ? SORF_NOPING : SORF_NULL;
        if (flags & (MSHLFLAGS_TABLESTRONG | MSHLFLAGS_TABLEWEAK))
        {
            BOOL strong = (flags & MSHLFLAGS_TABLESTRONG) != 0;

            objref.std.flags |= strong ? SORF_TABLE_STRONG : SORF_TABLE_WEAK;
            hr = stub_manager_add_table(manager, strong);
        }
        else
        {
            objref.std.public_refs = PACKET_REFERENCES;
            hr = stub_take_references(stub, PACKET_REFERENCES, TRUE);
        }
    }
    if (SUCCEEDED(hr))
    {
        objref.std.oxid = here->oxid;
        objref.std.oid = manager->oid;
        objref.std.ipid = stub->ipid;
        hr = standard_write(stream, &objref);
    }
    else
    {
        stub_manager_forget_unused(manager);
    }
    stub_manager_release(manager);
    IUnknown_Release(identity);
    return hr;
}

HRESULT standard_unmarshal(const struct objref *objref, REFIID iid, void **out)
{
    struct apartment *here = apartment_current();

    *out = NULL;
    if (!here)
        return CO_E_NOTINITIALIZED;
    if (objref->form == OBJREF_HANDLER)
        return handler_import(here, objref, iid, out);
    return proxy_import(here, &objref->std, &objref->iid, iid, out);
}

HRESULT standard_release(const struct objref *objref)
{
    struct apartment *here = apartment_current();
    const struct std_objref *std = &objref->std;
    struct stub_manager *manager;
    struct interface_stub *stub;
    HRESULT hr;

    if (!here)
        return CO_E_NOTINITIALIZED;
    if ((std->oxid & TRANSPORT_PORT_MASK) != transport_port())
        return proxy_release_packet(here, std);
    hr = stub_find(std, &objref->iid, &manager, &stub);
    if (FAILED(hr))
        return RPC_E_INVALID_OBJREF;
    if (std->public_refs)
        stub_drop_references(stub, std->public_refs, TRUE);
    else if (!(std->flags & SORF_TABLE_PROXY))
        hr = stub_manager_remove_table(manager, !(std->flags & SORF_TABLE_WEAK));
    stub_manager_release(manager);
    return hr;
}
