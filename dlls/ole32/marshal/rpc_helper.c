/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class RpcHelper, {0000032A-0000-0000-C000-000000000046}. "Provides helper methods for remote
 * procedure calls. Methods provide DCOM protocol version and convert an object reference to an
 * interface identifier." (Microsoft.VisualStudio.OLE.Interop, IRpcHelper) */
#include <stdlib.h>
#include <string.h>

#include "builtin_classes.h"
#include "com_object.h"
#include "objref.h"

struct rpc_helper
{
    struct com_object object;
    IRpcHelper IRpcHelper_iface;
};

COM_OBJECT_METHODS(helper, struct rpc_helper, IRpcHelper, IRpcHelper_iface)

/* IRpcHelper::GetDCOMProtocolVersion: a COMVERSION of [MS-DCOM] 2.2.11, the major version first.
 * S_OK, E_INVALIDARG. */
static HRESULT STDMETHODCALLTYPE helper_GetDCOMProtocolVersion(IRpcHelper *iface, DWORD *version)
{
    (void)iface;
    if (!version)
        return E_INVALIDARG;
    *version = MAKELONG(ORPC_VERSION_MAJOR, ORPC_VERSION_MINOR);
    return S_OK;
}

/* IRpcHelper::GetIIDFromOBJREF: the interface of an OBJREF ([MS-DCOM] 2.2.18) in memory, of
 * whatever form. *iid is task memory, as what COM gives is. S_OK, E_INVALIDARG (no OBJREF),
 * E_OUTOFMEMORY. */
static HRESULT STDMETHODCALLTYPE helper_GetIIDFromOBJREF(IRpcHelper *iface, void *objref, IID **iid)
{
    struct
    {
        ULONG signature, form;
        IID iid;
    } head;

    (void)iface;
    if (!iid)
        return E_INVALIDARG;
    *iid = NULL;
    if (!objref)
        return E_INVALIDARG;
    memcpy(&head, objref, sizeof(head));
    if (head.signature != OBJREF_SIGNATURE
            || (head.form != OBJREF_STANDARD && head.form != OBJREF_HANDLER
                    && head.form != OBJREF_CUSTOM && head.form != OBJREF_EXTENDED))
        return E_INVALIDARG;
    if (!(*iid = CoTaskMemAlloc(sizeof(**iid))))
        return E_OUTOFMEMORY;
    **iid = head.iid;
    return S_OK;
}

static const IRpcHelperVtbl helper_vtbl = {
        helper_IRpcHelper_QueryInterface,
        helper_IRpcHelper_AddRef,
        helper_IRpcHelper_Release,
        helper_GetDCOMProtocolVersion,
        helper_GetIIDFromOBJREF,
};

static const struct com_interface helper_interfaces[] = {
        {&IID_IUnknown, offsetof(struct rpc_helper, IRpcHelper_iface)},
        {&IID_IRpcHelper, offsetof(struct rpc_helper, IRpcHelper_iface)},
};

static const struct com_class helper_class = {"RPC helper", helper_interfaces,
        ARRAY_SIZE(helper_interfaces), free};

HRESULT rpc_helper_create(IUnknown *outer, REFIID iid, void **out)
{
    struct rpc_helper *helper;
    HRESULT hr;

    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    if (!(helper = malloc(sizeof(*helper))))
        return E_OUTOFMEMORY;
    com_object_init(&helper->object, &helper_class);
    helper->IRpcHelper_iface.lpVtbl = (IRpcHelperVtbl *)&helper_vtbl;
    hr = com_object_query_interface(&helper->object, iid, out);
    com_object_release(&helper->object);
    return hr;
}
