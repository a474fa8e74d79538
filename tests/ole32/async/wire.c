/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The same bytes on the wire, whether client and server call synchronously or asynchronously, of
 * calls of three kinds inside a process; wire_types.c has those of all types, and between
 * processes.
 */
#include "tap.h"

#include <string.h>

#include "wire_tap.h"
#include "worker_bed.h"
#include "worker_object.h"

extern const ExtendedProxyFileInfo worker_ProxyFileInfo;

static const CLSID CLSID_WorkerProxies = {0x6f1e2a54, 0x5a0e, 0x4c4b,
        {0x9a, 0x3d, 0x0f, 0x1d, 0x1c, 0x2e, 0x7b, 0x2f}};

/* ---- the calls ---- */

enum method
{
    METHOD_ADD,
    METHOD_PENDING,
    METHOD_WORK, /* whose Begin_ or self fails: its answer is empty but for the result */
    METHODS,
};

static const char *const method_names[] = {"Add", "Pending", "Work"};

static HRESULT call_sync(IWorker *worker, enum method method)
{
    work_order order = {.flags = WORK_FAIL_BEGIN, .result = E_ACCESSDENIED};
    LONG one = 7, two = 0;
    work_report report;

    switch (method)
    {
    case METHOD_ADD:
        return IWorker_Add(worker, 0x1234, 0x77, &one);
    case METHOD_PENDING:
        return IWorker_Pending(worker, &one, &two);
    default:
        return IWorker_Work(worker, &order, &one, &report);
    }
}

static HRESULT call_async(AsyncIWorker *async, enum method method)
{
    work_order order = {.flags = WORK_FAIL_BEGIN, .result = E_ACCESSDENIED};
    LONG one = 7, two = 0;
    work_report report;
    HRESULT hr;

    switch (method)
    {
    case METHOD_ADD:
        hr = AsyncIWorker_Begin_Add(async, 0x1234, 0x77);
        return FAILED(hr) ? hr : AsyncIWorker_Finish_Add(async, &one);
    case METHOD_PENDING:
        hr = AsyncIWorker_Begin_Pending(async);
        return FAILED(hr) ? hr : AsyncIWorker_Finish_Pending(async, &one, &two);
    default:
        hr = AsyncIWorker_Begin_Work(async, &order, &one);
        return FAILED(hr) ? hr : AsyncIWorker_Finish_Work(async, &one, &report);
    }
}

struct capture
{
    HRESULT hr;
    struct wire_bytes request, answer;
};

static void capture_calls(BOOL call_objects, struct capture captures[2][METHODS])
{
    struct worker_bed *bed;
    ISynchronize *synchronize;
    AsyncIWorker *async;
    IWorker *worker;
    int i;

    wire_tap_stub(&worker_ProxyFileInfo, !call_objects);
    if (!(bed = worker_bed_start(FALSE, TRUE, call_objects)))
        return;
    is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy of %s", worker_bed_name(bed));
    is_hr(worker_async(worker, &async, &synchronize), S_OK, "a call object");
    for (i = 0; i < 2 * METHODS; i++)
    {
        struct capture *capture = &captures[i / METHODS][i % METHODS];

        wire_request.size = wire_answer.size = 0;
        capture->hr = i < METHODS ? call_sync(worker, i) : call_async(async, i - METHODS);
        capture->request = wire_request;
        capture->answer = wire_answer;
    }
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

static void is_bytes(const struct wire_bytes *got, const struct wire_bytes *wanted,
        const char *what)
{
    if (is_uint(got->size, wanted->size, "%s: size", what))
        ok(!memcmp(got->data, wanted->data, got->size), "%s: bytes", what);
}

int main(int argc, char **argv)
{
    static struct capture plain[2][METHODS], objects[2][METHODS];
    int i;

    worker_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    worker_register();
    ok(wire_tap_start(&CLSID_WorkerProxies), "calls are tapped");
    capture_calls(FALSE, plain);
    capture_calls(TRUE, objects);
    for (i = 0; i < METHODS; i++)
    {
        const struct capture *first = &plain[0][i];

        note("%s", method_names[i]);
        ok(first->request.size > 0 || i == METHOD_PENDING, "a request");
        ok(first->answer.size > 0, "an answer");
        is_bytes(&plain[1][i].request, &first->request, "the asynchronous client's request");
        is_bytes(&plain[1][i].answer, &first->answer, "the answer to it");
        is_hr(plain[1][i].hr, first->hr, "its result");
        is_bytes(&objects[0][i].request, &first->request, "the request to a call object");
        is_bytes(&objects[1][i].request, &first->request, "an asynchronous client's likewise");
        if (i == METHOD_WORK)
            continue; /* a call object that refuses has no report */
        is_bytes(&objects[0][i].answer, &first->answer, "the call object's answer");
        is_bytes(&objects[1][i].answer, &first->answer, "its answer to an asynchronous client");
        is_hr(objects[0][i].hr, first->hr, "its result");
        is_hr(objects[1][i].hr, first->hr, "likewise");
    }
    CoUninitialize();
    return done_testing();
}
