/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ole32's own proxy/stub factory, CLSID {00000320-0000-0000-C000-000000000046}, for the interfaces
 * of COM itself; generated from idl/. */
#ifndef CONCIERGE_CORE_PROXIES_H
#define CONCIERGE_CORE_PROXIES_H

#include <windows.h>
#include <objbase.h>

extern const CLSID CLSID_CoreProxies;

/* Whether the factory makes proxies and stubs of this interface. No registry, any thread. */
BOOL core_proxies_have(REFIID iid);

/* Whether a request's data may be unpacked by the stub of `iid`: its parameters lie within the
 * data, their counts agree with each other and ask for no absurd answer. TRUE for what the factory
 * does not serve. */
BOOL core_proxies_request_valid(REFIID iid, ULONG method, const void *data, ULONG size);

/* How the stub of `iid` is described, as widl wrote it; NULL for what the factory does not serve.
 */
struct tagCInterfaceStubHeader;
const struct tagCInterfaceStubHeader *core_stub_header(REFIID iid);

/* The factory: IPSFactoryBuffer, IUnknown. S_OK, E_NOINTERFACE. */
HRESULT core_proxies_get_class_object(REFIID iid, void **out);

#endif
