/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IMallocSpy: which methods are called with what, a spy that puts headers before the blocks, forced
 * failures, and revoking a spy while there are blocks of it.
 */
#include <stdio.h>
#include <string.h>

#include <windows.h>
#include <objbase.h>

#include "tap.h"

#define HEADER 32

struct header
{
    SIZE_T size;
    void *self;
    char fill[HEADER - sizeof(SIZE_T) - sizeof(void *)];
};

static char calls[1000]; /* what was called, as text */
static LONG spy_references = 1;
static LONG spy_inside; /* threads within the spy: never more than one */
static LONG spy_overlaps;
static BOOL spy_fails;   /* the "pre" methods ask for a failure */
static BOOL spy_nests;   /* the spy itself uses the allocator */
static BOOL spy_quiet;   /* nothing is noted in `calls` */
static BOOL spy_headers; /* blocks get a header */
static void *spy_last_actual;

static void note_call(const char *fmt, ...) TAP_PRINTF(1, 2);

static void note_call(const char *fmt, ...)
{
    size_t length = strlen(calls);
    va_list args;

    if (spy_quiet)
        return;
    va_start(args, fmt);
    vsnprintf(calls + length, sizeof(calls) - length, fmt, args);
    va_end(args);
}

static void is_calls(const char *expected, const char *what)
{
    is_str(calls, expected, "%s", what);
    calls[0] = 0;
}

static void enter(void)
{
    if (InterlockedIncrement(&spy_inside) != 1)
        InterlockedIncrement(&spy_overlaps);
    if (spy_nests)
        CoTaskMemFree(CoTaskMemRealloc(CoTaskMemAlloc(10), 20));
}

static void leave(void)
{
    InterlockedDecrement(&spy_inside);
}

static HRESULT STDMETHODCALLTYPE spy_QueryInterface(IMallocSpy *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMallocSpy))
        return E_NOINTERFACE;
    *out = iface;
    IMallocSpy_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE spy_AddRef(IMallocSpy *iface)
{
    (void)iface;
    return InterlockedIncrement(&spy_references);
}

static ULONG STDMETHODCALLTYPE spy_Release(IMallocSpy *iface)
{
    (void)iface;
    return InterlockedDecrement(&spy_references);
}

static SIZE_T STDMETHODCALLTYPE spy_PreAlloc(IMallocSpy *iface, SIZE_T size)
{
    (void)iface;
    enter();
    note_call("PreAlloc(%u) ", (unsigned int)size);
    if (spy_fails)
    {
        leave();
        return 0;
    }
    return size + (spy_headers ? HEADER : 0);
}

/* Puts the header in, if there are headers. */
static void *spy_mark(void *actual)
{
    struct header *header = actual;

    if (!actual || !spy_headers)
        return actual;
    header->self = header;
    memset(header->fill, 'h', sizeof(header->fill));
    return header + 1;
}

static void *spy_unmark(void *block, BOOL spied)
{
    struct header *header = block;

    if (!block || !spied || !spy_headers)
        return block;
    header--;
    if (header->self != header)
        note_call("bad header ");
    return header;
}

static void *STDMETHODCALLTYPE spy_PostAlloc(IMallocSpy *iface, void *actual)
{
    (void)iface;
    note_call("PostAlloc(%s)", actual ? "block" : "NULL");
    spy_last_actual = actual;
    actual = spy_mark(actual);
    leave();
    return actual;
}

static void *STDMETHODCALLTYPE spy_PreFree(IMallocSpy *iface, void *block, BOOL spied)
{
    (void)iface;
    enter();
    note_call("PreFree(%s) ", spied ? "spied" : "not");
    return spy_unmark(block, spied);
}

static void STDMETHODCALLTYPE spy_PostFree(IMallocSpy *iface, BOOL spied)
{
    (void)iface;
    note_call("PostFree(%s)", spied ? "spied" : "not");
    leave();
}

static SIZE_T STDMETHODCALLTYPE spy_PreRealloc(IMallocSpy *iface, void *block, SIZE_T size,
        void **actual, BOOL spied)
{
    (void)iface;
    enter();
    note_call("PreRealloc(%u, %s) ", (unsigned int)size, spied ? "spied" : "not");
    *actual = spy_unmark(block, spied);
    if (spy_fails)
    {
        leave();
        return 0;
    }
    return size + (size && spied && spy_headers ? HEADER : 0);
}

static void *STDMETHODCALLTYPE spy_PostRealloc(IMallocSpy *iface, void *actual, BOOL spied)
{
    (void)iface;
    note_call("PostRealloc(%s, %s)", actual ? "block" : "NULL", spied ? "spied" : "not");
    if (spied)
        actual = spy_mark(actual);
    leave();
    return actual;
}

static void *STDMETHODCALLTYPE spy_PreGetSize(IMallocSpy *iface, void *block, BOOL spied)
{
    (void)iface;
    enter();
    note_call("PreGetSize(%s) ", spied ? "spied" : "not");
    return spy_unmark(block, spied);
}

static SIZE_T STDMETHODCALLTYPE spy_PostGetSize(IMallocSpy *iface, SIZE_T size, BOOL spied)
{
    (void)iface;
    note_call("PostGetSize(%u, %s)", (unsigned int)size, spied ? "spied" : "not");
    leave();
    return size - (spied && spy_headers ? HEADER : 0);
}

static void *STDMETHODCALLTYPE spy_PreDidAlloc(IMallocSpy *iface, void *block, BOOL spied)
{
    (void)iface;
    enter();
    note_call("PreDidAlloc(%s) ", spied ? "spied" : "not");
    return spy_unmark(block, spied);
}

static int STDMETHODCALLTYPE spy_PostDidAlloc(IMallocSpy *iface, void *block, BOOL spied,
        int did_alloc)
{
    (void)iface;
    (void)block;
    note_call("PostDidAlloc(%s, %d)", spied ? "spied" : "not", did_alloc);
    leave();
    return did_alloc;
}

static void STDMETHODCALLTYPE spy_PreHeapMinimize(IMallocSpy *iface)
{
    (void)iface;
    enter();
    note_call("PreHeapMinimize ");
}

static void STDMETHODCALLTYPE spy_PostHeapMinimize(IMallocSpy *iface)
{
    (void)iface;
    note_call("PostHeapMinimize");
    leave();
}

static IMallocSpyVtbl spy_vtbl = {
        spy_QueryInterface,
        spy_AddRef,
        spy_Release,
        spy_PreAlloc,
        spy_PostAlloc,
        spy_PreFree,
        spy_PostFree,
        spy_PreRealloc,
        spy_PostRealloc,
        spy_PreGetSize,
        spy_PostGetSize,
        spy_PreDidAlloc,
        spy_PostDidAlloc,
        spy_PreHeapMinimize,
        spy_PostHeapMinimize,
};

static IMallocSpy spy = {&spy_vtbl};

static void test_register(void)
{
    IStream *stream = NULL;

    is_hr(CoRevokeMallocSpy(), CO_E_OBJNOTREG, "there is no spy to revoke");
    is_hr(CoRegisterMallocSpy(NULL), E_INVALIDARG, "NULL is no spy");
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    is_hr(CoRegisterMallocSpy((IMallocSpy *)stream), E_INVALIDARG, "a stream is no spy");
    IStream_Release(stream);
    is_hr(CoRegisterMallocSpy(&spy), S_OK, "CoRegisterMallocSpy");
    is_int(spy_references, 2, "the spy is kept");
    is_hr(CoRegisterMallocSpy(&spy), CO_E_OBJISREG, "there can be one only");
    is_int(spy_references, 2, "the spy is kept once");
    is_hr(CoRevokeMallocSpy(), S_OK, "CoRevokeMallocSpy");
    is_int(spy_references, 1, "the spy is released");
    calls[0] = 0;
}

static void test_calls(void)
{
    void *before = CoTaskMemAlloc(10), *block, *other;
    IMalloc *allocator;

    CoGetMalloc(1, &allocator);
    is_hr(CoRegisterMallocSpy(&spy), S_OK, "CoRegisterMallocSpy");
    calls[0] = 0;
    block = CoTaskMemAlloc(5);
    is_calls("PreAlloc(5) PostAlloc(block)", "CoTaskMemAlloc");
    is_ptr(block, spy_last_actual, "the caller gets what the spy returns");
    block = CoTaskMemRealloc(block, 20);
    is_calls("PreRealloc(20, spied) PostRealloc(block, spied)", "CoTaskMemRealloc");
    is_uint(IMalloc_GetSize(allocator, block), 20, "GetSize");
    is_calls("PreGetSize(spied) PostGetSize(20, spied)", "GetSize");
    is_int(IMalloc_DidAlloc(allocator, block), 1, "DidAlloc");
    is_calls("PreDidAlloc(spied) PostDidAlloc(spied, 1)", "DidAlloc");
    IMalloc_HeapMinimize(allocator);
    is_calls("PreHeapMinimize PostHeapMinimize", "HeapMinimize");
    IMalloc_Free(allocator, block);
    is_calls("PreFree(spied) PostFree(spied)", "Free");

    /* fSpyed, objidl/nf-objidl-imallocspy-prefree: "allocated while the current spy was active" */
    is_uint(IMalloc_GetSize(allocator, before), 10, "GetSize of a block from before");
    is_calls("PreGetSize(not) PostGetSize(10, not)", "... is not of the spy");
    before = CoTaskMemRealloc(before, 30);
    todo_builtin("objidl/nf-objidl-imallocspy-postrealloc: fSpyed is of the block's allocation")
        is_calls("PreRealloc(30, not) PostRealloc(block, not)", "... nor is it once reallocated");
    calls[0] = 0;
    CoTaskMemFree(before);
    todo_builtin("objidl/nf-objidl-imallocspy-prefree: fSpyed is of the block's allocation")
        is_calls("PreFree(not) PostFree(not)", "... or freed");

    calls[0] = 0;
    CoTaskMemFree(NULL);
    is_calls("", "NULL does not concern the spy: Free");
    is_int(IMalloc_DidAlloc(allocator, NULL), -1, "DidAlloc(NULL)");
    ok(IMalloc_GetSize(allocator, NULL) == (SIZE_T)-1, "GetSize(NULL)");
    is_calls("", "... and these");
    block = CoTaskMemRealloc(NULL, 7);
    is_calls("PreRealloc(7, spied) PostRealloc(block, spied)", "CoTaskMemRealloc of NULL");
    other = CoTaskMemRealloc(block, 0);
    is_ptr(other, NULL, "reallocated to 0 bytes");
    ok(!strncmp(calls, "PreRealloc(0, spied) ", 21), "PreRealloc is called");
    todo_builtin("objidl/nf-objidl-imallocspy-prerealloc: only a forced failure has no PostRealloc")
        is_calls("PreRealloc(0, spied) PostRealloc(NULL, spied)", "PostRealloc as well");
    calls[0] = 0;
    block = CoTaskMemAlloc(0);
    is_calls("PreAlloc(0) PostAlloc(block)", "0 bytes are no failure");
    CoTaskMemFree(block);
    todo_builtin("Wine loses count of blocks reallocated to 0 bytes")
        is_hr(CoRevokeMallocSpy(), S_OK, "no blocks are left");
    calls[0] = 0;
}

static void test_headers(void)
{
    char *blocks[300], *before = CoTaskMemAlloc(40);
    IMalloc *allocator;
    int wrong = 0;

    CoGetMalloc(1, &allocator);
    spy_headers = TRUE;
    spy_quiet = TRUE;
    strcpy(before, "before");
    is_hr(CoRegisterMallocSpy(&spy), S_OK, "a spy that adds headers");
    for (int i = 0; i < 300; i++)
    {
        blocks[i] = CoTaskMemAlloc(16);
        if (blocks[i] != (char *)spy_last_actual + HEADER)
            wrong++;
        sprintf(blocks[i], "block %d", i);
    }
    for (int i = 0; i < 300; i += 2)
        blocks[i] = CoTaskMemRealloc(blocks[i], 5000);
    for (int i = 0; i < 300; i++)
    {
        char text[20];

        sprintf(text, "block %d", i);
        if (strcmp(text, blocks[i]))
            wrong++;
        if (IMalloc_GetSize(allocator, blocks[i]) != (i % 2 ? 16 : 5000))
            wrong++;
        if (IMalloc_DidAlloc(allocator, blocks[i]) != 1)
            wrong++;
    }
    is_int(wrong, 0, "blocks behind headers are whole");
    before = CoTaskMemRealloc(before, 4000);
    is_str(before, "before", "a block without one stays without");
    CoTaskMemFree(before);
    spy_quiet = FALSE;
    calls[0] = 0;
    spy_quiet = TRUE;
    for (int i = 299; i >= 0; i--)
        CoTaskMemFree(blocks[i * 7 % 300]);
    is_calls("", "no header was bad");
    is_hr(CoRevokeMallocSpy(), S_OK, "all blocks are freed");
    is_int(spy_references, 1, "the spy is released");
    spy_headers = FALSE;
    spy_quiet = FALSE;
    calls[0] = 0;
}

static void test_failures(void)
{
    char *block;

    is_hr(CoRegisterMallocSpy(&spy), S_OK, "CoRegisterMallocSpy");
    block = CoTaskMemAlloc(8);
    strcpy(block, "kept");
    calls[0] = 0;

    spy_fails = TRUE;
    is_ptr(CoTaskMemAlloc(5), NULL, "the spy makes CoTaskMemAlloc fail");
    is_calls("PreAlloc(5) ", "... PostAlloc is not called then");
    is_ptr(CoTaskMemRealloc(block, 50), NULL, "the spy makes CoTaskMemRealloc fail");
    is_calls("PreRealloc(50, spied) ", "... PostRealloc is not called then");
    is_str(block, "kept", "... and the block is as before");
    spy_fails = FALSE;

    is_ptr(CoTaskMemAlloc((SIZE_T)-100), NULL, "when memory is really short");
    ok(strstr(calls, "PostAlloc(NULL)") != NULL, "... PostAlloc is called");
    calls[0] = 0;
    CoTaskMemFree(block);
    todo_builtin("Wine forgets the block")
        is_calls("PreFree(spied) PostFree(spied)", "the block is still one of the spy");
    calls[0] = 0;
    is_hr(CoRevokeMallocSpy(), S_OK, "CoRevokeMallocSpy");

    is_hr(CoRegisterMallocSpy(&spy), S_OK, "CoRegisterMallocSpy");
    block = CoTaskMemAlloc(8);
    calls[0] = 0;
    is_ptr(CoTaskMemRealloc(block, (SIZE_T)-100), NULL, "when memory is short for a reallocation");
    ok(strstr(calls, "PostRealloc(NULL, ") != NULL, "... PostRealloc is called");
    calls[0] = 0;
    CoTaskMemFree(block);
    todo_builtin("Wine forgets the block")
        is_calls("PreFree(spied) PostFree(spied)", "... the block is still one of the spy");
    is_hr(CoRevokeMallocSpy(), S_OK, "CoRevokeMallocSpy");
    is_int(spy_references, 1, "the spy is released");
    calls[0] = 0;
}

/* objbase/nf-objbase-corevokemallocspy, Remarks */
static void test_revoke_pending(void)
{
    void *first, *second, *third;

    is_hr(CoRegisterMallocSpy(&spy), S_OK, "CoRegisterMallocSpy");
    first = CoTaskMemAlloc(1);
    second = CoTaskMemAlloc(2);
    is_hr(CoRevokeMallocSpy(), E_ACCESSDENIED, "there are blocks of the spy");
    is_int(spy_references, 2, "it is still kept");
    is_hr(CoRevokeMallocSpy(), E_ACCESSDENIED, "there are still blocks of the spy");
    is_hr(CoRegisterMallocSpy(&spy), CO_E_OBJISREG, "it is still registered");
    calls[0] = 0;
    third = CoTaskMemAlloc(3);
    is_calls("PreAlloc(3) PostAlloc(block)", "it is still called");
    CoTaskMemFree(third);
    CoTaskMemFree(first);
    is_int(spy_references, 2, "one block is left");
    CoTaskMemFree(second);
    is_int(spy_references, 1, "with the last block the spy is released");
    calls[0] = 0;
    CoTaskMemFree(CoTaskMemAlloc(4));
    is_calls("", "... and no longer called");
    is_hr(CoRevokeMallocSpy(), CO_E_OBJNOTREG, "... nor registered");

    is_hr(CoRegisterMallocSpy(&spy), S_OK, "CoRegisterMallocSpy");
    first = CoTaskMemAlloc(1);
    is_hr(CoRevokeMallocSpy(), E_ACCESSDENIED, "the same once more");
    is_ptr(CoTaskMemRealloc(first, 0), NULL, "the last block is freed by a reallocation");
    is_int(spy_references, 1, "the spy is released");
    is_hr(CoRevokeMallocSpy(), CO_E_OBJNOTREG, "... and no longer registered");
    calls[0] = 0;
}

static DWORD WINAPI churn(void *param)
{
    unsigned int random = (unsigned int)(ULONG_PTR)param;
    unsigned char *blocks[16] = {NULL};
    DWORD bad = 0;

    for (int i = 0; i < 5000; i++)
    {
        unsigned int slot;

        random = random * 1103515245 + 12345;
        slot = random >> 16 & 15;
        if (blocks[slot] && blocks[slot][0] != slot)
            bad++;
        if (random & 0x80)
        {
            CoTaskMemFree(blocks[slot]);
            blocks[slot] = NULL;
        }
        else
        {
            blocks[slot] = CoTaskMemRealloc(blocks[slot], (random >> 8 & 0xff) + 1);
            blocks[slot][0] = (unsigned char)slot;
        }
    }
    for (int i = 0; i < 16; i++)
        CoTaskMemFree(blocks[i]);
    return bad;
}

/* "The call to PreAlloc through the return from PostAlloc is guaranteed to be thread-safe." */
static void test_threads(void)
{
    HANDLE threads[4];
    DWORD bad, all_bad = 0;

    spy_quiet = TRUE;
    spy_headers = TRUE;
    for (UINT_PTR i = 0; i < 4; i++)
        threads[i] = CreateThread(NULL, 0, churn, (void *)(i + 1), 0, NULL);
    /* Spies come and go meanwhile. */
    for (int i = 0; i < 50; i++)
    {
        HRESULT hr = CoRegisterMallocSpy(&spy);

        if (hr == S_OK)
            CoRevokeMallocSpy();
        else if (hr != CO_E_OBJISREG)
            all_bad++;
        SwitchToThread();
    }
    for (int i = 0; i < 4; i++)
    {
        WaitForSingleObject(threads[i], INFINITE);
        GetExitCodeThread(threads[i], &bad);
        all_bad += bad;
        CloseHandle(threads[i]);
    }
    is_uint(all_bad, 0, "all threads found their blocks as they had left them");
    is_int(spy_overlaps, 0, "the spy was never called by two threads at a time");
    is_hr(CoRevokeMallocSpy(), CO_E_OBJNOTREG, "the last block took the spy with it");
    is_int(spy_references, 1, "the spy is released");
    spy_quiet = FALSE;
    spy_headers = FALSE;
}

static void test_nested(void)
{
    void *block;

    if (builtin_lacks("a spy that uses the allocator: it recurses without end"))
        return;
    is_hr(CoRegisterMallocSpy(&spy), S_OK, "a spy that uses the allocator itself");
    spy_nests = TRUE;
    calls[0] = 0;
    block = CoTaskMemAlloc(5);
    is_calls("PreAlloc(5) PostAlloc(block)", "its own blocks are not spied on");
    CoTaskMemFree(block);
    is_calls("PreFree(spied) PostFree(spied)", "... nor is their end");
    spy_nests = FALSE;
    is_hr(CoRevokeMallocSpy(), S_OK, "CoRevokeMallocSpy");
    is_int(spy_references, 1, "the spy is released");
}

static void run_all(void)
{
    test_register();
    if (!builtin_lacks("a spy whose blocks have headers: it recurses without end"))
    {
        test_headers();
        test_threads();
    }
    test_failures();
    test_nested();
    test_revoke_pending();
    test_calls();
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("spies");
    }
    return done_testing();
}
