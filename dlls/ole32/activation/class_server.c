/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the registry says a class's local server is started: LocalServer32, and its AppID. */
#include "class_registry.h"

#include <stdio.h>
#include <stdlib.h>

#include "com_object.h"
#include "guid_text.h"

static REGSAM other_view(REGSAM view)
{
    return view == KEY_WOW64_64KEY ? KEY_WOW64_32KEY : KEY_WOW64_64KEY;
}

static WORD view_machine(REGSAM view)
{
    return view == KEY_WOW64_64KEY ? IMAGE_FILE_MACHINE_AMD64 : IMAGE_FILE_MACHINE_I386;
}

static BOOL system_is_64bit(void)
{
    BOOL wow64 = FALSE;

    return sizeof(void *) == 8 || (IsWow64Process(GetCurrentProcess(), &wow64) && wow64);
}

static LONG class_subkey_open(REFCLSID clsid, const WCHAR *subkey, REGSAM view, HKEY *out)
{
    WCHAR name[CLASS_KEY_LENGTH], text[GUID_TEXT_LENGTH + 1];

    guid_to_text(clsid, text);
    swprintf(name, ARRAY_SIZE(name), L"CLSID\\%ls%ls", text, subkey);
    return classes_open_key(name, view, out);
}

static void server_read_appid(struct broker_server *server, REGSAM view)
{
    WCHAR name[CLASS_KEY_LENGTH], text[GUID_TEXT_LENGTH + 1];
    WCHAR *surrogate;
    HKEY key;

    guid_to_text(&server->appid, text);
    swprintf(name, ARRAY_SIZE(name), L"AppID\\%ls", text);
    if (classes_open_key(name, view, &key))
        return;
    server->service = registry_read_string(key, L"LocalService", NULL);
    server->service_parameters = registry_read_string(key, L"ServiceParameters", NULL);
    server->run_as = registry_read_string(key, L"RunAs", NULL);
    server->launch_permission =
            registry_read_binary(key, L"LaunchPermission", &server->launch_permission_size);
    if ((surrogate = registry_read_string(key, L"DllSurrogate", NULL)))
    {
        server->surrogate = TRUE;
        server->surrogate_path = surrogate;
    }
    RegCloseKey(key);
    if (server->service && !server->service[0])
    {
        free((WCHAR *)server->service);
        server->service = NULL;
    }
}

static BOOL server_has_dll(REFCLSID clsid, REGSAM view)
{
    WCHAR *path = NULL;
    HKEY key;

    if (class_subkey_open(clsid, L"\\InprocServer32", view, &key))
        return FALSE;
    path = registry_read_string(key, NULL, NULL);
    RegCloseKey(key);
    free(path);
    return path != NULL;
}

/* One view of the registry. Whether it says how to start a server. */
static BOOL server_read_view(struct broker_server *server, REGSAM view)
{
    WCHAR *text;
    HKEY key;

    if (class_subkey_open(&server->clsid, L"", view, &key))
        return FALSE;
    if ((text = registry_read_string(key, L"AppID", NULL)))
    {
        if (guid_from_text(text, &server->appid))
            server_read_appid(server, view);
        free(text);
    }
    RegCloseKey(key);
    if (!class_subkey_open(&server->clsid, L"\\LocalServer32", view, &key))
    {
        server->command_line = registry_read_string(key, NULL, NULL);
        server->executable = registry_read_string(key, L"ServerExecutable", NULL);
        RegCloseKey(key);
        if (server->command_line && !server->command_line[0])
        {
            free((WCHAR *)server->command_line);
            server->command_line = NULL;
        }
    }
    if (server->surrogate && !server_has_dll(&server->clsid, view))
        server->surrogate = FALSE;
    server->half = view ? view_machine(view) : 0;
    return server->service || server->command_line || server->surrogate;
}

/* PreferredServerBitness of the AppID: 1 the client's, 2 32-bit, 3 64-bit. */
static DWORD server_preference(REFCLSID clsid, REGSAM view)
{
    WCHAR name[CLASS_KEY_LENGTH];
    DWORD value = 0, size = sizeof(value);
    WCHAR *text;
    GUID appid;
    HKEY key;

    if (class_subkey_open(clsid, L"", view, &key))
        return 0;
    text = registry_read_string(key, L"AppID", NULL);
    RegCloseKey(key);
    if (!text || !guid_from_text(text, &appid))
    {
        free(text);
        return 0;
    }
    swprintf(name, ARRAY_SIZE(name), L"AppID\\%ls", text);
    free(text);
    if (classes_open_key(name, view, &key))
        return 0;
    if (RegGetValueW(key, NULL, L"PreferredServerBitness", RRF_RT_REG_DWORD, NULL, &value, &size))
        value = 0;
    RegCloseKey(key);
    return value;
}

HRESULT class_server_read(REFCLSID clsid, DWORD context, struct broker_server *server)
{
    DWORD wanted = context & (CLSCTX_ACTIVATE_32_BIT_SERVER | CLSCTX_ACTIVATE_64_BIT_SERVER);
    REGSAM own = sizeof(void *) == 8 ? KEY_WOW64_64KEY : KEY_WOW64_32KEY, view = own;
    BOOL strict = wanted != 0;

    memset(server, 0, sizeof(*server));
    server->clsid = *clsid;
    if (wanted == (CLSCTX_ACTIVATE_32_BIT_SERVER | CLSCTX_ACTIVATE_64_BIT_SERVER))
        return E_INVALIDARG;
    if (!system_is_64bit())
        return server_read_view(server, 0) ? S_OK : REGDB_E_CLASSNOTREG;
    if (wanted)
        view = wanted == CLSCTX_ACTIVATE_64_BIT_SERVER ? KEY_WOW64_64KEY : KEY_WOW64_32KEY;
    else
    {
        DWORD preference = server_preference(clsid, own);

        if (preference == 2)
            view = KEY_WOW64_32KEY;
        else if (preference == 3)
            view = KEY_WOW64_64KEY;
        strict = preference >= 1 && preference <= 3;
    }
    if (strict)
        server->machine = view_machine(view);
    if (server_read_view(server, view))
        return S_OK;
    if (strict)
        return REGDB_E_CLASSNOTREG;
    class_server_free(server);
    server->clsid = *clsid;
    return server_read_view(server, other_view(view)) ? S_OK : REGDB_E_CLASSNOTREG;
}

void class_server_free(struct broker_server *server)
{
    free((WCHAR *)server->service);
    free((WCHAR *)server->service_parameters);
    free((WCHAR *)server->command_line);
    free((WCHAR *)server->executable);
    free((WCHAR *)server->surrogate_path);
    free((WCHAR *)server->run_as);
    free((BYTE *)server->launch_permission);
    memset(server, 0, sizeof(*server));
}
