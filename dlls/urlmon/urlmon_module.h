/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every part of urlmon.dll shares. */
#ifndef CONCIERGE_URLMON_MODULE_H
#define CONCIERGE_URLMON_MODULE_H

#include <windows.h>
#include <urlmon.h>

extern HINSTANCE urlmon_instance;

/*
 * Makes an object of a class that is registered for this DLL. `outer` is the controlling unknown or
 * NULL (classes that cannot be aggregated answer CLASS_E_NOAGGREGATION); with it, iid is
 * IID_IUnknown. On failure *out is NULL.
 */
typedef HRESULT (*class_create)(IUnknown *outer, REFIID iid, void **out);

/* One create function for each class, in the folder of its subject. */
HRESULT file_protocol_create(IUnknown *outer, REFIID iid, void **out);  /* CLSID_FileProtocol */
HRESULT ftp_protocol_create(IUnknown *outer, REFIID iid, void **out);   /* CLSID_FtpProtocol */
HRESULT http_protocol_create(IUnknown *outer, REFIID iid, void **out);  /* CLSID_HttpProtocol */
HRESULT https_protocol_create(IUnknown *outer, REFIID iid, void **out); /* CLSID_HttpSProtocol */
HRESULT mk_protocol_create(IUnknown *outer, REFIID iid, void **out);    /* CLSID_MkProtocol */
HRESULT decompression_filter_create(IUnknown *outer, REFIID iid,
        void **out);                                                 /* CLSID_DeCompMimeFilter */
HRESULT url_moniker_create(IUnknown *outer, REFIID iid, void **out); /* CLSID_StdURLMoniker */
HRESULT security_manager_create(IUnknown *outer, REFIID iid, void **out);
HRESULT zone_manager_create(IUnknown *outer, REFIID iid, void **out);
HRESULT zone_identifier_create(IUnknown *outer, REFIID iid,
        void **out); /* CLSID_PersistentZoneIdentifier */

/* Before the module is unloaded: what features.c keeps for each thread. */
void features_module_detach(void);

/* IClassFactory of the class; DllGetClassObject. CLASS_E_CLASSNOTAVAILABLE, E_NOINTERFACE.
 * Also used for the protocols without a trip through the registry. */
HRESULT class_factory_get(REFCLSID clsid, REFIID iid, void **out);

#endif
