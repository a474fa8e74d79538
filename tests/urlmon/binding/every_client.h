/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client of bindings, for the tests, that has every interface a binding or a protocol may call:
 * each method checks the thread it is called on, and whether it may be called now, and counts.
 */
#ifndef CONCIERGE_TEST_EVERY_CLIENT_H
#define CONCIERGE_TEST_EVERY_CLIENT_H

#include <windows.h>
#include <servprov.h>
#include <urlmon.h>

enum every_method
{
    EVERY_GetBindInfoEx,
    EVERY_OnStartBinding,
    EVERY_OnProgress,
    EVERY_OnDataAvailable,
    EVERY_OnStopBinding,
    EVERY_GetPriority,
    EVERY_OnLowResource,
    EVERY_EnumNext,
    EVERY_EnumReset,
    EVERY_QueryService,
    EVERY_BeginningTransaction,
    EVERY_OnResponse,
    EVERY_GetRootSecurityId,
    EVERY_GetSerializedClientCertContext,
    EVERY_Authenticate,
    EVERY_AuthenticateEx,
    EVERY_OnSecurityProblem,
    EVERY_SecurityWindow,
    EVERY_BindingWindow,
    EVERY_InstallWindow,
    EVERY_OnCodeInstallProblem,
    EVERY_Redirect,
    EVERY_GetBindString,
    EVERY_COUNT
};

struct every_client
{
    IBindStatusCallbackEx IBindStatusCallbackEx_iface;
    IEnumFORMATETC IEnumFORMATETC_iface;
    IServiceProvider IServiceProvider_iface;
    IHttpNegotiate3 IHttpNegotiate3_iface;
    IAuthenticateEx IAuthenticateEx_iface;
    IHttpSecurity IHttpSecurity_iface;
    IWindowForBindingUI IWindowForBindingUI_iface;
    ICodeInstall ICodeInstall_iface;
    IBindCallbackRedirect IBindCallbackRedirect_iface;
    IInternetBindInfo IInternetBindInfo_iface;
    volatile LONG references;

    /* What it is to do. */
    DWORD bindf;
    LONG act_at; /* on_call is called in this call, counted from OnStartBinding; 0: never */
    void (*on_call)(struct every_client *client, enum every_method method);
    void *data; /* the test's */

    /* What it has got. */
    DWORD thread;
    IBinding *binding; /* until OnStopBinding */
    ULONGLONG received;
    HRESULT result;
    LONG calls; /* since OnStartBinding */
    BOOL started, stopped, aborted, suspended, in_notification;
    volatile LONG wrong_thread, wrong_time;
    enum every_method wrong; /* the last that came at a wrong time */
};

/* Of all clients. */
extern volatile LONG every_calls[EVERY_COUNT];
extern const char *const every_names[EVERY_COUNT];

void every_open(struct every_client *client, DWORD bindf);
/* Binds to the URL; the result of BindToStorage. */
HRESULT every_bind(struct every_client *client, const WCHAR *url);

#endif
