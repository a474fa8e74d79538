/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the data of a binding come from: its protocol, and for the push model a store of them. */
#include <stdlib.h>
#include <string.h>

#include "binding_impl.h"
#include "download_manager.h"

/* What is read at once, and how much of the push model's data may lie in memory. */
#define CHUNK (256 << 10)
#define MEMORY_LIMIT (1 << 20)

/* Straight from the protocol. */
static HRESULT protocol_read(struct binding *binding, void *buffer, ULONG size, ULONG *read)
{
    BOOL had_result;
    HRESULT hr;

    if (!binding->protocol)
        return S_FALSE;
    /* As it was before: the rest may come, and the result after it, while Read returns. */
    had_result = binding->has_result;
    hr = IInternetProtocolEx_Read(binding->protocol, buffer, size, read);
    if (*read > size)
        *read = size;
    InterlockedExchangeAdd64((volatile LONG64 *)&binding->fetched, *read);
    if (*read) /* with the last that there is for now, perhaps */
        return hr == E_PENDING ? E_PENDING : S_OK;
    if (hr == E_PENDING || hr == S_OK)
    {
        if (!had_result)
            return E_PENDING;
        return FAILED(binding->protocol_result) ? binding->protocol_result : S_FALSE;
    }
    return hr;
}

void binding_read_behind(struct binding *binding)
{
    BYTE ignored[256];
    ULONG read = 0;

    if (binding->data_end && SUCCEEDED(binding->result) && !binding->terminated
            && !binding->reading)
        protocol_read(binding, ignored, sizeof(ignored), &read);
}

/* What binding_peek has read and nobody else has. */
static ULONG head_read(struct binding *binding, void *buffer, ULONG size)
{
    ULONG got;

    if (!binding->head_size)
        return 0;
    AcquireSRWLockExclusive(&binding->store_lock);
    got = min(size, binding->head_size - binding->head_read);
    memcpy(buffer, binding->head + binding->head_read, got);
    binding->head_read += got;
    ReleaseSRWLockExclusive(&binding->store_lock);
    return got;
}

HRESULT binding_read(struct binding *binding, void *buffer, ULONG size, ULONG *read)
{
    *read = 0;
    if (binding->aborted)
        return E_ABORT;
    if ((*read = head_read(binding, buffer, size)))
        return S_OK;
    return protocol_read(binding, buffer, size, read);
}

HRESULT binding_peek(struct binding *binding, BYTE *data, ULONG size, ULONG *got)
{
    HRESULT hr = S_OK;
    ULONG read;

    *got = 0;
    if (!binding->head && !(binding->head = malloc(size)))
        return E_OUTOFMEMORY;
    while (hr == S_OK && binding->head_size < size)
    {
        if (binding->aborted)
            return E_ABORT;
        read = 0;
        hr = protocol_read(binding, binding->head + binding->head_size, size - binding->head_size,
                &read);
        binding->head_size += read;
    }
    if (FAILED(hr))
        return hr;
    memcpy(data, binding->head, binding->head_size);
    *got = binding->head_size;
    return S_OK;
}

void binding_signal(struct binding *binding)
{
    InterlockedIncrement(&binding->data_signal);
    WakeByAddressAll((void *)&binding->data_signal);
    if (binding->pumping && !bound_thread_is_current(binding->thread))
        download_manager_look(binding->thread);
}

struct wait_context
{
    struct binding *binding;
    LONG seen;
};

static BOOL has_signal(void *context)
{
    const struct wait_context *wait = context;

    return wait->binding->data_signal != wait->seen || wait->binding->aborted
            || wait->binding->thread->ended;
}

void binding_wait_for_data(struct binding *binding, LONG seen)
{
    struct wait_context context = {binding, seen};

    if (bound_thread_is_current(binding->thread))
    {
        InterlockedIncrement(&binding->pumping);
        bound_thread_pump(binding->thread, has_signal, &context);
        InterlockedDecrement(&binding->pumping);
        return;
    }
    while (!has_signal(&context))
        WaitOnAddress(&binding->data_signal, &seen, sizeof(seen), INFINITE);
}

void binding_lock_request(struct binding *binding)
{
    if (binding->locked || !binding->protocol)
        return;
    binding->locked = SUCCEEDED(IInternetProtocolEx_LockRequest(binding->protocol, 0));
}

void binding_unlock_request(struct binding *binding)
{
    HANDLE held = INVALID_HANDLE_VALUE;

    if (!InterlockedExchange(&binding->locked, FALSE))
        return;
    if (binding->tymed == TYMED_FILE && !binding->collects)
    {
        AcquireSRWLockExclusive(&binding->store_lock);
        held = binding->store.file;
        binding->store.file = INVALID_HANDLE_VALUE;
        ReleaseSRWLockExclusive(&binding->store_lock);
    }
    if (held != INVALID_HANDLE_VALUE) /* the protocol may delete its file now */
        CloseHandle(held);
    IInternetProtocolEx_UnlockRequest(binding->protocol);
}

void binding_hold_file(struct binding *binding)
{
    if (binding->tymed != TYMED_FILE || binding->collects || !binding->cache_file
            || !binding->locked || binding->store.file != INVALID_HANDLE_VALUE)
        return;
    binding->store.file = CreateFileW(binding->cache_file, GENERIC_READ,
            FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
}

/* With the store's lock: moves what is in memory to a temporary file. */
static HRESULT store_spill(struct binding_store *store)
{
    WCHAR folder[MAX_PATH + 1], name[MAX_PATH + 1];
    DWORD written;

    if (!GetTempPathW(ARRAYSIZE(folder), folder) || !GetTempFileNameW(folder, L"url", 0, name))
        return HRESULT_FROM_WIN32(GetLastError());
    store->file = CreateFileW(name, GENERIC_READ | GENERIC_WRITE | DELETE,
            FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, CREATE_ALWAYS,
            FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (store->file == INVALID_HANDLE_VALUE)
        return HRESULT_FROM_WIN32(GetLastError());
    if (store->size
            && (!WriteFile(store->file, store->memory, (DWORD)store->size, &written, NULL)
                    || written != store->size))
        return STG_E_MEDIUMFULL;
    free(store->memory);
    store->memory = NULL;
    store->allocated = 0;
    return S_OK;
}

static HRESULT store_write_file(struct binding_store *store, const void *data, ULONG size)
{
    OVERLAPPED at = {.Offset = (DWORD)store->size, .OffsetHigh = (DWORD)(store->size >> 32)};
    DWORD written;

    if (!WriteFile(store->file, data, size, &written, &at) || written != size)
        return STG_E_MEDIUMFULL;
    store->size += size;
    return S_OK;
}

/* With the store's lock. */
static HRESULT store_append(struct binding_store *store, const void *data, ULONG size)
{
    HRESULT hr;

    if (store->cached)
    {
        store->size += size; /* the protocol has written it */
        return S_OK;
    }
    if (store->file == INVALID_HANDLE_VALUE && store->size + size > MEMORY_LIMIT
            && FAILED(hr = store_spill(store)))
        return hr;
    if (store->file != INVALID_HANDLE_VALUE)
        return store_write_file(store, data, size);
    if (store->size + size > store->allocated)
    {
        size_t wanted = max((size_t)store->size + size, store->allocated * 2);
        BYTE *memory = realloc(store->memory, max(wanted, 4096));

        if (!memory)
            return E_OUTOFMEMORY;
        store->memory = memory;
        store->allocated = max(wanted, 4096);
    }
    memcpy(store->memory + store->size, data, size);
    store->size += size;
    return S_OK;
}

void store_use_file(struct binding *binding, const WCHAR *name)
{
    HANDLE file;

    if (binding->store.size || binding->store.file != INVALID_HANDLE_VALUE)
        return;
    file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    AcquireSRWLockExclusive(&binding->store_lock);
    binding->store.file = file;
    binding->store.cached = TRUE;
    ReleaseSRWLockExclusive(&binding->store_lock);
}

void store_free(struct binding_store *store)
{
    if (store->file != INVALID_HANDLE_VALUE)
        CloseHandle(store->file);
    store->file = INVALID_HANDLE_VALUE;
    free(store->memory);
    store->memory = NULL;
}

HRESULT store_read(struct binding *binding, ULONGLONG position, void *buffer, ULONG size,
        ULONG *read)
{
    struct binding_store *store = &binding->store;
    OVERLAPPED at = {.Offset = (DWORD)position, .OffsetHigh = (DWORD)(position >> 32)};
    HRESULT hr = S_OK;
    DWORD got = 0;

    *read = 0;
    AcquireSRWLockShared(&binding->store_lock);
    if (position < store->size)
        size = (ULONG)min(size, store->size - position);
    else
        size = 0;
    if (size && store->file != INVALID_HANDLE_VALUE)
    {
        if (!ReadFile(store->file, buffer, size, &got, &at) && GetLastError() != ERROR_HANDLE_EOF)
            hr = STG_E_READFAULT;
    }
    else if (size)
    {
        memcpy(buffer, store->memory + position, size);
        got = size;
    }
    ReleaseSRWLockShared(&binding->store_lock);
    *read = got;
    return hr;
}

/* Once the protocol has said that all is there: a file of the cache is as long as it is. */
static void store_complete(struct binding *binding)
{
    LARGE_INTEGER size;

    AcquireSRWLockExclusive(&binding->store_lock);
    if (binding->store.cached && GetFileSizeEx(binding->store.file, &size))
        binding->store.size = size.QuadPart;
    ReleaseSRWLockExclusive(&binding->store_lock);
    InterlockedExchange(&binding->data_end, TRUE);
}

HRESULT binding_fill(struct binding *binding, ULONGLONG quota)
{
    ULONG size = (ULONG)min(quota, CHUNK), read;
    HRESULT hr = S_OK;
    BOOL news = FALSE;
    BYTE *buffer;

    if (binding->data_end)
        return S_FALSE;
    if (InterlockedExchange(&binding->reading, TRUE))
        return S_OK;
    if (!(buffer = malloc(size)))
        hr = E_OUTOFMEMORY;
    while (buffer && quota)
    {
        HRESULT stored = S_OK;

        hr = binding_read(binding, buffer, (ULONG)min(size, quota), &read);
        if (read)
        {
            AcquireSRWLockExclusive(&binding->store_lock);
            stored = store_append(&binding->store, buffer, read);
            ReleaseSRWLockExclusive(&binding->store_lock);
            news = TRUE;
            quota -= read;
        }
        if (FAILED(stored))
            hr = stored;
        if (hr != S_OK)
            break;
    }
    free(buffer);
    if (hr == S_FALSE)
        store_complete(binding);
    InterlockedExchange(&binding->reading, FALSE);
    if (news || hr != E_PENDING)
        binding_signal(binding);
    return hr;
}
