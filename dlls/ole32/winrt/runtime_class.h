/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the registry says about a class of the Windows Runtime:
 * HKEY_LOCAL_MACHINE\Software\Microsoft\WindowsRuntime\ActivatableClassId\<name>.
 */
#ifndef CONCIERGE_RUNTIME_CLASS_H
#define CONCIERGE_RUNTIME_CLASS_H

#include "class_registry.h"
#include "windows_runtime.h"

/* The value ActivationType. */
enum runtime_class_place
{
    RUNTIME_CLASS_IN_PROCESS,
    RUNTIME_CLASS_OUT_OF_PROCESS,
};

struct runtime_class
{
    enum runtime_class_place place;
    enum class_model model; /* Threading: both, STA or MTA */
    WCHAR *path;            /* DllPath, expanded, malloc; NULL: none */
};

/* S_OK, and the caller frees `path`; REGDB_E_CLASSNOTREG, also for a name that cannot be one. */
HRESULT runtime_class_read(HSTRING name, struct runtime_class *class);

/* The CLSID under which the factory of a class that is served by another process is known to the
 * broker: it follows from the name. */
void runtime_class_clsid(HSTRING name, CLSID *clsid);

#endif
