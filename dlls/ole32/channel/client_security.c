/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IClientSecurity, an interface of every proxy manager, and the functions which ask for it. The
 * settings of an interface proxy are those of its channel.
 */
#include <stdlib.h>

#include "client_channel_impl.h"
#include "process_security.h"
#include "proxy_manager.h"
#include "wstr.h"

#define SETTABLE_CAPABILITIES                                                                      \
    (EOAC_MUTUAL_AUTH | EOAC_STATIC_CLOAKING | EOAC_DYNAMIC_CLOAKING | EOAC_ANY_AUTHORITY          \
            | EOAC_MAKE_FULLSIC | EOAC_DEFAULT)

struct client_security
{
    IUnknown IUnknown_iface; /* the inner one */
    IClientSecurity IClientSecurity_iface;
    IUnknown *outer;
    LONG references;
};

static struct client_security *security_from_iface(IClientSecurity *iface)
{
    return CONTAINING_RECORD(iface, struct client_security, IClientSecurity_iface);
}

/* ---- the blanket of a proxy ---- */

/* The channel of an interface proxy, with a reference, of which *iface is what to release. */
static HRESULT proxy_channel(IUnknown *proxy, struct client_channel **channel,
        IRpcChannelBuffer3 **iface)
{
    HRESULT hr;

    if (!proxy)
        return E_INVALIDARG;
    if (FAILED(hr = proxy_get_channel(proxy, iface)))
        return hr;
    if ((*channel = client_channel_from(*iface)))
        return S_OK;
    IRpcChannelBuffer3_Release(*iface);
    return E_INVALIDARG;
}

static HRESULT principal_get(struct client_channel *channel, OLECHAR **out)
{
    WCHAR *copy = NULL;
    BOOL named;

    AcquireSRWLockShared(&channel->lock);
    named = channel->principal != NULL;
    if (named)
        copy = CoTaskMemAlloc((wcslen(channel->principal) + 1) * sizeof(WCHAR));
    if (copy)
        wcscpy(copy, channel->principal);
    ReleaseSRWLockShared(&channel->lock);
    if (!named)
        copy = process_security_principal();
    *out = copy;
    return copy ? S_OK : E_OUTOFMEMORY;
}

/* IClientSecurity::QueryBlanket: each out pointer may be NULL. S_OK, E_INVALIDARG, E_OUTOFMEMORY;
 * E_NOINTERFACE: an interface of the proxy's own (IMarshal), which makes no calls. */
static HRESULT STDMETHODCALLTYPE security_QueryBlanket(IClientSecurity *iface, IUnknown *proxy,
        DWORD *authn_service, DWORD *authz_service, OLECHAR **principal, DWORD *authn_level,
        DWORD *imp_level, void **auth_info, DWORD *capabilities)
{
    struct call_security settings;
    IRpcChannelBuffer3 *channel_iface;
    struct client_channel *channel;
    HRESULT hr = proxy_channel(proxy, &channel, &channel_iface);

    (void)iface;
    if (FAILED(hr))
        return hr;
    AcquireSRWLockShared(&channel->lock);
    settings = channel->security;
    ReleaseSRWLockShared(&channel->lock);
    if (principal)
        hr = principal_get(channel, principal);
    IRpcChannelBuffer3_Release(channel_iface);
    if (FAILED(hr))
        return hr;
    if (authn_service)
        *authn_service = settings.authn_service;
    if (authz_service)
        *authz_service = settings.authz_service;
    if (authn_level)
        *authn_level = settings.authn_level;
    if (imp_level)
        *imp_level = settings.imp_level;
    if (auth_info)
        *auth_info = NULL;
    if (capabilities)
        *capabilities = settings.capabilities;
    return S_OK;
}

static BOOL service_valid(DWORD service)
{
    return service == RPC_C_AUTHN_NONE || service == RPC_C_AUTHN_WINNT
            || service == RPC_C_AUTHN_GSS_NEGOTIATE || service == RPC_C_AUTHN_GSS_KERBEROS
            || service == RPC_C_AUTHN_DEFAULT;
}

/* What "CoSetProxyBlanket" demands of its arguments. */
static HRESULT settings_check(const struct call_security *settings, const void *auth_info)
{
    const DWORD cloaking = EOAC_STATIC_CLOAKING | EOAC_DYNAMIC_CLOAKING;

    if (!service_valid(settings->authn_service)
            || settings->authn_level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY
            || settings->imp_level > RPC_C_IMP_LEVEL_DELEGATE
            || (settings->capabilities & ~(DWORD)SETTABLE_CAPABILITIES)
            || (settings->capabilities & cloaking) == cloaking)
        return E_INVALIDARG;
    if (auth_info && auth_info != COLE_DEFAULT_AUTHINFO && (settings->capabilities & cloaking))
        return E_INVALIDARG;
    if (settings->authn_level == RPC_C_AUTHN_LEVEL_NONE
            && settings->authn_service != RPC_C_AUTHN_NONE
            && settings->authn_service != RPC_C_AUTHN_DEFAULT)
        return E_INVALIDARG;
    if (settings->authn_service == RPC_C_AUTHN_WINNT
            && settings->imp_level == RPC_C_IMP_LEVEL_ANONYMOUS)
        return E_INVALIDARG;
    return S_OK;
}

/* "Security Blanket Negotiation" between two processes of one machine: the process's own settings.
 */
static void settings_negotiate(struct call_security *settings)
{
    struct call_security process;

    process_security_get(&process);
    if (settings->authn_service == RPC_C_AUTHN_DEFAULT)
        settings->authn_service = settings->authn_level == RPC_C_AUTHN_LEVEL_NONE
                ? RPC_C_AUTHN_NONE
                : process.authn_service;
    if (settings->authz_service == RPC_C_AUTHZ_DEFAULT)
        settings->authz_service = process.authz_service;
    if (settings->authn_level == RPC_C_AUTHN_LEVEL_DEFAULT)
        settings->authn_level = settings->authn_service == RPC_C_AUTHN_NONE ? RPC_C_AUTHN_LEVEL_NONE
                                                                            : process.authn_level;
    if (settings->imp_level == RPC_C_IMP_LEVEL_DEFAULT)
        settings->imp_level = process.imp_level;
    if (settings->capabilities & EOAC_DEFAULT)
        settings->capabilities = process.capabilities;
}

/* IClientSecurity::SetBlanket, for every user of this interface proxy. Calls inside a machine are
 * made as the client's process: another identity (`auth_info`) is checked, but not put on. S_OK,
 * E_INVALIDARG, E_OUTOFMEMORY, E_NOINTERFACE (as QueryBlanket). */
static HRESULT STDMETHODCALLTYPE security_SetBlanket(IClientSecurity *iface, IUnknown *proxy,
        DWORD authn_service, DWORD authz_service, OLECHAR *principal, DWORD authn_level,
        DWORD imp_level, void *auth_info, DWORD capabilities)
{
    struct call_security settings = {authn_service, authz_service, authn_level, imp_level,
            capabilities};
    WCHAR *name = NULL, *former = NULL;
    IRpcChannelBuffer3 *channel_iface;
    struct client_channel *channel;
    HRESULT hr = settings_check(&settings, auth_info);

    (void)iface;
    if (FAILED(hr) || FAILED(hr = proxy_channel(proxy, &channel, &channel_iface)))
        return hr;
    settings_negotiate(&settings);
    if (principal && principal != COLE_DEFAULT_PRINCIPAL && !(name = wstr_dup(principal)))
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
    {
        AcquireSRWLockExclusive(&channel->lock);
        channel->security = settings;
        /* NULL: "the previous setting will be retained". */
        if (principal)
        {
            former = channel->principal;
            channel->principal = name;
        }
        ReleaseSRWLockExclusive(&channel->lock);
        free(former);
    }
    IRpcChannelBuffer3_Release(channel_iface);
    return hr;
}

/* The copy begins with the settings of what it is a copy of. */
static HRESULT settings_copy(IUnknown *from, IUnknown *to)
{
    IRpcChannelBuffer3 *source_iface, *copy_iface;
    struct client_channel *source, *copy;
    WCHAR *name = NULL;
    HRESULT hr = proxy_channel(from, &source, &source_iface);

    if (FAILED(hr))
        return hr;
    if (SUCCEEDED(hr = proxy_channel(to, &copy, &copy_iface)))
    {
        AcquireSRWLockShared(&source->lock);
        if (source->principal && !(name = wstr_dup(source->principal)))
            hr = E_OUTOFMEMORY;
        if (SUCCEEDED(hr))
        {
            copy->security = source->security;
            copy->principal = name;
        }
        ReleaseSRWLockShared(&source->lock);
        IRpcChannelBuffer3_Release(copy_iface);
    }
    IRpcChannelBuffer3_Release(source_iface);
    return hr;
}

/* IClientSecurity::CopyProxy: a second proxy of the same interface, whose blanket is its own. S_OK,
 * E_INVALIDARG, E_OUTOFMEMORY. */
static HRESULT STDMETHODCALLTYPE security_CopyProxy(IClientSecurity *iface, IUnknown *proxy,
        IUnknown **copy)
{
    HRESULT hr;

    (void)iface;
    if (!copy)
        return E_INVALIDARG;
    *copy = NULL;
    if (!proxy)
        return E_INVALIDARG;
    if (FAILED(hr = proxy_copy(proxy, copy)))
        return hr;
    if (FAILED(hr = settings_copy(proxy, *copy)))
    {
        IUnknown_Release(*copy);
        *copy = NULL;
    }
    return hr;
}

/* ---- the object ---- */

static HRESULT STDMETHODCALLTYPE security_QueryInterface(IClientSecurity *iface, REFIID iid,
        void **out)
{
    return IUnknown_QueryInterface(security_from_iface(iface)->outer, iid, out);
}

static ULONG STDMETHODCALLTYPE security_AddRef(IClientSecurity *iface)
{
    return IUnknown_AddRef(security_from_iface(iface)->outer);
}

static ULONG STDMETHODCALLTYPE security_Release(IClientSecurity *iface)
{
    return IUnknown_Release(security_from_iface(iface)->outer);
}

static HRESULT STDMETHODCALLTYPE inner_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct client_security *security =
            CONTAINING_RECORD(iface, struct client_security, IUnknown_iface);

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = iface;
    else if (IsEqualIID(iid, &IID_IClientSecurity))
        *out = &security->IClientSecurity_iface;
    if (*out)
        IUnknown_AddRef((IUnknown *)*out);
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE inner_AddRef(IUnknown *iface)
{
    return (ULONG)InterlockedIncrement(
            &CONTAINING_RECORD(iface, struct client_security, IUnknown_iface)->references);
}

static ULONG STDMETHODCALLTYPE inner_Release(IUnknown *iface)
{
    struct client_security *security =
            CONTAINING_RECORD(iface, struct client_security, IUnknown_iface);
    ULONG references = (ULONG)InterlockedDecrement(&security->references);

    if (!references)
        free(security);
    return references;
}

HRESULT client_security_create(IUnknown *outer, IUnknown **inner)
{
    static IUnknownVtbl inner_vtbl = {inner_QueryInterface, inner_AddRef, inner_Release};
    static IClientSecurityVtbl vtbl = {security_QueryInterface, security_AddRef, security_Release,
            security_QueryBlanket, security_SetBlanket, security_CopyProxy};
    struct client_security *security = calloc(1, sizeof(*security));

    *inner = NULL;
    if (!security)
        return E_OUTOFMEMORY;
    security->IUnknown_iface.lpVtbl = &inner_vtbl;
    security->IClientSecurity_iface.lpVtbl = &vtbl;
    security->outer = outer;
    security->references = 1;
    *inner = &security->IUnknown_iface;
    return S_OK;
}

/* ---- functions ---- */

static HRESULT proxy_security(IUnknown *proxy, IClientSecurity **security)
{
    if (!proxy)
        return E_INVALIDARG;
    return IUnknown_QueryInterface(proxy, &IID_IClientSecurity, (void **)security);
}

/* CoQueryProxyBlanket: IClientSecurity::QueryBlanket of the proxy. E_INVALIDARG without a proxy,
 * E_NOINTERFACE for what is none. */
HRESULT WINAPI CoQueryProxyBlanket(IUnknown *proxy, DWORD *authn_service, DWORD *authz_service,
        OLECHAR **principal, DWORD *authn_level, DWORD *imp_level,
        RPC_AUTH_IDENTITY_HANDLE *auth_info, DWORD *capabilities)
{
    IClientSecurity *security;
    HRESULT hr = proxy_security(proxy, &security);

    if (SUCCEEDED(hr))
    {
        hr = IClientSecurity_QueryBlanket(security, proxy, authn_service, authz_service, principal,
                authn_level, imp_level, auth_info, capabilities);
        IClientSecurity_Release(security);
    }
    return hr;
}

/* CoSetProxyBlanket: IClientSecurity::SetBlanket of the proxy. */
HRESULT WINAPI CoSetProxyBlanket(IUnknown *proxy, DWORD authn_service, DWORD authz_service,
        OLECHAR *principal, DWORD authn_level, DWORD imp_level, RPC_AUTH_IDENTITY_HANDLE auth_info,
        DWORD capabilities)
{
    IClientSecurity *security;
    HRESULT hr = proxy_security(proxy, &security);

    if (SUCCEEDED(hr))
    {
        hr = IClientSecurity_SetBlanket(security, proxy, authn_service, authz_service, principal,
                authn_level, imp_level, auth_info, capabilities);
        IClientSecurity_Release(security);
    }
    return hr;
}

/* CoCopyProxy: IClientSecurity::CopyProxy of the proxy. */
HRESULT WINAPI CoCopyProxy(IUnknown *proxy, IUnknown **copy)
{
    IClientSecurity *security;
    HRESULT hr;

    if (!copy)
        return E_INVALIDARG;
    *copy = NULL;
    if (SUCCEEDED(hr = proxy_security(proxy, &security)))
    {
        hr = IClientSecurity_CopyProxy(security, proxy, copy);
        IClientSecurity_Release(security);
    }
    return hr;
}
