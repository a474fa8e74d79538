/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared memory and events between a server, which makes them, and its client, which takes them out
 * of the server's process. They have no names, so nobody else can open or squat on them. */

#include "transport_parts.h"

UINT32 section_size_for(UINT32 bytes)
{
    UINT32 size = WIRE_LANE_SIZE;

    while (size < bytes && size < TRANSPORT_MESSAGE_MAX)
        size *= 2;
    return size;
}

HRESULT section_create(UINT32 size, HANDLE *section, void **view)
{
    *section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, size, NULL);
    if (!*section)
        return E_OUTOFMEMORY;
    *view = MapViewOfFile(*section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, size);
    if (*view)
        return S_OK;
    CloseHandle(*section);
    *section = NULL;
    return E_OUTOFMEMORY;
}

static HANDLE handle_pull(HANDLE process, UINT64 value, DWORD access)
{
    HANDLE handle;

    /* Numbers that are no handles but mean something, such as the process itself, are refused. */
    if (!value || value >= 0x7fffffff)
        return NULL;
    if (!DuplicateHandle(process, (HANDLE)(ULONG_PTR)value, GetCurrentProcess(), &handle, access,
                FALSE, 0))
        return NULL;
    return handle;
}

HRESULT section_pull(HANDLE process, UINT64 section, UINT32 size, void **view)
{
    HANDLE handle = handle_pull(process, section, FILE_MAP_READ | FILE_MAP_WRITE);
    MEMORY_BASIC_INFORMATION info;

    *view = NULL;
    if (!handle)
        return RPC_E_INVALID_DATA;
    if (size)
        *view = MapViewOfFile(handle, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, size);
    CloseHandle(handle);
    if (!*view)
        return size && GetLastError() == ERROR_NOT_ENOUGH_MEMORY ? E_OUTOFMEMORY
                                                                 : RPC_E_INVALID_DATA;
    if (VirtualQuery(*view, &info, sizeof(info)) && info.State == MEM_COMMIT
            && info.RegionSize >= size && info.Protect == PAGE_READWRITE)
        return S_OK;
    UnmapViewOfFile(*view);
    *view = NULL;
    return RPC_E_INVALID_DATA;
}

HRESULT event_pull(HANDLE process, UINT64 event, HANDLE *out)
{
    *out = handle_pull(process, event, EVENT_MODIFY_STATE | SYNCHRONIZE);
    return *out ? S_OK : RPC_E_INVALID_DATA;
}
