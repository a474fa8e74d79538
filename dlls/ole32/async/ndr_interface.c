/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the format strings of an interface from its proxy or its stub. */
#include "ndr_impl.h"

#include <ndrtypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define BASES_MAX 16 /* interfaces of other DLLs, each derived from the next */
#define DELEGATED 0xffff

/* Where the methods of an interface are described. */
struct description
{
    const MIDL_STUB_DESC *desc;
    PFORMAT_STRING format;
    const USHORT *offsets; /* by the number of the method */
    ULONG count;
};

BOOL ndr_in_image(const void *address, SIZE_T size)
{
    MEMORY_BASIC_INFORMATION info;
    const UCHAR *at = address;
    const UCHAR *end = (const UCHAR *)((ULONG_PTR)address + size);

    if (!at || end < at)
        return FALSE;
    do
    {
        if (!VirtualQuery(at, &info, sizeof(info)) || info.State != MEM_COMMIT
                || info.Type != MEM_IMAGE || info.Protect & (PAGE_NOACCESS | PAGE_GUARD))
            return FALSE;
        at = (const UCHAR *)info.BaseAddress + info.RegionSize;
    } while (at < end);
    return TRUE;
}

static BOOL executable(const void *address)
{
    MEMORY_BASIC_INFORMATION info;

    return VirtualQuery(address, &info, sizeof(info)) && info.State == MEM_COMMIT
            && info.Protect
            & (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY);
}

static BOOL description_plausible(const struct description *description)
{
    const MIDL_STUB_DESC *desc = description->desc;

    if (!ndr_in_image(desc, offsetof(MIDL_STUB_DESC, pMallocFreeStruct))
            || !ndr_in_image(desc->pFormatTypes, sizeof(USHORT))
            || !ndr_in_image(description->format, sizeof(USHORT)) || !executable(desc->pfnAllocate)
            || !executable(desc->pfnFree))
        return FALSE;
    return description->count >= 3 && description->count <= NDR_METHODS_MAX
            && ndr_in_image(description->offsets + 3, (description->count - 3) * sizeof(USHORT));
}

/* ---- the lists of a proxy/stub DLL ---- */

typedef void(RPC_ENTRY *get_proxy_dll_info)(const ProxyFileInfo ***files, const CLSID **clsid);

struct listing
{
    ULONG count;     /* 0: not listed */
    const IID *base; /* NULL: nothing is delegated, or nobody knows to whom */
};

/* What the DLL that has `address` lists for this interface. */
static void listing_find(struct listing *listing, const void *address, REFIID iid)
{
    MEMORY_BASIC_INFORMATION info;
    get_proxy_dll_info get_info;
    const ProxyFileInfo **files = NULL;
    const CLSID *clsid = NULL;

    memset(listing, 0, sizeof(*listing));
    if (!VirtualQuery(address, &info, sizeof(info)))
        return;
    get_info = (get_proxy_dll_info)(void *)GetProcAddress(info.AllocationBase, "GetProxyDllInfo");
    if (!get_info)
        return;
    get_info(&files, &clsid);
    for (; files && *files; files++)
    {
        for (ULONG i = 0; i < (*files)->TableSize; i++)
        {
            const CInterfaceStubHeader *header = &(*files)->pStubVtblList[i]->header;

            if (!IsEqualIID(header->piid, iid))
                continue;
            listing->count = header->DispatchTableCount;
            listing->base = (*files)->pDelegatedIIDs ? (*files)->pDelegatedIIDs[i] : NULL;
            return;
        }
    }
}

static BOOL base_read(HKEY root, const WCHAR *classes, REFIID iid, IID *base)
{
    WCHAR text[40];
    WCHAR key[100];
    DWORD size = sizeof(text);

    if (!StringFromGUID2(iid, text, ARRAYSIZE(text)))
        return FALSE;
    lstrcpyW(key, classes);
    lstrcatW(key, L"Interface\\");
    lstrcatW(key, text);
    lstrcatW(key, L"\\BaseInterface");
    return !RegGetValueW(root, key, NULL, RRF_RT_REG_SZ, NULL, text, &size)
            && SUCCEEDED(IIDFromString(text, base));
}

/* HKCR\Interface\{IID}\BaseInterface. */
static BOOL base_registered(REFIID iid, IID *base)
{
    return base_read(HKEY_CURRENT_USER, L"Software\\Classes\\", iid, base)
            || base_read(HKEY_CLASSES_ROOT, L"", iid, base);
}

/* ---- making a description ---- */

static HRESULT interface_describe(struct ndr_interface **out, const struct description *description,
        REFIID iid, const IID *base, ULONG depth);

static HRESULT interface_of_registered(REFIID iid, struct ndr_interface **out, ULONG depth);

static HRESULT base_find(struct ndr_interface **out, REFIID iid, const IID *base, ULONG depth)
{
    IID registered;

    if (!base)
    {
        if (!base_registered(iid, &registered))
            return E_NOINTERFACE;
        base = &registered;
    }
    if (IsEqualIID(base, &IID_IUnknown) || depth >= BASES_MAX)
        return E_NOINTERFACE;
    return interface_of_registered(base, out, depth + 1);
}

/* The params go over from `base` to its heir. */
static void method_inherit(struct ndr_interface *ndr, struct ndr_interface *base, ULONG number)
{
    ndr->methods[number] = base->methods[number];
    base->methods[number].params = NULL;
}

static HRESULT methods_describe(struct ndr_interface *ndr, const struct description *description,
        const IID *base_iid, ULONG depth)
{
    struct ndr_interface *base = NULL;
    HRESULT hr = S_OK;

    for (ULONG i = 3; i < ndr->count && SUCCEEDED(hr); i++)
    {
        USHORT offset = description->offsets[i];

        if (offset != DELEGATED)
        {
            hr = ndr_method_parse(&ndr->methods[i], description->desc, description->format + offset,
                    i);
            continue;
        }
        if (!base)
            hr = base_find(&base, &ndr->iid, base_iid, depth);
        if (SUCCEEDED(hr) && i >= base->count)
            hr = E_NOINTERFACE;
        if (SUCCEEDED(hr))
            method_inherit(ndr, base, i);
    }
    ndr_interface_free(base);
    return hr;
}

static HRESULT interface_describe(struct ndr_interface **out, const struct description *description,
        REFIID iid, const IID *base, ULONG depth)
{
    struct ndr_interface *ndr;
    HRESULT hr;

    if (IsEqualIID(iid, &IID_IDispatch) || !description_plausible(description))
        return E_NOINTERFACE;
    ndr = calloc(1, sizeof(*ndr) + description->count * sizeof(ndr->methods[0]));
    if (!ndr)
        return E_OUTOFMEMORY;
    ndr->iid = *iid;
    ndr->count = description->count;
    if (FAILED(hr = methods_describe(ndr, description, base, depth)))
    {
        ndr_interface_free(ndr);
        return hr;
    }
    *out = ndr;
    return S_OK;
}

static HRESULT stub_describe(const IRpcStubBuffer *stub, REFIID iid, struct ndr_interface **out,
        ULONG depth)
{
    const CInterfaceStubVtbl *vtbl;
    const MIDL_SERVER_INFO *info;
    struct description description;
    struct listing listing;

    vtbl = CONTAINING_RECORD(stub->lpVtbl, const CInterfaceStubVtbl, Vtbl);
    if (!ndr_in_image(vtbl, sizeof(*vtbl)) || !ndr_in_image(vtbl->header.piid, sizeof(IID))
            || !IsEqualIID(vtbl->header.piid, iid))
        return E_NOINTERFACE;
    info = vtbl->header.pServerInfo;
    if (!ndr_in_image(info, offsetof(MIDL_SERVER_INFO, ThunkTable)))
        return E_NOINTERFACE;
    description.desc = info->pStubDesc;
    description.format = info->ProcString;
    description.offsets = info->FmtStringOffset;
    description.count = vtbl->header.DispatchTableCount;
    listing_find(&listing, vtbl, iid);
    return interface_describe(out, &description, iid, listing.base, depth);
}

/* What a stub is made for that is never called: it has every interface. */
static HRESULT STDMETHODCALLTYPE nobody_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    (void)iid;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE nobody_AddRef(IUnknown *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE nobody_Release(IUnknown *iface)
{
    (void)iface;
    return 1;
}

static const IUnknownVtbl nobody_vtbl = {nobody_QueryInterface, nobody_AddRef, nobody_Release};
static IUnknown nobody = {(IUnknownVtbl *)&nobody_vtbl};

/* From a stub which the interface's factory makes. */
static HRESULT interface_of_registered(REFIID iid, struct ndr_interface **out, ULONG depth)
{
    IPSFactoryBuffer *factory;
    IRpcStubBuffer *stub = NULL;
    CLSID clsid;
    HRESULT hr;

    if (FAILED(CoGetPSClsid(iid, &clsid))
            || FAILED(CoGetClassObject(&clsid, CLSCTX_INPROC_SERVER, NULL, &IID_IPSFactoryBuffer,
                    (void **)&factory)))
        return E_NOINTERFACE;
    hr = IPSFactoryBuffer_CreateStub(factory, iid, &nobody, &stub);
    IPSFactoryBuffer_Release(factory);
    if (FAILED(hr) || !stub)
        return hr == E_OUTOFMEMORY ? hr : E_NOINTERFACE;
    hr = stub_describe(stub, iid, out, depth);
    IRpcStubBuffer_Disconnect(stub);
    IRpcStubBuffer_Release(stub);
    return hr;
}

/* ---- a proxy does not say how many methods it has ---- */

struct proxy_vtable
{
    const MIDL_STUBLESS_PROXY_INFO *info;
    const IID *iid;
    const void *methods[];
};

/* As many as have an entry that can be called and a description of their own number. */
static ULONG methods_count(const struct proxy_vtable *vtable, const struct description *description)
{
    ULONG count = 3;

    for (; count < NDR_METHODS_MAX; count++)
    {
        const void *const *method = &vtable->methods[count];
        USHORT offset;

        if (!ndr_in_image(method, sizeof(*method)) || !executable(*method)
                || !ndr_in_image(description->offsets + count, sizeof(USHORT)))
            break;
        offset = description->offsets[count];
        if (offset != DELEGATED && !ndr_method_plausible(description->format + offset, count))
            break;
    }
    return count;
}

/* ---- ndr_call.h ---- */

static HRESULT interface_complete(HRESULT hr, struct ndr_interface **out)
{
    if (FAILED(hr) || ndr_descriptions_make(*out))
        return hr;
    ndr_interface_free(*out);
    *out = NULL;
    return E_OUTOFMEMORY;
}

HRESULT ndr_interface_of_proxy(IUnknown *proxy, REFIID iid, struct ndr_interface **out)
{
    const struct proxy_vtable *vtable;
    struct description description;
    struct listing listing;

    *out = NULL;
    vtable = CONTAINING_RECORD(*(const void *const **)proxy, const struct proxy_vtable, methods);
    if (!ndr_in_image(vtable, sizeof(*vtable) + 3 * sizeof(void *))
            || !ndr_in_image(vtable->iid, sizeof(IID)) || !IsEqualIID(vtable->iid, iid)
            || !ndr_in_image(vtable->info, offsetof(MIDL_STUBLESS_PROXY_INFO, pTransferSyntax)))
        return E_NOINTERFACE;
    description.desc = vtable->info->pStubDesc;
    description.format = vtable->info->ProcFormatString;
    description.offsets = vtable->info->FormatStringOffset;
    listing_find(&listing, vtable, iid);
    description.count = listing.count ? listing.count : methods_count(vtable, &description);
    return interface_complete(interface_describe(out, &description, iid, listing.base, 0), out);
}

HRESULT ndr_interface_of_stub(IRpcStubBuffer *stub, REFIID iid, struct ndr_interface **out)
{
    *out = NULL;
    return interface_complete(stub_describe(stub, iid, out, 0), out);
}

void ndr_interface_free(struct ndr_interface *ndr)
{
    if (!ndr)
        return;
    for (ULONG i = 0; i < ndr->count; i++)
        ndr_method_free(&ndr->methods[i]);
    ndr_descriptions_free(ndr);
    free(ndr);
}

ULONG ndr_interface_methods(const struct ndr_interface *ndr)
{
    return ndr->count;
}

const struct ndr_method *ndr_method_get(const struct ndr_interface *ndr, ULONG number)
{
    return number < ndr->count && ndr->methods[number].params ? &ndr->methods[number] : NULL;
}

ULONG ndr_stack_size(const struct ndr_interface *ndr, ULONG method, BOOL finish)
{
    const struct ndr_method *description = ndr_method_get(ndr, method);

    if (!description)
        return 0;
    return finish ? description->finish_size : description->begin_size;
}

void ndr_stack_floats(const struct ndr_interface *ndr, ULONG method, void **stack,
        const ULONG64 *floats)
{
    const struct ndr_method *description = ndr_method_get(ndr, method);
    ULONG slot = 1;

    if (!description || !floats)
        return;
    for (ULONG i = 0; i < description->param_count && slot < 4; i++)
    {
        const struct ndr_param *param = &description->params[i];

        if (!(param->attributes & PARAM_IN))
            continue;
        if (!param->by_ref && (param->code == FC_FLOAT || param->code == FC_DOUBLE))
            memcpy(&stack[slot], &floats[slot], sizeof(stack[slot]));
        slot++;
    }
}
