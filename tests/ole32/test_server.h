/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tests of COM share: an object with the interface of testif.idl, the registration of its
 * proxies inside this process, and threads with apartments in which functions can be run.
 */
#ifndef CONCIERGE_TESTS_OLE32_TEST_SERVER_H
#define CONCIERGE_TESTS_OLE32_TEST_SERVER_H

#include <windows.h>
#include <objbase.h>

#include "testif.h"

/* ITestServer::Act. */
enum test_action
{
    TEST_ACT_UNINITIALIZE, /* CoUninitialize inside the call, and once more after the last call */
    TEST_ACT_EXIT_THREAD,  /* ExitThread inside the call */
    TEST_ACT_EXIT_PROCESS, /* ExitProcess inside the call */
    TEST_ACT_TERMINATE_PROCESS,
    TEST_ACT_INNER_HANDLER,   /* an access violation that is handled inside the method */
    TEST_ACT_SET_THREAD_NAME, /* an exception that a handler of the system takes */
};

/* A new object, with one reference. */
ITestServer *test_server_create(void);
/* How many of them are alive in this process. */
LONG test_server_count(void);

/* Registers the proxies of ITestServer and IRawCall; once in each apartment. */
void test_proxies_register(void);

/* Makes calls by hand: a factory of proxies and stubs for IRawCall. raw_proxy.c. */
HRESULT raw_factory_create(REFIID iid, void **out);
/* What the raw stub does with a call; the default copies the request's data to the answer. */
typedef HRESULT (*raw_stub_function)(RPCOLEMESSAGE *message, IRpcChannelBuffer *channel);
extern raw_stub_function volatile raw_stub_invoke;
HRESULT raw_stub_echo(RPCOLEMESSAGE *message, IRpcChannelBuffer *channel);
/* An object for that interface. */
IRawCall *raw_object_create(void);

/* --- threads --- */

struct test_thread;

/* A thread which enters COM with these COINIT_… flags and runs what it is given. */
struct test_thread *test_thread_start(DWORD coinit);
/* Runs function(argument) there, waits without serving messages. */
void test_thread_run(struct test_thread *thread, void (*function)(void *), void *argument);
/* The same without waiting. */
void test_thread_post(struct test_thread *thread, void (*function)(void *), void *argument);
DWORD test_thread_id(const struct test_thread *thread);
/* Waits up to ten seconds for the thread's end, which it is asked for (unless it has ended by
 * itself). FALSE: it did not end. */
BOOL test_thread_stop(struct test_thread *thread);

/* Makes an object in that thread and gets a proxy of it for the calling one; `raw`: an IRawCall.
 * The thread keeps no reference. */
HRESULT test_thread_object(struct test_thread *thread, REFIID iid, void **proxy);

/* Serves messages until *flag is set or the time (ms) is over. Whether it was set. */
BOOL test_pump(volatile LONG *flag, DWORD timeout);

/* --- another process --- */

struct test_process;

/* Starts call_server.exe, beside this program: an object in an apartment of this kind ("sta" or
 * "mta"). NULL and a failed test when it cannot be done. */
struct test_process *test_process_start(const char *apartment);
/* A proxy of its object: ITestServer or IRawCall. */
HRESULT test_process_object(struct test_process *process, REFIID iid, void **proxy);
DWORD test_process_id(const struct test_process *process);
HANDLE test_process_handle(const struct test_process *process);
/* Asks it to end and waits; its exit code: the number of objects that were left, or a number from
 * 1000 when it did not end. */
DWORD test_process_stop(struct test_process *process);

#endif
