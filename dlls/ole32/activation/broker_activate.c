/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's side: gets a class object from the broker, and starts its server when the broker
 * says that it is this process's turn.
 */
#include "broker_client.h"

#include <stdlib.h>

#include "broker_launch.h"
#include "broker_link.h"
#include "broker_shared.h"
#include "launch_permission.h"
#include "trace.h"

/* desktop-src/com/localserver32: "must register a class object within a window of time (by default,
 * 60 seconds)"; the setting ServerTimeout. */
#define SERVER_TIMEOUT 60000
#define ANSWER_PATIENCE 30000 /* ms more until this process gives up on the broker */
#define STOPPED_MAX 8         /* stopped services of one class */
#define SERVICE_LOOKS 1000    /* ms between looks at one that serves */
#define SERVICE_LOOK 300      /* ms between looks at a service, whose process may outlive it */

struct search
{
    const struct broker_server *server;
    scm_request request;
    HRESULT (*launch)(struct search *search);
    HANDLE event;
    struct broker_launched launched;
    scm_answer answer;
    ULONG size;
    BYTE *objref;
};

static HRESULT search_run(struct search *search);

static void search_free(struct search *search)
{
    if (search->event)
        CloseHandle(search->event);
    if (search->launched.process)
        CloseHandle(search->launched.process);
}

/* --- surrogates --- */

static HRESULT launch_surrogate(struct search *search)
{
    return broker_launch_surrogate(search->server, &search->launched);
}

static HRESULT surrogate_unmarshal(const struct search *search, ISurrogate **out)
{
    LARGE_INTEGER start = {0};
    IStream *stream;
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);

    *out = NULL;
    if (FAILED(hr))
        return hr;
    hr = IStream_Write(stream, search->objref, search->size, NULL);
    if (SUCCEEDED(hr))
        hr = IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(hr))
        hr = CoUnmarshalInterface(stream, &IID_ISurrogate, (void **)out);
    IStream_Release(stream);
    return hr;
}

/* Whether an error says that the surrogate process was about to end, or has. */
static BOOL surrogate_is_gone(HRESULT hr)
{
    return hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVER_DIED || hr == RPC_E_SERVER_DIED_DNE
            || hr == CO_E_OBJNOTCONNECTED || hr == RPC_E_INVALID_OBJECT
            || hr == CO_E_SERVER_STOPPING || hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
}

/* Finds or starts the surrogate of the AppID, and has it load the class. */
static HRESULT surrogate_load(struct search *search)
{
    struct search host = {.server = search->server, .launch = launch_surrogate};
    ISurrogate *surrogate;
    HRESULT hr;

    host.request.clsid = search->server->appid;
    host.request.kind = SCM_KEY_SURROGATE;
    /* The system's is of the word size in whose half the DLL is registered. */
    host.request.machine = broker_surrogate_is_own(search->server) ? search->server->half
                                                                   : search->request.machine;
    hr = search_run(&host);
    if (SUCCEEDED(hr))
    {
        search->launched.process_id = host.answer.process;
        hr = surrogate_unmarshal(&host, &surrogate);
        CoTaskMemFree(host.objref);
        if (SUCCEEDED(hr))
        {
            hr = ISurrogate_LoadDllServer(surrogate, &search->server->clsid);
            ISurrogate_Release(surrogate);
        }
        trace("surrogate process %lu loads {%08lx-...}: %08lx", host.answer.process,
                search->server->clsid.Data1, hr);
        if (surrogate_is_gone(hr))
            broker_report_stale(host.answer.registration);
    }
    search_free(&host);
    return hr;
}

/* --- launching --- */

static HRESULT launch_class(struct search *search)
{
    const struct broker_server *server = search->server;
    HRESULT hr = launch_permission_launch(server);

    if (FAILED(hr))
        return hr;
    if (server->service)
        return broker_launch_service(server, &search->launched);
    if (server->command_line)
        return broker_launch_program(server, &search->launched);
    /* One that leaves while it is asked is followed by the next. */
    hr = surrogate_load(search);
    return surrogate_is_gone(hr) ? surrogate_load(search) : hr;
}

/* What this process has started for a broker that ended then may be on its way still. */
static BOOL search_has_launched(const struct search *search)
{
    return search->launched.process
            && WaitForSingleObject(search->launched.process, 0) == WAIT_TIMEOUT;
}

static HRESULT search_launch(struct search *search, struct broker_link *link)
{
    HRESULT hr = S_OK;

    if (!search_has_launched(search))
    {
        if (search->launched.process)
            CloseHandle(search->launched.process);
        memset(&search->launched, 0, sizeof(search->launched));
        hr = search->launch(search);
    }
    return broker_link_launched(link, search->answer.ticket, hr, search->launched.process_id);
}

/* --- asking --- */

/* The service that this process has started for the others as well: whether it has stopped. One
 * that was about to when it was found is started again. */
static HRESULT search_look_at_service(struct search *search, struct broker_link *link)
{
    HRESULT hr = CO_E_SERVER_EXEC_FAILURE;

    if (!search->launched.service || !broker_service_stopped(search->server))
        return S_OK;
    if (search->launched.was_running)
    {
        memset(&search->launched, 0, sizeof(search->launched));
        hr = search->launch(search);
    }
    trace("the service %ls has stopped; again: %08lx", search->server->service, hr);
    if (FAILED(hr))
        search->launched.service = FALSE;
    return broker_link_launched(link, search->answer.ticket, hr, search->launched.process_id);
}

static HRESULT search_wait(struct search *search, struct broker_link *link)
{
    DWORD timeout = search->request.timeout, part;
    HRESULT hr;

    timeout = timeout < INFINITE - ANSWER_PATIENCE ? timeout + ANSWER_PATIENCE : INFINITE - 1;
    do
    {
        part = search->launched.service ? min(timeout, SERVICE_LOOK) : timeout;
        timeout -= part;
        hr = broker_wait(search->event, link->process, part, TRUE);
        if (hr == RPC_S_CALLPENDING && timeout && FAILED(search_look_at_service(search, link)))
            return BROKER_E_LOST;
    } while (hr == RPC_S_CALLPENDING && timeout);
    if (hr == S_OK)
        return S_OK;
    broker_link_cancel(link, search->answer.ticket);
    return hr == RPC_S_CALLPENDING ? CO_E_SERVER_EXEC_FAILURE : hr;
}

/* From the first answer with a ticket to the last one. */
static HRESULT search_follow(struct search *search, struct broker_link *link)
{
    HRESULT hr;

    for (;;)
    {
        hr = S_OK;
        if (search->answer.state == SCM_LAUNCH)
            hr = search_launch(search, link);
        if (SUCCEEDED(hr))
            hr = search_wait(search, link);
        if (FAILED(hr))
            return hr;
        /* Before the question: a change after the answer sets it again. */
        ResetEvent(search->event);
        hr = broker_link_poll(link, search->answer.ticket, &search->answer, &search->size,
                &search->objref);
        if (FAILED(hr) || search->answer.state == SCM_READY)
            return hr;
        if (search->answer.state == SCM_FAILED)
            return search->answer.result;
    }
}

static HRESULT search_ask(struct search *search, struct broker_link *link)
{
    HRESULT hr;

    search->request.event = 0;
    hr = broker_link_activate(link, &search->request, &search->answer, &search->size,
            &search->objref);
    if (FAILED(hr) || search->answer.state == SCM_READY)
        return hr;
    if (!search->launch)
        return REGDB_E_CLASSNOTREG;
    if (!search->event)
        search->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!search->event)
        return E_OUTOFMEMORY;
    if (!search->request.timeout)
        search->request.timeout = broker_setting(L"ServerTimeout", SERVER_TIMEOUT);
    search->request.event = (ULONG_PTR)search->event;
    hr = broker_link_activate(link, &search->request, &search->answer, &search->size,
            &search->objref);
    if (FAILED(hr) || search->answer.state == SCM_READY)
        return hr;
    if (search->answer.state == SCM_FAILED)
        return search->answer.result;
    return search_follow(search, link);
}

static HRESULT search_run(struct search *search)
{
    struct broker_patience patience = {0};
    struct broker_link *link;
    HRESULT hr;

    do
    {
        hr = broker_link_get(&link);
        if (FAILED(hr))
            return hr;
        hr = search_ask(search, link);
        broker_link_release(link);
    } while (hr == BROKER_E_LOST && broker_has_patience(&patience));
    return hr == BROKER_E_LOST ? CO_E_SCM_RPC_FAILURE : hr;
}

/* A look costs some ms: a process makes one a second for a class. */
static BOOL service_look_due(REFCLSID clsid)
{
    static SRWLOCK lock = SRWLOCK_INIT;
    static CLSID last;
    static ULONGLONG last_time;
    ULONGLONG now = GetTickCount64();
    BOOL due;

    AcquireSRWLockExclusive(&lock);
    due = !IsEqualCLSID(&last, clsid) || now - last_time >= SERVICE_LOOKS;
    if (due)
    {
        last = *clsid;
        last_time = now;
    }
    ReleaseSRWLockExclusive(&lock);
    return due;
}

/* "COM makes sure the process ID of the service matches that of the registering process": what is
 * left of a service that has stopped, in a process which has not ended, is not given out; what
 * another service offers in its place, to start it when it is wanted, is. FALSE: it was left over,
 * and is gone. combaseapi/nf-combaseapi-coregistersurrogate */
static BOOL search_is_served(struct search *search)
{
    /* One that was started just now has been looked at. */
    if (!search->server->service || search->launched.service
            || search->answer.process == GetCurrentProcessId()
            || !service_look_due(&search->server->clsid) || !broker_service_stopped(search->server)
            || broker_process_has_service(search->answer.process))
        return TRUE;
    trace("the service %ls has stopped, process %lu has its class object still",
            search->server->service, search->answer.process);
    broker_report_stale(search->answer.registration);
    CoTaskMemFree(search->objref);
    search->objref = NULL;
    return FALSE;
}

HRESULT broker_get_class_object(const struct broker_server *server, DWORD context, BYTE **objref,
        DWORD *objref_size, DWORD *cookie)
{
    struct search search = {.server = server};
    unsigned int stale = 0;
    HRESULT hr;

    *objref = NULL;
    *objref_size = 0;
    *cookie = 0;
    hr = launch_permission_activate(server);
    if (FAILED(hr))
        return hr;
    search.request.clsid = server->clsid;
    search.request.kind = SCM_KEY_CLASS;
    search.request.machine = server->machine;
    if (server->service || server->command_line || server->surrogate)
        search.launch = launch_class;
    do
        hr = search_run(&search);
    while (SUCCEEDED(hr) && !search_is_served(&search) && stale++ < STOPPED_MAX);
    search_free(&search);
    if (SUCCEEDED(hr) && !search.objref)
        hr = CO_E_SERVER_EXEC_FAILURE;
    if (FAILED(hr))
    {
        trace("class {%08lx-...}, context %#lx: %08lx", server->clsid.Data1, context, hr);
        return hr;
    }
    *objref = search.objref;
    *objref_size = search.size;
    *cookie = search.answer.registration;
    return S_OK;
}

HRESULT broker_report_stale(DWORD cookie)
{
    struct broker_link *link;
    HRESULT hr = broker_link_get(&link);

    if (FAILED(hr))
        return hr;
    hr = broker_link_stale(link, cookie);
    broker_link_release(link);
    /* What is not there any more will not be found again. */
    return hr == S_FALSE || hr == BROKER_E_LOST ? S_OK : hr;
}

HRESULT broker_list_running(UINT64 id)
{
    struct broker_patience patience = {0};
    struct broker_link *link;
    HRESULT hr;

    do
    {
        hr = broker_link_get(&link);
        if (FAILED(hr))
            return hr;
        hr = broker_link_list_running(link, id);
        broker_link_release(link);
    } while (hr == BROKER_E_LOST && broker_has_patience(&patience));
    return hr == BROKER_E_LOST ? CO_E_SCM_RPC_FAILURE : hr;
}

BOOL broker_is_linked(void)
{
    struct broker_link *link = broker_link_peek();

    if (link)
        broker_link_release(link);
    return link != NULL;
}
