/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* urlmon's own proxy/stub factory, CLSID_PSFactoryBuffer of idl/url_proxies.idl. */
#ifndef CONCIERGE_URL_PROXIES_H
#define CONCIERGE_URL_PROXIES_H

#include <windows.h>
#include <rpc.h>
#include <rpcproxy.h>

/* {79EAC9F1-BAF9-11CE-8C82-00AA004BA90B} */
extern const CLSID CLSID_UrlProxies;

/* The factory: IPSFactoryBuffer, IUnknown. S_OK, E_NOINTERFACE. */
HRESULT url_proxies_get_class_object(REFIID iid, void **out);

/* The class and the interfaces in the registry: HKEY_CLASSES_ROOT\CLSID, \Interface. S_OK or an
 * HRESULT from the registry. rpcproxy.h, NdrDllRegisterProxy */
HRESULT url_proxies_register(void);
HRESULT url_proxies_unregister(void);

/* Whether the lengths in a request are right, as far as they can be told before it is unpacked. */
BOOL url_request_valid(const CInterfaceStubHeader *header, ULONG method, const void *data,
        ULONG size);

#endif
