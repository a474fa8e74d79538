/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CoAllowSetForegroundWindow and the proxies' IForegroundTransfer, by which a client lets its
 * server come to the foreground. objbase/nf-objbase-coallowsetforegroundwindow,
 * objidl/nf-objidl-iforegroundtransfer-allowforegroundtransfer
 */
#include "tap.h"
#include "test_server.h"

static void check_proxy(IUnknown *proxy, const char *what)
{
    IForegroundTransfer *transfer = NULL;
    IUnknown *identity, *same;

    is_hr(CoAllowSetForegroundWindow(proxy, NULL), S_OK, "%s may come to the foreground", what);
    todo_builtin("Wine's proxies have no IForegroundTransfer")
    {
        is_hr(IUnknown_QueryInterface(proxy, &IID_IForegroundTransfer, (void **)&transfer), S_OK,
                "%s: IForegroundTransfer", what);
    }
    todo_builtin("nf-objbase-coallowsetforegroundwindow")
        is_hr(CoAllowSetForegroundWindow(proxy, &transfer), E_INVALIDARG,
                "%s: the reserved parameter", what);
    if (!transfer)
        return;
    is_hr(IForegroundTransfer_AllowForegroundTransfer(transfer, NULL), S_OK, "%s: the method",
            what);
    is_hr(IForegroundTransfer_AllowForegroundTransfer(transfer, &transfer), E_INVALIDARG,
            "%s: its reserved parameter", what);
    IUnknown_QueryInterface(proxy, &IID_IUnknown, (void **)&identity);
    IForegroundTransfer_QueryInterface(transfer, &IID_IUnknown, (void **)&same);
    is_ptr(same, identity, "%s: one identity", what);
    IUnknown_Release(identity);
    IUnknown_Release(same);
    IForegroundTransfer_Release(transfer);
}

int main(void)
{
    struct test_process *process;
    struct test_thread *thread;
    IUnknown *object;
    ITestServer *proxy;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    object = (IUnknown *)test_server_create();
    todo_builtin("nf-objbase-coallowsetforegroundwindow")
    {
        is_hr(CoAllowSetForegroundWindow(object, NULL), E_NOINTERFACE, "an object is no proxy");
        is_hr(CoAllowSetForegroundWindow(NULL, NULL), E_INVALIDARG, "no object");
    }
    IUnknown_Release(object);

    thread = test_thread_start(COINIT_MULTITHREADED);
    is_hr(test_thread_object(thread, &IID_ITestServer, (void **)&proxy), S_OK, "a proxy");
    check_proxy((IUnknown *)proxy, "another apartment");
    ITestServer_Release(proxy);
    ok(test_thread_stop(thread), "the thread ends");

    if ((process = test_process_start("sta")))
    {
        is_hr(test_process_object(process, &IID_ITestServer, (void **)&proxy), S_OK,
                "a proxy of another process");
        check_proxy((IUnknown *)proxy, "another process");
        is_uint(ITestServer_Release(proxy), 0, "the proxy goes");
        is_uint(test_process_stop(process), 0, "the server ends, with no object left");
    }
    CoUninitialize();
    return done_testing();
}
