/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "download_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urlmon.h>

#include "wstr.h"

/* What is written at once is a multiple of a write's size, and so are the places in the file: the
 * system keeps such pieces whole. Larger ones than these have it look for larger pieces of memory,
 * and those are dear. */
#define BLOCK_SIZE (1024u * 1024)
#define WRITE_SIZE (32u * 1024)
#define SMALL_SIZE (32u * 1024) /* a block to begin with, which comes from the heap */

HRESULT download_file_init(struct download_file *file, const WCHAR *path)
{
    memset(file, 0, sizeof(*file));
    file->handle = INVALID_HANDLE_VALUE;
    file->filling = malloc(SMALL_SIZE);
    file->room = SMALL_SIZE;
    file->path = wstr_dup(path);
    return file->filling && file->path ? S_OK : E_OUTOFMEMORY;
}

/* Whether the file is to go when it is closed, by whomever. */
static BOOL file_doom(struct download_file *file, BOOL doomed)
{
    FILE_DISPOSITION_INFO disposition = {doomed};

    return SetFileInformationByHandle(file->handle, FileDispositionInfo, &disposition,
            sizeof(disposition));
}

/* Should the process die, the system removes what there is of the file. */
static HRESULT file_open(struct download_file *file)
{
    size_t length = wcslen(file->path) + 16;

    free(file->temporary);
    file->temporary = malloc(length * sizeof(WCHAR));
    if (!file->temporary)
        return E_OUTOFMEMORY;
    _snwprintf(file->temporary, length, L"%ls~%08lx", file->path,
            GetTickCount() ^ GetCurrentThreadId() << 16);
    file->handle = CreateFileW(file->temporary, GENERIC_WRITE | DELETE,
            FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file->handle != INVALID_HANDLE_VALUE)
    {
        file_doom(file, TRUE);
        return S_OK;
    }
    free(file->temporary);
    file->temporary = NULL;
    return INET_E_DOWNLOAD_FAILURE;
}

static void file_write(struct download_file *file, const BYTE *data, DWORD size)
{
    DWORD done, written;

    for (done = 0; done < size && !file->failed; done += written)
    {
        written = 0;
        if (!WriteFile(file->handle, data + done, min(size - done, WRITE_SIZE), &written, NULL)
                || !written)
            file->failed = TRUE;
    }
}

/* Writes what is full, as long as there is any. */
static void CALLBACK work_run(TP_CALLBACK_INSTANCE *instance, void *context, TP_WORK *work)
{
    struct download_file *file = context;

    (void)instance;
    (void)work;
    AcquireSRWLockExclusive(&file->lock);
    while (file->full && !file->failed && !file->given_up)
    {
        ReleaseSRWLockExclusive(&file->lock);
        file_write(file, file->blocks[file->first], BLOCK_SIZE);
        AcquireSRWLockExclusive(&file->lock);
        file->first = (file->first + 1) % DOWNLOAD_BLOCKS;
        file->full--;
        WakeConditionVariable(&file->written);
    }
    file->writing = FALSE;
    ReleaseSRWLockExclusive(&file->lock);
}

/* Waits for a block that is not full; its place in the ring. */
static unsigned int file_await_block(struct download_file *file)
{
    unsigned int place;

    AcquireSRWLockExclusive(&file->lock);
    while (file->full == DOWNLOAD_BLOCKS && !file->failed)
        SleepConditionVariableSRW(&file->written, &file->lock, INFINITE, 0);
    place = (file->first + file->full) % DOWNLOAD_BLOCKS;
    ReleaseSRWLockExclusive(&file->lock);
    return place;
}

/* The block is full. */
static HRESULT file_hand_over(struct download_file *file)
{
    unsigned int place;
    BOOL start;

    file->filled = 0;
    if (!file->work && !(file->work = CreateThreadpoolWork(work_run, file, NULL)))
    {
        /* There is nothing that could write beside. */
        file_write(file, file->filling, BLOCK_SIZE);
        return file->failed ? INET_E_DOWNLOAD_FAILURE : S_OK;
    }
    AcquireSRWLockExclusive(&file->lock);
    file->blocks[(file->first + file->full) % DOWNLOAD_BLOCKS] = file->filling;
    file->full++;
    start = !file->writing;
    file->writing = TRUE;
    ReleaseSRWLockExclusive(&file->lock);
    file->filling = NULL;
    if (start)
        SubmitThreadpoolWork(file->work);
    place = file_await_block(file);
    if (file->failed)
        return INET_E_DOWNLOAD_FAILURE;
    file->filling = file->blocks[place];
    file->blocks[place] = NULL;
    if (!file->filling && !(file->filling = malloc(BLOCK_SIZE)))
        return E_OUTOFMEMORY;
    return S_OK;
}

/* Has the other thread end; what it has not written yet it need not write when `cancel`. */
static void file_join(struct download_file *file, BOOL cancel)
{
    if (!file->work)
        return;
    file->given_up = cancel;
    WaitForThreadpoolWorkCallbacks(file->work, FALSE);
    CloseThreadpoolWork(file->work);
    file->work = NULL;
}

BYTE *download_file_room(struct download_file *file, DWORD *size)
{
    *size = file->room - file->filled;
    return file->filling + file->filled;
}

/* It is no small one. */
static HRESULT file_grow(struct download_file *file)
{
    BYTE *larger = malloc(BLOCK_SIZE);

    if (!larger)
        return E_OUTOFMEMORY;
    memcpy(larger, file->filling, file->filled);
    free(file->filling);
    file->filling = larger;
    file->room = BLOCK_SIZE;
    return S_OK;
}

HRESULT download_file_commit(struct download_file *file, DWORD size)
{
    HRESULT hr = S_OK;

    file->filled += size;
    if (file->filled < file->room)
        return S_OK;
    if (file->room < BLOCK_SIZE)
        return file_grow(file);
    if (file->handle == INVALID_HANDLE_VALUE)
        hr = file_open(file);
    return SUCCEEDED(hr) ? file_hand_over(file) : hr;
}

BOOL download_file_has_data(const struct download_file *file)
{
    return file->filled || file->handle != INVALID_HANDLE_VALUE;
}

/* By its handle: the name that the file has is not looked up again. FALSE: it cannot have the other
 * one, which is a folder's perhaps. */
static BOOL file_rename(struct download_file *file)
{
    size_t length = wcslen(file->path) * sizeof(WCHAR);
    FILE_RENAME_INFO *info = calloc(1, sizeof(*info) + length);
    BOOL renamed;

    if (!info)
        return FALSE;
    info->ReplaceIfExists = TRUE;
    info->FileNameLength = (DWORD)length;
    memcpy(info->FileName, file->path, length);
    file_doom(file, FALSE);
    renamed = SetFileInformationByHandle(file->handle, FileRenameInfo, info,
            (DWORD)(sizeof(*info) + length));
    if (!renamed)
        file_doom(file, TRUE);
    free(info);
    return renamed;
}

/* All of it lies in the block. Where there is no file of that name it needs no other one: nobody
 * else can open it before it is whole, and should the process die meanwhile it goes. FALSE: there
 * is one, perhaps, and nothing has been done. */
static BOOL file_make(struct download_file *file, HRESULT *hr)
{
    file->handle = CreateFileW(file->path, GENERIC_WRITE | DELETE, 0, NULL, CREATE_NEW,
            FILE_ATTRIBUTE_NORMAL, NULL);
    if (file->handle == INVALID_HANDLE_VALUE)
        return FALSE;
    file_doom(file, TRUE);
    file_write(file, file->filling, file->filled);
    if (file->failed || !file_doom(file, FALSE))
        *hr = INET_E_DOWNLOAD_FAILURE;
    return TRUE;
}

/* By another name, since there is a file of that one, or there have been more data than a block. */
static HRESULT file_finish(struct download_file *file)
{
    HRESULT hr = file->handle == INVALID_HANDLE_VALUE ? file_open(file) : S_OK;

    if (FAILED(hr))
        return hr;
    file_join(file, FALSE);
    file_write(file, file->filling, file->filled);
    return file->failed || !file_rename(file) ? INET_E_DOWNLOAD_FAILURE : S_OK;
}

HRESULT download_file_complete(struct download_file *file)
{
    HRESULT hr = S_OK;

    if (file->handle != INVALID_HANDLE_VALUE || !file_make(file, &hr))
        hr = file_finish(file);
    file->filled = 0;
    if (file->handle != INVALID_HANDLE_VALUE)
        CloseHandle(file->handle); /* and a doomed file is gone */
    file->handle = INVALID_HANDLE_VALUE;
    return hr;
}

void download_file_discard(struct download_file *file)
{
    file_join(file, TRUE);
    if (file->handle && file->handle != INVALID_HANDLE_VALUE)
        CloseHandle(file->handle);
    file->handle = INVALID_HANDLE_VALUE;
    file->filled = 0;
}

void download_file_close(struct download_file *file)
{
    download_file_discard(file);
    free(file->path);
    free(file->temporary);
    free(file->filling);
    for (unsigned int i = 0; i < DOWNLOAD_BLOCKS; i++)
        free(file->blocks[i]);
    memset(file, 0, sizeof(*file));
}
