/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call contexts, blankets of proxies and of callers, CoInitializeSecurity. */
#include "tap.h"
#include "test_server.h"

#include <string.h>

static void test_no_call(void)
{
    IUnknown *object = (IUnknown *)test_server_create(), *old = (IUnknown *)(ULONG_PTR)1, *got;
    DWORD service;

    is_hr(CoGetCallContext(&IID_IUnknown, (void **)&got), RPC_E_CALL_COMPLETE,
            "CoGetCallContext outside a call");
    is_hr(CoImpersonateClient(), RPC_E_CALL_COMPLETE, "CoImpersonateClient");
    is_hr(CoRevertToSelf(), RPC_E_CALL_COMPLETE, "CoRevertToSelf");
    is_hr(CoQueryClientBlanket(&service, NULL, NULL, NULL, NULL, NULL, NULL), RPC_E_CALL_COMPLETE,
            "CoQueryClientBlanket");
    is_hr(CoSwitchCallContext(object, &old), S_OK, "CoSwitchCallContext");
    ok(!old, "there was none");
    is_hr(CoGetCallContext(&IID_ITestServer, (void **)&got), S_OK, "now there is");
    is_ptr(got, object, "that one");
    IUnknown_Release(got);
    is_hr(CoSwitchCallContext(NULL, &old), S_OK, "and back");
    is_ptr(old, object, "the old one");
    is_uint(IUnknown_Release(object), 0, "no reference was kept");
}

/* ---- in a call ---- */

static struct
{
    HRESULT context, query, impersonate, revert, late;
    BOOL before, during, after, token;
    IServerSecurity *kept;
} seen;

static HRESULT stub_looks(RPCOLEMESSAGE *message, IRpcChannelBuffer *channel)
{
    IServerSecurity *security;
    DWORD service = 99, level = 0;
    OLECHAR *name = NULL;
    HANDLE token;

    seen.context = CoGetCallContext(&IID_IServerSecurity, (void **)&security);
    if (SUCCEEDED(seen.context))
    {
        seen.query = IServerSecurity_QueryBlanket(security, &service, NULL, &name, &level, NULL,
                NULL, NULL);
        CoTaskMemFree(name);
        seen.before = IServerSecurity_IsImpersonating(security);
        seen.impersonate = IServerSecurity_ImpersonateClient(security);
        seen.during = IServerSecurity_IsImpersonating(security);
        if ((seen.token = OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)))
            CloseHandle(token);
        seen.revert = IServerSecurity_RevertToSelf(security);
        seen.after = IServerSecurity_IsImpersonating(security);
        seen.kept = security;
    }
    return raw_stub_echo(message, channel);
}

static void test_inside_call(struct test_thread *thread)
{
    IRawCall *raw;
    BYTE *data = CoTaskMemAlloc(4);
    ULONG size = 4;

    is_hr(test_thread_object(thread, &IID_IRawCall, (void **)&raw), S_OK, "a proxy");
    raw_stub_invoke = stub_looks;
    is_hr(IRawCall_Call(raw, 3, 0, &data, &size), S_OK, "a call");
    raw_stub_invoke = raw_stub_echo;
    is_hr(seen.context, S_OK, "IServerSecurity in a call");
    is_hr(seen.query, S_OK, "QueryBlanket");
    is_hr(seen.impersonate, S_OK, "ImpersonateClient");
    is_hr(seen.revert, S_OK, "RevertToSelf");
    ok(!seen.before && seen.during && !seen.after, "IsImpersonating");
    ok(seen.token, "the thread had a token");
    if (seen.kept)
    {
        is_hr(IServerSecurity_ImpersonateClient(seen.kept), RPC_E_CALL_COMPLETE,
                "after the call it is over");
        is_uint(IServerSecurity_Release(seen.kept), 0, "the context's last reference");
    }
    CoTaskMemFree(data);
    IRawCall_Release(raw);
}

/* ---- blankets ---- */

static void check_refused(IUnknown *proxy, DWORD service, DWORD authn, DWORD imp, void *identity,
        DWORD capabilities, const char *what)
{
    is_hr(CoSetProxyBlanket(proxy, service, RPC_C_AUTHZ_NONE, NULL, authn, imp, identity,
                  capabilities),
            E_INVALIDARG, "%s", what);
}

static void test_blanket(ITestServer *server)
{
    IUnknown *proxy = (IUnknown *)server, *copy = NULL, *unknown, *local;
    DWORD service = 99, authz = 99, authn = 99, imp = 99, capabilities = 99;
    void *identity = &service;
    OLECHAR *name = NULL;
    test_call call;

    is_hr(CoQueryProxyBlanket(NULL, &service, NULL, NULL, NULL, NULL, NULL, NULL), E_INVALIDARG,
            "no proxy");
    is_hr(CoQueryProxyBlanket(proxy, NULL, NULL, NULL, NULL, NULL, NULL, NULL), S_OK,
            "nothing is asked for");
    is_hr(CoQueryProxyBlanket(proxy, &service, &authz, &name, &authn, &imp, &identity,
                  &capabilities),
            S_OK, "CoQueryProxyBlanket");
    is_uint(service, RPC_C_AUTHN_WINNT, "authentication service");
    is_uint(authz, RPC_C_AUTHZ_NONE, "authorization service");
    is_uint(authn, RPC_C_AUTHN_LEVEL_PKT, "level, as CoInitializeSecurity said");
    is_uint(imp, RPC_C_IMP_LEVEL_IMPERSONATE, "impersonation level");
    ok(!identity, "no identity");
    is_uint(capabilities, EOAC_NONE, "capabilities");
    CoTaskMemFree(name);

    check_refused(proxy, 77, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE,
            "an unknown service");
    check_refused(proxy, RPC_C_AUTHN_WINNT, 7, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE,
            "an unknown level");
    check_refused(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHN_LEVEL_NONE, RPC_C_IMP_LEVEL_IDENTIFY, NULL,
            EOAC_NONE, "a service without a level");
    check_refused(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHN_LEVEL_CONNECT, 5, NULL, EOAC_NONE,
            "an unknown impersonation level");
    check_refused(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IDENTIFY,
            NULL, EOAC_STATIC_CLOAKING | EOAC_DYNAMIC_CLOAKING, "both cloakings");
    check_refused(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IDENTIFY,
            NULL, EOAC_APPID, "a capability of processes");
    check_refused(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IDENTIFY,
            &service, EOAC_STATIC_CLOAKING, "cloaking with an identity");

    is_hr(CoCopyProxy(proxy, NULL), E_INVALIDARG, "no place for a copy");
    is_hr(CoCopyProxy(proxy, &copy), S_OK, "CoCopyProxy");
    if (copy)
    {
        ok(copy != proxy, "the copy is another pointer");
        is_hr(CoSetProxyBlanket(copy, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL,
                      RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE),
                S_OK, "its own blanket");
        CoQueryProxyBlanket(copy, NULL, NULL, NULL, &authn, &imp, NULL, NULL);
        is_uint(authn, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, "is kept");
        is_hr(ITestServer_Who((ITestServer *)copy, &call), S_OK, "a call through it");
        is_uint(call.imp_level, RPC_C_IMP_LEVEL_IDENTIFY, "brings its level");
        IUnknown_Release(copy);
    }
    CoQueryProxyBlanket(proxy, NULL, NULL, NULL, &authn, &imp, NULL, NULL);
    is_uint(imp, RPC_C_IMP_LEVEL_IMPERSONATE, "the original has its own");
    is_hr(CoSetProxyBlanket(proxy, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL,
                  RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_DEFAULT, COLE_DEFAULT_AUTHINFO,
                  EOAC_DEFAULT),
            S_OK, "defaults");
    CoQueryProxyBlanket(proxy, &service, NULL, NULL, &authn, &imp, NULL, NULL);
    ok(service == RPC_C_AUTHN_WINNT && authn == RPC_C_AUTHN_LEVEL_PKT
                    && imp == RPC_C_IMP_LEVEL_IMPERSONATE,
            "are those of the process");

    /* An interface of the proxy's own makes no calls and has no blanket; IUnknown stands for all.
     */
    IUnknown_QueryInterface(proxy, &IID_IUnknown, (void **)&unknown);
    is_hr(CoQueryProxyBlanket(unknown, &service, NULL, NULL, NULL, NULL, NULL, NULL), S_OK,
            "IUnknown's blanket");
    IUnknown_Release(unknown);
    IUnknown_QueryInterface(proxy, &IID_IMarshal, (void **)&local);
    is_hr(CoQueryProxyBlanket(local, &service, NULL, NULL, NULL, NULL, NULL, NULL), E_NOINTERFACE,
            "IMarshal has none");
    is_hr(CoSetProxyBlanket(local, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL,
                  RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE),
            E_NOINTERFACE, "and gets none");
    IUnknown_Release(local);
}

static void test_no_proxy(void)
{
    ITestServer *object = test_server_create();
    DWORD service;

    is_hr(CoQueryProxyBlanket((IUnknown *)object, &service, NULL, NULL, NULL, NULL, NULL, NULL),
            E_NOINTERFACE, "an object is no proxy");
    ITestServer_Release(object);
}

/* What a server in another process knows of its client. */
static void test_across(const char *apartment)
{
    struct test_process *process = test_process_start(apartment);
    ITestServer *server, *copy = NULL;
    test_call call;

    if (!process)
        return;
    is_hr(test_process_object(process, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    is_hr(ITestServer_Who(server, &call), S_OK, "a call to another process");
    is_uint(call.process, test_process_id(process), "which serves it");
    is_hr(call.context_result, S_OK, "IServerSecurity");
    is_uint(call.authn_service, RPC_C_AUTHN_WINNT, "CoQueryClientBlanket: the service");
    is_uint(call.imp_level, RPC_C_IMP_LEVEL_IMPERSONATE, "CoQueryClientBlanket: the level");
    is_hr(call.impersonate_result, S_OK, "CoImpersonateClient");
    is_hr(call.revert_result, S_OK, "CoRevertToSelf");
    is_hr(call.caller_result, S_FALSE, "CoGetCallerTID: of another process");
    is_uint(call.caller, GetCurrentThreadId(), "CoGetCallerTID: this thread");
    is_hr(CoCopyProxy((IUnknown *)server, (IUnknown **)&copy), S_OK, "CoCopyProxy");
    if (copy)
    {
        is_hr(CoSetProxyBlanket((IUnknown *)copy, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL,
                      RPC_C_AUTHN_LEVEL_CALL, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE),
                S_OK, "its own blanket");
        is_hr(ITestServer_Who(copy, &call), S_OK, "a call through the copy");
        is_uint(call.imp_level, RPC_C_IMP_LEVEL_IDENTIFY, "at its level");
        is_hr(ITestServer_Who(server, &call), S_OK, "a call through the original");
        is_uint(call.imp_level, RPC_C_IMP_LEVEL_IMPERSONATE, "at its own");
        is_uint(ITestServer_Release(copy), 0, "the copy's only reference");
    }
    test_blanket(server);
    ITestServer_Release(server);
    is_uint(test_process_stop(process), 0, "the server ends, with nothing left");
}

/* ---- the process ---- */

static HRESULT initialize(LONG count, SOLE_AUTHENTICATION_SERVICE *list, DWORD capabilities)
{
    return CoInitializeSecurity(NULL, count, list, NULL, RPC_C_AUTHN_LEVEL_PKT,
            RPC_C_IMP_LEVEL_IMPERSONATE, NULL, capabilities, NULL);
}

static void test_process(void)
{
    SOLE_AUTHENTICATION_SERVICE list[2] = {{99, 0, NULL, S_OK}, {98, 0, NULL, S_OK}}, *services;
    SECURITY_DESCRIPTOR descriptor;
    DWORD count = 0;

    is_hr(CoInitializeSecurity(NULL, -1, NULL, &descriptor, RPC_C_AUTHN_LEVEL_PKT,
                  RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE, NULL),
            E_INVALIDARG, "a reserved parameter");
    is_hr(initialize(-1, list, EOAC_NONE), E_INVALIDARG, "a list with no count");
    is_hr(initialize(2, NULL, EOAC_NONE), E_INVALIDARG, "a count with no list");
    is_hr(initialize(-1, NULL, EOAC_APPID | EOAC_ACCESS_CONTROL), E_INVALIDARG, "both kinds");
    is_hr(initialize(-1, NULL, EOAC_ACCESS_CONTROL), E_INVALIDARG, "no access control");
    is_hr(initialize(2, list, EOAC_NONE), RPC_E_NO_GOOD_SECURITY_PACKAGES, "unknown services");
    ok(FAILED(list[0].hr) && FAILED(list[1].hr), "each with its error");
    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    is_hr(CoInitializeSecurity(&descriptor, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_PKT,
                  RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE, NULL),
            E_INVALIDARG, "a descriptor without an owner");
    is_hr(initialize(-1, NULL, EOAC_NONE), S_OK, "CoInitializeSecurity");
    is_hr(initialize(-1, NULL, EOAC_NONE), RPC_E_TOO_LATE, "a second time");
    is_hr(CoQueryAuthenticationServices(&count, NULL), E_INVALIDARG, "no place for the list");
    is_hr(CoQueryAuthenticationServices(&count, &services), S_OK, "CoQueryAuthenticationServices");
    ok(count == 1 && services[0].dwAuthnSvc == RPC_C_AUTHN_WINNT && services[0].pPrincipalName,
            "one service");
    if (count)
        CoTaskMemFree(services[0].pPrincipalName);
    CoTaskMemFree(services);
}

int main(void)
{
    struct test_thread *thread;
    ITestServer *server;

    if (builtin_lacks("the checks and defaults of COM security"))
        return done_testing();
    is_hr(initialize(-1, NULL, EOAC_NONE), CO_E_NOTINITIALIZED, "before CoInitialize");
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    test_proxies_register();
    test_process();
    test_no_call();
    test_no_proxy();
    thread = test_thread_start(COINIT_MULTITHREADED);
    is_hr(test_thread_object(thread, &IID_ITestServer, (void **)&server), S_OK, "a proxy");
    test_blanket(server);
    test_inside_call(thread);
    ITestServer_Delay(server,
            20); /* what a thread sleeps on is made at the first sleep, and kept */
    tap_account_begin();
    test_blanket(server);
    test_inside_call(thread);
    tap_account_end("blankets");
    ITestServer_Release(server);
    test_across("mta");
    test_across("sta");
    ok(test_thread_stop(thread), "the thread ends");
    CoUninitialize();
    is_int(test_server_count(), 0, "no object is left");
    return done_testing();
}
