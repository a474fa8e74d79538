/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Many bindings of one thread, and servers of which one says nothing: the others go on, whoever is
 * of a higher priority, is suspended or is sent on to the silent one; and in the end all bytes have
 * come. Pages IBinding, IInternetPriority; docs/urlmon.md, "http, https and ftp".
 */
#include "../binding/client.h"
#include "harness.h"

#include <stdlib.h>
#include <wchar.h>

TAP_TIME_LIMIT(400);

#define PULL                                                                                       \
    (BINDF_ASYNCHRONOUS | BINDF_ASYNCSTORAGE | BINDF_PULLDATA | BINDF_NOWRITECACHE                 \
            | BINDF_GETNEWESTVERSION)
#define SIZE 40000
#define CROWD 60
#define SLOTS 16 /* operations under way at once, while any of them ends */

static struct harness_server quick, silent, redirects;
static struct client clients[CROWD + SLOTS + 4];
static BYTE expected[SIZE];
static unsigned int serial;

static void file_make(const struct harness_server *server)
{
    WCHAR path[MAX_PATH];
    DWORD read = 0;
    HANDLE file;

    harness_make_file(server, "x.bin", SIZE, "c", NULL);
    swprintf(path, ARRAYSIZE(path), L"%ls\\x.bin", server->root);
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
            0, NULL);
    ReadFile(file, expected, SIZE, &read, NULL);
    CloseHandle(file);
    if (read != SIZE)
        bail_out("no file at %s", tap_wstr(path));
}

static void silence(BOOL on)
{
    harness_do("nginx %s id=%d", on ? "pause" : "continue", silent.id);
}

static struct client *client_begin(struct client *client, const struct harness_server *server,
        LONG priority)
{
    WCHAR name[40];

    swprintf(name, ARRAYSIZE(name), L"x.bin?%u", ++serial);
    client_open(client);
    client->bindf = PULL;
    client->priority = priority;
    client->expected = expected;
    client_bind(client, harness_url(server, name));
    is_hr(client->bind_result, MK_S_ASYNCHRONOUS, "BindToStorage");
    return client;
}

/* Dispatches messages until these have ended; how many have. */
static unsigned int clients_wait(struct client *first, unsigned int count)
{
    ULONGLONG end = GetTickCount64() + 120000;
    unsigned int stopped = 0;
    MSG message;

    while (stopped < count && GetTickCount64() < end)
    {
        MsgWaitForMultipleObjects(0, NULL, FALSE, 100, QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
        stopped = 0;
        for (unsigned int i = 0; i < count; i++)
            stopped += first[i].stopped;
    }
    return stopped;
}

/* All have ended well, and are let go of. */
static void clients_end(struct client *first, unsigned int count, const char *what)
{
    unsigned int good = 0, whole = 0;
    LONG wrong = 0;

    is_uint(clients_wait(first, count), count, "%s: they end", what);
    for (unsigned int i = 0; i < count; i++)
    {
        good += first[i].result == S_OK && first[i].stops == 1;
        whole += first[i].received == SIZE;
        wrong += first[i].bad_bytes + first[i].wrong_thread + first[i].wrong_order;
        if (first[i].stopped)
            client_close(&first[i], what);
    }
    is_uint(good, count, "%s: well, and once", what);
    is_uint(whole, count, "%s: with all bytes", what);
    is_int(wrong, 0, "%s: in order, on their thread", what);
}

static LONG priority_of(unsigned int i)
{
    static const LONG priorities[] = {THREAD_PRIORITY_NORMAL, THREAD_PRIORITY_IDLE,
            THREAD_PRIORITY_HIGHEST, THREAD_PRIORITY_LOWEST, THREAD_PRIORITY_TIME_CRITICAL,
            THREAD_PRIORITY_BELOW_NORMAL};

    return priorities[i % ARRAYSIZE(priorities)];
}

static void test_priorities(void)
{
    for (unsigned int i = 0; i < CROWD; i++)
        client_begin(&clients[i], &quick, priority_of(i));
    clients_end(clients, CROWD, "many priorities");
}

/* Those of the silent server come first and are the most important ones. */
static void test_silent(unsigned int count, const char *what)
{
    unsigned int ended = 0;

    silence(TRUE);
    for (unsigned int i = 0; i < count; i++)
        client_begin(&clients[CROWD + i], &silent, THREAD_PRIORITY_TIME_CRITICAL);
    for (unsigned int i = 0; i < CROWD; i++)
        client_begin(&clients[i], &quick, priority_of(i));
    clients_end(clients, CROWD, what);
    for (unsigned int i = 0; i < count; i++)
        ended += clients[CROWD + i].stopped;
    is_uint(ended, 0, "%s: those that wait for the silent server", what);
    silence(FALSE);
    clients_end(&clients[CROWD], count, "when it speaks");
}

/* Of those that hold all slots one is suspended, and has to wait longer than its server does. */
static void test_suspended(void)
{
    struct client *last = &clients[SLOTS - 1], *other = &clients[CROWD];
    LONG calls;

    silence(TRUE);
    for (unsigned int i = 0; i < SLOTS; i++)
        client_begin(&clients[i], &silent, THREAD_PRIORITY_NORMAL);
    is_hr(IBinding_Suspend(last->binding), S_OK, "Suspend of one that holds a slot");
    calls = last->calls;
    client_begin(other, &quick, THREAD_PRIORITY_LOWEST);
    clients_end(other, 1, "beside a suspended one");
    silence(FALSE);
    clients_end(clients, SLOTS - 1, "the others of its server");
    client_begin(other, &silent, THREAD_PRIORITY_NORMAL);
    clients_end(other, 1, "another one of its server");
    is_int(last->calls, calls, "it is told nothing");
    is_hr(IBinding_Resume(last->binding), S_OK, "Resume");
    clients_end(last, 1, "the suspended one");
}

/* From a server that answers at once, to one that does not, and to one that does. */
static void test_redirected(void)
{
    struct client *sent = &clients[CROWD], *free = &clients[CROWD + 1];

    silence(TRUE);
    for (unsigned int i = 0; i < SLOTS; i++)
        client_begin(&clients[i], &silent, THREAD_PRIORITY_NORMAL);
    harness_do("server set id=%d kind=redirect keepalive=off to=http://127.0.0.1:%d/x.bin",
            redirects.id, silent.port);
    client_begin(sent, &redirects, THREAD_PRIORITY_HIGHEST);
    harness_do("server log id=%d wait=1", redirects.id);
    while (client_code(sent, BINDSTATUS_REDIRECTING) < 0 && !sent->stopped)
        pump_messages(10);
    harness_do("server set id=%d kind=redirect keepalive=off to=http://127.0.0.1:%d/x.bin",
            redirects.id, quick.port);
    client_begin(free, &redirects, THREAD_PRIORITY_LOWEST);
    clients_end(free, 1, "redirected to the other server");
    ok(!sent->stopped, "redirected to the silent one: it waits");
    silence(FALSE);
    clients_end(sent, 1, "redirected to the silent one");
    clients_end(clients, SLOTS, "those that were there");
}

/* Silence is no error here, however long this machine takes. */
static void set_timeout(void)
{
    DWORD milliseconds = 1000000;

    RegSetKeyValueW(HKEY_CURRENT_USER,
            L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings", L"ReceiveTimeout",
            REG_DWORD, &milliseconds, sizeof(milliseconds));
}

int main(void)
{
    harness_require();
    CoInitialize(NULL);
    if (!builtin_lacks("bindings that go on beside those whose server is silent"))
    {
        set_timeout();
        harness_nginx_start(&quick, "keepalive=off");
        harness_nginx_start(&silent, "keepalive=off");
        harness_server_start(&redirects, "kind=redirect keepalive=off to=self");
        file_make(&quick);
        file_make(&silent);
        test_silent(SLOTS, "sixteen wait"); /* the host makes its threads */
        test_priorities();
        tap_account_begin();
        test_priorities();
        test_silent(1, "one waits");
        test_silent(SLOTS, "sixteen wait");
        test_suspended();
        test_redirected();
        tap_account_end("a crowd");
        harness_server_stop(&redirects);
        harness_server_stop(&silent);
        harness_server_stop(&quick);
    }
    CoUninitialize();
    return done_testing();
}
