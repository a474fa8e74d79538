/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An IMallocSpy that counts the blocks of task memory which are in use. */
#include "interface_mock.h"

static HRESULT STDMETHODCALLTYPE spy_QueryInterface(IMallocSpy *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMallocSpy))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE spy_AddRef(IMallocSpy *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE spy_Release(IMallocSpy *iface)
{
    (void)iface;
    return 1;
}

static SIZE_T STDMETHODCALLTYPE spy_PreAlloc(IMallocSpy *iface, SIZE_T size)
{
    (void)iface;
    return size;
}

static void *STDMETHODCALLTYPE spy_PostAlloc(IMallocSpy *iface, void *block)
{
    (void)iface;
    if (block)
        InterlockedIncrement(&mock_control->blocks);
    return block;
}

static void *STDMETHODCALLTYPE spy_PreFree(IMallocSpy *iface, void *block, BOOL spyed)
{
    (void)iface;
    if (block && spyed)
        InterlockedDecrement(&mock_control->blocks);
    return block;
}

static void STDMETHODCALLTYPE spy_PostFree(IMallocSpy *iface, BOOL spyed)
{
    (void)iface;
    (void)spyed;
}

static SIZE_T STDMETHODCALLTYPE spy_PreRealloc(IMallocSpy *iface, void *block, SIZE_T size,
        void **to, BOOL spyed)
{
    (void)iface;
    (void)spyed;
    *to = block;
    return size;
}

static void *STDMETHODCALLTYPE spy_PostRealloc(IMallocSpy *iface, void *block, BOOL spyed)
{
    (void)iface;
    (void)spyed;
    return block;
}

static void *STDMETHODCALLTYPE spy_PreGetSize(IMallocSpy *iface, void *block, BOOL spyed)
{
    (void)iface;
    (void)spyed;
    return block;
}

static SIZE_T STDMETHODCALLTYPE spy_PostGetSize(IMallocSpy *iface, SIZE_T size, BOOL spyed)
{
    (void)iface;
    (void)spyed;
    return size;
}

static void *STDMETHODCALLTYPE spy_PreDidAlloc(IMallocSpy *iface, void *block, BOOL spyed)
{
    (void)iface;
    (void)spyed;
    return block;
}

static int STDMETHODCALLTYPE spy_PostDidAlloc(IMallocSpy *iface, void *block, BOOL spyed, int did)
{
    (void)iface;
    (void)block;
    (void)spyed;
    return did;
}

static void STDMETHODCALLTYPE spy_PreHeapMinimize(IMallocSpy *iface)
{
    (void)iface;
}

static void STDMETHODCALLTYPE spy_PostHeapMinimize(IMallocSpy *iface)
{
    (void)iface;
}

void mock_spy_register(void)
{
    static IMallocSpyVtbl vtbl = {spy_QueryInterface, spy_AddRef, spy_Release, spy_PreAlloc,
            spy_PostAlloc, spy_PreFree, spy_PostFree, spy_PreRealloc, spy_PostRealloc,
            spy_PreGetSize, spy_PostGetSize, spy_PreDidAlloc, spy_PostDidAlloc, spy_PreHeapMinimize,
            spy_PostHeapMinimize};
    static IMallocSpy spy = {&vtbl};

    CoRegisterMallocSpy(&spy);
}
