/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostile_server.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE 5000 /* ms */
#define PAGE 0x1000u

/* ---- the control pipe ---- */

static UINT64 number_of(HANDLE handle)
{
    return (UINT64)(ULONG_PTR)handle;
}

static void lane_make(struct hostile_server *server, struct wire_message *message)
{
    struct hostile_lane *lane = &server->lanes[server->lane_count];
    void *view = NULL;

    message->status = E_OUTOFMEMORY;
    if (server->lane_count >= HOSTILE_LANES
            || FAILED(section_create(WIRE_LANE_SIZE, &lane->section, &view)))
        return;
    lane->request_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    lane->reply_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    lane->memory = view;
    InterlockedIncrement(&server->lane_count);
    message->status = S_OK;
    message->size = WIRE_LANE_SIZE;
    message->section = number_of(lane->section);
    message->request_event = number_of(lane->request_event);
    message->reply_event = number_of(lane->reply_event);
}

static void mailbox_make(struct hostile_server *server, struct wire_message *message)
{
    void *view = NULL;

    message->status = E_OUTOFMEMORY;
    if (server->mailbox
            || FAILED(section_create(WIRE_MAILBOX_SIZE, &server->mailbox_section, &view)))
        return;
    server->mailbox_request = CreateEventW(NULL, FALSE, FALSE, NULL);
    server->mailbox_reply = CreateEventW(NULL, FALSE, FALSE, NULL);
    server->mailbox = view;
    message->status = S_OK;
    message->size = WIRE_MAILBOX_SIZE;
    message->section = number_of(server->mailbox_section);
    message->request_event = number_of(server->mailbox_request);
    message->reply_event = number_of(server->mailbox_reply);
}

static void message_answer(struct hostile_server *server, struct wire_message *message)
{
    message->version = server->version;
    message->oldest = WIRE_OLDEST;
    message->status = S_OK;
    message->port = server->port;
    switch (message->kind)
    {
    case WIRE_HELLO:
        message->size = WIRE_BOARD_SIZE;
        message->section = number_of(server->board_section);
        break;
    case WIRE_LANE:
        lane_make(server, message);
        break;
    case WIRE_MAILBOX:
        mailbox_make(server, message);
        break;
    default:
        message->status = E_OUTOFMEMORY;
        break;
    }
    if (server->alter)
        server->alter(server, message);
}

static DWORD WINAPI server_run(void *argument)
{
    struct hostile_server *server = argument;
    struct wire_message message;
    DWORD bytes;

    if (!ConnectNamedPipe(server->pipe, NULL) && GetLastError() != ERROR_PIPE_CONNECTED)
        return 0;
    while (ReadFile(server->pipe, &message, sizeof(message), &bytes, NULL)
            && bytes == sizeof(message))
    {
        message_answer(server, &message);
        if (!WriteFile(server->pipe, &message, sizeof(message), &bytes, NULL))
            break;
    }
    return 0;
}

BOOL hostile_server_start(struct hostile_server *server, UINT16 version,
        void (*alter)(struct hostile_server *, struct wire_message *))
{
    static UINT32 serial;
    WCHAR name[64];
    void *view = NULL;

    memset(server, 0, sizeof(*server));
    server->version = version;
    server->alter = alter;
    server->port = (UINT64)(0x700000 + ++serial) << 24 | (GetCurrentProcessId() & 0xffffff);
    if (FAILED(section_create(WIRE_BOARD_SIZE, &server->board_section, &view)))
        return FALSE;
    server->board = view;
    _snwprintf(name, ARRAYSIZE(name), WIRE_PIPE_NAME, (unsigned int)(server->port >> 24),
            (unsigned int)(server->port & 0xffffff));
    server->pipe = CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, 1, 4096,
            4096, 0, NULL);
    server->thread = CreateThread(NULL, 0, server_run, server, 0, NULL);
    return server->pipe != INVALID_HANDLE_VALUE && server->thread;
}

static void view_free(const volatile void *view, HANDLE section)
{
    if (view)
        UnmapViewOfFile((void *)view);
    if (section)
        CloseHandle(section);
}

static void event_free(HANDLE event)
{
    if (event)
        CloseHandle(event);
}

void hostile_server_stop(struct hostile_server *server)
{
    /* For clients which have not gone: what they wait for is over. */
    for (int i = 0; WaitForSingleObject(server->thread, 20) == WAIT_TIMEOUT && i < 500; i++)
    {
        InterlockedExchange(&server->board->closed, 1);
        if (server->mailbox)
            hostile_mailbox_signal(server);
        for (LONG k = 0; k < server->lane_count; k++)
            SetEvent(server->lanes[k].reply_event);
    }
    CloseHandle(server->thread);
    CloseHandle(server->pipe);
    for (LONG i = 0; i < server->lane_count; i++)
    {
        view_free(server->lanes[i].memory, server->lanes[i].section);
        event_free(server->lanes[i].request_event);
        event_free(server->lanes[i].reply_event);
    }
    view_free(server->mailbox, server->mailbox_section);
    event_free(server->mailbox_request);
    event_free(server->mailbox_reply);
    view_free(server->board, server->board_section);
}

/* ---- the mailbox ---- */

BOOL hostile_mailbox_wait(struct hostile_server *server, UINT32 bytes)
{
    for (int i = 0; i < PATIENCE; i++)
    {
        if (server->mailbox && server->mailbox->request_tail >= bytes)
            return TRUE;
        Sleep(1);
    }
    return FALSE;
}

static void ring_copy(BYTE *ring, UINT32 position, const void *data, UINT32 size)
{
    for (UINT32 i = 0; i < size; i++)
        ring[(position + i) & (WIRE_RING_SIZE - 1)] = ((const BYTE *)data)[i];
}

void hostile_record(struct hostile_server *server, UINT32 kind, UINT32 call, UINT32 size,
        UINT32 total, const void *data)
{
    struct wire_mailbox *memory = server->mailbox;
    struct wire_record record = {kind, call, size, total};
    UINT32 tail = memory->reply_tail;

    ring_copy(memory->replies, tail, &record, sizeof(record));
    if (data)
        ring_copy(memory->replies, tail + (UINT32)sizeof(record), data, size);
    InterlockedExchange((volatile LONG *)&memory->reply_tail,
            (LONG)(tail + (UINT32)sizeof(record) + ((size + 15) & ~15u)));
}

void hostile_mailbox_signal(struct hostile_server *server)
{
    SetEvent(server->mailbox_reply);
}

/* ---- memory ---- */

static SIZE_T guarded_limit;
static LONG guarded;

static void *WINAPI guarded_alloc(SIZE_T size)
{
    SIZE_T room = (size + PAGE - 1) & ~(SIZE_T)(PAGE - 1);
    BYTE *memory;

    if (size > guarded_limit)
        return NULL;
    memory = VirtualAlloc(NULL, room + PAGE, MEM_RESERVE, PAGE_NOACCESS);
    if (!memory || (room && !VirtualAlloc(memory, room, MEM_COMMIT, PAGE_READWRITE)))
        return NULL;
    InterlockedIncrement(&guarded);
    return memory + room - size;
}

static void WINAPI guarded_free(void *block)
{
    MEMORY_BASIC_INFORMATION info;

    if (!block || !VirtualQuery(block, &info, sizeof(info)))
        return;
    InterlockedDecrement(&guarded);
    VirtualFree(info.AllocationBase, 0, MEM_RELEASE);
}

LONG hostile_guarded(void)
{
    return guarded;
}

/* The place from where this program calls a function of another module; NULL. */
static void **import_find(const void *function)
{
    BYTE *module = (BYTE *)GetModuleHandleW(NULL);
    const IMAGE_DOS_HEADER *dos = (IMAGE_DOS_HEADER *)module;
    const IMAGE_NT_HEADERS *headers = (IMAGE_NT_HEADERS *)(module + dos->e_lfanew);
    DWORD at = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
    const IMAGE_IMPORT_DESCRIPTOR *library;
    void **place;

    for (library = (IMAGE_IMPORT_DESCRIPTOR *)(module + at); library->Name; library++)
    {
        for (place = (void **)(module + library->FirstThunk); *place; place++)
        {
            if (*place == function)
                return place;
        }
    }
    return NULL;
}

static BOOL import_replace(const char *name, const void *function)
{
    FARPROC old = GetProcAddress(GetModuleHandleW(L"ole32.dll"), name);
    void **place = old ? import_find((const void *)old) : NULL;
    DWORD before;

    if (!place || !VirtualProtect(place, sizeof(*place), PAGE_READWRITE, &before))
        return FALSE;
    *place = (void *)function;
    VirtualProtect(place, sizeof(*place), before, &before);
    return TRUE;
}

BOOL hostile_guard_memory(SIZE_T limit)
{
    guarded_limit = limit;
    return import_replace("CoTaskMemAlloc", (const void *)guarded_alloc)
            && import_replace("CoTaskMemFree", (const void *)guarded_free);
}
