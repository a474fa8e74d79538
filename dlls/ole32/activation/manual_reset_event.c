/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class ManualResetEvent, {0000032C-...}. objidl/nn-objidl-isynchronize,
 * objidl/nn-objidl-isynchronizehandle */
#include "manual_reset_event.h"

#include "com_object.h"

struct manual_reset_event
{
    struct com_object object;
    IUnknown IUnknown_iface; /* its own, for aggregation */
    ISynchronize ISynchronize_iface;
    ISynchronizeHandle ISynchronizeHandle_iface;
    IUnknown *outer; /* who counts the references of the other two */
    HANDLE event;
};

COM_OBJECT_METHODS(event, struct manual_reset_event, IUnknown, IUnknown_iface)

/* A reference on another interface is one on the outer object. */
static HRESULT STDMETHODCALLTYPE event_inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    HRESULT hr = event_IUnknown_QueryInterface(iface, iid, out);

    if (SUCCEEDED(hr) && *out != iface)
    {
        IUnknown_AddRef(event_from_IUnknown(iface)->outer);
        event_IUnknown_Release(iface);
    }
    return hr;
}

static const IUnknownVtbl event_inner_vtbl = {
        event_inner_QueryInterface,
        event_IUnknown_AddRef,
        event_IUnknown_Release,
};

/* Of an interface whose references are the outer object's. */
#define OUTER_METHODS(type)                                                                        \
    static struct manual_reset_event *event_from_##type(type *iface)                               \
    {                                                                                              \
        return COM_IMPL_FROM(iface, struct manual_reset_event, type##_iface);                      \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE event_##type##_QueryInterface(type *iface, REFIID iid,        \
            void **out)                                                                            \
    {                                                                                              \
        return IUnknown_QueryInterface(event_from_##type(iface)->outer, iid, out);                 \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE event_##type##_AddRef(type *iface)                              \
    {                                                                                              \
        return IUnknown_AddRef(event_from_##type(iface)->outer);                                   \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE event_##type##_Release(type *iface)                             \
    {                                                                                              \
        return IUnknown_Release(event_from_##type(iface)->outer);                                  \
    }

OUTER_METHODS(ISynchronize)
OUTER_METHODS(ISynchronizeHandle)

/* As CoWaitForMultipleHandles waits: S_OK, RPC_S_CALLPENDING when the time is over. */
static HRESULT STDMETHODCALLTYPE event_Wait(ISynchronize *iface, DWORD flags, DWORD milliseconds)
{
    DWORD index;

    return CoWaitForMultipleHandles(flags, milliseconds, 1, &event_from_ISynchronize(iface)->event,
            &index);
}

static HRESULT STDMETHODCALLTYPE event_Signal(ISynchronize *iface)
{
    return SetEvent(event_from_ISynchronize(iface)->event) ? S_OK : E_FAIL;
}

static HRESULT STDMETHODCALLTYPE event_Reset(ISynchronize *iface)
{
    return ResetEvent(event_from_ISynchronize(iface)->event) ? S_OK : E_FAIL;
}

static const ISynchronizeVtbl event_synchronize_vtbl = {
        event_ISynchronize_QueryInterface,
        event_ISynchronize_AddRef,
        event_ISynchronize_Release,
        event_Wait,
        event_Signal,
        event_Reset,
};

static HRESULT STDMETHODCALLTYPE event_GetHandle(ISynchronizeHandle *iface, HANDLE *handle)
{
    if (!handle)
        return E_INVALIDARG;
    *handle = event_from_ISynchronizeHandle(iface)->event;
    return S_OK;
}

static const ISynchronizeHandleVtbl event_handle_vtbl = {
        event_ISynchronizeHandle_QueryInterface,
        event_ISynchronizeHandle_AddRef,
        event_ISynchronizeHandle_Release,
        event_GetHandle,
};

static void event_destroy(void *object)
{
    struct manual_reset_event *event = object;

    CloseHandle(event->event);
    HeapFree(GetProcessHeap(), 0, event);
}

static const struct com_interface event_interfaces[] = {
        {&IID_IUnknown, offsetof(struct manual_reset_event, IUnknown_iface)},
        {&IID_ISynchronize, offsetof(struct manual_reset_event, ISynchronize_iface)},
        {&IID_ISynchronizeHandle, offsetof(struct manual_reset_event, ISynchronizeHandle_iface)},
};

static const struct com_class event_class = {"manual reset event", event_interfaces,
        ARRAY_SIZE(event_interfaces), event_destroy};

HRESULT manual_reset_event_create(IUnknown *outer, REFIID iid, void **out)
{
    struct manual_reset_event *event;
    HRESULT hr;

    *out = NULL;
    if (outer && !IsEqualIID(iid, &IID_IUnknown))
        return E_INVALIDARG;
    if (!(event = HeapAlloc(GetProcessHeap(), 0, sizeof(*event))))
        return E_OUTOFMEMORY;
    if (!(event->event = CreateEventW(NULL, TRUE, FALSE, NULL)))
    {
        HeapFree(GetProcessHeap(), 0, event);
        return HRESULT_FROM_WIN32(GetLastError());
    }
    com_object_init(&event->object, &event_class);
    event->IUnknown_iface.lpVtbl = (IUnknownVtbl *)&event_inner_vtbl;
    event->ISynchronize_iface.lpVtbl = (ISynchronizeVtbl *)&event_synchronize_vtbl;
    event->ISynchronizeHandle_iface.lpVtbl = (ISynchronizeHandleVtbl *)&event_handle_vtbl;
    event->outer = outer ? outer : &event->IUnknown_iface;
    hr = IUnknown_QueryInterface(&event->IUnknown_iface, iid, out);
    IUnknown_Release(&event->IUnknown_iface);
    return hr;
}
