/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The proxies which widl made of asyncif_heirs.idl, inside this program, and an object. */
#define USE_STUBLESS_PROXY
#include <initguid.h>

#include "every_heirs.h"

#include "com_object.h"
#include "every_proxies.h"
#include "every_type.h"

#include <stdlib.h>
#include <string.h>

extern const ExtendedProxyFileInfo asyncif_heirs_ProxyFileInfo;

static const ProxyFileInfo *proxy_files[] = {(const ProxyFileInfo *)&asyncif_heirs_ProxyFileInfo,
        NULL};
static CStdPSFactoryBuffer factory;

static const CLSID CLSID_HeirProxies = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x1d}};

const IID IID_AsyncIEveryHeir = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x14}};
const IID IID_AsyncIStreamHeir = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x16}};
const IID IID_AsyncIDispatchHeir = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x18}};

ULONG WINAPI CStdStubBuffer2_Release(IRpcStubBuffer *stub)
{
    return NdrCStdStubBuffer2_Release(stub, (IPSFactoryBuffer *)&factory);
}

BOOL every_heirs_listed = TRUE;

/* Page "GetProxyDllInfo": what proxy/stub DLLs export. */
__declspec(dllexport) void RPC_ENTRY
        GetProxyDllInfo(const ProxyFileInfo ***files, const CLSID **clsid);
__declspec(dllexport) void RPC_ENTRY
        GetProxyDllInfo(const ProxyFileInfo ***files, const CLSID **clsid)
{
    static const ProxyFileInfo *none[] = {NULL};

    *files = every_heirs_listed ? proxy_files : none;
    *clsid = &CLSID_HeirProxies;
}

HRESULT every_heirs_factory(IPSFactoryBuffer **out)
{
    return NdrDllGetClassObject(&CLSID_HeirProxies, &IID_IPSFactoryBuffer, (void **)out,
            proxy_files, &CLSID_HeirProxies, &factory);
}

void every_heirs_register(void)
{
    IPSFactoryBuffer *object;
    DWORD cookie;

    every_register();
    every_pair_register(&IID_IEveryHeir, &IID_AsyncIEveryHeir);
    every_pair_register(&IID_IStreamHeir, &IID_AsyncIStreamHeir);
    every_pair_register(&IID_IDispatchHeir, &IID_AsyncIDispatchHeir);
    if (FAILED(every_heirs_factory(&object)))
        return;
    CoRegisterPSClsid(&IID_IEveryHeir, &CLSID_HeirProxies);
    CoRegisterPSClsid(&IID_IStreamHeir, &CLSID_HeirProxies);
    CoRegisterPSClsid(&IID_IDispatchHeir, &CLSID_HeirProxies);
    CoRegisterClassObject(&CLSID_HeirProxies, (IUnknown *)object, CLSCTX_INPROC_SERVER,
            REGCLS_MULTIPLEUSE, &cookie);
    IPSFactoryBuffer_Release(object);
}

/* ---- the object ---- */

struct heirs
{
    struct com_object object;
    IEveryHeir IEveryHeir_iface;
    IStreamHeir IStreamHeir_iface;
    IDispatchHeir IDispatchHeir_iface;
};

static LONG alive;

COM_OBJECT_METHODS(heirs, struct heirs, IEveryHeir, IEveryHeir_iface)
COM_OBJECT_METHODS(heirs, struct heirs, IStreamHeir, IStreamHeir_iface)
COM_OBJECT_METHODS(heirs, struct heirs, IDispatchHeir, IDispatchHeir_iface)

static HRESULT STDMETHODCALLTYPE heirs_Twice(IEveryHeir *iface, double a, LONG b, double *c)
{
    (void)iface;
    *c = 2 * (a + b);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE heirs_GetClassID(IStreamHeir *iface, CLSID *clsid)
{
    (void)iface;
    *clsid = CLSID_HeirProxies;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE heirs_IsDirty(IStreamHeir *iface)
{
    (void)iface;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE heirs_Load(IStreamHeir *iface, IStream *stream)
{
    (void)iface;
    (void)stream;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE heirs_Save(IStreamHeir *iface, IStream *stream, BOOL clear)
{
    (void)iface;
    return IStream_Write(stream, &clear, sizeof(clear), NULL);
}

static HRESULT STDMETHODCALLTYPE heirs_GetSizeMax(IStreamHeir *iface, ULARGE_INTEGER *size)
{
    (void)iface;
    size->QuadPart = 0x123456789ull;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE heirs_Name(IStreamHeir *iface, ULONG size, WCHAR *name)
{
    (void)iface;
    for (ULONG i = 0; i < size; i++)
        name[i] = (WCHAR)(L'a' + i);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE heirs_Tell(IDispatchHeir *iface, LONG a, LONG *b)
{
    (void)iface;
    *b = a + 1;
    return S_OK;
}

/* Methods of IDispatch; nobody calls them. */
static HRESULT STDMETHODCALLTYPE heirs_nothing(void)
{
    return E_NOTIMPL;
}

static void heirs_destroy(void *object)
{
    free(object);
    InterlockedDecrement(&alive);
}

static const struct com_interface interfaces[] = {
        {&IID_IUnknown, offsetof(struct heirs, IEveryHeir_iface)},
        {&IID_IEveryType, offsetof(struct heirs, IEveryHeir_iface)},
        {&IID_IEveryHeir, offsetof(struct heirs, IEveryHeir_iface)},
        {&IID_IPersist, offsetof(struct heirs, IStreamHeir_iface)},
        {&IID_IPersistStream, offsetof(struct heirs, IStreamHeir_iface)},
        {&IID_IStreamHeir, offsetof(struct heirs, IStreamHeir_iface)},
        {&IID_IDispatch, offsetof(struct heirs, IDispatchHeir_iface)},
        {&IID_IDispatchHeir, offsetof(struct heirs, IDispatchHeir_iface)},
};

static const struct com_class class = {"heirs", interfaces, ARRAY_SIZE(interfaces), heirs_destroy};

static const void *every_vtbl[sizeof(IEveryHeirVtbl) / sizeof(void *)];
static const void *stream_vtbl[] = {
        heirs_IStreamHeir_QueryInterface,
        heirs_IStreamHeir_AddRef,
        heirs_IStreamHeir_Release,
        heirs_GetClassID,
        heirs_IsDirty,
        heirs_Load,
        heirs_Save,
        heirs_GetSizeMax,
        heirs_Name,
};
static const void *dispatch_vtbl[] = {
        heirs_IDispatchHeir_QueryInterface,
        heirs_IDispatchHeir_AddRef,
        heirs_IDispatchHeir_Release,
        heirs_nothing,
        heirs_nothing,
        heirs_nothing,
        heirs_nothing,
        heirs_Tell,
};

/* IEveryType's methods do not look at their object. */
HRESULT every_heirs_create(IEveryHeir **out)
{
    struct heirs *heirs = calloc(1, sizeof(*heirs));
    IEveryType *plain;

    *out = NULL;
    if (!heirs || FAILED(every_type_create(&plain)))
    {
        free(heirs);
        return E_OUTOFMEMORY;
    }
    memcpy(every_vtbl, plain->lpVtbl, sizeof(IEveryTypeVtbl));
    IEveryType_Release(plain);
    every_vtbl[0] = heirs_IEveryHeir_QueryInterface;
    every_vtbl[1] = heirs_IEveryHeir_AddRef;
    every_vtbl[2] = heirs_IEveryHeir_Release;
    every_vtbl[ARRAY_SIZE(every_vtbl) - 1] = heirs_Twice;
    com_object_init(&heirs->object, &class);
    heirs->IEveryHeir_iface.lpVtbl = (IEveryHeirVtbl *)every_vtbl;
    heirs->IStreamHeir_iface.lpVtbl = (IStreamHeirVtbl *)stream_vtbl;
    heirs->IDispatchHeir_iface.lpVtbl = (IDispatchHeirVtbl *)dispatch_vtbl;
    InterlockedIncrement(&alive);
    *out = &heirs->IEveryHeir_iface;
    return S_OK;
}

LONG every_heirs_count(void)
{
    return alive;
}
