/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CoGetMalloc, IMalloc, CoTaskMemAlloc and company. */
#include <stdio.h>
#include <string.h>

#include <windows.h>
#include <objbase.h>

#include "tap.h"

static void test_get_malloc(void)
{
    IMalloc *allocator = (IMalloc *)1, *same = NULL;
    IUnknown *unknown = (IUnknown *)1;

    is_hr(CoGetMalloc(0, &allocator), E_INVALIDARG, "CoGetMalloc wants MEMCTX_TASK, not 0");
    is_ptr(allocator, NULL, "... and gives NULL otherwise");
    is_hr(CoGetMalloc(2, &allocator), E_INVALIDARG, "... nor 2");
    is_hr(CoGetMalloc(1, &allocator), S_OK, "CoGetMalloc");
    is_hr(CoGetMalloc(1, &same), S_OK, "CoGetMalloc again");
    is_ptr(same, allocator, "there is one allocator");
    is_hr(IMalloc_QueryInterface(allocator, &IID_IUnknown, (void **)&unknown), S_OK, "IUnknown");
    is_hr(IMalloc_QueryInterface(allocator, &IID_IMalloc, (void **)&unknown), S_OK, "IMalloc");
    is_ptr(unknown, allocator, "... is the allocator");
    is_hr(IMalloc_QueryInterface(allocator, &IID_IStream, (void **)&unknown), E_NOINTERFACE,
            "it is nothing else");
    todo_builtin("unknwn/nf-unknwn-iunknown-queryinterface(refiid_void): NULL on failure")
        is_ptr(unknown, NULL, "... and gives NULL then");
    for (int i = 0; i < 10; i++)
        IMalloc_Release(allocator);
    ok(IMalloc_AddRef(allocator) > 0, "it outlives any number of releases");
}

static void test_functions(void)
{
    char *block, *moved;

    block = CoTaskMemAlloc(0);
    ok(block != NULL, "0 bytes are a block");
    block = CoTaskMemRealloc(block, 100);
    ok(block != NULL, "... that can grow");
    memset(block, 'x', 100);
    moved = CoTaskMemRealloc(block, 100000);
    ok(moved != NULL, "... and grow");
    is_mem(moved, "xxxxxxxxxx", 10, "... with its contents at the beginning");
    ok(moved[99] == 'x', "... and at their end");
    is_ptr(CoTaskMemRealloc(moved, 0), NULL, "reallocated to 0 bytes it is freed");
    block = CoTaskMemRealloc(NULL, 5);
    ok(block != NULL, "NULL is reallocated to a new block");
    is_ptr(CoTaskMemAlloc((SIZE_T)-100), NULL, "what is too much gives NULL");
    strcpy(block, "text");
    is_ptr(CoTaskMemRealloc(block, (SIZE_T)-100), NULL, "... also on reallocation");
    is_str(block, "text", "... and the block is as before");
    CoTaskMemFree(block);
    CoTaskMemFree(NULL);
    pass("freeing NULL does nothing");
}

static void test_interface(void)
{
    IMalloc *allocator;
    void *block, *heap;
    char local[16];

    CoGetMalloc(1, &allocator);
    block = IMalloc_Alloc(allocator, 123);
    is_uint(IMalloc_GetSize(allocator, block), 123, "GetSize");
    is_int(IMalloc_DidAlloc(allocator, block), 1, "DidAlloc of a block");
    is_int(IMalloc_DidAlloc(allocator, local), 0, "DidAlloc of none");
    is_int(IMalloc_DidAlloc(allocator, NULL), -1, "DidAlloc of NULL");
    ok(IMalloc_GetSize(allocator, NULL) == (SIZE_T)-1, "GetSize of NULL");
    block = IMalloc_Realloc(allocator, block, 456);
    is_uint(IMalloc_GetSize(allocator, block), 456, "GetSize after Realloc");
    IMalloc_HeapMinimize(allocator);
    is_uint(IMalloc_GetSize(allocator, block), 456, "GetSize after HeapMinimize");
    CoTaskMemFree(block);
    block = CoTaskMemAlloc(7);
    is_int(IMalloc_DidAlloc(allocator, block), 1, "the functions use the same allocator");
    ok(HeapValidate(GetProcessHeap(), 0, block), "... which is the process heap");
    IMalloc_Free(allocator, block);
    heap = HeapAlloc(GetProcessHeap(), 0, 9);
    /* cppcheck-suppress mismatchAllocDealloc ; that is what is tested */
    CoTaskMemFree(heap);
    IMalloc_Free(allocator, NULL);
    is_ptr(IMalloc_Realloc(allocator, IMalloc_Realloc(allocator, NULL, 8), 0), NULL,
            "Realloc from NULL, and to 0");
}

static DWORD WINAPI churn(void *param)
{
    unsigned int random = (unsigned int)(ULONG_PTR)param;
    unsigned char *blocks[32] = {NULL};
    DWORD bad = 0;

    for (int i = 0; i < 20000; i++)
    {
        unsigned int slot, size;

        random = random * 1103515245 + 12345;
        slot = random >> 16 & 31;
        size = (random >> 8 & 0xff) + 1;
        if (blocks[slot] && blocks[slot][0] != slot)
            bad++;
        if (random & 0x80)
        {
            CoTaskMemFree(blocks[slot]);
            blocks[slot] = NULL;
        }
        else
        {
            blocks[slot] = CoTaskMemRealloc(blocks[slot], size);
            blocks[slot][0] = (unsigned char)slot;
        }
    }
    for (int i = 0; i < 32; i++)
        CoTaskMemFree(blocks[i]);
    return bad;
}

static void test_threads(void)
{
    HANDLE threads[4];
    DWORD bad;

    for (UINT_PTR i = 0; i < 4; i++)
        threads[i] = CreateThread(NULL, 0, churn, (void *)(i + 1), 0, NULL);
    for (int i = 0; i < 4; i++)
    {
        WaitForSingleObject(threads[i], INFINITE);
        GetExitCodeThread(threads[i], &bad);
        is_uint(bad, 0, "thread %d found its blocks as it had left them", i);
        CloseHandle(threads[i]);
    }
}

static void run_all(void)
{
    test_get_malloc();
    test_functions();
    test_interface();
    test_threads();
}

int main(void)
{
    run_all();
    if (!tap_builtin())
    {
        tap_account_begin();
        run_all();
        tap_account_end("task memory");
    }
    return done_testing();
}
