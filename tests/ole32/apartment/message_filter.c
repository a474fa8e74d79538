/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoRegisterMessageFilter, and MessagePending during calls. The other two methods belong to the
 * tests of calls. objidl/nf-objidl-imessagefilter-messagepending */
#include <windows.h>
#include <objbase.h>

#include "tap.h"

/* --- the filter --- */

struct filter
{
    IMessageFilter IMessageFilter_iface;
    LONG references;
    unsigned int pending;      /* calls of MessagePending */
    DWORD callee, ticks, type; /* of the last */
    DWORD answer;
};

static struct filter *impl(IMessageFilter *iface)
{
    return CONTAINING_RECORD(iface, struct filter, IMessageFilter_iface);
}

static HRESULT STDMETHODCALLTYPE filter_QueryInterface(IMessageFilter *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMessageFilter))
        return E_NOINTERFACE;
    *out = iface;
    IMessageFilter_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE filter_AddRef(IMessageFilter *iface)
{
    return ++impl(iface)->references;
}

static ULONG STDMETHODCALLTYPE filter_Release(IMessageFilter *iface)
{
    return --impl(iface)->references;
}

static DWORD STDMETHODCALLTYPE filter_HandleInComingCall(IMessageFilter *iface, DWORD type,
        HTASK caller, DWORD ticks, INTERFACEINFO *info)
{
    (void)iface;
    (void)type;
    (void)caller;
    (void)ticks;
    (void)info;
    return SERVERCALL_ISHANDLED;
}

static DWORD STDMETHODCALLTYPE filter_RetryRejectedCall(IMessageFilter *iface, HTASK callee,
        DWORD ticks, DWORD type)
{
    (void)iface;
    (void)callee;
    (void)ticks;
    (void)type;
    return (DWORD)-1;
}

static DWORD STDMETHODCALLTYPE filter_MessagePending(IMessageFilter *iface, HTASK callee,
        DWORD ticks, DWORD type)
{
    struct filter *filter = impl(iface);

    filter->pending++;
    filter->callee = (DWORD)(UINT_PTR)callee;
    filter->ticks = ticks;
    filter->type = type;
    return filter->answer;
}

static IMessageFilterVtbl filter_vtbl = {filter_QueryInterface, filter_AddRef, filter_Release,
        filter_HandleInComingCall, filter_RetryRejectedCall, filter_MessagePending};

static struct filter first = {.IMessageFilter_iface = {&filter_vtbl}, .references = 1};
static struct filter second = {.IMessageFilter_iface = {&filter_vtbl}, .references = 1};

static void registration(void)
{
    IMessageFilter *former = &first.IMessageFilter_iface;

    is_hr(CoRegisterMessageFilter(&first.IMessageFilter_iface, &former), CO_E_NOT_SUPPORTED,
            "outside");
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    former = &first.IMessageFilter_iface;
    is_hr(CoRegisterMessageFilter(&first.IMessageFilter_iface, &former), CO_E_NOT_SUPPORTED,
            "in the MTA");
    CoUninitialize();
    is_int(first.references, 1, "not kept");

    CoInitialize(NULL);
    former = &first.IMessageFilter_iface;
    is_hr(CoRegisterMessageFilter(NULL, &former), S_OK, "none");
    ok(!former, "instead of none");
    is_hr(CoRegisterMessageFilter(&first.IMessageFilter_iface, &former), S_OK, "one");
    ok(!former, "instead of none");
    is_int(first.references, 2, "is kept");
    is_hr(CoRegisterMessageFilter(&second.IMessageFilter_iface, &former), S_OK, "another");
    is_ptr(former, &first.IMessageFilter_iface, "instead of the first");
    is_int(first.references, 2, "which comes with its reference");
    IMessageFilter_Release(former);
    is_hr(CoRegisterMessageFilter(&first.IMessageFilter_iface, NULL), S_OK, "not asking for it");
    is_int(second.references, 1, "the former is released");
    CoUninitialize();
    is_int(first.references, 1, "released when COM is left");
}

/* --- a server in another STA, whose method takes its time --- */

static DWORD patience;
static HWND window; /* of the client */

static HRESULT STDMETHODCALLTYPE server_QueryInterface(IPersist *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IPersist))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE server_AddRef(IPersist *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE server_Release(IPersist *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE server_GetClassID(IPersist *iface, CLSID *clsid)
{
    (void)iface;
    memset(clsid, 7, sizeof(*clsid));
    Sleep(100);
    if (window)
        PostMessageW(window, WM_USER, 0, 0);
    Sleep(patience);
    return S_OK;
}

static IPersistVtbl server_vtbl = {server_QueryInterface, server_AddRef, server_Release,
        server_GetClassID};
static IPersist server = {&server_vtbl};
static IStream *stream;
static HANDLE ready;

static DWORD WINAPI server_thread(void *argument)
{
    MSG message;

    (void)argument;
    CoInitialize(NULL);
    is_hr(CoMarshalInterThreadInterfaceInStream(&IID_IPersist, (IUnknown *)&server, &stream), S_OK,
            "marshalled");
    SetEvent(ready);
    while (GetMessageW(&message, NULL, 0, 0) > 0)
        DispatchMessageW(&message);
    CoUninitialize();
    return 0;
}

static HWND window_create(void)
{
    static const WNDCLASSW class = {.lpfnWndProc = DefWindowProcW, .lpszClassName = L"filter"};

    RegisterClassW(&class);
    return CreateWindowExW(0, L"filter", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
}

static void pending(void)
{
    IPersist *proxy = NULL;
    DWORD server_id;
    HANDLE thread;
    MSG message;
    CLSID clsid;

    ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    thread = CreateThread(NULL, 0, server_thread, NULL, 0, &server_id);
    WaitForSingleObject(ready, 20000);
    CoInitialize(NULL);
    is_hr(CoGetInterfaceAndReleaseStream(stream, &IID_IPersist, (void **)&proxy), S_OK,
            "unmarshalled");
    if (!proxy)
        return;

    first.answer = PENDINGMSG_WAITDEFPROCESS;
    CoRegisterMessageFilter(&first.IMessageFilter_iface, NULL);
    patience = 200;
    is_hr(IPersist_GetClassID(proxy, &clsid), S_OK, "a call without messages");
    is_uint(clsid.Data1, 0x07070707, "answers");
    is_uint(first.pending, 0, "MessagePending is not called");

    window = window_create();
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
    is_hr(IPersist_GetClassID(proxy, &clsid), S_OK, "a call while a message comes");
    is_uint(first.pending, 1, "MessagePending is called");
    todo_builtin("nf-objidl-imessagefilter-messagepending: the time since the call was made")
        ok(first.ticks >= 50 && first.ticks < 5000, "after %lu ms", first.ticks);
    is_uint(first.type, PENDINGTYPE_TOPLEVEL, "about a call nobody called for");
    todo_builtin("nf-objidl-imessagefilter-messagepending: the thread ID of the called application")
        is_uint(first.callee, server_id, "to the server's thread");
    ok(PeekMessageW(&message, window, WM_USER, WM_USER, PM_REMOVE), "the message stays");

    first.answer = PENDINGMSG_CANCELCALL;
    patience = 1500;
    is_hr(IPersist_GetClassID(proxy, &clsid), RPC_E_CALL_CANCELED, "a call that is cancelled");
    first.answer = PENDINGMSG_WAITDEFPROCESS;
    DestroyWindow(window);
    window = NULL;
    patience = 0;
    is_hr(IPersist_GetClassID(proxy, &clsid), S_OK, "the next call");
    IPersist_Release(proxy);
    CoRegisterMessageFilter(NULL, NULL);
    CoUninitialize();
    PostThreadMessageW(server_id, WM_QUIT, 0, 0);
    is_int(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0, "the server ends");
    CloseHandle(thread);
    CloseHandle(ready);
}

int main(void)
{
    registration();
    pending();
    tap_account_begin();
    registration();
    first.pending = 0;
    pending();
    todo_builtin("handles are left")
        tap_account_end("message filters");
    is_int(first.references, 1, "the filter has no other reference");
    is_int(second.references, 1, "nor has the second");
    return done_testing();
}
