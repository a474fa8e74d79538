/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The broker's requests, altered: its table, called as its RPC interface calls it, with real
 * marshalled objects and between guard pages. (What is on the wire before is rpcrt4's.) After each
 * round all sessions are closed, and nothing of them may be left.
 */
#include "fuzz.h"
#include "scm_table.h"
#include "victims.h"

#include <rpc.h>
#include <stdlib.h>
#include <string.h>

TAP_TIME_LIMIT(180);

#define SESSIONS 3
#define ROUND 500
#define REPLACED_TIME 2000 /* ms for which those are expected that take others' places */

enum operation
{
    OP_REGISTER,
    OP_REVOKE,
    OP_SUSPEND,
    OP_STALE,
    OP_ACTIVATE,
    OP_LAUNCHED,
    OP_POLL,
    OP_CANCEL,
    OP_LIST_RUNNING,
    OP_COUNT,
};

/* A request as bytes: what it is, its numbers, then what they count. */
struct request
{
    UINT32 operation;
    UINT32 session; /* of ours, by its place */
    UINT32 number;  /* registration, ticket, flag */
    UINT32 second;  /* result */
    UINT32 count;   /* offers */
    UINT32 size;    /* bytes of objects */
};

/* As comscm.idl has them: no session, nonsense, no memory or too much, a result that is nobody's.
 */
static const HRESULT documented[] = {S_FALSE, E_HANDLE, E_INVALIDARG, E_OUTOFMEMORY, 0};
static struct fuzz_answers answers = {documented};
static struct fuzz_corpus corpus;
static ULONG sessions[SESSIONS];
static ULONG known_ids[16], known_next;
static unsigned int lied;

static HANDLE own_process(void)
{
    HANDLE process =
            OpenProcess(SYNCHRONIZE | PROCESS_DUP_HANDLE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE,
                    GetCurrentProcessId());

    if (!process)
        bail_out("OpenProcess");
    return process;
}

/* --- the corpus --- */

static void add(UINT32 operation, UINT32 session, UINT32 number, UINT32 second, UINT32 count,
        UINT32 size, const void *more, ULONG more_size)
{
    struct request request = {operation, session, number, second, count, size};
    static BYTE bytes[FUZZ_ITEM_MAX];
    struct fuzz_item *item;

    memcpy(bytes, &request, sizeof(request));
    if (more_size)
        memcpy(bytes + sizeof(request), more, more_size);
    item = fuzz_add(&corpus, "broker request", operation, bytes, sizeof(request) + more_size);
    for (ULONG at = 4; at < sizeof(request); at += 4)
        fuzz_length_at(item, at);
    if (operation == OP_REGISTER)
    {
        fuzz_length_at(item, sizeof(request) + FIELD_OFFSET(scm_offer, kind));
        fuzz_length_at(item, sizeof(request) + FIELD_OFFSET(scm_offer, flags));
        fuzz_length_at(item, sizeof(request) + FIELD_OFFSET(scm_offer, size));
    }
}

static void corpus_make(IUnknown *object, HANDLE event)
{
    static const DWORD flags[] = {REGCLS_SINGLEUSE, REGCLS_MULTIPLEUSE, REGCLS_SURROGATE};
    BYTE more[4096], *objref;
    scm_offer *offers = (scm_offer *)more;
    ULONG size;

    if (FAILED(victim_marshal(object, &IID_IClassFactory, MSHCTX_LOCAL, MSHLFLAGS_TABLESTRONG,
                &objref, &size)))
        bail_out("CoMarshalInterface");
    for (UINT32 i = 0; i < 6; ++i)
    {
        scm_request request = {{0x600df00d + i % 3}, i % 2, 0, 1000, (ULONG_PTR)event};
        ULONG count = 1 + i % 3;

        memset(more, 0, sizeof(more));
        for (ULONG k = 0; k < count; ++k)
        {
            offers[k].clsid.Data1 = 0x600df00d + (i + k) % 3;
            offers[k].kind = i % 2;
            offers[k].context = CLSCTX_LOCAL_SERVER;
            offers[k].flags = flags[i % 3];
            offers[k].size = size;
            offers[k].given = (ULONG_PTR)event;
            memcpy(more + count * sizeof(*offers) + k * size, objref, size);
        }
        add(OP_REGISTER, i % SESSIONS, 0, 0, count, count * size, more,
                count * (sizeof(*offers) + size));
        add(OP_ACTIVATE, i % SESSIONS, 0, 0, 0, 0, &request, sizeof(request));
        add(OP_LAUNCHED, i % SESSIONS, 1 + i, i % 2 ? E_FAIL : S_OK,
                i % 3 ? GetCurrentProcessId() : 0, 0, NULL, 0);
        add(OP_POLL, i % SESSIONS, 1 + i, 0, 0, 0, NULL, 0);
        add(OP_CANCEL, i % SESSIONS, 1 + i, 0, 0, 0, NULL, 0);
        add(OP_REVOKE, i % SESSIONS, 1 + i, 0, 0, 0, NULL, 0);
        add(OP_LIST_RUNNING, i % SESSIONS, 1 + i, i, 0, 0, NULL, 0);
    }
    add(OP_SUSPEND, 0, 1, 0, 0, 0, NULL, 0);
    add(OP_SUSPEND, 0, 0, 0, 0, 0, NULL, 0);
    add(OP_STALE, 0, 1, 0, 0, 0, NULL, 0);
    free(objref);
}

/* --- one request --- */

/* Half of the numbers are ones that were given out lately. */
static ULONG number_of(const struct request *request, UINT32 number)
{
    return number & 2 ? known_ids[request->number % ARRAYSIZE(known_ids)] : request->number;
}

static void remember(ULONG id)
{
    if (id)
        known_ids[known_next++ % ARRAYSIZE(known_ids)] = id;
}

static void take_answer(HRESULT hr, const scm_answer *answer, ULONG size, BYTE *objref)
{
    BOOL given = SUCCEEDED(hr) && answer->state == SCM_READY;
    volatile BYTE last;

    lied += given != (objref != NULL) || given != (size != 0) || answer->state > SCM_FAILED;
    if (objref && size)
        last = objref[size - 1];
    (void)last;
    if (SUCCEEDED(hr) && answer->ticket)
        remember(answer->ticket);
    MIDL_user_free(objref);
}

/* As the RPC interface would hand it over: arrays are as large as their counts say. */
static HRESULT feed(const struct fuzz_input *input, UINT32 number)
{
    struct request request = {0};
    const BYTE *more = input->data + sizeof(request);
    ULONG left = input->size > sizeof(request) ? input->size - sizeof(request) : 0;
    ULONG session, id, ids[SCM_REGISTER_MAX] = {0}, size = 0;
    BYTE *objref = NULL, *place;
    scm_answer answer;
    HRESULT hr;

    memcpy(&request, input->data, min(input->size, sizeof(request)));
    session = request.session < SESSIONS ? sessions[request.session] : request.session;
    id = number_of(&request, number);
    switch (request.operation % OP_COUNT)
    {
    case OP_REGISTER:
        /* More than there is cannot come out of rpcrt4. */
        if (request.count > SCM_REGISTER_MAX || request.count > left / sizeof(scm_offer))
            request.count = left / sizeof(scm_offer) % (SCM_REGISTER_MAX + 1);
        size = min(request.size, left - request.count * (ULONG)sizeof(scm_offer));
        place = fuzz_guard(1, more + request.count * sizeof(scm_offer), size, 1, number & 1);
        hr = scm_table_register(session, request.count,
                (const scm_offer *)fuzz_guard(0, more, request.count * sizeof(scm_offer), 8,
                        number & 1),
                size, place, ids);
        remember(ids[0]);
        return hr;
    case OP_REVOKE:
        return scm_table_revoke(session, id);
    case OP_SUSPEND:
        return scm_table_suspend(session, (BOOL)request.number);
    case OP_STALE:
        return scm_table_stale(session, id);
    case OP_ACTIVATE:
        if (left < sizeof(scm_request))
            return E_INVALIDARG;
        hr = scm_table_activate(session,
                (const scm_request *)fuzz_guard(0, more, sizeof(scm_request), 8, number & 1),
                &answer, &size, &objref);
        take_answer(hr, &answer, size, objref);
        return hr;
    case OP_LAUNCHED:
        return scm_table_launched(session, id, (HRESULT)request.second, request.count);
    case OP_POLL:
        hr = scm_table_poll(session, id, &answer, &size, &objref);
        take_answer(hr, &answer, size, objref);
        return hr;
    case OP_CANCEL:
        return scm_table_cancel(session, id);
    default:
        return scm_table_list_running(session, (UINT64)request.second << 32 | request.number);
    }
}

/* Servers which were started and are waited for by nobody are expected for as long as the altered
 * requests said, ten minutes at most: ones that are expected for a moment take their places.
 * Returns when that is over. */
static void launches_replace(void)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    scm_request request = {.timeout = REPLACED_TIME, .event = (ULONG_PTR)event};
    scm_answer answer;
    ULONG session, size;
    BYTE *objref;

    if (FAILED(scm_session_open(GetCurrentProcessId(), own_process(), IMAGE_FILE_MACHINE_AMD64,
                &session)))
        bail_out("no session");
    for (UINT32 i = 0; i <= SCM_LAUNCHES_UNWAITED; ++i)
    {
        request.clsid.Data1 = 0xfeed0000 + i;
        if (scm_table_activate(session, &request, &answer, &size, &objref) == S_OK
                && answer.state == SCM_LAUNCH)
        {
            scm_table_launched(session, answer.ticket, S_OK, 0);
            scm_table_cancel(session, answer.ticket);
        }
    }
    scm_session_close(session);
    CloseHandle(event);
    Sleep(REPLACED_TIME);
}

static void run(UINT32 count, struct fuzz_memory *early)
{
    static struct fuzz_input input;
    UINT32 number, first, end;

    fuzz_range(count, &first, &end);
    for (number = first; number < end;)
    {
        for (unsigned int i = 0; i < SESSIONS; ++i)
        {
            if (FAILED(scm_session_open(GetCurrentProcessId(), own_process(),
                        IMAGE_FILE_MACHINE_AMD64, &sessions[i])))
                bail_out("no session");
        }
        do
        {
            fuzz_make(&corpus, fuzz_seed(), number, &input);
            fuzz_at("broker", number);
            fuzz_show(&input);
            fuzz_answer(&answers, feed(&input, number));
            ++number;
        } while (number < end && number % ROUND);
        for (unsigned int i = 0; i < SESSIONS; ++i)
            scm_session_close(sessions[i]);
        if (early && number == count / 2 / ROUND * ROUND)
        {
            launches_replace();
            Sleep(500); /* watches end on threads of their own */
            fuzz_memory_get(early);
        }
    }
    launches_replace();
}

int main(int argc, char **argv)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    struct fuzz_memory early = {0};
    IUnknown *object;

    fuzz_begin(argc, argv, 1999, 30);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    object = victim_create(VICTIM_PLAIN);
    corpus_make(object, event);
    scm_running_start();
    run(250000, &early);
    is_uint(lied, 0, "answers that are not whole");
    is_uint(scm_table_sessions(), 0, "no session is left");
    fuzz_memory_check(&early, 0x4000, 2, "the broker");
    fuzz_answers_check(&answers, "the broker");
    note("%lu inputs", fuzz_total());
    CoDisconnectObject(object, 0);
    IUnknown_Release(object);
    CoUninitialize();
    is_int(victims_alive(), 0, "no object is left");
    return done_testing();
}
