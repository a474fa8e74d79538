/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The transfer engine and sources that are files. */

#include "transfer_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE (5 << 20)

static char *make_source(const WCHAR *name, unsigned int seed)
{
    char *content = malloc(SIZE);
    FILE *file = _wfopen(name, L"wb");
    unsigned int i;

    if (!content || !file)
        bail_out("cannot write the source");
    for (i = 0; i < SIZE; i++)
    {
        seed = seed * 1103515245 + 12345;
        content[i] = (char)(seed >> 16);
    }
    fwrite(content, 1, SIZE, file);
    fclose(file);
    return content;
}

static void expect_content(const char *expected, const char *what)
{
    UINT64 size;
    char *content = bed_content(&size);

    ok(content && size == SIZE && !memcmp(content, expected, SIZE), "%s: content", what);
    free(content);
}

int main(void)
{
    static const BG_FILE_RANGE range = {0, 10};
    WCHAR *modified;
    char *first, *second;
    struct bed bed;

    CreateDirectoryW(L"C:\\test", NULL);
    bed_init(&bed);
    first = make_source(L"C:\\test\\a source.bin", 1);
    bed_run(&bed, L"file:///C:/test/a%20source.bin");
    is_hr(bed.result, S_OK, "copy");
    expect_content(first, "copy");
    ok(bed.started == 1 && bed.total == SIZE && bed.transferred == SIZE, "total %llu, progress %llu",
            bed.total, bed.transferred);
    ok(bed.validator.last_modified && bed.validator.size == SIZE, "size and time are the validator");
    modified = _wcsdup(bed.validator.last_modified);

    bed_resume(&bed, first, 1000000, 1000000, NULL, modified, SIZE);
    bed_run(&bed, L"file:///C:/test/a%20source.bin");
    is_hr(bed.result, S_OK, "going on");
    ok(!bed.restarted, "going on: not restarted");
    expect_content(first, "going on");

    Sleep(20);
    second = make_source(L"C:\\test\\a source.bin", 2);
    bed_resume(&bed, first, 1000000, 1000000, NULL, modified, SIZE);
    bed_run(&bed, L"file:///C:/test/a%20source.bin");
    is_hr(bed.result, S_OK, "changed source");
    ok(bed.restarted, "changed source: restarted");
    expect_content(second, "changed source");
    bed.request.offset = 0;

    bed_run(&bed, L"file:///C:/test/missing.bin");
    bed_expect(&bed, HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), BG_ERROR_CONTEXT_REMOTE_FILE, FALSE,
            "missing source");
    bed_run(&bed, L"file:///C:/test");
    ok(FAILED(bed.result) && bed.error.context == BG_ERROR_CONTEXT_REMOTE_FILE, "a folder: %s",
            tap_hr(bed.result));
    bed.request.ranges = &range;
    bed.request.range_count = 1;
    is_hr(bed_run(&bed, L"file:///C:/test/a%20source.bin"), E_INVALIDARG, "ranges of a file");
    bed.request.ranges = NULL;
    bed.request.max_size = 1000;
    is_hr(bed_run(&bed, L"file:///C:/test/a%20source.bin"), BG_E_TOO_LARGE, "size limit");
    bed.request.max_size = BG_SIZE_UNKNOWN;

    transfer_abort(bed.transfer);
    is_hr(bed_run(&bed, L"file:///C:/test/a%20source.bin"), E_ABORT, "aborted beforehand");
    transfer_reset(bed.transfer);
    is_hr(bed_run(&bed, L"file:///C:/test/a%20source.bin"), S_OK, "after the reset");
    expect_content(second, "after the reset");

    free(modified);
    free(first);
    free(second);
    bed_free(&bed);
    return done_testing();
}
