/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors of a thread as a debugger sees them, which reads the memory of its process. */
#include "winrt.h"

#include "frame_pointers.h"

#define FRAMES_MAX 62

static const struct combase *winrt;
static const USHORT machine =
        sizeof(void *) == 8 ? IMAGE_FILE_MACHINE_AMD64 : IMAGE_FILE_MACHINE_I386;

/* --- the process's memory --- */

static unsigned int reads, reads_left;

/* Fails after so many. */
static HRESULT WINAPI read_memory(void *context, UINT_PTR address, UINT32 length, BYTE *buffer)
{
    SIZE_T size = 0;

    ok(context == &reads, "the context is passed on");
    reads++;
    if (!reads_left--)
        return E_ACCESSDENIED;
    if (!ReadProcessMemory(GetCurrentProcess(), (const void *)address, buffer, length, &size)
            || size != length)
        return HRESULT_FROM_WIN32(ERROR_PARTIAL_COPY);
    return S_OK;
}

static HRESULT inspect_thread(UINT_PTR teb, unsigned int most, UINT_PTR *address)
{
    reads = 0;
    reads_left = most;
    return winrt->RoInspectThreadErrorInfo(teb, machine, read_memory, &reads, address);
}

static HRESULT inspect_stack(UINT_PTR error, unsigned int most, UINT32 *count, UINT_PTR *address)
{
    reads = 0;
    reads_left = most;
    return winrt->RoInspectCapturedStackBackTrace(error, machine, read_memory, &reads, count,
            address);
}

/* --- the thread that is looked at --- */

/* The compiler takes the segment's offsets, which are small numbers, for wild pointers. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
static UINT_PTR own_block(void)
{
    return (UINT_PTR)NtCurrentTeb();
}
#pragma GCC diagnostic pop

enum state
{
    OUTSIDE, /* in no apartment */
    NO_ERROR_YET,
    ORIGINATED,
    ANOTHER_KIND, /* an error object of COM */
};

static struct
{
    enum state state;
    HANDLE ready, done;
    UINT_PTR teb;
} target;

static __attribute__((noinline)) void fail_here(void)
{
    winrt->RoOriginateErrorW(E_BOUNDS, 0, L"for a debugger");
}

static DWORD WINAPI target_thread(void *argument)
{
    ICreateErrorInfo *create = NULL;
    IErrorInfo *info = NULL;

    (void)argument;
    if (target.state != OUTSIDE)
        winrt->RoInitialize(1);
    if (target.state == ORIGINATED)
        fail_here();
    if (target.state == ANOTHER_KIND)
    {
        CreateErrorInfo(&create);
        ICreateErrorInfo_QueryInterface(create, &IID_IErrorInfo, (void **)&info);
        SetErrorInfo(0, info);
        IErrorInfo_Release(info);
        ICreateErrorInfo_Release(create);
    }
    target.teb = own_block();
    SetEvent(target.ready);
    WaitForSingleObject(target.done, INFINITE);
    winrt->RoClearError();
    if (target.state != OUTSIDE)
        winrt->RoUninitialize();
    return 0;
}

static HANDLE target_start(enum state state)
{
    HANDLE thread;

    target.state = state;
    target.ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    target.done = CreateEventW(NULL, FALSE, FALSE, NULL);
    thread = CreateThread(NULL, 0, target_thread, NULL, 0, NULL);
    WaitForSingleObject(target.ready, INFINITE);
    return thread;
}

static void target_end(HANDLE thread)
{
    SetEvent(target.done);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CloseHandle(target.ready);
    CloseHandle(target.done);
}

/* --- the tests --- */

static void test_none(void)
{
    HANDLE thread = target_start(OUTSIDE);
    UINT_PTR address = 77;

    is_hr(inspect_thread(target.teb, 9, &address), S_FALSE, "a thread outside of COM");
    is_uint(address, 0, "no error");
    target_end(thread);
    thread = target_start(NO_ERROR_YET);
    address = 77;
    is_hr(inspect_thread(target.teb, 9, &address), S_FALSE, "a thread without an error");
    is_uint(address, 0, "none");
    target_end(thread);
}

/* One of them lies in this program. */
static BOOL frames_are_ours(const UINT_PTR *frames, UINT32 count)
{
    HMODULE module, own = GetModuleHandleW(NULL);

    for (UINT32 i = 0; i < count; i++)
        if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS
                            | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                    (const WCHAR *)frames[i], &module)
                && module == own)
            return TRUE;
    return FALSE;
}

static void test_error(void)
{
    HANDLE thread = target_start(ORIGINATED);
    UINT_PTR error = 0, address = 77, frames[FRAMES_MAX];
    unsigned int enough = 0;
    UINT32 count = 77;
    HRESULT hr;

    is_hr(inspect_thread(target.teb, 9, &error), S_OK, "a thread with an error");
    ok(error != 0, "its error");
    enough = reads;
    for (unsigned int most = 0; most < enough; most++)
    {
        is_hr(inspect_thread(target.teb, most, &address), E_ACCESSDENIED,
                "what cannot be read after %u times", most);
        is_uint(address, 0, "no error");
    }
    is_hr(inspect_stack(error, 9, &count, &address), S_OK, "its stack");
    ok(count > 0 && count <= FRAMES_MAX, "%u frames", count);
    hr = read_memory(&reads, address, count * sizeof(*frames), (BYTE *)frames);
    is_hr(hr, S_OK, "they can be read");
    if (SUCCEEDED(hr))
        ok(frames_are_ours(frames, count), "they are from here");
    is_hr(inspect_stack(error, 0, &count, &address), E_ACCESSDENIED, "a stack that is unreadable");
    is_uint(count, 0, "no frames");
    is_uint(address, 0, "nowhere");
    target_end(thread);
}

static void test_another_kind(void)
{
    HANDLE thread = target_start(ANOTHER_KIND);
    UINT_PTR error = 0, address = 77;
    UINT32 count = 77;

    is_hr(inspect_thread(target.teb, 9, &error), S_OK, "a thread with an error of COM");
    is_hr(inspect_stack(error, 9, &count, &address), E_INVALIDARG, "which has no stack");
    is_uint(count, 0, "no frames");
    target_end(thread);
}

static void test_arguments(void)
{
    UINT_PTR address = 77, teb = own_block();
    UINT32 count = 77;

    reads_left = 9;
    is_hr(winrt->RoInspectThreadErrorInfo(teb, machine, read_memory, &reads, NULL), E_INVALIDARG,
            "an error to nowhere");
    is_hr(winrt->RoInspectThreadErrorInfo(teb, machine, NULL, &reads, &address), E_INVALIDARG,
            "nobody reads");
    is_uint(address, 0, "no error");
    is_hr(winrt->RoInspectThreadErrorInfo(teb, IMAGE_FILE_MACHINE_IA64, read_memory, &reads,
                  &address),
            E_INVALIDARG, "a machine that nobody knows");
    is_hr(winrt->RoInspectThreadErrorInfo(0, machine, read_memory, &reads, &address), E_INVALIDARG,
            "no thread");
    is_hr(winrt->RoInspectCapturedStackBackTrace(0, machine, read_memory, &reads, &count, &address),
            E_INVALIDARG, "no error");
    is_uint(count, 0, "no frames");
    is_hr(winrt->RoInspectCapturedStackBackTrace(teb, machine, read_memory, &reads, NULL, &address),
            E_INVALIDARG, "frames to nowhere");
    is_hr(winrt->RoInspectCapturedStackBackTrace(teb, machine, read_memory, &reads, &count, NULL),
            E_INVALIDARG, "their place to nowhere");
    is_hr(winrt->RoInspectCapturedStackBackTrace(teb, machine, NULL, &reads, &count, &address),
            E_INVALIDARG, "nobody reads");
}

static void test_all(void)
{
    test_none();
    test_error();
    test_another_kind();
    test_arguments();
}

int main(void)
{
    winrt = combase_get();
    if (builtin_lacks("errors for debuggers"))
        return done_testing();
    test_all();
    tap_account_begin();
    test_all();
    tap_account_end("inspect");
    return done_testing();
}
