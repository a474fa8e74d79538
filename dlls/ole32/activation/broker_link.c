/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "broker_link.h"

#include <stdlib.h>

#include "broker_shared.h"
#include "broker_start.h"
#include "call_guard.h"
#include "call_wait.h"
#include "trace.h"

#define PATIENCE 30000 /* ms until there is a broker */

static SRWLOCK link_lock = SRWLOCK_INIT;
static struct broker_link *current;
static ULONG last_serial;

/* What the broker sends is handed to our callers, who free it with CoTaskMemFree. */
void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return CoTaskMemAlloc(size);
}

void __RPC_USER MIDL_user_free(void *block)
{
    CoTaskMemFree(block);
}

/* --- waiting --- */

struct handle_wait
{
    struct call_wait wait;
    HANDLE handles[2];
};

static BOOL handle_wait_ready(struct call_wait *wait)
{
    const struct handle_wait *both = (struct handle_wait *)wait;

    return WaitForMultipleObjects(2, both->handles, FALSE, 0) != WAIT_TIMEOUT;
}

static DWORD handle_wait_arm(struct call_wait *wait, BOOL kernel, HANDLE handles[2],
        volatile LONG **address, LONG *value)
{
    const struct handle_wait *both = (struct handle_wait *)wait;

    (void)kernel;
    *address = NULL;
    *value = 0;
    handles[0] = both->handles[0];
    handles[1] = both->handles[1];
    return 2;
}

HRESULT broker_wait(HANDLE first, HANDLE second, DWORD timeout, BOOL filtered)
{
    struct handle_wait both = {{handle_wait_ready, handle_wait_arm}, {first, second}};

    return call_wait_run(&both.wait, timeout, filtered ? CALL_WAIT_FILTERED : 0);
}

/* --- requests --- */

enum operation
{
    OPERATION_OPEN,
    OPERATION_CLOSE,
    OPERATION_REGISTER,
    OPERATION_REVOKE,
    OPERATION_SUSPEND,
    OPERATION_ACTIVATE,
    OPERATION_LAUNCHED,
    OPERATION_POLL,
    OPERATION_CANCEL,
    OPERATION_STALE,
};

/* A request with what it needs; the rest is unused. rpcrt4 reports trouble by an exception. */
struct request
{
    struct broker_link *link;
    enum operation operation;
    HRESULT hr;
    ULONG number; /* a registration or ticket, a count or flag */
    HRESULT result;
    DWORD process;
    const scm_offer *offers;
    ULONG size;
    const BYTE *objrefs;
    ULONG *registrations;
    const scm_request *wanted;
    scm_answer *answer;
    ULONG *answer_size;
    BYTE **answer_objref;
};

static void __cdecl request_run(void *argument)
{
    struct request *request = argument;
    SCM_CLIENT client = request->link->client;

    switch (request->operation)
    {
    case OPERATION_OPEN:
        request->hr = scm_open(request->link->binding, &request->link->client);
        break;
    case OPERATION_CLOSE:
        scm_close(&request->link->client);
        break;
    case OPERATION_REGISTER:
        request->hr = scm_register(client, request->number, request->offers, request->size,
                request->objrefs, request->registrations);
        break;
    case OPERATION_REVOKE:
        request->hr = scm_revoke(client, request->number);
        break;
    case OPERATION_SUSPEND:
        request->hr = scm_suspend(client, request->number);
        break;
    case OPERATION_ACTIVATE:
        request->hr = scm_activate(client, request->wanted, request->answer, request->answer_size,
                request->answer_objref);
        break;
    case OPERATION_LAUNCHED:
        request->hr = scm_launched(client, request->number, request->result, request->process);
        break;
    case OPERATION_POLL:
        request->hr = scm_poll(client, request->number, request->answer, request->answer_size,
                request->answer_objref);
        break;
    case OPERATION_CANCEL:
        request->hr = scm_cancel(client, request->number);
        break;
    case OPERATION_STALE:
        request->hr = scm_stale(client, request->number);
        break;
    }
}

static void link_lose(struct broker_link *link)
{
    BOOL was_current;

    InterlockedExchange(&link->lost, TRUE);
    AcquireSRWLockExclusive(&link_lock);
    was_current = current == link;
    if (was_current)
        current = NULL;
    ReleaseSRWLockExclusive(&link_lock);
    if (was_current)
        broker_link_release(link);
}

static HRESULT request_make(struct request *request)
{
    DWORD exception;

    if (request->link->lost)
        return BROKER_E_LOST;
    exception = call_guarded(request_run, request);
    /* E_HANDLE: the broker has closed the session. */
    if (!exception && request->hr != E_HANDLE)
        return request->hr;
    trace("the connection to the broker is lost: %ld", exception);
    link_lose(request->link);
    return BROKER_E_LOST;
}

HRESULT broker_link_register(struct broker_link *link, ULONG count, const scm_offer *offers,
        ULONG size, const BYTE *objrefs, ULONG *registrations)
{
    struct request request = {.link = link,
            .operation = OPERATION_REGISTER,
            .number = count,
            .offers = offers,
            .size = size,
            .objrefs = objrefs,
            .registrations = registrations};

    return request_make(&request);
}

static HRESULT request_number(struct broker_link *link, enum operation operation, ULONG number)
{
    struct request request = {.link = link, .operation = operation, .number = number};

    return request_make(&request);
}

HRESULT broker_link_revoke(struct broker_link *link, ULONG registration)
{
    return request_number(link, OPERATION_REVOKE, registration);
}

HRESULT broker_link_suspend(struct broker_link *link, BOOL suspended)
{
    return request_number(link, OPERATION_SUSPEND, suspended);
}

HRESULT broker_link_cancel(struct broker_link *link, ULONG ticket)
{
    return request_number(link, OPERATION_CANCEL, ticket);
}

HRESULT broker_link_stale(struct broker_link *link, ULONG registration)
{
    return request_number(link, OPERATION_STALE, registration);
}

HRESULT broker_link_launched(struct broker_link *link, ULONG ticket, HRESULT result, DWORD process)
{
    struct request request = {.link = link,
            .operation = OPERATION_LAUNCHED,
            .number = ticket,
            .result = result,
            .process = process};

    return request_make(&request);
}

/* Requests that may bring an object. Nothing is kept of one that failed. */
static HRESULT request_object(struct request *request)
{
    HRESULT hr;

    memset(request->answer, 0, sizeof(*request->answer));
    *request->answer_size = 0;
    *request->answer_objref = NULL;
    hr = request_make(request);
    if (SUCCEEDED(hr) && (request->answer->state != SCM_READY || *request->answer_objref))
        return hr;
    CoTaskMemFree(*request->answer_objref);
    *request->answer_objref = NULL;
    return FAILED(hr) ? hr : E_UNEXPECTED;
}

HRESULT broker_link_activate(struct broker_link *link, const scm_request *wanted,
        scm_answer *answer, ULONG *size, BYTE **objref)
{
    struct request request = {.link = link,
            .operation = OPERATION_ACTIVATE,
            .wanted = wanted,
            .answer = answer,
            .answer_size = size,
            .answer_objref = objref};

    return request_object(&request);
}

HRESULT broker_link_poll(struct broker_link *link, ULONG ticket, scm_answer *answer, ULONG *size,
        BYTE **objref)
{
    struct request request = {.link = link,
            .operation = OPERATION_POLL,
            .number = ticket,
            .answer = answer,
            .answer_size = size,
            .answer_objref = objref};

    return request_object(&request);
}

/* --- links --- */

void broker_link_release(struct broker_link *link)
{
    struct request request = {.link = link, .operation = OPERATION_CLOSE};

    if (InterlockedDecrement(&link->references))
        return;
    if (link->client && (link->lost || call_guarded(request_run, &request)))
        RpcSsDestroyClientContext(&link->client);
    if (link->binding)
        RpcBindingFree(&link->binding);
    if (link->process)
        CloseHandle(link->process);
    free(link);
}

static handle_t binding_create(WCHAR *endpoint)
{
    WCHAR protocol[] = L"ncalrpc", *text;
    handle_t binding;

    if (RpcStringBindingComposeW(NULL, protocol, NULL, endpoint, NULL, &text) != RPC_S_OK)
        return NULL;
    if (RpcBindingFromStringBindingW(text, &binding) != RPC_S_OK)
        binding = NULL;
    RpcStringFreeW(&text);
    return binding;
}

/* Connects to the broker that runs. S_OK; S_FALSE: there is none, or it is leaving. */
static HRESULT link_open(struct broker_link **out)
{
    struct broker_address address;
    struct broker_link *link;
    struct request request = {.operation = OPERATION_OPEN};
    HRESULT hr;

    if (!broker_address_read(&address))
        return S_FALSE;
    link = calloc(1, sizeof(*link));
    if (!link)
        return E_OUTOFMEMORY;
    link->references = 1;
    link->process = OpenProcess(SYNCHRONIZE, FALSE, address.process);
    link->binding = link->process ? binding_create(address.endpoint) : NULL;
    request.link = link;
    if (!link->binding || call_guarded(request_run, &request))
        hr = S_FALSE;
    else if (request.hr == CO_E_SERVER_STOPPING)
        hr = S_FALSE;
    else
        hr = request.hr;
    if (hr == S_OK)
    {
        *out = link;
        return S_OK;
    }
    broker_link_release(link);
    return hr;
}

/* Makes it the process's link, or gives it up for one that another thread has made meanwhile. */
static struct broker_link *link_install(struct broker_link *link)
{
    struct broker_link *winner;

    AcquireSRWLockExclusive(&link_lock);
    if (!current)
    {
        link->serial = ++last_serial;
        current = link;
    }
    winner = current;
    InterlockedIncrement(&winner->references);
    ReleaseSRWLockExclusive(&link_lock);
    if (winner != link)
        broker_link_release(link);
    return winner;
}

struct broker_link *broker_link_peek(void)
{
    struct broker_link *link;

    AcquireSRWLockShared(&link_lock);
    link = current;
    if (link)
        InterlockedIncrement(&link->references);
    ReleaseSRWLockShared(&link_lock);
    return link;
}

void broker_link_check(void)
{
    struct broker_link *link = broker_link_peek();

    if (!link)
        return;
    if (WaitForSingleObject(link->process, 0) == WAIT_OBJECT_0)
        link_lose(link);
    broker_link_release(link);
}

/* From now on others call into this module: waits for the end of the broker. */
static void module_pin(void)
{
    HMODULE module;

    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
            (const WCHAR *)&current, &module);
}

HRESULT broker_link_get(struct broker_link **out)
{
    ULONGLONG begin;
    HRESULT hr;

    *out = broker_link_peek();
    if (*out)
        return S_OK;
    module_pin();
    begin = GetTickCount64();
    do
    {
        hr = link_open(out);
        if (hr == S_OK)
        {
            *out = link_install(*out);
            return S_OK;
        }
        if (hr == S_FALSE)
            hr = broker_start();
    } while (SUCCEEDED(hr) && GetTickCount64() - begin < PATIENCE);
    trace("there is no broker: %08lx", hr);
    return FAILED(hr) ? hr : CO_E_SCM_RPC_FAILURE;
}
