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

HRESULT download_file_init(struct download_file *file, const WCHAR *path)
{
    memset(file, 0, sizeof(*file));
    file->handle = INVALID_HANDLE_VALUE;
    file->filling = malloc(BLOCK_SIZE);
    file->path = wstr_dup(path);
    return file->filling && file->path ? S_OK : E_OUTOFMEMORY;
}

/* Whether the file is to go when it is closed, by whomever. */
static void file_doom(struct download_file *file, BOOL doomed)
{
    FILE_DISPOSITION_INFO disposition = {doomed};

    SetFileInformationByHandle(file->handle, FileDispositionInfo, &disposition,
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

static void CALLBACK work_run(TP_CALLBACK_INSTANCE *instance, void *context, TP_WORK *work)
{
    struct download_file *file = context;

    (void)instance;
    (void)work;
    file_write(file, file->writing, BLOCK_SIZE);
}

/* FALSE: there is nothing that could write beside. */
static BOOL file_prepare_work(struct download_file *file)
{
    if (!file->writing)
        file->writing = malloc(BLOCK_SIZE);
    if (file->writing && !file->work)
        file->work = CreateThreadpoolWork(work_run, file, NULL);
    return file->work != NULL;
}

/* The block is full. */
static HRESULT file_hand_over(struct download_file *file)
{
    BYTE *full = file->filling;

    file->filled = 0;
    if (!file_prepare_work(file))
    {
        file_write(file, full, BLOCK_SIZE);
        return file->failed ? INET_E_DOWNLOAD_FAILURE : S_OK;
    }
    WaitForThreadpoolWorkCallbacks(file->work, FALSE);
    if (file->failed)
        return INET_E_DOWNLOAD_FAILURE;
    file->filling = file->writing;
    file->writing = full;
    SubmitThreadpoolWork(file->work);
    return S_OK;
}

/* Has the other thread end. It has not begun, perhaps, and need not any more when `cancel`. */
static void file_join(struct download_file *file, BOOL cancel)
{
    if (!file->work)
        return;
    WaitForThreadpoolWorkCallbacks(file->work, cancel);
    CloseThreadpoolWork(file->work);
    file->work = NULL;
}

BYTE *download_file_room(struct download_file *file, DWORD *size)
{
    *size = BLOCK_SIZE - file->filled;
    return file->filling + file->filled;
}

HRESULT download_file_commit(struct download_file *file, DWORD size)
{
    HRESULT hr = file->handle == INVALID_HANDLE_VALUE ? file_open(file) : S_OK;

    if (FAILED(hr))
        return hr;
    file->filled += size;
    return file->filled < BLOCK_SIZE ? S_OK : file_hand_over(file);
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

HRESULT download_file_complete(struct download_file *file)
{
    /* An empty one has had no data that would have made it. */
    HRESULT hr = file->handle == INVALID_HANDLE_VALUE ? file_open(file) : S_OK;

    if (FAILED(hr))
        return hr;
    file_join(file, FALSE);
    file_write(file, file->filling, file->filled);
    file->filled = 0;
    if (file->failed || !file_rename(file))
        hr = INET_E_DOWNLOAD_FAILURE;
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
    free(file->writing);
    memset(file, 0, sizeof(*file));
}
