/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the registry says about a class: HKEY_CURRENT_USER\Software\Classes comes before
 * HKEY_LOCAL_MACHINE\Software\Classes, key by key, as HKEY_CLASSES_ROOT shows them on Windows.
 *
 * What is asked for at every activation in process is remembered. Before it is used again the
 * system is asked whether anything below the two keys has changed, which is one entry into the
 * kernel in place of half a dozen, and exact: a registration counts from the moment it is written.
 */
#ifndef CONCIERGE_CLASS_REGISTRY_H
#define CONCIERGE_CLASS_REGISTRY_H

#include <windows.h>
#include <objbase.h>

#include "broker_client.h"
#include "hash_table.h"

#define CLASS_KEY_LENGTH 300 /* characters of a path below Software\Classes; key names have 255 */

/* The value ThreadingModel. */
enum class_model
{
    CLASS_MODEL_MAIN, /* none given: the main STA */
    CLASS_MODEL_APARTMENT,
    CLASS_MODEL_FREE,
    CLASS_MODEL_BOTH,
    CLASS_MODEL_NEUTRAL,
};

/* InprocServer32 or InprocHandler32. */
struct class_dll
{
    WCHAR *path; /* without quotes; NULL: there is none */
    BOOL expand; /* has environment variables, looked up at each use */
    enum class_model model;
};

/* What is remembered of a class. Never changes; counted. */
struct class_info
{
    LONG references;
    CLSID clsid;
    BOOL treated; /* `treat_as` is another class */
    CLSID treat_as;
    struct class_dll server, handler;
    struct hash_link link;
};

/* S_OK with a reference, also for a class that is not registered: then everything is empty.
 * E_OUTOFMEMORY. Any thread. */
HRESULT class_info_get(REFCLSID clsid, struct class_info **out);
void class_info_release(struct class_info *info);

/* The path of a DLL with its variables expanded; malloc, NULL when out of memory. */
WCHAR *class_dll_path(const struct class_dll *dll);

/* Opens HKEY_CLASSES_ROOT\<subkey> for reading in the user's or the machine's half; `view` is 0,
 * KEY_WOW64_32KEY or KEY_WOW64_64KEY. A system error code. */
LONG classes_open_key(const WCHAR *subkey, REGSAM view, HKEY *out);

/* A string value (NULL: the default one), expanded, malloc; *expand, when given, tells that it has
 * variables and then they are left in it. NULL when there is none or it is no string. */
WCHAR *registry_read_string(HKEY key, const WCHAR *value, BOOL *expand);

/* A value's bytes, whatever its type, malloc, of *size. NULL: there is none. */
BYTE *registry_read_binary(HKEY key, const WCHAR *value, DWORD *size);

/* How the class's local server is started: everything in it belongs to the caller until
 * class_server_free. S_OK; REGDB_E_CLASSNOTREG when there is neither a server nor a service nor a
 * surrogate (`server` is valid nevertheless); E_INVALIDARG for contradictory flags. `context`: the
 * CLSCTX_ACTIVATE_… flags count. */
HRESULT class_server_read(REFCLSID clsid, DWORD context, struct broker_server *server);
void class_server_free(struct broker_server *server);

void class_registry_process_detach(BOOL terminating);

#endif
