/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The factory of the proxies and stubs that widl makes from idl/core.idl and its kin. */
#include "core_proxies.h"

#include "core_interfaces.h"

const CLSID CLSID_CoreProxies = {0x00000320, 0x0000, 0x0000,
        {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};

extern const ExtendedProxyFileInfo core_ProxyFileInfo;
extern const ExtendedProxyFileInfo inspectable_ProxyFileInfo;
extern const ExtendedProxyFileInfo ole_data_ProxyFileInfo;
extern const ExtendedProxyFileInfo ole_objects_ProxyFileInfo;
extern const ExtendedProxyFileInfo categories_ProxyFileInfo;
extern const ExtendedProxyFileInfo properties_ProxyFileInfo;
extern const ExtendedProxyFileInfo rem_unknown_ProxyFileInfo;

static const ProxyFileInfo *proxy_files[] = {
        (const ProxyFileInfo *)&core_ProxyFileInfo,
        (const ProxyFileInfo *)&inspectable_ProxyFileInfo,
        (const ProxyFileInfo *)&ole_data_ProxyFileInfo,
        (const ProxyFileInfo *)&ole_objects_ProxyFileInfo,
        (const ProxyFileInfo *)&categories_ProxyFileInfo,
        (const ProxyFileInfo *)&properties_ProxyFileInfo,
        (const ProxyFileInfo *)&rem_unknown_ProxyFileInfo,
        NULL,
};

static CStdPSFactoryBuffer factory;

/* What the generated stubs call for their last Release: the runtime's, with our factory. */
ULONG WINAPI CStdStubBuffer_Release(IRpcStubBuffer *stub)
{
    return NdrCStdStubBuffer_Release(stub, (IPSFactoryBuffer *)&factory);
}

const CInterfaceStubHeader *core_stub_header(REFIID iid)
{
    for (const ProxyFileInfo **file = proxy_files; *file; file++)
    {
        int index;

        if ((*file)->pIIDLookupRtn(iid, &index))
            return &(*file)->pStubVtblList[index]->header;
    }
    return NULL;
}

BOOL core_proxies_have(REFIID iid)
{
    return core_stub_header(iid) != NULL;
}

HRESULT core_proxies_get_class_object(REFIID iid, void **out)
{
    return NdrDllGetClassObject(&CLSID_CoreProxies, iid, out, proxy_files, &CLSID_CoreProxies,
            &factory);
}
