/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IBindHttpSecurity, which MinGW-w64's urlmon.h does not have: a service of the client's that says
 * which problems of a server's certificate are no problem. The mask is of the values that page
 * "XHR_CERT_IGNORE_FLAG enumeration" (msxml6/ne-msxml6-xhr_cert_ignore_flag) lists, which are
 * WinINet's SECURITY_FLAG_IGNORE_.
 */
#ifndef CONCIERGE_BIND_HTTP_SECURITY_H
#define CONCIERGE_BIND_HTTP_SECURITY_H

#include <windows.h>

typedef struct IBindHttpSecurity IBindHttpSecurity;

struct IBindHttpSecurityVtbl
{
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IBindHttpSecurity *iface, REFIID iid, void **out);
    ULONG(STDMETHODCALLTYPE *AddRef)(IBindHttpSecurity *iface);
    ULONG(STDMETHODCALLTYPE *Release)(IBindHttpSecurity *iface);
    HRESULT(STDMETHODCALLTYPE *GetIgnoreCertMask)(IBindHttpSecurity *iface, DWORD *mask);
};

struct IBindHttpSecurity
{
    const struct IBindHttpSecurityVtbl *lpVtbl;
};

static const IID IID_IBindHttpSecurity = {0xa9eda967, 0xf50e, 0x4a33,
        {0xb3, 0x58, 0x20, 0x6f, 0x6e, 0xf3, 0x08, 0x6d}};

#endif
