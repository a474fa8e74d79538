/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime_class.h"

#include <stdlib.h>
#include <wchar.h>

#define CLASSES_KEY L"Software\\Microsoft\\WindowsRuntime\\ActivatableClassId"
#define SERVERS_KEY L"Software\\Microsoft\\WindowsRuntime\\Server"
#define NAME_MAX 255 /* characters of a registry key */

HRESULT WINAPI RoGetServerActivatableClasses(HSTRING server, HSTRING **classes, DWORD *count);

static DWORD registry_read_number(HKEY key, const WCHAR *value, DWORD otherwise)
{
    DWORD number, size = sizeof(number);

    if (RegGetValueW(key, NULL, value, RRF_RT_REG_DWORD, NULL, &number, &size))
        return otherwise;
    return number;
}

/* A class's name is a key's: no backslash, nothing behind a null. */
static BOOL name_is_possible(HSTRING name)
{
    UINT32 length;
    const WCHAR *text = WindowsGetStringRawBuffer(name, &length);

    return length && length <= NAME_MAX && wcslen(text) == length && !wcschr(text, '\\');
}

/* A key of one of the two. */
static LONG named_key_open(const WCHAR *parent, const WCHAR *name, HKEY *key)
{
    HKEY parent_key;
    LONG error;

    if ((error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, parent, 0, KEY_READ, &parent_key)))
        return error;
    error = RegOpenKeyExW(parent_key, name, 0, KEY_READ, key);
    RegCloseKey(parent_key);
    return error;
}

HRESULT runtime_class_read(HSTRING name, struct runtime_class *class)
{
    static const enum class_model models[] = {CLASS_MODEL_BOTH, CLASS_MODEL_APARTMENT,
            CLASS_MODEL_FREE};
    DWORD threading;
    HKEY key;

    memset(class, 0, sizeof(*class));
    if (!name_is_possible(name)
            || named_key_open(CLASSES_KEY, WindowsGetStringRawBuffer(name, NULL), &key))
        return REGDB_E_CLASSNOTREG;
    class->place = registry_read_number(key, L"ActivationType", RUNTIME_CLASS_IN_PROCESS)
                    == RUNTIME_CLASS_IN_PROCESS
            ? RUNTIME_CLASS_IN_PROCESS
            : RUNTIME_CLASS_OUT_OF_PROCESS;
    threading = registry_read_number(key, L"Threading", 0);
    class->model = threading < ARRAYSIZE(models) ? models[threading] : CLASS_MODEL_BOTH;
    class->trust = registry_read_number(key, L"TrustLevel", 0);
    class->path = registry_read_string(key, L"DllPath", NULL);
    class->server = registry_read_string(key, L"Server", NULL);
    RegCloseKey(key);
    return S_OK;
}

void runtime_class_free(struct runtime_class *class)
{
    free(class->path);
    free(class->server);
}

/* The program in quotes, and what follows it; malloc. */
static WCHAR *command_of(const WCHAR *program, const WCHAR *arguments)
{
    size_t size = wcslen(program) + (arguments ? wcslen(arguments) : 0) + 4;
    WCHAR *command = malloc(size * sizeof(*command));

    if (command)
        swprintf(command, size, L"\"%ls\"%ls%ls", program, arguments ? L" " : L"",
                arguments ? arguments : L"");
    return command;
}

HRESULT runtime_class_server(HSTRING name, const struct runtime_class *class,
        struct broker_server *server)
{
    WCHAR *program, *arguments;
    HKEY key;

    memset(server, 0, sizeof(*server));
    runtime_class_clsid(name, &server->clsid);
    if (!class->server || !class->server[0] || wcschr(class->server, '\\')
            || named_key_open(SERVERS_KEY, class->server, &key))
        return S_OK;
    program = registry_read_string(key, L"ExePath", NULL);
    arguments = registry_read_string(key, L"CommandLine", NULL);
    RegCloseKey(key);
    if (program && program[0])
    {
        server->complete = TRUE;
        server->executable = program;
        server->command_line = command_of(program, arguments);
    }
    else
        free(program);
    free(arguments);
    if (server->executable && !server->command_line)
    {
        class_server_free(server);
        return E_OUTOFMEMORY;
    }
    return S_OK;
}

/* Two FNV-1a sums of 64 bits of the name in lower case, the second from another beginning. */
void runtime_class_clsid(HSTRING name, CLSID *clsid)
{
    UINT64 sums[2] = {0xcbf29ce484222325, 0xcbf29ce484222325 ^ 0x77};
    UINT32 length;
    const WCHAR *text = WindowsGetStringRawBuffer(name, &length);

    for (unsigned int half = 0; half < 2; half++)
        for (UINT32 i = 0; i < length; i++)
        {
            WCHAR letter = (WCHAR)towlower(text[i]);

            sums[half] = (sums[half] ^ (letter & 0xff)) * 0x100000001b3;
            sums[half] = (sums[half] ^ (letter >> 8)) * 0x100000001b3;
        }
    memcpy(clsid, sums, sizeof(*clsid));
    /* Version 8 of RFC 9562: of the maker's own making. */
    clsid->Data3 = (clsid->Data3 & 0x0fff) | 0x8000;
    clsid->Data4[0] = (clsid->Data4[0] & 0x3f) | 0x80;
}

/* --- the classes of a server --- */

struct class_names
{
    HSTRING *names; /* CoTaskMemAlloc */
    DWORD count, capacity;
};

static HRESULT names_add(struct class_names *names, const WCHAR *name)
{
    HSTRING *more;
    HRESULT hr;

    if (names->count == names->capacity)
    {
        DWORD capacity = names->capacity ? 2 * names->capacity : 8;

        if (!(more = CoTaskMemRealloc(names->names, capacity * sizeof(*more))))
            return E_OUTOFMEMORY;
        names->names = more;
        names->capacity = capacity;
    }
    hr = WindowsCreateString(name, (UINT32)wcslen(name), &names->names[names->count]);
    if (SUCCEEDED(hr))
        names->count++;
    return hr;
}

static void names_free(struct class_names *names)
{
    while (names->count)
        WindowsDeleteString(names->names[--names->count]);
    CoTaskMemFree(names->names);
}

/* Whether the value Server of the class is this. */
static BOOL class_has_server(HKEY classes, const WCHAR *name, const WCHAR *server)
{
    WCHAR *text = NULL;
    BOOL same;
    HKEY key;

    if (RegOpenKeyExW(classes, name, 0, KEY_READ, &key))
        return FALSE;
    text = registry_read_string(key, L"Server", NULL);
    RegCloseKey(key);
    same = text && !wcsicmp(text, server);
    free(text);
    return same;
}

static HRESULT names_of_server(HKEY classes, const WCHAR *server, struct class_names *names)
{
    HRESULT hr = S_OK;
    LONG error;

    for (DWORD i = 0; SUCCEEDED(hr); i++)
    {
        WCHAR name[NAME_MAX + 1];
        DWORD length = ARRAYSIZE(name);

        if ((error = RegEnumKeyExW(classes, i, name, &length, NULL, NULL, NULL, NULL)))
            return error == ERROR_NO_MORE_ITEMS ? S_OK : HRESULT_FROM_WIN32(error);
        if (class_has_server(classes, name, server))
            hr = names_add(names, name);
    }
    return hr;
}

/*
 * RoGetServerActivatableClasses: the classes which are registered with this server, an array for
 * CoTaskMemFree of strings for WindowsDeleteString. S_OK, E_INVALIDARG, E_OUTOFMEMORY,
 * REGDB_E_CLASSNOTREG: there are none. roregistrationapi/nf-roregistrationapi-
 * rogetserveractivatableclasses
 */
HRESULT WINAPI RoGetServerActivatableClasses(HSTRING server, HSTRING **classes, DWORD *count)
{
    struct class_names names = {0};
    HRESULT hr;
    LONG error;
    HKEY key;

    if (!classes || !count)
        return E_INVALIDARG;
    *classes = NULL;
    *count = 0;
    if (WindowsIsStringEmpty(server))
        return REGDB_E_CLASSNOTREG;
    if ((error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, CLASSES_KEY, 0, KEY_READ, &key)))
        return error == ERROR_ACCESS_DENIED ? E_ACCESSDENIED : REGDB_E_CLASSNOTREG;
    hr = names_of_server(key, WindowsGetStringRawBuffer(server, NULL), &names);
    RegCloseKey(key);
    if (SUCCEEDED(hr) && !names.count)
        hr = REGDB_E_CLASSNOTREG;
    if (FAILED(hr))
    {
        names_free(&names);
        return hr;
    }
    *classes = names.names;
    *count = names.count;
    return S_OK;
}
