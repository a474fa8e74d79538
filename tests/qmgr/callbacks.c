/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Notifications as clients see them: "Registering a COM Callback", "Registering to Execute a
 * Program", IBackgroundCopyCallback, 2 and 3. Clients are processes of their own where it matters:
 * one is killed, one hangs, and one is a local server that BITS starts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#include "callback_record.h"

TAP_TIME_LIMIT(300);

static IBackgroundCopyManager *manager;
static struct harness_server web, slow;

/* ---- jobs ---- */

static void connect_manager(void)
{
    HRESULT hr = E_FAIL;

    if (manager)
        IBackgroundCopyManager_Release(manager);
    manager = NULL;
    for (int i = 0; FAILED(hr) && i < 20; i++) /* after a kill, COM may need another attempt */
    {
        if (i)
            Sleep(250);
        hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER,
                &IID_IBackgroundCopyManager, (void **)&manager);
    }
    if (FAILED(hr))
        bail_out("no BackgroundCopyManager: %s", tap_hr(hr));
}

static IBackgroundCopyJob *new_job(GUID *id)
{
    IBackgroundCopyJob *job = NULL;
    GUID unused;
    HRESULT hr;

    hr = IBackgroundCopyManager_CreateJob(manager, L"callback test", BG_JOB_TYPE_DOWNLOAD,
            id ? id : &unused, &job);
    if (FAILED(hr))
        bail_out("CreateJob: %s", tap_hr(hr));
    IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND);
    return job;
}

static void add_file(IBackgroundCopyJob *job, const struct harness_server *server,
        const WCHAR *name)
{
    static LONG number;
    WCHAR local[64];
    HRESULT hr;

    swprintf(local, ARRAYSIZE(local), L"local-%ld", InterlockedIncrement(&number));
    hr = IBackgroundCopyJob_AddFile(job, harness_url(server, name), harness_scratch(local));
    if (FAILED(hr))
        fail("AddFile: %s", tap_hr(hr));
}

static BG_JOB_STATE job_state(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state = -1;
    HRESULT hr = IBackgroundCopyJob_GetState(job, &state);

    return FAILED(hr) ? (BG_JOB_STATE)-1 : state;
}

static bool wait_state(IBackgroundCopyJob *job, BG_JOB_STATE state, DWORD milliseconds)
{
    UINT64 end = GetTickCount64() + milliseconds;

    while (job_state(job) != state && GetTickCount64() < end)
        Sleep(20);
    if (job_state(job) != state)
        note("state is %d, not %d", (int)job_state(job), (int)state);
    return job_state(job) == state;
}

static void end_job(IBackgroundCopyJob *job)
{
    IBackgroundCopyJob_Cancel(job);
    IBackgroundCopyJob_Release(job);
}

static HRESULT set_clsid(IBackgroundCopyJob *job, const CLSID *clsid)
{
    BITS_JOB_PROPERTY_VALUE value;
    IBackgroundCopyJob5 *job5;
    HRESULT hr;

    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5);
    if (FAILED(hr))
        return hr;
    memset(&value, 0, sizeof(value));
    value.ClsID = *clsid;
    hr = IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value);
    IBackgroundCopyJob5_Release(job5);
    return hr;
}

static HRESULT set_command_line(IBackgroundCopyJob *job, const WCHAR *program,
        const WCHAR *parameters)
{
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyJob2_SetNotifyCmdLine(job2, program, parameters);
    IBackgroundCopyJob2_Release(job2);
    return hr;
}

/* ---- other processes ---- */

/* Starts a client which registers itself for the job. */
static bool start_client(struct harness_process *process, const GUID *job, const WCHAR *options)
{
    WCHAR text[64], arguments[256];
    char line[512];

    StringFromGUID2(job, text, ARRAYSIZE(text));
    swprintf(arguments, ARRAYSIZE(arguments), L"%ls %ls", text, options);
    if (!harness_spawn(process, L"callback_client.exe", arguments, true))
        return ok(false, "callback_client starts");
    line[0] = 0;
    harness_process_read_line(process, line, sizeof(line), 20000);
    return is_str(line, "ready", "a client process has registered itself");
}

static void end_process(struct harness_process *process)
{
    if (!process->process)
        return;
    harness_kill9(process);
    harness_process_wait(process, 10000, NULL);
    harness_process_close(process);
}

/* The next line of a process begins with that. */
static bool client_gets(struct harness_process *process, const char *method, DWORD milliseconds)
{
    char line[512] = "";

    if (!harness_process_read_line(process, line, sizeof(line), milliseconds))
        return false;
    if (strncmp(line, method, strlen(method)))
        note("got: %s", line);
    return !strncmp(line, method, strlen(method));
}

static const CLSID clsid_one = {0x3c5b7d3a, 0x7f0e, 0x4b36,
        {0x9a, 0x51, 0x2e, 0x1d, 0x60, 0xc4, 0x77, 0x01}};
static const CLSID clsid_two = {0x3c5b7d3a, 0x7f0e, 0x4b36,
        {0x9a, 0x51, 0x2e, 0x1d, 0x60, 0xc4, 0x77, 0x02}};

static WCHAR server_logs[2][MAX_PATH];

/* Registers notify_server.exe for a class, with a log of its own. */
static void register_server(int index)
{
    WCHAR key[200], clsid[64], command[1000];
    LSTATUS status;

    StringFromGUID2(index ? &clsid_two : &clsid_one, clsid, ARRAYSIZE(clsid));
    swprintf(server_logs[index], MAX_PATH, L"%ls",
            harness_scratch(index ? L"two.log" : L"one.log"));
    swprintf(key, ARRAYSIZE(key), L"Software\\Classes\\CLSID\\%ls\\LocalServer32", clsid);
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" %ls \"%ls\"",
            harness_sibling(L"notify_server.exe"), clsid, server_logs[index]);
    status = RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, NULL, REG_SZ, command,
            (DWORD)((wcslen(command) + 1) * sizeof(WCHAR)));
    is_int(status, ERROR_SUCCESS, "a local server is registered");
}

/* Reads a server's log; the caller frees. */
static char *server_log(int index)
{
    HANDLE file = CreateFileW(server_logs[index], GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
            NULL, OPEN_EXISTING, 0, NULL);
    char *text = calloc(1, 65536);
    DWORD size;

    if (file == INVALID_HANDLE_VALUE)
        return text;
    if (!ReadFile(file, text, 65535, &size, NULL))
        text[0] = 0;
    CloseHandle(file);
    return text;
}

static unsigned int server_lines(int index, const char *prefix)
{
    char *text = server_log(index), *line, *next;
    unsigned int count = 0;

    for (line = text; line && *line; line = next)
    {
        if ((next = strchr(line, '\n')))
            next++;
        count += !strncmp(line, prefix, strlen(prefix));
    }
    free(text);
    return count;
}

static bool server_wait(int index, const char *prefix, unsigned int count, DWORD milliseconds)
{
    UINT64 end = GetTickCount64() + tap_patience(milliseconds);

    while (server_lines(index, prefix) < count && GetTickCount64() < end)
        Sleep(50);
    if (server_lines(index, prefix) < count)
    {
        char *text = server_log(index);

        note("server log: %s", text);
        free(text);
        return false;
    }
    return true;
}

/* Asks all servers that the log tells of to end, so that they take their classes back, and empties
 * the log. */
static void server_end(int index)
{
    char *text = server_log(index), *line;

    for (line = text; (line = strstr(line, "start ")); line += 6)
    {
        DWORD id = strtoul(line + 6, NULL, 10);
        HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, id), event;
        WCHAR name[64];

        if (!process)
            continue;
        swprintf(name, ARRAYSIZE(name), L"Global\\notify-server-%lu", (unsigned long)id);
        if ((event = OpenEventW(EVENT_MODIFY_STATE, FALSE, name)))
        {
            SetEvent(event);
            CloseHandle(event);
        }
        if (WaitForSingleObject(process, 5000))
            TerminateProcess(process, 0);
        CloseHandle(process);
    }
    free(text);
    DeleteFileW(server_logs[index]);
}

/* ---- tests ---- */

/* The callback objects are static: a service that does not let go of them, as Wine's own, has them
 * called when this process leaves COM. */

static void test_transferred(void)
{
    static struct callback_object object;
    IBackgroundCopyJob *job = new_job(NULL);
    IUnknown *registered = NULL;

    calls_clear();
    callback_object_init(&object, 1, callback_record);
    object.complete = TRUE;
    add_file(job, &web, L"one");
    add_file(job, &web, L"two");
    is_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object)), S_OK,
            "SetNotifyInterface");
    is_hr(IBackgroundCopyJob_GetNotifyInterface(job, &registered), S_OK, "GetNotifyInterface");
    ok(registered != NULL, "gives an object");
    if (registered)
        IUnknown_Release(registered);
    is_hr(IBackgroundCopyJob_Resume(job), S_OK, "Resume");
    ok(calls_wait("JobTransferred", 1, 20000), "JobTransferred is called");
    ok(strstr(call_number(0), "files=2") != NULL, "with the job, which has both files");
    ok(wait_state(job, BG_JOB_STATE_ACKNOWLEDGED, 20000), "the callback completes the job");
    is_uint(call_count, 1, "no other call without its flag");
    is_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object)),
            BG_E_INVALID_STATE, "SetNotifyInterface of a completed job");
    is_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_ERROR), BG_E_INVALID_STATE,
            "SetNotifyFlags of a completed job");
    IBackgroundCopyJob_Release(job);
}

static void test_error(void)
{
    static struct callback_object object;
    IBackgroundCopyJob *job = new_job(NULL);

    calls_clear();
    callback_object_init(&object, 1, callback_record);
    add_file(job, &web, L"missing");
    IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object));
    IBackgroundCopyJob_Resume(job);
    todo_builtin("JobError is not called")
    {
        ok(calls_wait("JobError", 1, 20000), "JobError is called");
        ok(strstr(call_number(0), "context=5 code=80190194") != NULL,
                "with the error: remote file, 404 (%s)", call_number(0));
    }
    end_job(job);
}

static void test_repeated(void)
{
    static struct callback_object object;
    IBackgroundCopyJob *job = new_job(NULL);

    calls_clear();
    callback_object_init(&object, 1, callback_record);
    object.fail = 2;
    add_file(job, &web, L"one");
    IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object));
    IBackgroundCopyJob_Resume(job);
    ok(calls_wait("JobTransferred", 1, 20000), "JobTransferred is called");
    todo_builtin("it is called once")
    {
        ok(calls_wait("JobTransferred", 3, 15000), "and again until S_OK");
    }
    Sleep(2500);
    todo_builtin("it is called once")
        is_uint(calls_of("JobTransferred"), 3, "and not after that");
    end_job(job);
}

static void test_flags(void)
{
    static struct callback_object object;
    IBackgroundCopyJob *job = new_job(NULL);
    ULONG flags = 0;
    UINT64 begin;

    calls_clear();
    callback_object_init(&object, 3, callback_record);
    is_hr(IBackgroundCopyJob_GetNotifyFlags(job, &flags), S_OK, "GetNotifyFlags");
    is_uint(flags, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR, "the default");
    add_file(job, &web, L"one");
    IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object));
    is_hr(IBackgroundCopyJob_SetNotifyFlags(job,
                  BG_NOTIFY_DISABLE | BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_MODIFICATION
                          | BG_NOTIFY_FILE_TRANSFERRED),
            S_OK, "BG_NOTIFY_DISABLE");
    IBackgroundCopyJob_Resume(job);
    ok(wait_state(job, BG_JOB_STATE_TRANSFERRED, 20000), "the job is transferred");
    Sleep(700);
    todo_builtin("called nevertheless")
        is_uint(call_count, 0, "disabled: no call, whatever other flags say");
    is_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED), S_OK, "enabled");
    todo_builtin("the event is lost")
        ok(calls_wait("JobTransferred", 1, 20000), "JobTransferred comes");
    end_job(job);

    calls_clear();
    job = new_job(NULL);
    begin = GetTickCount64();
    add_file(job, &slow, L"one");
    IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object));
    IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_MODIFICATION);
    IBackgroundCopyJob_Resume(job);
    todo_builtin("not called for bytes")
        ok(calls_wait("JobModification", 3, 20000), "JobModification is called while bytes arrive");
    ok(wait_state(job, BG_JOB_STATE_TRANSFERRED, 30000), "the job is transferred");
    Sleep(700);
    is_uint(calls_of("JobModification"), call_count, "nothing but JobModification");
    todo_builtin("every change is reported")
    {
        unsigned int count = calls_of("JobModification");

        ok(count <= (GetTickCount64() - begin) / 500 + 1, "at most one in 500 ms (%u calls)",
                count);
    }
    end_job(job);
}

static void test_late(void)
{
    static struct callback_object first, second;
    IBackgroundCopyJob *job = new_job(NULL);

    calls_clear();
    callback_object_init(&first, 1, callback_record);
    callback_object_init(&second, 1, callback_record);
    first.context = (void *)"first ";
    second.context = (void *)"second ";
    add_file(job, &web, L"one");
    IBackgroundCopyJob_Resume(job);
    ok(wait_state(job, BG_JOB_STATE_TRANSFERRED, 20000), "transferred, and nobody is registered");
    IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&first));
    todo_builtin("the event is lost")
        ok(calls_wait("first JobTransferred", 1, 20000), "a later registration gets its call");
    end_job(job);

    calls_clear();
    job = new_job(NULL);
    add_file(job, &web, L"one");
    IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&first));
    is_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK, "SetNotifyInterface(NULL)");
    IBackgroundCopyJob_Resume(job);
    ok(wait_state(job, BG_JOB_STATE_TRANSFERRED, 20000), "transferred");
    Sleep(500);
    is_uint(call_count, 0, "NULL clears the object");
    IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&second));
    todo_builtin("the event is lost")
        ok(calls_wait("second JobTransferred", 1, 20000), "another one can be set");
    end_job(job);
}

static void test_last_setter(void)
{
    struct harness_process one = {0}, two = {0};
    IBackgroundCopyJob *job;
    GUID id;

    job = new_job(&id);
    add_file(job, &web, L"one");
    if (start_client(&one, &id, L"") && start_client(&two, &id, L""))
    {
        IBackgroundCopyJob_Resume(job);
        ok(client_gets(&two, "JobTransferred", 20000), "the client that registered last is called");
        ok(!client_gets(&one, "", 700), "the first one is not");
    }
    end_process(&one);
    end_process(&two);
    end_job(job);
}

static void test_files(void)
{
    static struct callback_object object;
    IBackgroundCopyJob *job = new_job(NULL);
    unsigned int ordered = 0;

    calls_clear();
    callback_object_init(&object, 2, callback_record);
    add_file(job, &web, L"one");
    add_file(job, &web, L"two");
    add_file(job, &web, L"three");
    IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object));
    is_hr(IBackgroundCopyJob_SetNotifyFlags(job,
                  BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_JOB_TRANSFERRED),
            S_OK, "BG_NOTIFY_FILE_TRANSFERRED");
    IBackgroundCopyJob_Resume(job);
    ok(calls_wait("JobTransferred", 1, 20000), "JobTransferred is called");
    todo_builtin("no FileTransferred")
    {
        is_uint(calls_of("FileTransferred"), 3, "after FileTransferred for each of three files");
        ordered += strstr(call_number(0), "/one temp=1") != NULL;
        ordered += strstr(call_number(1), "/two temp=1") != NULL;
        ordered += strstr(call_number(2), "/three temp=1") != NULL;
        is_uint(ordered, 3, "in order, each with its temporary file");
    }
    end_job(job);

    calls_clear();
    job = new_job(NULL);
    object.invalidate = TRUE;
    add_file(job, &web, L"one");
    IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object));
    IBackgroundCopyJob_SetNotifyFlags(job,
            BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
    IBackgroundCopyJob_Resume(job);
    todo_builtin("no FileTransferred")
    {
        ok(calls_wait("JobError", 1, 20000), "a file which the client declares invalid: JobError");
        is_int(job_state(job), BG_JOB_STATE_ERROR, "the job is in error");
        ok(strstr(call_number(call_count - 1), "80200053") != NULL, "BG_E_VALIDATION_FAILED (%s)",
                call_number(call_count - 1));
    }
    end_job(job);
}

static void test_ranges(void)
{
    static struct callback_object object;
    BITS_JOB_PROPERTY_VALUE value;
    IBackgroundCopyJob *job = new_job(NULL);
    IBackgroundCopyJob5 *job5 = NULL;
    IBackgroundCopyFile6 *file6 = NULL;
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    BG_FILE_RANGE range = {1000, 500};
    HRESULT hr;

    calls_clear();
    callback_object_init(&object, 3, callback_record);
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5);
    if (SUCCEEDED(hr))
    {
        memset(&value, 0, sizeof(value));
        value.Enable = TRUE;
        hr = IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE, value);
    }
    todo_builtin("no on-demand mode")
        is_hr(hr, S_OK, "BITS_JOB_PROPERTY_ON_DEMAND_MODE");
    add_file(job, &web, L"one");
    if (SUCCEEDED(hr) && SUCCEEDED(hr = IBackgroundCopyJob_EnumFiles(job, &files))
            && SUCCEEDED(hr = IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL)))
        hr = IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile6, (void **)&file6);
    todo_builtin("no IBackgroundCopyFile6")
        is_hr(hr, S_OK, "IBackgroundCopyFile6");
    if (file6)
    {
        IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object));
        IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_FILE_RANGES_TRANSFERRED);
        is_hr(IBackgroundCopyFile6_RequestFileRanges(file6, 1, &range), S_OK, "RequestFileRanges");
        IBackgroundCopyJob_Resume(job);
        ok(calls_wait("FileRangesTransferred", 1, 20000), "FileRangesTransferred is called");
        ok(strstr(call_number(0), "count=1 first=1000+500") != NULL, "with the range (%s)",
                call_number(0));
        IBackgroundCopyFile6_Release(file6);
    }
    if (file)
        IBackgroundCopyFile_Release(file);
    if (files)
        IEnumBackgroundCopyFiles_Release(files);
    if (job5)
        IBackgroundCopyJob5_Release(job5);
    end_job(job);
}

/* A client process that dies while its job runs; BITS starts the server of the CLSID. */
static void test_killed_client(void)
{
    struct harness_process client = {0};
    IBackgroundCopyJob *job;
    HRESULT hr;
    GUID id;

    job = new_job(&id);
    add_file(job, &slow, L"one");
    hr = set_clsid(job, &clsid_one);
    todo_builtin("no IBackgroundCopyJob5")
        is_hr(hr, S_OK, "BITS_JOB_PROPERTY_NOTIFICATION_CLSID");
    if (start_client(&client, &id, L""))
    {
        IBackgroundCopyJob_SetNotifyFlags(job,
                BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_MODIFICATION);
        IBackgroundCopyJob_Resume(job);
        todo_builtin("not called for bytes")
            ok(client_gets(&client, "JobModification", 10000),
                    "the client is called while the job runs");
        is_uint(server_lines(0, ""), 0, "and the server is not: the object goes first");
    }
    end_process(&client);
    pass("the client is killed");
    ok(wait_state(job, BG_JOB_STATE_TRANSFERRED, 30000), "the job goes on to its end");
    todo_builtin("no notification CLSID")
    {
        ok(server_wait(0, "JobTransferred", 1, 20000), "JobTransferred goes to the local server");
        is_uint(server_lines(0, "start"), 1, "which BITS has started");
        is_uint(server_lines(0, "create"), 1, "one object of it is used for all");
    }
    end_job(job);
    server_end(0);
}

/* The CLSID is kept with the job; the service dies in between. */
static void test_clsid_persists(void)
{
    BITS_JOB_PROPERTY_VALUE value;
    IBackgroundCopyJob5 *job5;
    IBackgroundCopyJob *job;
    HRESULT hr;
    GUID id;

    job = new_job(&id);
    add_file(job, &web, L"one");
    hr = set_clsid(job, &clsid_two);
    if (FAILED(hr))
    {
        skip(1, "no notification CLSID");
        end_job(job);
        return;
    }
    is_hr(set_clsid(job, &clsid_one), S_OK, "the CLSID is set twice");
    IBackgroundCopyJob_Release(job);
    is_uint(harness_service_kill(), 1, "the service is killed");
    connect_manager();
    is_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK, "the job is there again");
    if (!job)
        return;
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5);
    is_hr(hr, S_OK, "IBackgroundCopyJob5");
    memset(&value, 0, sizeof(value));
    is_hr(IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, &value), S_OK,
            "GetProperty");
    is_guid(&value.ClsID, &clsid_one, "with the last CLSID");
    IBackgroundCopyJob5_Release(job5);
    IBackgroundCopyJob_Resume(job);
    ok(server_wait(0, "JobTransferred", 1, 30000), "the server is started and called");
    is_uint(server_lines(1, ""), 0, "that of the first CLSID is not");
    server_end(0);

    /* An event that is owed while the service dies. */
    is_hr(set_clsid(job, &GUID_NULL), S_OK, "GUID_NULL clears the CLSID");
    end_job(job);
    job = new_job(&id);
    add_file(job, &web, L"one");
    IBackgroundCopyJob_Resume(job);
    ok(wait_state(job, BG_JOB_STATE_TRANSFERRED, 20000),
            "a job is transferred, nobody is registered");
    IBackgroundCopyJob_Release(job);
    is_uint(harness_service_kill(), 1, "the service is killed");
    connect_manager();
    is_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK, "the job is there again");
    is_int(job_state(job), BG_JOB_STATE_TRANSFERRED, "transferred");
    is_hr(set_clsid(job, &clsid_two), S_OK, "then a CLSID is set");
    ok(server_wait(1, "JobTransferred", 1, 20000), "its server gets JobTransferred");
    end_job(job);
    server_end(1);
}

static void test_hanging(void)
{
    struct harness_process client = {0};
    static struct callback_object object;
    IBackgroundCopyJob *job, *other;
    BG_JOB_PROGRESS progress;
    UINT64 begin;
    GUID id;

    if (builtin_lacks("calls of one client while another hangs"))
        return;
    calls_clear();
    callback_object_init(&object, 1, callback_record);
    job = new_job(&id);
    add_file(job, &web, L"one");
    if (!start_client(&client, &id, L"hang"))
        return;
    IBackgroundCopyJob_Resume(job);
    ok(client_gets(&client, "JobTransferred", 20000), "a client hangs in JobTransferred");

    other = new_job(NULL);
    add_file(other, &web, L"two");
    IBackgroundCopyJob_SetNotifyInterface(other, callback_object_unknown(&object));
    begin = GetTickCount64();
    IBackgroundCopyJob_Resume(other);
    ok(calls_wait("JobTransferred", 1, 20000), "another job is transferred and reported");
    end_job(other);

    is_int(job_state(job), BG_JOB_STATE_TRANSFERRED, "the hanging one answers");
    is_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK, "with its progress");
    calls_clear();
    is_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object)), S_OK,
            "another object is registered for it");
    ok(calls_wait("JobTransferred", 1, 20000), "which is called");
    is_hr(IBackgroundCopyJob_Complete(job), S_OK, "it can be completed");
    note("all this in %u ms", (unsigned int)(GetTickCount64() - begin));
    IBackgroundCopyJob_Release(job);
    end_process(&client);

    /* Frozen as a whole: not even its RPC threads answer. */
    job = new_job(&id);
    add_file(job, &web, L"one");
    if (start_client(&client, &id, L""))
    {
        harness_freeze(&client, true);
        IBackgroundCopyJob_Resume(job);
        ok(wait_state(job, BG_JOB_STATE_TRANSFERRED, 20000), "the job of a frozen client");
        is_hr(IBackgroundCopyJob_Cancel(job), S_OK, "can be cancelled");
        harness_freeze(&client, false);
    }
    end_process(&client);
    IBackgroundCopyJob_Release(job);
}

/* Waits for the folder that the program makes, and removes it, for which the program must have let
 * go of it. */
static bool program_ran(void)
{
    UINT64 end = GetTickCount64() + 20000;

    while (!RemoveDirectoryW(harness_scratch(L"program-ran")))
    {
        if (GetTickCount64() >= end)
            return false;
        Sleep(50);
    }
    return true;
}

static void test_command_line(void)
{
    WCHAR program[MAX_PATH], parameters[1000];
    static struct callback_object object;
    IBackgroundCopyJob *job;

    if (builtin_lacks("SetNotifyCmdLine"))
        return;

    /* The program makes a folder, for which it needs nothing but itself. */
    GetSystemDirectoryW(program, MAX_PATH - 10);
    wcscat(program, L"\\cmd.exe");
    swprintf(parameters, ARRAYSIZE(parameters), L"cmd.exe /c mkdir %ls",
            harness_scratch(L"program-ran"));

    calls_clear();
    callback_object_init(&object, 1, callback_record);
    object.fail = -1;
    job = new_job(NULL);
    add_file(job, &web, L"one");
    IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object));
    is_hr(set_command_line(job, program, parameters), S_OK, "SetNotifyCmdLine");
    IBackgroundCopyJob_Resume(job);
    ok(calls_wait("JobTransferred", 1, 20000), "JobTransferred fails");
    ok(program_ran(), "and the program runs");
    Sleep(3000);
    is_uint(calls_of("JobTransferred"), 1, "JobTransferred is not called again");
    ok(GetFileAttributesW(harness_scratch(L"program-ran")) == INVALID_FILE_ATTRIBUTES,
            "nor is the program run again");
    end_job(job);

    calls_clear();
    object.fail = 0;
    job = new_job(NULL);
    add_file(job, &web, L"missing");
    IBackgroundCopyJob_SetNotifyInterface(job, callback_object_unknown(&object));
    set_command_line(job, program, parameters);
    IBackgroundCopyJob_Resume(job);
    ok(calls_wait("JobError", 1, 20000), "JobError succeeds");
    Sleep(1500);
    ok(GetFileAttributesW(harness_scratch(L"program-ran")) == INVALID_FILE_ATTRIBUTES,
            "then no program runs");
    end_job(job);

    job = new_job(NULL);
    add_file(job, &web, L"missing");
    set_command_line(job, program, parameters);
    IBackgroundCopyJob_Resume(job);
    ok(program_ran(), "without an object the program runs");
    end_job(job);
}

int main(void)
{
    harness_require();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    connect_manager();
    harness_nginx_start(&web, "");
    harness_nginx_start(&slow, "rate=200000");
    harness_make_file(&web, "one", 100000, "1", NULL);
    harness_make_file(&web, "two", 50000, "2", NULL);
    harness_make_file(&web, "three", 0, "3", NULL);
    harness_make_file(&slow, "one", 1000000, "4", NULL);
    register_server(0);
    register_server(1);

    test_transferred();
    test_error();
    test_repeated();
    test_flags();
    test_late();
    test_last_setter();
    test_files();
    test_ranges();
    test_killed_client();
    test_clsid_persists();
    test_hanging();
    test_command_line();

    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return done_testing();
}
