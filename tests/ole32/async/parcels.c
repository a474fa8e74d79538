/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages of asynchronous calls which come to nothing in the middle of a parameter: what had been
 * unmarshalled of it is given back, interface pointers and user-marshalled objects. And arrays of
 * interface pointers with lengths that cannot be.
 */
#include "tap.h"

#include <oleauto.h>
#include <string.h>

#include "parcel_object.h"
#include "parcel_proxies.h"

TAP_TIME_LIMIT(300);

#define PATIENCE 20000 /* ms */
#define MEMBERS 3
#define ROUNDS 200
#define BAD_DATA HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA)

/* ---- the server: the MTA, the client being in an STA ---- */

struct server
{
    BOOL call_objects;
    IStream *stream;
    HANDLE ready, stop, thread;
};

static DWORD WINAPI server_thread(void *argument)
{
    struct server *server = argument;
    IParcel *parcel;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    parcel_register();
    parcel_odd_register();
    parcel = parcel_create(server->call_objects);
    CoMarshalInterThreadInterfaceInStream(&IID_IParcel, (IUnknown *)parcel, &server->stream);
    IParcel_Release(parcel);
    SetEvent(server->ready);
    WaitForSingleObject(server->stop, INFINITE);
    CoUninitialize();
    return 0;
}

static IParcel *server_start(struct server *server, BOOL call_objects, BOOL changes_answers)
{
    IParcel *parcel = NULL;

    parcel_changes_answers = changes_answers;
    server->call_objects = call_objects;
    server->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    server->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    server->thread = CreateThread(NULL, 0, server_thread, server, 0, NULL);
    WaitForSingleObject(server->ready, PATIENCE);
    parcel_changes_answers = FALSE;
    is_hr(CoGetInterfaceAndReleaseStream(server->stream, &IID_IParcel, (void **)&parcel), S_OK,
            "a proxy");
    return parcel;
}

static void server_end(struct server *server, IParcel *parcel)
{
    DWORD index;

    IParcel_Release(parcel);
    SetEvent(server->stop);
    CoWaitForMultipleHandles(0, PATIENCE, 1, &server->thread, &index);
    CloseHandle(server->thread);
    CloseHandle(server->ready);
    CloseHandle(server->stop);
}

/* ---- changes ---- */

static ULONG *number_at(RPCOLEMESSAGE *message, ULONG offset)
{
    return (ULONG *)((BYTE *)message->Buffer + offset);
}

/* The offset of a marshalled interface, from 0 on. */
static ULONG objref_at(const RPCOLEMESSAGE *message, ULONG which)
{
    for (ULONG at = 0; at + 8 <= message->cbBuffer; at++)
    {
        if (!memcmp((const BYTE *)message->Buffer + at, "MEOW", 4) && !which--)
            return at;
    }
    fail("there is no such object");
    return 4;
}

/* The last object is of a form that does not exist. */
static void last_object_wrong(RPCOLEMESSAGE *message)
{
    *number_at(message, objref_at(message, MEMBERS - 1) + 4) = 0x40;
}

static void cut_short(RPCOLEMESSAGE *message)
{
    message->cbBuffer -= 16;
}

/* The number of elements: as the parameter, and before the array. */
static void count_huge(RPCOLEMESSAGE *message)
{
    *number_at(message, 0) = *number_at(message, 4) = 0x40000000;
}

static void count_more(RPCOLEMESSAGE *message)
{
    *number_at(message, 0) = *number_at(message, 4) = 2 * MEMBERS;
}

static void length_huge(RPCOLEMESSAGE *message)
{
    *number_at(message, objref_at(message, 1) - 4) = 0x7ffffff0;
}

static void length_more(RPCOLEMESSAGE *message)
{
    ULONG *length = number_at(message, objref_at(message, MEMBERS - 1) - 4);

    *length += 8;
}

/* ---- what is left behind ---- */

static ULONG heap_blocks(void)
{
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(ARRAYSIZE(heaps), heaps);
    ULONG blocks = 0;

    for (DWORD i = 0; i < count && i < ARRAYSIZE(heaps); i++)
    {
        PROCESS_HEAP_ENTRY entry = {0};

        if (!HeapLock(heaps[i]))
            continue;
        while (HeapWalk(heaps[i], &entry))
            blocks += (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0;
        HeapUnlock(heaps[i]);
    }
    return blocks;
}

/* References are given back by calls which take their time. */
static void check_content(const char *what)
{
    MSG message;

    for (int i = 0; i < 250 && parcel_content_references() > 1; i++)
    {
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
        Sleep(20);
    }
    is_int(parcel_content_references(), 1, "%s: no object is left", what);
}

static void check_blocks(ULONG before, const char *what)
{
    ULONG after = heap_blocks();

    ok(after < before + ROUNDS / 2, "%s: memory has been given back (%lu blocks, then %lu)", what,
            (unsigned long)before, (unsigned long)after);
}

/* ---- requests ---- */

static HRESULT names_send(IParcel *parcel)
{
    BSTR names[MEMBERS];
    ULONG count = 0;
    HRESULT hr;

    for (int i = 0; i < MEMBERS; i++)
        names[i] = SysAllocString(L"a name that is long enough for a block of memory of its own");
    hr = IParcel_Names(parcel, MEMBERS, names, &count);
    for (int i = 0; i < MEMBERS; i++)
        SysFreeString(names[i]);
    return hr;
}

static HRESULT objects_send(IParcel *parcel, IUnknown *one, IUnknown *other, ULONG *count)
{
    IUnknown *objects[MEMBERS] = {one, one, other};

    *count = 0;
    return IParcel_Objects(parcel, MEMBERS, objects, count);
}

/* Requests to call objects, which are changed on their way. */
static void check_requests(void)
{
    static const struct
    {
        const char *what;
        void (*change)(RPCOLEMESSAGE *message);
    } lengths[] = {{"a huge count", count_huge}, {"a count that is too large", count_more},
            {"a huge length", length_huge}, {"a length that is too large", length_more}};
    struct server server;
    IParcel *parcel = server_start(&server, TRUE, FALSE);
    ULONG count = 0, blocks = 0;
    LONG begun;
    HRESULT hr;

    if (!parcel)
        return;
    begun = parcel_begun();
    is_hr(names_send(parcel), S_OK, "names");
    is_hr(objects_send(parcel, parcel_content(), parcel_last(), &count), S_OK, "objects");
    is_uint(count, MEMBERS, "all of them");
    is_hr(objects_send(parcel, parcel_odd(), parcel_odd(), &count), S_OK,
            "objects which marshal themselves");
    is_uint(count, MEMBERS, "all of them");
    is_hr(objects_send(parcel, NULL, NULL, &count), S_OK, "no objects");
    is_uint(count, 0, "none of them");
    is_int(parcel_begun() - begun, 4, "by call objects");
    check_content("at first");

    begun = parcel_begun();
    parcel_change_request = last_object_wrong;
    hr = objects_send(parcel, parcel_content(), parcel_last(), &count);
    ok(FAILED(hr), "the last object is wrong (%s)", tap_hr(hr));
    check_content("the last object is wrong");
    for (unsigned int i = 0; i < ARRAYSIZE(lengths); i++)
    {
        parcel_change_request = lengths[i].change;
        is_hr(objects_send(parcel, parcel_last(), parcel_last(), &count), BAD_DATA, "%s",
                lengths[i].what);
    }
    CoDisconnectObject(parcel_last(), 0); /* its packets have not been understood */
    parcel_change_request = cut_short;
    for (int i = 0; i < ROUNDS; i++)
    {
        hr = names_send(parcel);
        if (!i)
            ok(FAILED(hr), "the last name is cut short (%s)", tap_hr(hr));
        if (i == 10)
            blocks = heap_blocks();
    }
    check_blocks(blocks, "the last name is cut short");
    is_int(parcel_begun(), begun, "none has come to a call object");
    parcel_change_request = NULL;
    is_hr(names_send(parcel), S_OK, "the next ones are all right");
    server_end(&server, parcel);
}

/* ---- answers ---- */

static HRESULT fetch(IParcel *parcel)
{
    ISynchronize *synchronize = NULL;
    IUnknown *objects[MEMBERS];
    BSTR names[MEMBERS];
    ICallFactory *factory;
    AsyncIParcel *async;
    HRESULT hr;

    if (FAILED(hr = IParcel_QueryInterface(parcel, &IID_ICallFactory, (void **)&factory)))
        return hr;
    hr = ICallFactory_CreateCall(factory, &IID_AsyncIParcel, NULL, &IID_AsyncIParcel,
            (IUnknown **)&async);
    ICallFactory_Release(factory);
    if (FAILED(hr))
        return hr;
    AsyncIParcel_QueryInterface(async, &IID_ISynchronize, (void **)&synchronize);
    hr = AsyncIParcel_Begin_Fetch(async, MEMBERS);
    if (SUCCEEDED(hr))
        hr = ISynchronize_Wait(synchronize, 0, PATIENCE);
    memset(names, 0xcc, sizeof(names));
    memset(objects, 0xcc, sizeof(objects));
    if (SUCCEEDED(hr))
        hr = AsyncIParcel_Finish_Fetch(async, names, objects);
    for (int i = 0; i < MEMBERS; i++)
    {
        if (FAILED(hr) && (names[i] || objects[i]))
            fail("what was not fetched is NULL");
        SysFreeString(names[i]);
        if (objects[i])
            IUnknown_Release(objects[i]);
    }
    ISynchronize_Release(synchronize);
    AsyncIParcel_Release(async);
    return hr;
}

static void cut_names(RPCOLEMESSAGE *message)
{
    message->cbBuffer = objref_at(message, 0) - 24;
}

static void check_answers(void)
{
    struct server server;
    IParcel *parcel = server_start(&server, FALSE, TRUE);
    ULONG blocks = 0;
    HRESULT hr;

    if (!parcel)
        return;
    is_hr(fetch(parcel), S_OK, "names and objects");
    check_content("at first");
    parcel_change_answer = last_object_wrong;
    hr = fetch(parcel);
    ok(FAILED(hr), "the last object is wrong (%s)", tap_hr(hr));
    check_content("the last object is wrong");
    parcel_change_answer = cut_names;
    for (int i = 0; i < ROUNDS; i++)
    {
        hr = fetch(parcel);
        if (!i)
            ok(FAILED(hr), "the last name is cut short (%s)", tap_hr(hr));
        if (i == 10)
            blocks = heap_blocks();
    }
    check_blocks(blocks, "the last name is cut short");
    parcel_change_answer = NULL;
    is_hr(fetch(parcel), S_OK, "the next ones are all right");
    server_end(&server, parcel);
    check_content("at the end");
}

int main(void)
{
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    parcel_register();
    parcel_odd_register();
    check_requests();
    check_answers();
    tap_account_begin();
    check_requests();
    check_answers();
    tap_account_end("parcels");
    CoUninitialize();
    return done_testing();
}
