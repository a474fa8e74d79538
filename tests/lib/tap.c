/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The producer behind tests/tap.h: counting, one writer, the words of a failed comparison. */

#include "../tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define LINE_MAX_BYTES 4096

static SRWLOCK output_lock = SRWLOCK_INIT; /* guards the four below, and keeps lines whole */
static unsigned int tests_run;
static unsigned int tests_failed;
static unsigned int tests_planned;
static bool plan_written;

/* Blocks that do not apply are counted as well, so that tap_todo_end() needs no argument: bit n
 * says whether the block n levels up applies. */
static __thread unsigned int todo_blocks;
static __thread const char *todo_reason;

/* Writes all bytes to standard output, past every buffer of the run-time library. */
static void output_write(const char *text, size_t size)
{
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);

    while (size)
    {
        DWORD written = 0;

        if (!WriteFile(output, text, (DWORD)size, &written, NULL) || !written)
            return;
        text += written;
        size -= written;
    }
}

static void format_text(char *buffer, size_t size, const char *fmt, va_list args)
{
    int length = __mingw_vsnprintf(buffer, size, fmt, args);

    if (length < 0)
        __mingw_snprintf(buffer, size, "(text cannot be formatted: %.60s)", fmt);
    else if ((size_t)length >= size)
        memcpy(buffer + size - 4, "...", 4);
}

/* Makes text fit into a test line: no line breaks, and '#' would start a directive. */
static void description_clean(char *out, size_t size, const char *in)
{
    size_t used = 0;

    for (; *in && used + 3 < size; in++)
    {
        unsigned char c = (unsigned char)*in;

        if (c == '#' || c == '\\')
            out[used++] = '\\';
        out[used++] = c < ' ' ? ' ' : (char)c;
    }
    out[used] = 0;
}

/* Writes text as comment lines. The caller holds output_lock. */
static void comment_write(const char *text)
{
    char line[LINE_MAX_BYTES + 8];

    do
    {
        size_t length = strcspn(text, "\r\n");
        int size = __mingw_snprintf(line, sizeof(line), "# %.*s\n",
                (int)min(length, LINE_MAX_BYTES), text);

        output_write(line, (size_t)size);
        text += length;
        if (*text == '\r')
            text++;
        if (*text == '\n')
            text++;
    } while (*text);
}

/* Counts one test and writes its line, and for a failed one where it is and why. */
static bool test_report(const char *file, int line, bool passed, const char *why, const char *fmt,
        va_list args)
{
    char text[LINE_MAX_BYTES], clean[LINE_MAX_BYTES], out[2 * LINE_MAX_BYTES];
    bool todo = todo_blocks != 0;
    int size;

    format_text(text, sizeof(text), fmt, args);
    description_clean(clean, sizeof(clean), text);

    AcquireSRWLockExclusive(&output_lock);
    size = __mingw_snprintf(out, sizeof(out), "%s %u - %s%s%s\n", passed ? "ok" : "not ok",
            ++tests_run, clean, todo ? " # TODO " : "", todo ? todo_reason : "");
    output_write(out, (size_t)min(size, (int)sizeof(out) - 1));
    if (!passed)
    {
        const char *base = file;

        for (const char *p = file; *p; p++)
        {
            if (*p == '/' || *p == '\\')
                base = p + 1;
        }
        if (!todo)
            tests_failed++;
        __mingw_snprintf(out, sizeof(out), "%s:%d: %s%s%s", base, line,
                todo ? "fails as expected" : "failed", why ? ": " : "", why ? why : "");
        comment_write(out);
    }
    ReleaseSRWLockExclusive(&output_lock);
    return passed;
}

bool tap_ok(const char *file, int line, bool passed, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    test_report(file, line, passed, NULL, fmt, args);
    va_end(args);
    return passed;
}

/* The body which all comparisons share: cond decides, the rest says what was got. */
#define REPORT_COMPARISON(cond, ...)                                                               \
    do                                                                                             \
    {                                                                                              \
        bool passed_ = (cond);                                                                     \
        char why_[LINE_MAX_BYTES] = "";                                                            \
        va_list args_;                                                                             \
        if (!passed_)                                                                              \
            __mingw_snprintf(why_, sizeof(why_), __VA_ARGS__);                                     \
        va_start(args_, fmt);                                                                      \
        test_report(file, line, passed_, why_, fmt, args_);                                        \
        va_end(args_);                                                                             \
        return passed_;                                                                            \
    } while (0)

bool tap_is_int(const char *file, int line, long long got, long long expected, const char *fmt, ...)
{
    REPORT_COMPARISON(got == expected, "got %lld (%#llx), expected %lld (%#llx)", got,
            (unsigned long long)got, expected, (unsigned long long)expected);
}

bool tap_is_uint(const char *file, int line, unsigned long long got, unsigned long long expected,
        const char *fmt, ...)
{
    REPORT_COMPARISON(got == expected, "got %llu (%#llx), expected %llu (%#llx)", got, got,
            expected, expected);
}

bool tap_is_ptr(const char *file, int line, const void *got, const void *expected, const char *fmt,
        ...)
{
    REPORT_COMPARISON(got == expected, "got %p, expected %p", got, expected);
}

bool tap_is_hr(const char *file, int line, HRESULT got, HRESULT expected, const char *fmt, ...)
{
    REPORT_COMPARISON(got == expected, "got %s, expected %s", tap_hr(got), tap_hr(expected));
}

bool tap_is_str(const char *file, int line, const char *got, const char *expected, const char *fmt,
        ...)
{
    REPORT_COMPARISON(got == expected || (got && expected && !strcmp(got, expected)),
            "got %s%.1000s%s, expected %s%.1000s%s", got ? "\"" : "", got ? got : "NULL",
            got ? "\"" : "", expected ? "\"" : "", expected ? expected : "NULL",
            expected ? "\"" : "");
}

bool tap_is_wstr(const char *file, int line, const WCHAR *got, const WCHAR *expected,
        const char *fmt, ...)
{
    REPORT_COMPARISON(got == expected || (got && expected && !wcscmp(got, expected)),
            "got %s, expected %s", tap_wstr(got), tap_wstr(expected));
}

bool tap_is_guid(const char *file, int line, const GUID *got, const GUID *expected, const char *fmt,
        ...)
{
    REPORT_COMPARISON(got == expected || (got && expected && !memcmp(got, expected, sizeof(*got))),
            "got %s, expected %s", tap_guid(got), tap_guid(expected));
}

bool tap_is_mem(const char *file, int line, const void *got, const void *expected, size_t size,
        const char *fmt, ...)
{
    const unsigned char *a = got, *b = expected;
    size_t i = 0;

    if (a && b)
    {
        while (i < size && a[i] == b[i])
            i++;
    }
    if (!a || !b)
        REPORT_COMPARISON(a == b || !size, "got %p, expected %p", got, expected);
    REPORT_COMPARISON(i == size, "byte %zu is %#x, expected %#x", i, i < size ? a[i] : 0,
            i < size ? b[i] : 0);
}

bool tap_todo_begin(bool expected, const char *why)
{
    if (expected && !todo_blocks)
        todo_reason = why;
    todo_blocks = (todo_blocks << 1) | expected;
    return true;
}

bool tap_todo_end(void)
{
    todo_blocks >>= 1;
    return false;
}

DWORD tap_patience(DWORD milliseconds)
{
    return todo_blocks ? min(milliseconds, 3000) : milliseconds;
}

bool tap_builtin(void)
{
    WCHAR value[16];
    DWORD length = GetEnvironmentVariableW(L"CONCIERGE_DLLS", value, ARRAYSIZE(value));

    return length && length < ARRAYSIZE(value) && !wcscmp(value, L"builtin");
}

bool tap_builtin_lacks(const char *file, int line, const char *what)
{
    if (!tap_builtin())
        return false;
    tap_todo_begin(true, "Wine's own DLLs lack it");
    tap_ok(file, line, false, "%s", what);
    tap_todo_end();
    return true;
}

void plan(unsigned int tests)
{
    char line[32];
    int size = __mingw_snprintf(line, sizeof(line), "1..%u\n", tests);

    AcquireSRWLockExclusive(&output_lock);
    tests_planned = tests;
    plan_written = true;
    output_write(line, (size_t)size);
    ReleaseSRWLockExclusive(&output_lock);
}

void skip(unsigned int n, const char *why, ...)
{
    char text[512], clean[1024], line[1100];
    va_list args;

    va_start(args, why);
    format_text(text, sizeof(text), why, args);
    va_end(args);
    description_clean(clean, sizeof(clean), text);

    AcquireSRWLockExclusive(&output_lock);
    while (n--)
    {
        int size = __mingw_snprintf(line, sizeof(line), "ok %u # SKIP %s\n", ++tests_run, clean);

        output_write(line, (size_t)size);
    }
    ReleaseSRWLockExclusive(&output_lock);
}

void skip_all(const char *why, ...)
{
    char text[512], line[600];
    va_list args;

    va_start(args, why);
    format_text(text, sizeof(text), why, args);
    va_end(args);
    AcquireSRWLockExclusive(&output_lock);
    if (!tests_run && !plan_written)
    {
        int size = __mingw_snprintf(line, sizeof(line), "1..0 # SKIP %s\n", text);

        output_write(line, (size_t)size);
        ExitProcess(0);
    }
    ReleaseSRWLockExclusive(&output_lock);
    bail_out("skip_all() after tests have run: %s", text);
}

void note(const char *fmt, ...)
{
    char text[LINE_MAX_BYTES];
    va_list args;

    va_start(args, fmt);
    format_text(text, sizeof(text), fmt, args);
    va_end(args);
    AcquireSRWLockExclusive(&output_lock);
    comment_write(text);
    ReleaseSRWLockExclusive(&output_lock);
}

void bail_out(const char *why, ...)
{
    char text[512], clean[1024], line[1100];
    va_list args;
    int size;

    va_start(args, why);
    format_text(text, sizeof(text), why, args);
    va_end(args);
    description_clean(clean, sizeof(clean), text);
    size = __mingw_snprintf(line, sizeof(line), "Bail out! %s\n", clean);
    AcquireSRWLockExclusive(&output_lock);
    output_write(line, (size_t)size);
    ExitProcess(255);
}

int done_testing(void)
{
    unsigned int run, failed;
    bool complete;

    AcquireSRWLockExclusive(&output_lock);
    run = tests_run;
    failed = tests_failed;
    complete = !plan_written || tests_planned == run;
    if (!plan_written)
    {
        char line[32];
        int size = __mingw_snprintf(line, sizeof(line), "1..%u\n", run);

        output_write(line, (size_t)size);
        plan_written = true;
    }
    if (!complete)
        comment_write("the number of tests is not the planned one");
    ReleaseSRWLockExclusive(&output_lock);
    if (failed)
        note("%u of %u tests failed", failed, run);
    return failed || !complete || !run;
}

/* A ring of small buffers a thread, for text inside messages. */
static char *scratch_next(size_t *size)
{
    static __thread char buffers[16][1024];
    static __thread unsigned int next;

    *size = sizeof(buffers[0]);
    return buffers[next++ % ARRAYSIZE(buffers)];
}

const char *tap_wstr(const WCHAR *str)
{
    size_t size, used = 0;
    char *out = scratch_next(&size);

    if (!str)
        return "NULL";
    out[used++] = '"';
    for (; *str; str++)
    {
        if (used + 12 > size)
        {
            memcpy(out + used, "...", 3);
            used += 3;
            break;
        }
        if (*str >= ' ' && *str < 0x7f)
            out[used++] = (char)*str;
        else
            used += (size_t)__mingw_snprintf(out + used, size - used, "\\x%04x", (unsigned)*str);
    }
    out[used++] = '"';
    out[used] = 0;
    return out;
}

const char *tap_guid(const GUID *guid)
{
    size_t size;
    char *out = scratch_next(&size);

    if (!guid)
        return "NULL";
    __mingw_snprintf(out, size, "{%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", guid->Data1,
            guid->Data2, guid->Data3, guid->Data4[0], guid->Data4[1], guid->Data4[2],
            guid->Data4[3], guid->Data4[4], guid->Data4[5], guid->Data4[6], guid->Data4[7]);
    return out;
}

/* The last words of a test that crashed: what, and where by module and offset. */
static LONG CALLBACK exception_report(EXCEPTION_POINTERS *info)
{
    const EXCEPTION_RECORD *record = info->ExceptionRecord;
    char line[600], name[MAX_PATH] = "?";
    HMODULE module = NULL;
    ULONG_PTR offset = (ULONG_PTR)record->ExceptionAddress;
    int size;

    if (GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS
                        | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                (const char *)record->ExceptionAddress, &module))
    {
        GetModuleFileNameA(module, name, ARRAYSIZE(name));
        offset -= (ULONG_PTR)module;
    }
    /* No lock here: the thread that crashed may be the one which holds it. */
    size = __mingw_snprintf(line, sizeof(line),
            "# unhandled exception %#lx in %s+%#llx, last test %u\n", record->ExceptionCode, name,
            (unsigned long long)offset, tests_run);
    output_write(line, (size_t)size);
    TerminateProcess(GetCurrentProcess(), 3);
    return EXCEPTION_EXECUTE_HANDLER;
}

__attribute__((constructor)) static void tap_initialise(void)
{
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    SetUnhandledExceptionFilter(exception_report);
}
