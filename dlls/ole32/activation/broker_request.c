/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes over a connection to the broker, from its first message to its last. */
#include <stdlib.h>

#include "broker_link.h"
#include "broker_shared.h"
#include "call_guard.h"
#include "trace.h"

/* What the broker sends is handed to our callers, who free it with CoTaskMemFree. */
void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return CoTaskMemAlloc(size);
}

void __RPC_USER MIDL_user_free(void *block)
{
    CoTaskMemFree(block);
}

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
    OPERATION_LIST_RUNNING,
};

/* A request with what it needs; the rest is unused. rpcrt4 reports trouble by an exception. */
struct request
{
    struct broker_link *link;
    enum operation operation;
    HRESULT hr;
    ULONG number; /* a registration or ticket, a count or flag */
    UINT64 id;
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
    case OPERATION_LIST_RUNNING:
        request->hr = scm_list_running(client, request->id);
        break;
    }
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
    broker_link_lose(request->link);
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

HRESULT broker_link_list_running(struct broker_link *link, UINT64 id)
{
    struct request request = {.link = link, .operation = OPERATION_LIST_RUNNING, .id = id};

    return request_make(&request);
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

/* --- connections --- */

void broker_link_close(struct broker_link *link)
{
    struct request request = {.link = link, .operation = OPERATION_CLOSE};

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

HRESULT broker_link_open(struct broker_link **out)
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
    broker_link_close(link);
    return hr;
}
