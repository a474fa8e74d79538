/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pairs of synchronous and asynchronous interfaces that an activation context names, and the
 * registry does not: an entry for the asynchronous interface, without a proxy/stub class, whose
 * baseInterface is the synchronous one.
 */
#include "tap.h"

#include <stdio.h>
#include <string.h>

#include "worker_bed.h"
#include "worker_object.h"

TAP_TIME_LIMIT(300);

#define PATIENCE 20000 /* ms */

static const char worker_iid[] = "{6f1e2a54-5a0e-4c4b-9a3d-0f1d1c2e7b21}";
static const char async_iid[] = "{6f1e2a54-5a0e-4c4b-9a3d-0f1d1c2e7b22}";
static const char proxies_clsid[] = "{6f1e2a54-5a0e-4c4b-9a3d-0f1d1c2e7b2f}";
static const char other_iid[] = "{6f1e2a54-5a0e-4c4b-9a3d-0f1d1c2e7b41}";
static const char third_iid[] = "{6f1e2a54-5a0e-4c4b-9a3d-0f1d1c2e7b42}";

/* ---- manifests ---- */

/* An entry for an interface; `base`, `proxies`: NULL for none. */
static const char *entry_named(char text[512], const char *name, const char *iid, const char *base,
        const char *proxies)
{
    int length =
            snprintf(text, 512, "<comInterfaceExternalProxyStub iid=\"%s\" name=\"%s\"", iid, name);

    if (base)
        length += snprintf(text + length, 512 - length, " baseInterface=\"%s\"", base);
    if (proxies)
        length += snprintf(text + length, 512 - length, " proxyStubClsid32=\"%s\"", proxies);
    snprintf(text + length, 512 - length, "/>\n");
    return text;
}

static const char *entry(char text[512], const char *iid, const char *base, const char *proxies)
{
    return entry_named(text, base ? "AsyncIAny" : "IAny", iid, base, proxies);
}

/* The file that a process's manifest is in; each process its own. */
static void manifest_path(WCHAR path[MAX_PATH])
{
    WCHAR folder[MAX_PATH];

    GetTempPathW(ARRAYSIZE(folder), folder);
    wsprintfW(path, L"%spairs-%lu.manifest", folder, GetCurrentProcessId());
}

/* A context made of these entries. */
static HANDLE context_create(const char *entries)
{
    ACTCTXW description = {.cbSize = sizeof(description)};
    WCHAR path[MAX_PATH];
    char text[4096];
    DWORD written;
    HANDLE file, context;
    int length;

    length = snprintf(text, sizeof(text),
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
            "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v1\" manifestVersion=\"1.0\">\n"
            "<assemblyIdentity type=\"win32\" name=\"Concierge.Pairs\" version=\"1.0.0.0\"/>\n"
            "%s</assembly>\n",
            entries);
    manifest_path(path);
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, text, (DWORD)length, &written, NULL);
    CloseHandle(file);
    description.lpSource = path;
    context = CreateActCtxW(&description);
    DeleteFileW(path);
    return context;
}

/* The pair of the workers, and what else a manifest may have. */
static HANDLE context_good(void)
{
    char one[512], two[512], three[512], all[2048];

    snprintf(all, sizeof(all), "%s%s%s", entry(one, other_iid, worker_iid, proxies_clsid),
            entry(two, worker_iid, NULL, proxies_clsid), entry(three, async_iid, worker_iid, NULL));
    return context_create(all);
}

/* ---- the client's side ---- */

/* A call by a call object, under the context that is active: whether the server's call objects had
 * it. */
static HRESULT work_async(IWorker *worker, BOOL *asynchronous)
{
    work_order order = {.delay = 20};
    ISynchronize *synchronize;
    AsyncIWorker *async;
    work_report report = {0};
    LONG counter = 1;
    HRESULT hr = worker_async(worker, &async, &synchronize);

    *asynchronous = FALSE;
    if (FAILED(hr))
        return hr;
    hr = AsyncIWorker_Begin_Work(async, &order, &counter);
    if (SUCCEEDED(hr))
        hr = ISynchronize_Wait(synchronize, 0, PATIENCE);
    if (SUCCEEDED(hr))
        hr = AsyncIWorker_Finish_Work(async, &counter, &report);
    *asynchronous = report.asynchronous == 1;
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    return hr;
}

static BOOL work_sync(IWorker *worker)
{
    work_order order = {.delay = 20};
    work_report report = {0};
    LONG counter = 1;

    is_hr(IWorker_Work(worker, &order, &counter, &report), S_OK, "a synchronous call");
    return report.asynchronous == 1;
}

static HRESULT create_only(IWorker *worker)
{
    ISynchronize *synchronize;
    AsyncIWorker *async;
    HRESULT hr = worker_async(worker, &async, &synchronize);

    if (FAILED(hr))
        return hr;
    ISynchronize_Release(synchronize);
    AsyncIWorker_Release(async);
    return hr;
}

/* ---- the server's side ---- */

static const char *server_entries; /* of its context; NULL: the good one */

/* Its objects are exported under the context, which is not active when they are called. */
static void server_prepare(BOOL before)
{
    static HANDLE context;
    static ULONG_PTR cookie;

    if (before)
    {
        context = server_entries ? context_create(server_entries) : context_good();
        ActivateActCtx(context, &cookie);
        return;
    }
    DeactivateActCtx(0, cookie);
    ReleaseActCtx(context);
}

static void check_both(BOOL other_process, BOOL sta)
{
    struct worker_bed *bed = worker_bed_start(other_process, sta, TRUE);
    static BOOL first = TRUE;
    HANDLE context = context_good();
    BOOL asynchronous = FALSE;
    IWorker *worker = NULL;
    ULONG_PTR cookie = 0;

    if (!bed)
        return;
    note("%s", worker_bed_name(bed));
    if (first)
        ok(FAILED(worker_bed_object(bed, &worker)), "no proxies without the context");
    first = FALSE; /* what made them is kept */
    if (!ok(context != INVALID_HANDLE_VALUE && ActivateActCtx(context, &cookie), "a context"))
        return;
    is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy");
    is_hr(work_async(worker, &asynchronous), S_OK, "an asynchronous call");
    ok(asynchronous, "by a call object of the server");
    DeactivateActCtx(0, cookie);
    ReleaseActCtx(context);
    is_hr(create_only(worker), E_NOINTERFACE, "no pair after the context");
    ok(work_sync(worker), "the server knows its pair");
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

/* ---- contexts that say something else ---- */

/* `client`: what CreateCall returns under such a context; `server`: whether one that exports its
 * object under it has its call objects called. */
static void check_other(const char *what, const char *entries, HRESULT client, BOOL server)
{
    HANDLE good = context_good(), context = context_create(entries);
    struct worker_bed *bed;
    ULONG_PTR cookie = 0;
    IWorker *worker;

    note("%s", what);
    server_entries = entries;
    bed = worker_bed_start(FALSE, TRUE, TRUE);
    server_entries = NULL;
    if (!bed)
        return;
    ok(good != INVALID_HANDLE_VALUE && ActivateActCtx(good, &cookie), "a good context");
    is_hr(worker_bed_object(bed, &worker), S_OK, "a proxy");
    DeactivateActCtx(0, cookie);
    if (ok(context != INVALID_HANDLE_VALUE && ActivateActCtx(context, &cookie), "a context"))
    {
        is_hr(create_only(worker), client, "%s: CreateCall", what);
        DeactivateActCtx(0, cookie);
    }
    is_int(work_sync(worker), server, "%s: the server", what);
    ReleaseActCtx(context);
    ReleaseActCtx(good);
    IWorker_Release(worker);
    worker_bed_stop(bed);
}

static void check_others(void)
{
    char one[512], two[512], three[512], all[4096];
    const char *worker = entry(one, worker_iid, NULL, proxies_clsid);

    check_other("nothing about the asynchronous interface", worker, E_NOINTERFACE, FALSE);
    snprintf(all, sizeof(all), "%s%s", worker, entry(two, async_iid, NULL, NULL));
    check_other("no base", all, E_NOINTERFACE, FALSE);
    snprintf(all, sizeof(all), "%s%s", worker, entry(two, async_iid, other_iid, NULL));
    check_other("another base", all, E_NOINTERFACE, FALSE);
    snprintf(all, sizeof(all), "%s%s", worker, entry(two, async_iid, async_iid, NULL));
    check_other("its own base", all, E_NOINTERFACE, FALSE);
    snprintf(all, sizeof(all), "%s%s", worker, entry(two, async_iid, worker_iid, proxies_clsid));
    check_other("proxies of its own: an heir", all, E_NOINTERFACE, FALSE);
    snprintf(all, sizeof(all), "%s%s%s", worker, entry(two, async_iid, worker_iid, NULL),
            entry(three, third_iid, worker_iid, NULL));
    check_other("two with the same base", all, S_OK, FALSE);
    snprintf(all, sizeof(all), "%s%s", worker,
            entry_named(two, "IHeir", async_iid, worker_iid, NULL));
    check_other("another name: an heir", all, E_NOINTERFACE, FALSE);
    check_other("only the asynchronous one", entry(two, async_iid, worker_iid, NULL), S_OK, FALSE);
    snprintf(all, sizeof(all), "%s%s", worker, entry(two, async_iid, worker_iid, NULL));
    for (int i = 0; i < 8; i++)
    {
        char iid[40], more[512];

        snprintf(iid, sizeof(iid), "{6f1e2a54-5a0e-4c4b-9a3d-0f1d1c2e7c%02x}", i);
        strcat(all, entry(more, iid, other_iid, i & 1 ? proxies_clsid : NULL));
    }
    check_other("among many", all, S_OK, TRUE);
}

/* As far as CreateActCtx takes them. A base that is no GUID is not among them: Wine's hands out
 * whatever lay in memory for it. */
static void check_malformed(void)
{
    static const char *const entries[] = {
            "<comInterfaceExternalProxyStub iid=\"%s\" name=\"\" baseInterface=\"%s\"/>",
            "<comInterfaceExternalProxyStub iid=\"%s\" name=\"Async\" baseInterface=\"%s\"/>",
            "<comInterfaceExternalProxyStub iid=\"%s\" baseInterface=\"%s\"/>",
            "<comInterfaceExternalProxyStub iid=\"\" name=\"AsyncI\"/>",
            "<comInterfaceExternalProxyStub iid=\"%s\" name=\"AsyncI\" baseInterface=\"%s\">",
    };
    char one[512], two[512], all[2048];
    const char *worker = entry(one, worker_iid, NULL, proxies_clsid);

    for (unsigned int i = 0; i < ARRAYSIZE(entries); i++)
    {
        HANDLE context;

        snprintf(two, sizeof(two), entries[i], async_iid, worker_iid);
        snprintf(all, sizeof(all), "%s%s", worker, two);
        context = context_create(all);
        note("%s: %s", two, context == INVALID_HANDLE_VALUE ? "no context" : "a context");
        if (context == INVALID_HANDLE_VALUE)
        {
            pass("refused by the system");
            continue;
        }
        ReleaseActCtx(context);
        check_other("malformed", all, E_NOINTERFACE, FALSE);
    }
}

static void run_all(void)
{
    int i;

    for (i = 0; i < 4; i++)
    {
        if (i) /* not from the MTA to itself */
            check_both(i & 1, (i & 2) != 0);
    }
    check_others();
    check_malformed();
}

int main(int argc, char **argv)
{
    worker_bed_prepare = server_prepare;
    worker_registers_class_only = TRUE;
    worker_bed_main(argc, argv);
    if (builtin_lacks("asynchronous calls"))
        return done_testing();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    worker_register();
    run_all();
    tap_account_begin();
    run_all();
    tap_account_end("pairs of activation contexts");
    CoUninitialize();
    return done_testing();
}
