/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The broker's table by itself: what its clients may ask for, in which order they get it, and what
 * becomes of it when they go. The sessions are all of this process.
 */
#include <rpc.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "broker_running.h"
#include "scm_table.h"
#include "tap.h"

static const GUID class_a = {0xa0000001, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
static const GUID class_b = {0xb0000001, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};

static scm_answer answer;
static ULONG answer_size;
static BYTE *answer_objref;

static ULONG session_make(WORD machine)
{
    ULONG session = 0;
    HANDLE process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, GetCurrentProcessId());
    HRESULT hr = scm_session_open(GetCurrentProcessId(), process, machine, &session);

    if (FAILED(hr))
        fail("scm_session_open: %08lx", hr);
    return session;
}

/* Registers a class with one byte of OBJREF, or fails. */
static ULONG offer_make(ULONG session, const GUID *clsid, ULONG flags, BYTE mark)
{
    scm_offer offer = {*clsid, SCM_KEY_CLASS, CLSCTX_LOCAL_SERVER, flags, 1, 0};
    ULONG registration = 0;
    HRESULT hr = scm_table_register(session, 1, &offer, 1, &mark, &registration);

    if (FAILED(hr))
        fail("scm_table_register: %08lx", hr);
    return registration;
}

static void answer_free(void)
{
    MIDL_user_free(answer_objref);
    answer_objref = NULL;
}

/* The mark of what is found now; -1: nothing. Fails the test on errors. */
static int find_now(ULONG session, const GUID *clsid, ULONG machine)
{
    scm_request request = {*clsid, SCM_KEY_CLASS, machine, 1000, 0};
    HRESULT hr = scm_table_activate(session, &request, &answer, &answer_size, &answer_objref);
    int mark = -1;

    if (FAILED(hr))
        fail("scm_table_activate: %08lx", hr);
    if (answer.state == SCM_READY && answer_size == 1)
        mark = *answer_objref;
    answer_free();
    return mark;
}

/* What the answer to a request with an event is. */
static ULONG ask(ULONG session, const GUID *clsid, ULONG timeout, HANDLE event)
{
    scm_request request = {*clsid, SCM_KEY_CLASS, 0, timeout, (ULONG_PTR)event};
    HRESULT hr = scm_table_activate(session, &request, &answer, &answer_size, &answer_objref);

    if (FAILED(hr))
        fail("scm_table_activate: %08lx", hr);
    answer_free();
    return answer.state;
}

/* Polls; *mark is what came. */
static ULONG poll_ticket(ULONG session, ULONG ticket, int *mark)
{
    HRESULT hr = scm_table_poll(session, ticket, &answer, &answer_size, &answer_objref);

    *mark = SUCCEEDED(hr) && answer.state == SCM_READY && answer_size == 1 ? *answer_objref : -1;
    answer_free();
    return SUCCEEDED(hr) ? answer.state : 0xffff;
}

static HANDLE event_make(void)
{
    return CreateEventW(NULL, FALSE, FALSE, NULL);
}

static bool is_set(HANDLE event, DWORD patience)
{
    return WaitForSingleObject(event, patience) == WAIT_OBJECT_0;
}

/* Whether there are no more than that; waits a while for it. */
static bool handles_come_down(unsigned int limit)
{
    for (unsigned int i = 0; i < 500 && tap_handle_count() > limit; i++)
        Sleep(10);
    return tap_handle_count() <= limit;
}

static void test_order(void)
{
    ULONG first = session_make(IMAGE_FILE_MACHINE_AMD64);
    ULONG second = session_make(IMAGE_FILE_MACHINE_I386);
    ULONG one, two;

    is_int(find_now(first, &class_a, 0), -1, "nothing is registered");
    one = offer_make(first, &class_a, REGCLS_MULTIPLEUSE, 1);
    two = offer_make(second, &class_a, REGCLS_MULTIPLEUSE, 2);
    ok(one && two && one != two, "registrations have names");
    is_int(find_now(second, &class_a, 0), 1, "the oldest registration is given out");
    is_int(find_now(second, &class_a, 0), 1, "again and again");
    is_int(find_now(first, &class_a, IMAGE_FILE_MACHINE_I386), 2, "the 32-bit one when asked for");
    is_int(find_now(first, &class_a, IMAGE_FILE_MACHINE_AMD64), 1, "the 64-bit one");
    is_int(find_now(first, &class_a, 0xaa64), -1, "none of a third kind");
    is_int(find_now(first, &class_b, 0), -1, "and not for another class");

    is_hr(scm_table_revoke(second, one), S_FALSE, "another client cannot revoke it");
    is_hr(scm_table_revoke(first, one), S_OK, "its own can");
    is_hr(scm_table_revoke(first, one), S_FALSE, "once");
    is_int(find_now(first, &class_a, 0), 2, "the next one is given out");
    is_hr(scm_table_suspend(second, TRUE), S_OK, "suspended");
    is_int(find_now(first, &class_a, 0), -1, "it is hidden");
    offer_make(second, &class_b, REGCLS_MULTIPLEUSE, 3);
    is_int(find_now(first, &class_b, 0), -1, "and so is what comes later");
    is_hr(scm_table_suspend(second, FALSE), S_OK, "resumed");
    is_int(find_now(first, &class_a, 0), 2, "it is there");
    is_int(find_now(first, &class_b, 0), 3, "and the other");
    is_hr(scm_table_stale(first, two), S_OK, "reported stale");
    is_hr(scm_table_stale(first, two), S_FALSE, "twice");
    is_int(find_now(first, &class_a, 0), -1, "it is gone");
    scm_session_close(second);
    is_int(find_now(first, &class_b, 0), -1, "what a closed session offered is gone");
    is_hr(scm_table_suspend(second, FALSE), E_HANDLE, "and the session too");
    scm_session_close(first);
}

static void test_single_use(void)
{
    ULONG server = session_make(0), client = session_make(0);
    HANDLE given = event_make(), event = event_make();
    scm_offer offer = {class_a, SCM_KEY_CLASS, CLSCTX_LOCAL_SERVER, REGCLS_SINGLEUSE, 1,
            (ULONG_PTR)given};
    ULONG registration, ticket;
    BYTE mark = 7;
    int found;

    is_hr(scm_table_register(server, 1, &offer, 1, &mark, &registration), S_OK, "single use");
    ok(!is_set(given, 0), "not yet given away");
    is_int(find_now(client, &class_a, 0), 7, "given once");
    ok(is_set(given, 0), "the server is told");
    is_int(find_now(client, &class_a, 0), -1, "and not twice");
    is_hr(scm_table_revoke(server, registration), S_FALSE, "revoking says that it was given away");

    /* Two wait, one is served; the other has to start the next server. */
    is_uint(ask(client, &class_a, 60000, event), SCM_LAUNCH, "the first one starts the server");
    ticket = answer.ticket;
    is_hr(scm_table_launched(client, ticket, S_OK, 0), S_OK, "started");
    is_uint(ask(server, &class_a, 60000, given), SCM_WAIT, "the second one waits");
    is_hr(scm_table_register(server, 1, &offer, 1, &mark, &registration), S_OK, "registered");
    ok(is_set(event, 0), "the first one is woken");
    is_uint(poll_ticket(server, answer.ticket, &found), SCM_LAUNCH, "the second's turn to start");
    is_uint(poll_ticket(client, ticket, &found), SCM_READY, "the first is ready");
    is_int(found, 7, "with the object");
    is_uint(poll_ticket(client, ticket, &found), 0xffff, "the ticket is used up");

    /* An object that a client waited for and did not take goes back. */
    scm_session_close(client);
    client = session_make(0);
    is_uint(ask(client, &class_b, 60000, event), SCM_LAUNCH, "another class");
    offer.clsid = class_b;
    offer.given = 0;
    is_hr(scm_table_register(server, 1, &offer, 1, &mark, &registration), S_OK, "its server");
    is_int(find_now(server, &class_b, 0), -1, "it is kept for the client");
    scm_session_close(client);
    is_int(find_now(server, &class_b, 0), 7, "and goes to the next when that ended");
    scm_session_close(server);
    CloseHandle(given);
    CloseHandle(event);
}

static void test_launches(void)
{
    ULONG clients[3], server = session_make(0), tickets[3];
    HANDLE events[3];
    ULONGLONG begin;
    int found;

    for (unsigned int i = 0; i < 3; i++)
    {
        clients[i] = session_make(0);
        events[i] = event_make();
        is_uint(ask(clients[i], &class_a, 60000, events[i]), i ? SCM_WAIT : SCM_LAUNCH,
                i ? "the others wait" : "the first starts the server");
        tickets[i] = answer.ticket;
    }
    is_hr(scm_table_launched(clients[1], tickets[1], S_OK, 0), S_FALSE, "only the starter starts");
    is_hr(scm_table_launched(clients[1], tickets[0], S_OK, 0), S_FALSE, "with its own ticket");
    scm_session_close(clients[0]);
    ok(is_set(events[1], 0), "the starter has gone: the next is woken");
    is_uint(poll_ticket(clients[1], tickets[1], &found), SCM_LAUNCH, "and starts the server");
    is_uint(poll_ticket(clients[2], tickets[2], &found), SCM_WAIT, "the last waits on");
    is_hr(scm_table_launched(clients[1], tickets[1], S_OK, 0), S_OK, "started");
    is_hr(scm_table_launched(clients[2], tickets[2], S_OK, 0), S_FALSE, "by nobody else");
    is_hr(scm_table_launched(clients[1], tickets[1], S_OK, 0), S_OK, "and once more");
    is_hr(scm_table_cancel(clients[1], tickets[1]), S_OK, "the starter waits no longer");
    is_hr(scm_table_cancel(clients[1], tickets[1]), S_FALSE, "its ticket is gone");
    is_uint(ask(clients[1], &class_a, 60000, events[1]), SCM_WAIT, "a late one joins");
    tickets[1] = answer.ticket;
    offer_make(server, &class_a, REGCLS_MULTIPLEUSE, 9);
    ok(is_set(events[1], 0) && is_set(events[2], 0), "registered: all are woken");
    poll_ticket(clients[2], tickets[2], &found);
    is_int(found, 9, "the one has it");
    poll_ticket(clients[1], tickets[1], &found);
    is_int(found, 9, "the other too");

    is_uint(ask(clients[1], &class_b, 60000, events[1]), SCM_LAUNCH, "a server");
    tickets[1] = answer.ticket;
    is_uint(ask(clients[2], &class_b, 60000, events[2]), SCM_WAIT, "and one who waits");
    tickets[2] = answer.ticket;
    is_hr(scm_table_launched(clients[1], tickets[1], CO_E_APPNOTFOUND, 0), S_OK, "not found");
    is_uint(poll_ticket(clients[2], tickets[2], &found), SCM_FAILED, "all fail");
    is_hr(answer.result, CO_E_APPNOTFOUND, "with that reason");
    is_uint(poll_ticket(clients[1], tickets[1], &found), SCM_FAILED, "the starter too");

    is_uint(ask(clients[1], &class_b, 60000, events[1]), SCM_LAUNCH, "again");
    tickets[1] = answer.ticket;
    is_uint(ask(clients[2], &class_b, 60000, events[2]), SCM_WAIT, "and one who waits");
    tickets[2] = answer.ticket;
    is_hr(scm_table_launched(clients[1], tickets[1], S_OK, 0), S_OK, "started");
    is_hr(scm_table_launched(clients[2], tickets[2], E_FAIL, 0), S_FALSE,
            "only who started it knows");
    is_hr(scm_table_launched(clients[1], tickets[1], CO_E_SERVER_EXEC_FAILURE, 0), S_OK,
            "that it has failed since");
    is_uint(poll_ticket(clients[2], tickets[2], &found), SCM_FAILED, "all fail");
    is_hr(answer.result, CO_E_SERVER_EXEC_FAILURE, "with that reason");
    poll_ticket(clients[1], tickets[1], &found);

    begin = GetTickCount64();
    is_uint(ask(clients[1], &class_b, 300, events[1]), SCM_LAUNCH, "again");
    ResetEvent(events[1]);
    tickets[1] = answer.ticket;
    is_hr(scm_table_launched(clients[1], tickets[1], S_OK, 0), S_OK, "it never registers");
    ok(is_set(events[1], 5000), "woken after its time");
    ok(GetTickCount64() - begin >= 290, "and not before");
    is_uint(poll_ticket(clients[1], tickets[1], &found), SCM_FAILED, "failed");
    is_hr(answer.result, CO_E_SERVER_EXEC_FAILURE, "the server did not register");

    for (unsigned int i = 0; i < 3; i++)
    {
        scm_session_close(clients[i]);
        CloseHandle(events[i]);
    }
    scm_session_close(server);
}

/* Starts a server and does not wait for it. Its class: the number. */
static void launch_and_go(ULONG client, ULONG number, HANDLE event)
{
    GUID clsid = class_a;

    clsid.Data2 = (USHORT)number;
    if (ask(client, &clsid, 60000, event) != SCM_LAUNCH)
        fail("server %lu is not started", number);
    scm_table_launched(client, answer.ticket, S_OK, 0);
    scm_table_cancel(client, answer.ticket);
}

/* Of the servers that nobody waits for so many are expected as the broker has room for. */
static void test_unwaited(void)
{
    ULONG client = session_make(0);
    HANDLE event = event_make();
    GUID clsid = class_a;
    unsigned int before;

    clsid.Data2 = 99;
    is_uint(ask(client, &clsid, 60000, event), SCM_LAUNCH, "a server that is waited for");
    scm_table_launched(client, answer.ticket, S_OK, 0);
    for (ULONG i = 0; i <= SCM_LAUNCHES_UNWAITED; i++)
        launch_and_go(client, 100 + i, event);
    is_uint(ask(client, &clsid, 60000, event), SCM_WAIT, "it is expected");
    clsid.Data2 = 101;
    is_uint(ask(client, &clsid, 60000, event), SCM_WAIT, "the second of the others, too");
    scm_table_cancel(client, answer.ticket);
    clsid.Data2 = 100;
    is_uint(ask(client, &clsid, 60000, event), SCM_LAUNCH, "the first of them is forgotten");

    before = tap_handle_count();
    for (ULONG i = 0; i < 4 * SCM_LAUNCHES_UNWAITED; i++)
        launch_and_go(client, 1000 + i, event);
    before += SCM_LAUNCHES_UNWAITED; /* for what is closed on other threads, and these threads */
    ok(handles_come_down(before), "at most %u handles, %u after many more", before,
            tap_handle_count());
    scm_session_close(client);
    CloseHandle(event);
}

static void test_expected_servers(void)
{
    ULONG client = session_make(0), server = session_make(0), ticket;
    HANDLE event = event_make();
    int found;

    scm_table_expect_servers(400);
    is_uint(ask(client, &class_a, 60000, event), SCM_WAIT, "the server may come back");
    ticket = answer.ticket;
    offer_make(server, &class_a, REGCLS_MULTIPLEUSE, 4);
    ok(is_set(event, 0), "it does");
    poll_ticket(client, ticket, &found);
    is_int(found, 4, "and serves");
    is_uint(ask(client, &class_b, 60000, event), SCM_WAIT, "another one");
    ticket = answer.ticket;
    ok(is_set(event, 5000), "does not");
    is_uint(poll_ticket(client, ticket, &found), SCM_LAUNCH, "and is started");
    scm_session_close(client);
    scm_session_close(server);
    CloseHandle(event);
}

static void test_limits(void)
{
    static scm_offer offers[SCM_REGISTER_MAX + 1];
    static BYTE objrefs[SCM_REGISTER_BYTES_MAX + 1];
    ULONG ids[SCM_REGISTER_MAX + 1], session = session_make(0), count = 0;
    scm_request request = {class_a, SCM_KEY_CLASS, 0, 1000, 0x12345678};
    HANDLE event = event_make();
    HRESULT hr;

    for (unsigned int i = 0; i < ARRAYSIZE(offers); i++)
    {
        offers[i].clsid = class_a;
        offers[i].flags = REGCLS_MULTIPLEUSE;
        offers[i].size = 1;
    }
    is_hr(scm_table_register(session, 0, offers, 0, objrefs, ids), E_INVALIDARG, "none");
    is_hr(scm_table_register(session, SCM_REGISTER_MAX + 1, offers, SCM_REGISTER_MAX + 1, objrefs,
                  ids),
            E_INVALIDARG, "too many");
    is_hr(scm_table_register(session, 2, offers, 1, objrefs, ids), E_INVALIDARG, "too few bytes");
    is_hr(scm_table_register(session, 2, offers, 3, objrefs, ids), E_INVALIDARG, "too many bytes");
    offers[1].size = 0xffffffff;
    is_hr(scm_table_register(session, 2, offers, 0, objrefs, ids), E_INVALIDARG, "a sum beyond");
    offers[1].size = 0;
    is_hr(scm_table_register(session, 2, offers, 1, objrefs, ids), E_INVALIDARG, "an empty one");
    offers[1].size = SCM_OBJREF_MAX + 1;
    is_hr(scm_table_register(session, 2, offers, SCM_OBJREF_MAX + 2, objrefs, ids), E_INVALIDARG,
            "a large one");
    offers[1].size = 1;
    offers[1].kind = 2;
    is_hr(scm_table_register(session, 2, offers, 2, objrefs, ids), E_INVALIDARG, "a strange one");
    offers[1].kind = SCM_KEY_CLASS;
    is_hr(scm_table_register(session + 1000, 1, offers, 1, objrefs, ids), E_HANDLE, "of nobody");
    is_int(find_now(session, &class_a, 0), -1, "nothing of it is registered");
    do
        hr = scm_table_register(session, SCM_REGISTER_MAX, offers, SCM_REGISTER_MAX, objrefs, ids);
    while (hr == S_OK && ++count <= SCM_CLIENT_REGISTRATIONS);
    is_hr(hr, E_OUTOFMEMORY, "a client gets no more than its share");
    is_uint(count, SCM_CLIENT_REGISTRATIONS / SCM_REGISTER_MAX, "of registrations");
    scm_session_close(session);

    session = session_make(0);
    is_hr(scm_table_activate(session, &request, &answer, &answer_size, &answer_objref),
            E_INVALIDARG, "an event that is none");
    for (count = 0; count <= SCM_CLIENT_TICKETS; count++)
    {
        request.event = (ULONG_PTR)event;
        hr = scm_table_activate(session, &request, &answer, &answer_size, &answer_objref);
        if (hr != S_OK)
            break;
    }
    is_hr(hr, E_OUTOFMEMORY, "a client gets no more than its share");
    is_uint(count, SCM_CLIENT_TICKETS, "of tickets");
    is_hr(scm_table_activate(session + 1000, &request, &answer, &answer_size, &answer_objref),
            E_HANDLE, "no ticket for nobody");
    scm_session_close(session);
    CloseHandle(event);
}

/* Clients that come and go leave nothing. */
static void test_leak(void)
{
    HANDLE event = event_make();
    unsigned int before = 0;

    for (unsigned int i = 0; i < 200; i++)
    {
        ULONG server = session_make(0), client = session_make(0), left = session_make(0);

        if (i == 20)
        {
            Sleep(100); /* until the last ones are closed: on other threads */
            before = tap_handle_count();
        }
        ask(client, &class_a, 60000, event);
        scm_table_launched(client, answer.ticket, S_OK, GetCurrentProcessId());
        ask(client, &class_b, 60000, event);
        ask(left, &class_b, 60000, event);
        offer_make(server, &class_a, REGCLS_SINGLEUSE, 1);
        offer_make(server, &class_a, REGCLS_MULTIPLEUSE, 2);
        scm_session_close(server);
        scm_session_close(client);
        scm_table_launched(left, answer.ticket, E_FAIL, 0);
        scm_session_close(left);
    }
    ok(handles_come_down(before), "handles: %u, then %u", before, tap_handle_count());
    CloseHandle(event);
}

static void test_leaving(void)
{
    ULONG session = session_make(0);
    HANDLE changed = scm_table_changed(), process;

    is_uint(scm_table_sessions(), 1, "one session");
    ok(!scm_table_leave(), "the broker stays");
    scm_session_close(session);
    ok(is_set(changed, 0), "a change is told");
    ok(scm_table_leave(), "it may leave");
    process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, GetCurrentProcessId());
    is_hr(scm_session_open(1, process, 0, &session), CO_E_SERVER_STOPPING, "then it serves nobody");
}

/* ---- running objects ---- */

static ULONG listed(DWORD process)
{
    const struct broker_running_list *list = broker_running_list();
    ULONG count = 0;

    for (ULONG i = 0; i < list->count; i++)
        count += list->processes[i].process == process;
    return count;
}

static bool listed_reaches(DWORD process, ULONG count)
{
    for (unsigned int i = 0; i < 1000 && listed(process) != count; i++)
        Sleep(10);
    return listed(process) == count;
}

/* A process that only lives. */
static HANDLE process_start(DWORD *id)
{
    PROCESS_INFORMATION information;
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR path[MAX_PATH], command[MAX_PATH + 16];

    GetModuleFileNameW(NULL, path, ARRAYSIZE(path));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" live", path);
    if (!CreateProcessW(path, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &information))
        bail_out("no process: %lu", GetLastError());
    CloseHandle(information.hThread);
    *id = information.dwProcessId;
    return information.hProcess;
}

/* A session of that process. */
static ULONG session_of_process(DWORD id)
{
    ULONG session = 0;
    HANDLE process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, id);

    is_hr(scm_session_open(id, process, IMAGE_FILE_MACHINE_AMD64, &session), S_OK, "a session");
    return session;
}

static void test_running(void)
{
    struct broker_running_list *writable = broker_running_list_writable();
    const struct broker_running_list *list = broker_running_list();
    DWORD first, second;
    HANDLE processes[2] = {process_start(&first), process_start(&second)};
    ULONG sessions[2] = {session_of_process(first), session_of_process(second)};
    LONG changes;

    is_hr(scm_table_list_running(sessions[0], 1), E_OUTOFMEMORY, "there is no list yet");
    scm_running_start();
    is_hr(scm_table_list_running(sessions[0] + 1000, 1), E_HANDLE, "nobody");
    is_hr(scm_table_list_running(sessions[0], 0), E_INVALIDARG, "no ID");
    changes = list->changes;
    is_hr(scm_table_list_running(sessions[0], 0x500000001), S_OK, "listed");
    ok(list->changes != changes, "which is told");
    ok(broker_running_listed(first, 0x500000001), "it is");
    is_hr(scm_table_list_running(sessions[0], 0x500000002), S_OK, "again");
    ok(!broker_running_listed(first, 0x500000001), "not by the old ID");
    ok(broker_running_listed(first, 0x500000002), "by the new one");
    is_uint(listed(first), 1, "once");
    is_hr(scm_table_list_running(sessions[1], 7), S_OK, "another process");
    scm_session_close(sessions[0]);
    is_uint(listed(first), 1, "its session is of no importance");
    changes = list->changes;
    TerminateProcess(processes[0], 0);
    ok(listed_reaches(first, 0), "its end is");
    ok(list->changes != changes, "which is told");
    is_uint(listed(second), 1, "the other one stays");

    /* What another broker may have left. */
    writable->processes[list->count].process = first;
    writable->processes[list->count].id[0] = 1;
    writable->processes[list->count + 1].process = 0x7ffffffc;
    writable->processes[list->count + 1].id[0] = 1;
    writable->processes[list->count + 2].process = GetCurrentProcessId();
    writable->processes[list->count + 2].id[0] = 9;
    writable->count += 3;
    is_uint(listed(first), 1, "a process that has ended is listed");
    scm_running_start();
    is_uint(listed(first), 0, "the next broker takes it out");
    is_uint(listed(0x7ffffffc), 0, "as well as one that never was");
    is_uint(listed(GetCurrentProcessId()), 1, "who lives stays");
    is_uint(listed(second), 1, "once");
    writable->count = 0xffffffff;
    scm_running_start();
    ok(list->count <= BROKER_RUNNING_MAX, "a count that cannot be");
    TerminateProcess(processes[1], 0);
    ok(listed_reaches(second, 0), "all have ended");
    scm_session_close(sessions[1]);
    CloseHandle(processes[0]);
    CloseHandle(processes[1]);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "live"))
    {
        Sleep(60000);
        return 0;
    }
    test_order();
    test_single_use();
    test_launches();
    test_unwaited();
    test_expected_servers();
    test_limits();
    test_leak();
    test_running();
    test_leaving();
    return done_testing();
}
