/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "transfer_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

const WCHAR *bed_temp;

static HRESULT bed_started(void *context, const struct transfer_validator *validator, UINT64 total,
        BOOL restarted, const WCHAR *headers)
{
    struct bed *bed = context;

    bed->started++;
    bed->restarted = restarted;
    bed->total = total;
    transfer_validator_copy(&bed->validator, validator);
    snprintf(bed->headers, sizeof(bed->headers), "%ls", headers ? headers : L"");
    return S_OK;
}

static HRESULT bed_progress(void *context, UINT64 transferred)
{
    struct bed *bed = context;

    bed->progressed++;
    bed->transferred = transferred;
    if (bed->abort_at && transferred >= bed->abort_at)
        transfer_abort(bed->transfer);
    return bed->progress_result;
}

static HRESULT bed_redirected(void *context, const WCHAR *url)
{
    struct bed *bed = context;

    bed->redirected++;
    wcsncpy(bed->location, url, ARRAYSIZE(bed->location) - 1);
    return S_OK;
}

void bed_init(struct bed *bed)
{
    memset(bed, 0, sizeof(*bed));
    bed_temp = L"C:\\test\\BIT1.tmp";
    if (FAILED(transfer_create(&bed->transfer)))
        bail_out("no memory");
    bed->validator.size = BG_SIZE_UNKNOWN;
    bed->request.temp_name = bed->request.local_name = bed_temp;
    bed->request.validator.size = BG_SIZE_UNKNOWN;
    bed->request.max_size = BG_SIZE_UNKNOWN;
    bed->request.proxy_usage = BG_JOB_PROXY_USAGE_NO_PROXY;
    bed->request.stall_timeout = 20000;
    bed->request.started = bed_started;
    bed->request.progress = bed_progress;
    bed->request.redirected = bed_redirected;
    bed->request.context = bed;
}

void bed_free(struct bed *bed)
{
    transfer_destroy(bed->transfer);
    transfer_validator_free(&bed->validator);
    DeleteFileW(bed_temp);
}

HRESULT bed_run(struct bed *bed, const WCHAR *url)
{
    DWORD start = GetTickCount();

    if (!bed->request.offset && !bed->request.in_place)
        DeleteFileW(bed_temp);
    bed->started = bed->progressed = bed->redirected = 0;
    bed->restarted = FALSE;
    bed->total = bed->transferred = 0;
    bed->headers[0] = bed->location[0] = 0;
    bed->request.remote_name = url;
    memset(&bed->error, 0xcc, sizeof(bed->error));
    bed->result = transfer_run(bed->transfer, &bed->request, &bed->error);
    bed->milliseconds = GetTickCount() - start;
    return bed->result;
}

void bed_resume(struct bed *bed, const char *content, UINT64 kept, UINT64 offset, const WCHAR *etag,
        const WCHAR *modified, UINT64 size)
{
    FILE *file = _wfopen(bed_temp, L"wb");

    if (!file || fwrite(content, 1, kept, file) != kept)
        bail_out("cannot write the temporary file");
    fclose(file);
    bed->request.offset = offset;
    bed->request.validator.etag = (WCHAR *)etag;
    bed->request.validator.last_modified = (WCHAR *)modified;
    bed->request.validator.size = size;
}

char *bed_content(UINT64 *size)
{
    FILE *file = _wfopen(bed_temp, L"rb");
    char *content;

    *size = 0;
    if (!file)
        return NULL;
    _fseeki64(file, 0, SEEK_END);
    *size = _ftelli64(file);
    _fseeki64(file, 0, SEEK_SET);
    if ((content = malloc(*size + 1)) && fread(content, 1, *size, file) != *size)
        *size = 0;
    fclose(file);
    return content;
}

void bed_expect(struct bed *bed, HRESULT code, BG_ERROR_CONTEXT context, BOOL transient,
        const char *what)
{
    is_hr(bed->result, code, "%s: result", what);
    if (bed->result == code && FAILED(code))
        ok(bed->error.code == code && bed->error.context == context
                        && !bed->error.transient == !transient,
                "%s: context %d, transient %d", what, bed->error.context, bed->error.transient);
}
