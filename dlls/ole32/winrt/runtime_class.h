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
    DWORD trust;            /* TrustLevel: 0 base, 1 partial, 2 full */
    WCHAR *path;            /* DllPath, expanded, malloc; NULL: none */
    WCHAR *server;          /* Server, malloc; NULL: none */
};

/* S_OK, and the caller owns what is in it until runtime_class_free; REGDB_E_CLASSNOTREG, also for a
 * name that cannot be one: then everything is empty. */
HRESULT runtime_class_read(HSTRING name, struct runtime_class *class);
void runtime_class_free(struct runtime_class *class);

/* How the server of a class is started, for class_server_free:
 * HKEY_LOCAL_MACHINE\Software\Microsoft\WindowsRuntime\Server\<name>, its values ExePath and
 * CommandLine, what follows the program. S_OK, also when nothing says how: then only one that runs
 * is found; E_OUTOFMEMORY. */
HRESULT runtime_class_server(HSTRING name, const struct runtime_class *class,
        struct broker_server *server);

/* The CLSID under which the factory of a class that is served by another process is known to the
 * broker: it follows from the name. */
void runtime_class_clsid(HSTRING name, CLSID *clsid);

#endif
