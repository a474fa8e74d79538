/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The classes that ole32 serves itself, without looking into the registry. */
#ifndef CONCIERGE_BUILTIN_CLASSES_H
#define CONCIERGE_BUILTIN_CLASSES_H

#include <windows.h>
#include <objbase.h>

/* Whether CLSCTX_APPCONTAINER keeps a class of ours from being used. */
BOOL builtin_class_is_barred(REFCLSID clsid);

/* The class object of a class of ours. S_OK, CLASS_E_CLASSNOTAVAILABLE (not ours), E_NOINTERFACE.
 */
HRESULT builtin_class_get_object(REFCLSID clsid, REFIID iid, void **out);

/* --- constructors, for the table; each as IClassFactory::CreateInstance --- */
HRESULT global_interface_table_create(IUnknown *outer, REFIID iid, void **out);  /* marshal/ */
HRESULT free_threaded_marshaler_create(IUnknown *outer, REFIID iid, void **out); /* marshal/ */
HRESULT rpc_helper_create(IUnknown *outer, REFIID iid, void **out);              /* marshal/ */

#endif
