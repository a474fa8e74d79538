/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Altered requests, sent to the runtime's server as another process would send them: what is before
 * a call's data, and the data of IRemUnknown, IClassFactory, IStream, IMoniker and a test's
 * interface. Then altered answers to a client of such a server.
 *
 * The data themselves are unpacked by rpcrt4, Wine's. What it raises must come back as a fault.
 * What it allocates for counts that a request names is its own business (spare_memory keeps them
 * small), and so are memory and interface pointers it forgets when it gives up in the middle, the
 * frame of the arguments always: so IRemUnknown, whose data have no pointers, is held to exact
 * accounts, the rest to a few bytes an input.
 */
#include "fuzz.h"
#include "orpc.h"
#include "recorder.h"
#include "traffic.h"
#include "victims.h"

#include <stdlib.h>
#include <string.h>

TAP_TIME_LIMIT(180);

#define HEAD_SIZE 128
#define IPID_OFFSET 16 /* in a request */
#define IID_OFFSET 32
#define OUTCOME_OFFSET 12 /* in an answer */
#define STATUS_OFFSET 16

static struct fuzz_answers request_answers = {fuzz_call_answers};
static struct fuzz_corpus requests, answers;
static unsigned int broken; /* answers which are none */

/* IStream::Read and its kind make room for as much as the request says, before anybody is asked. */
static void spare_memory(struct fuzz_input *input)
{
    UINT32 body, count;

    if (input->size < 16)
        return;
    memcpy(&body, input->data + 4, sizeof(body));
    if (body > input->size || input->size - body < 4)
        return;
    memcpy(&count, input->data + body, sizeof(count));
    if (count > 0x10000)
    {
        count &= 0xffff;
        memcpy(input->data + body, &count, sizeof(count));
    }
}

static void send_one(struct fuzz_input *input)
{
    struct orpc_reply reply;
    DWORD size;
    ULONG body;
    BYTE *answer;
    HRESULT hr = recorder_send(input->data, input->size, &answer, &size);

    if (FAILED(hr))
    {
        fuzz_answer(&request_answers, hr);
        return;
    }
    hr = orpc_decode_reply(answer, size, &reply, &body);
    if (SUCCEEDED(hr))
    {
        fuzz_answer(&request_answers, reply.outcome == ORPC_FAULT ? reply.status : S_OK);
        orpc_extensions_free(&reply.extensions);
    }
    else
    {
        ++broken;
    }
    CoTaskMemFree(answer);
}

/* --- requests; stubs.c sends more data to the stubs themselves --- */

/* `forgotten`: bytes an input which rpcrt4 may lose, on the average. */
static void requests_run(const char *name, const struct fuzz_corpus *corpus, UINT32 count,
        BOOL keep_head, SIZE_T forgotten)
{
    static struct fuzz_input input;
    struct fuzz_memory early = {0};
    UINT32 number, first, end;

    fuzz_range(count, &first, &end);
    for (number = first; number < end; ++number)
    {
        if (number == count / 2)
            fuzz_memory_get(&early);
        fuzz_make(corpus, fuzz_seed() + keep_head, number, &input);
        if (keep_head && input.size > HEAD_SIZE)
        {
            /* Only the data: the head is as it was, but for its idea of the size. */
            UINT32 head, size;

            memcpy(input.data, input.item->data, HEAD_SIZE);
            memcpy(&head, input.data + 4, sizeof(head));
            if (head <= input.size)
            {
                size = input.size - head;
                memcpy(input.data, input.item->data, head);
                memcpy(input.data + 8, &size, sizeof(size));
            }
        }
        spare_memory(&input);
        fuzz_at(name, number);
        fuzz_show(&input);
        send_one(&input);
    }
    if (early.handles)
        fuzz_memory_check(&early, 0x8000 + forgotten * (end - count / 2), 2, name);
}

/* --- answers --- */

static UINT32 answer_number;

/* On the recorder's thread. */
static void alter_answer(struct fuzz_input *answer)
{
    struct fuzz_item item = {"answer", NULL, answer->size, 0, {4, 8, 12, 16}, 4};

    /* cppcheck-suppress autoVariables ; only fuzz_alter looks at it */
    answer->item = &item;
    fuzz_alter(&answers, fuzz_seed(), answer_number, answer);
}

static void answers_run(IUnknown *proxy, UINT32 count)
{
    UINT32 number, first, end;
    ITestServer *test;
    IMoniker *moniker;
    unsigned int bad = 0;

    if (FAILED(IUnknown_QueryInterface(proxy, &IID_ITestServer, (void **)&test))
            || FAILED(IUnknown_QueryInterface(proxy, &IID_IMoniker, (void **)&moniker)))
    {
        fail("the proxies");
        return;
    }
    recorder_alter = alter_answer;
    fuzz_range(count, &first, &end);
    for (number = first; number < end; ++number)
    {
        BYTE bytes[48] = "bytes", back[48];
        LPWSTR copy = NULL;
        LONG sum;

        answer_number = number;
        fuzz_at("answers", number);
        switch (number / 4 % 4)
        {
        case 0:
            ITestServer_Add(test, 1, 2, &sum);
            break;
        case 1:
            ITestServer_Echo(test, sizeof(bytes), bytes, back);
            break;
        case 2:
            if (SUCCEEDED(ITestServer_Text(test, L"a text", &copy)))
                CoTaskMemFree(copy);
            break;
        default:
            if (SUCCEEDED(IMoniker_GetDisplayName(moniker, NULL, NULL, &copy)))
                CoTaskMemFree(copy);
            break;
        }
    }
    recorder_alter = NULL;
    bad += FAILED(ITestServer_Add(test, 1, 2, &(LONG){0}));
    is_uint(bad, 0, "after altered answers calls work as before");
    IMoniker_Release(moniker);
    ITestServer_Release(test);
}

/* --- faults --- */

static HRESULT fault_status;

/* On the recorder's thread: a fault instead of the answer. */
static void alter_to_fault(struct fuzz_input *answer)
{
    UINT32 outcome = ORPC_FAULT;

    memcpy(answer->data + OUTCOME_OFFSET, &outcome, sizeof(outcome));
    memcpy(answer->data + STATUS_OFFSET, &fault_status, sizeof(fault_status));
}

/* A fault's status is raised in the proxy, as any failure is: whatever a server says, the client's
 * call returns it, also what the system takes for an exception of its own. */
static void faults_run(IUnknown *proxy)
{
    static const DWORD statuses[] = {(DWORD)RPC_E_DISCONNECTED, 0, 1, EXCEPTION_ACCESS_VIOLATION,
            EXCEPTION_BREAKPOINT, EXCEPTION_SINGLE_STEP, EXCEPTION_STACK_OVERFLOW,
            EXCEPTION_GUARD_PAGE, EXCEPTION_ILLEGAL_INSTRUCTION, EXCEPTION_INT_DIVIDE_BY_ZERO,
            EXCEPTION_NONCONTINUABLE_EXCEPTION, 0x80000100, 0xc0000374, 0xe06d7363, 0xe0434352,
            DBG_PRINTEXCEPTION_C, 0x406d1388, 0xffffffff};
    ITestServer *test;

    if (FAILED(IUnknown_QueryInterface(proxy, &IID_ITestServer, (void **)&test)))
    {
        fail("the proxy");
        return;
    }
    recorder_alter = alter_to_fault;
    for (unsigned int i = 0; i < ARRAYSIZE(statuses); ++i)
    {
        LONG sum;
        HRESULT hr;

        fault_status = (HRESULT)statuses[i];
        fuzz_at("faults", i);
        hr = ITestServer_Add(test, 1, 2, &sum);
        is_hr(hr, FAILED(fault_status) ? fault_status : RPC_E_FAULT, "fault %08lx", statuses[i]);
    }
    recorder_alter = NULL;
    ITestServer_Release(test);
}

/* Makes an object and the calls to be recorded. */
static IUnknown *record_traffic(void)
{
    IUnknown *object = victim_create(VICTIM_PLAIN), *proxy;

    fuzz_corpus_free(&requests);
    fuzz_corpus_free(&answers);
    recorder_resume();
    proxy = traffic_proxy(object, &IID_IUnknown);
    if (proxy)
    {
        traffic_make(proxy);
        IUnknown_Release(proxy);
    }
    Sleep(100);
    recorder_pause();
    note("%lu requests recorded, %ld calls arrived", requests.count, victims_called());
    ok(requests.count > 30 && victims_called() > 25, "a corpus");
    return object;
}

enum whose
{
    REM_UNKNOWNS,
    COMS_OWN,
    THE_TESTS,
};

static enum whose request_whose(const struct fuzz_item *request)
{
    if (!memcmp(request->data + IPID_OFFSET + 8, "RemUnkwn", 8))
        return REM_UNKNOWNS;
    return memcmp(request->data + IID_OFFSET, &IID_ITestServer, sizeof(IID)) ? COMS_OWN : THE_TESTS;
}

/* Those requests alone, so that nothing else can be reached; first with all that is before their
 * data, then the data by themselves. */
static void requests_of(enum whose whose, const char *name, const char *data_name, UINT32 count,
        UINT32 data_count, SIZE_T forgotten)
{
    struct fuzz_corpus chosen = {NULL};

    for (ULONG i = 0; i < requests.count; ++i)
    {
        const struct fuzz_item *item = &requests.items[i];
        struct fuzz_item *copy;

        if (request_whose(item) != whose)
            continue;
        copy = fuzz_add(&chosen, name, item->tag, item->data, item->size);
        for (ULONG k = 0; k < item->length_count; ++k)
            fuzz_length_at(copy, item->lengths[k]);
    }
    ok(chosen.count > 3, "%lu requests, %s", chosen.count, name);
    requests_run(name, &chosen, count, FALSE, forgotten);
    requests_run(data_name, &chosen, data_count, TRUE, forgotten);
    fuzz_corpus_free(&chosen);
}

/* IRemUnknown by itself. */
static void rem_unknown_run(UINT32 count)
{
    IUnknown *object = record_traffic();

    requests_of(REM_UNKNOWNS, "IRemUnknown", "data of IRemUnknown", count, count, 0);
    is_hr(CoDisconnectObject(object, 0), S_OK, "CoDisconnectObject");
    IUnknown_Release(object);
    is_int(victims_alive(), 0, "no object is left by IRemUnknown");
}

int main(int argc, char **argv)
{
    IUnknown *object, *proxy;

    fuzz_begin(argc, argv, 19700101, 30);
    if (builtin_lacks("checks of hostile input"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    victims_register();
    recorder_start(&requests, &answers);
    rem_unknown_run(40000);

    object = record_traffic();
    requests_of(COMS_OWN, "COM's interfaces", "data of COM's interfaces", 50000, 25000, 8);
    requests_of(THE_TESTS, "the test's interface", "data of the test's interface", 50000, 25000,
            16);
    is_uint(broken, 0, "each request gets an answer that can be read");
    fuzz_answers_check(&request_answers, "requests");

    proxy = traffic_proxy(object, &IID_IUnknown);
    if (proxy)
    {
        faults_run(proxy);
        answers_run(proxy, 30000);
        IUnknown_Release(proxy);
    }
    note("%lu inputs, %ld calls arrived", fuzz_total(), victims_called());
    is_hr(CoDisconnectObject(object, 0), S_OK, "CoDisconnectObject");
    IUnknown_Release(object);
    fuzz_corpus_free(&requests);
    fuzz_corpus_free(&answers);
    CoUninitialize();
    return done_testing();
}
