/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs that run when a job is transferred or in error: "Registering to Execute a Program" and
 * IBackgroundCopyJob2::SetNotifyCmdLine.
 */
#include "delivery.h"

#include <stdlib.h>
#include <userenv.h>

#include "trace.h"
#include "wstr.h"

/* A program that runs. When it ends with another exit code than 0 it is run again, after the job's
 * minimum retry delay, unless the job has left the state. */
struct running_program
{
    struct bits_job *job; /* referenced */
    UINT32 event;
    HANDLE process, wait;
};

BOOL command_line_is_allowed(const struct bits_job *job)
{
    static const WCHAR *const accounts[] = {L"S-1-5-18", L"S-1-5-19", L"S-1-5-20"};

    for (unsigned int i = 0; i < ARRAY_SIZE(accounts); i++)
    {
        if (job->owner && !wcscmp(job->owner, accounts[i]))
            return FALSE;
    }
    return TRUE;
}

static void CALLBACK program_ended(void *context, BOOLEAN timed_out)
{
    struct running_program *program = context;
    DWORD exit_code = 0;

    (void)timed_out;
    GetExitCodeProcess(program->process, &exit_code);
    trace("notifier: job %08lx: the program ended with %lu", (unsigned long)program->job->id.Data1,
            (unsigned long)exit_code);
    notifier_program_ended(program->job, program->event, exit_code);
    UnregisterWaitEx(program->wait, NULL);
    CloseHandle(program->process);
    job_release(program->job);
    free(program);
}

/* Takes the process handle. Without memory the program's end goes by unnoticed. */
static void program_watch(struct delivery *delivery, HANDLE process)
{
    struct running_program *program = calloc(1, sizeof(*program));

    if (!program)
    {
        CloseHandle(process);
        return;
    }
    program->job = delivery->job;
    program->event = delivery->event;
    program->process = process;
    job_addref(program->job);
    if (!RegisterWaitForSingleObject(&program->wait, process, program_ended, program, INFINITE,
                WT_EXECUTEONLYONCE | WT_EXECUTELONGFUNCTION))
    {
        CloseHandle(process);
        job_release(program->job);
        free(program);
    }
}

/* As the user with `token`, in his environment and on the visible desktop. */
static BOOL program_create_as_user(HANDLE token, const WCHAR *program, WCHAR *command_line,
        STARTUPINFOW *startup, PROCESS_INFORMATION *process)
{
    HANDLE primary;
    void *environment = NULL;
    BOOL ret;

    if (!DuplicateTokenEx(token, MAXIMUM_ALLOWED, NULL, SecurityIdentification, TokenPrimary,
                &primary))
        return FALSE;
    if (!CreateEnvironmentBlock(&environment, primary, FALSE))
        environment = NULL;
    ret = CreateProcessAsUserW(primary, program, command_line, NULL, NULL, FALSE,
            CREATE_UNICODE_ENVIRONMENT | CREATE_SUSPENDED, environment, NULL, startup, process);
    if (environment)
    {
        DWORD error = GetLastError();

        DestroyEnvironmentBlock(environment);
        SetLastError(error);
    }
    CloseHandle(primary);
    return ret;
}

HRESULT command_line_run(struct delivery *delivery)
{
    WCHAR desktop[] = L"winsta0\\default";
    STARTUPINFOW startup = {.cb = sizeof(startup), .lpDesktop = desktop};
    WCHAR *command_line = wstr_dup(delivery->parameters); /* CreateProcess may write into it */
    PROCESS_INFORMATION process;
    HRESULT hr = S_OK;
    BOOL created;

    if (delivery->parameters && !command_line)
        return E_OUTOFMEMORY;
    if (delivery->token)
        created = program_create_as_user(delivery->token, delivery->program, command_line, &startup,
                &process);
    else
        created = CreateProcessW(delivery->program, command_line, NULL, NULL, FALSE,
                CREATE_SUSPENDED, NULL, NULL, &startup, &process);
    if (!created)
        hr = HRESULT_FROM_WIN32(GetLastError());
    free(command_line);
    trace("notifier: job %08lx: running %ls: %08lx", (unsigned long)delivery->job->id.Data1,
            delivery->program, (unsigned long)hr);
    if (FAILED(hr))
        return hr;
    program_watch(delivery, process.hProcess); /* suspended: it cannot end before it is watched */
    ResumeThread(process.hThread);
    CloseHandle(process.hThread);
    return S_OK;
}
