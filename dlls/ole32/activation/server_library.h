/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The DLLs that have in-process servers: loaded once, unloaded when no apartment uses them any more
 * and they agree.
 */
#ifndef CONCIERGE_SERVER_LIBRARY_H
#define CONCIERGE_SERVER_LIBRARY_H

#include <windows.h>
#include <objbase.h>

#include "apartment.h"
#include "class_registry.h"
#include "windows_runtime.h"

/* The class object `clsid` of a DLL, for the calling thread's apartment `here` (NULL: none), which
 * counts from then on as a user of the DLL. `by_context`: the name means what the active
 * activation context says; `proxy`: it is that of a proxy/stub DLL. CO_E_DLLNOTFOUND,
 * E_ACCESSDENIED, CO_E_ERRORINDLL (no DllGetClassObject), the system's error as an HRESULT, or what
 * the DLL answers. */
HRESULT server_library_get_class_object(const WCHAR *path, BOOL by_context, BOOL proxy,
        enum class_model model, struct apartment *here, REFCLSID clsid, REFIID iid, void **out);

/* The activation factory of a runtime class, in the same way; CO_E_ERRORINDLL: the DLL has no
 * DllGetActivationFactory. */
HRESULT server_library_get_activation_factory(const WCHAR *path, enum class_model model,
        struct apartment *here, HSTRING name, IActivationFactory **out);

/* Whether the last of the DLLs that had servers, other than proxies, has been unloaded since this
 * was asked before. */
BOOL server_libraries_drained(void);

/* On an apartment's last thread, after its objects are gone: its DLLs are unloaded if nobody else
 * uses them and DllCanUnloadNow says that they can be. */
void server_libraries_leave(struct apartment *apartment);

#endif
