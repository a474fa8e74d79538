/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clients in other processes that die: what they held is released, whatever they were doing, and
 * calls that they had under way disturb nobody. [MS-DCOM] 3.1.1.1 leaves that to pings, six minutes
 * of them; here it is the end of the process that counts, and is to show within seconds. Pages
 * "IExternalConnection::ReleaseConnection method (objidl.h)", "CoMarshalInterface function
 * (combaseapi.h)" for what a table-strong packet goes on holding.
 */
#include "bed.h"

#include <stdlib.h>
#include <wchar.h>

#include "client_death.h"

TAP_TIME_LIMIT(240);

#define PATIENCE 20000 /* ms for what has to happen */

struct client
{
    PROCESS_INFORMATION process;
    HANDLE file, ready;
    WCHAR name[MAX_PATH];
};

static void client_open(struct client *client)
{
    static unsigned int serial;
    WCHAR directory[MAX_PATH];

    GetTempPathW(MAX_PATH, directory);
    swprintf(client->name, MAX_PATH, L"%lsclient%u.bin", directory, ++serial);
    client->file =
            CreateFileW(client->name, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, 0, NULL);
}

/* One more packet for the client, in the host's apartment. Its stream, if the caller wants it. */
static void client_give(struct client *client, struct host *host, struct counted *object,
        DWORD flags, IStream **kept)
{
    IStream *stream;
    DWORD done;
    ULONG size;
    BYTE *bytes;

    is_hr(host_marshal(host, counted_unknown(object), &IID_IClassFactory, MSHCTX_LOCAL, flags,
                  &stream),
            S_OK, "marshalled for a client");
    bytes = stream_bytes(stream, &size);
    WriteFile(client->file, &size, sizeof(size), &done, NULL);
    WriteFile(client->file, bytes, size, &done, NULL);
    free(bytes);
    if (kept)
        *kept = stream;
    else
        IStream_Release(stream);
}

/* Waits for one of these, serving this thread's calls. */
static DWORD wait_serving(DWORD count, const HANDLE *handles)
{
    DWORD start = GetTickCount(), result = WAIT_TIMEOUT;

    while (GetTickCount() - start < PATIENCE)
    {
        result = MsgWaitForMultipleObjects(count, handles, FALSE, PATIENCE, QS_ALLINPUT);
        if (result != WAIT_OBJECT_0 + count)
            break;
        pump();
    }
    return result;
}

/* Starts it and waits until it has what it is to have. */
static void client_start(struct client *client, DWORD model, const WCHAR *what)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR command[3 * MAX_PATH], path[MAX_PATH], event[64];
    HANDLE handles[2];

    CloseHandle(client->file);
    swprintf(event, ARRAYSIZE(event), L"client-death-%lu", GetCurrentProcessId());
    client->ready = CreateEventW(NULL, FALSE, FALSE, event);
    tap_peer_path(L"client.exe", path);
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" \"%ls\" %lu %ls %ls", path, client->name, model,
            event, what);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup,
                &client->process))
        bail_out("client.exe does not start: %lu", GetLastError());
    handles[0] = client->ready;
    handles[1] = client->process.hProcess;
    is_uint(wait_serving(2, handles), WAIT_OBJECT_0, "the client holds what it is to hold");
}

/* Kills it, unless it ends by itself. The time it was gone, in ticks. */
static DWORD client_end(struct client *client, BOOL kill)
{
    if (kill)
        TerminateProcess(client->process.hProcess, 1);
    is_uint(wait_serving(1, &client->process.hProcess), WAIT_OBJECT_0, "the client is gone");
    CloseHandle(client->process.hProcess);
    CloseHandle(client->process.hThread);
    CloseHandle(client->ready);
    DeleteFileW(client->name);
    return GetTickCount();
}

static void check_released(struct counted *object, LONG left, DWORD since, const char *what)
{
    ok(becomes(&object->references, left), "%s is let go (%ld references)", what,
            object->references);
    note("%lu ms after the client's end", GetTickCount() - since);
}

/* Waits until the objects which were made in calls are gone. */
static void made_settle(void)
{
    for (DWORD start = GetTickCount(); counted_alive() && GetTickCount() - start < 5000;)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, 5, QS_ALLINPUT);
        pump();
    }
}

/* ---- what a client may hold ---- */

static void test_held(DWORD model, DWORD client_model, BOOL kill)
{
    struct counted normal, table, external;
    struct client client;
    IStream *packet;
    struct host host;
    DWORD since;

    counted_init(&normal);
    counted_init(&table);
    counted_init(&external);
    external.has_external = TRUE;
    host_start(&host, model);
    client_open(&client);
    client_give(&client, &host, &normal, MSHLFLAGS_NORMAL, NULL);
    client_give(&client, &host, &normal, MSHLFLAGS_NORMAL, NULL);
    client_give(&client, &host, &table, MSHLFLAGS_TABLESTRONG, &packet);
    client_give(&client, &host, &external, MSHLFLAGS_NORMAL, NULL);
    client_start(&client, client_model, kill ? L"hold" : L"exit");
    if (kill)
    {
        ok(normal.references > 1, "an object is held");
        is_int(external.connections, 1, "another has a connection");
    }
    since = client_end(&client, kill);
    check_released(&normal, 1, since, "an object in normal packets");
    check_released(&external, 1, since, "an object with IExternalConnection");
    is_int(external.connections, 0, "its connection has ended");
    is_int(external.last_closes, TRUE, "which closes it");
    ok(table.references > 1, "a table-strong packet goes on holding its object");
    stream_rewind(packet);
    is_hr(host_release_packet(&host, packet), S_OK, "until it is released");
    IStream_Release(packet);
    check_released(&table, 1, since, "its object");
    host_stop(&host);
}

static void test_many(DWORD model)
{
    struct client client;
    struct counted object;
    struct host host;
    DWORD since;

    counted_init(&object);
    host_start(&host, model);
    client_open(&client);
    client_give(&client, &host, &object, MSHLFLAGS_NORMAL, NULL);
    client_start(&client, COINIT_MULTITHREADED, L"many");
    is_int(counted_alive(), OBJECTS_MADE, "a client has many objects");
    since = client_end(&client, TRUE);
    check_released(&object, 1, since, "their maker");
    made_settle();
    is_int(counted_alive(), 0, "each of them is released");
    host_stop(&host);
}

/* ---- a client whose call is being served ---- */

static HANDLE entered, proceed;

static void call_waits(struct counted *object)
{
    (void)object;
    SetEvent(entered);
    WaitForSingleObject(proceed, PATIENCE);
}

static void test_call(DWORD model, const WCHAR *what, const char *name)
{
    struct client client;
    struct counted object;
    struct host host;
    DWORD since;

    entered = CreateEventW(NULL, FALSE, FALSE, NULL);
    proceed = CreateEventW(NULL, FALSE, FALSE, NULL);
    counted_init(&object);
    object.on_call = call_waits;
    host_start(&host, model);
    client_open(&client);
    client_give(&client, &host, &object, MSHLFLAGS_NORMAL, NULL);
    client_start(&client, COINIT_MULTITHREADED, what);
    is_uint(wait_serving(1, &entered), WAIT_OBJECT_0, "%s: the call is being served", name);
    since = client_end(&client, TRUE);
    ok(object.references > 1, "%s: the call still has the object", name);
    SetEvent(proceed);
    check_released(&object, 1, since, name);
    made_settle();
    is_int(counted_alive(), 0, "%s: what the answer held is released", name);
    is_int(object.calls, 1, "%s: it was one call", name);

    /* The apartment goes on serving others. */
    object.on_call = NULL;
    client_open(&client);
    client_give(&client, &host, &object, MSHLFLAGS_NORMAL, NULL);
    client_start(&client, COINIT_MULTITHREADED, L"many");
    since = client_end(&client, TRUE);
    check_released(&object, 1, since, "the next client's object");
    host_stop(&host);
    CloseHandle(entered);
    CloseHandle(proceed);
}

static void run_all(void)
{
    static const DWORD models[] = {COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED};

    for (unsigned int i = 0; i < ARRAYSIZE(models); ++i)
    {
        note(models[i] == COINIT_MULTITHREADED ? "objects in the MTA" : "objects in an STA");
        test_held(models[i], COINIT_MULTITHREADED, TRUE);
        test_held(models[i], COINIT_APARTMENTTHREADED, TRUE);
        test_held(models[i], COINIT_MULTITHREADED, FALSE);
        test_many(models[i]);
        test_call(models[i], L"lock", "LockServer");
        test_call(models[i], L"make", "CreateInstance");
    }
}

int main(void)
{
    if (builtin_lacks("an eye on clients that die"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("clients that die");
    CoUninitialize();
    return done_testing();
}
