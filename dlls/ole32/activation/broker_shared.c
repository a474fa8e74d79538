/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "broker_shared.h"

#include <stdlib.h>
#include <wchar.h>

#include "user_access.h"

#define BROKER_SECTION L"Global\\ConciergeComScmAddress"

HANDLE broker_address_publish(const struct broker_address *address)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, user_object_access(), PAGE_READWRITE,
            0, sizeof(*address), BROKER_SECTION);
    struct broker_address *view;

    if (!section)
        return NULL;
    if (!user_object_is_served(section))
    {
        CloseHandle(section);
        SetLastError(ERROR_ACCESS_DENIED);
        return NULL;
    }
    view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(*view));
    if (!view)
    {
        CloseHandle(section);
        return NULL;
    }
    /* A client may look on: the version comes last, once everything else is there. */
    view->version = 0;
    view->process = address->process;
    memcpy(view->endpoint, address->endpoint, sizeof(view->endpoint));
    InterlockedExchange((LONG *)&view->version, BROKER_ADDRESS_VERSION);
    UnmapViewOfFile(view);
    return section;
}

BOOL broker_address_read(struct broker_address *address)
{
    HANDLE section = OpenFileMappingW(FILE_MAP_READ | READ_CONTROL, FALSE, BROKER_SECTION);
    const struct broker_address *view;
    BOOL found = FALSE;

    if (!section)
        return FALSE;
    view = user_object_is_served(section)
            ? MapViewOfFile(section, FILE_MAP_READ, 0, 0, sizeof(*view))
            : NULL;
    if (view)
    {
        *address = *view;
        UnmapViewOfFile(view);
        address->endpoint[BROKER_ENDPOINT_MAX - 1] = 0;
        found = address->version == BROKER_ADDRESS_VERSION && address->process
                && address->endpoint[0];
    }
    CloseHandle(section);
    return found;
}

DWORD broker_setting(const WCHAR *name, DWORD standard)
{
    static const WCHAR prefix[] = L"CONCIERGE_";
    WCHAR variable[64], text[16];
    DWORD length, value, size = sizeof(value);

    wcscpy(variable, prefix);
    wcsncat(variable, name, ARRAYSIZE(variable) - ARRAYSIZE(prefix));
    length = GetEnvironmentVariableW(variable, text, ARRAYSIZE(text));
    if (length && length < ARRAYSIZE(text))
        return wcstoul(text, NULL, 10);
    if (RegGetValueW(HKEY_CURRENT_USER, L"Software\\Concierge", name, RRF_RT_REG_DWORD, NULL,
                &value, &size)
            == ERROR_SUCCESS)
        return value;
    return standard;
}
