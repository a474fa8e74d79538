/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The transfer engine and parts of files: AddFileWithRanges, and on-demand jobs. */

#include "transfer_bed.h"

#include <stdlib.h>
#include <string.h>

#define SIZE 100000

static char *whole; /* the remote file */

static void load_whole(struct bed *bed, const struct harness_server *server)
{
    UINT64 size;

    bed_run(bed, harness_url(server, L"x"));
    free(whole);
    whole = bed_content(&size);
    if (bed->result != S_OK || size != SIZE)
        bail_out("no content to compare with");
}

static void set_ranges(struct bed *bed, const BG_FILE_RANGE *ranges, UINT32 count)
{
    bed->request.ranges = ranges;
    bed->request.range_count = count;
}

/* The temporary file is the parts one after the other. */
static void expect_parts(const BG_FILE_RANGE *ranges, UINT32 count, const char *what)
{
    UINT64 size, at = 0;
    char *content = bed_content(&size);
    BOOL same = content != NULL;
    UINT32 i;

    for (i = 0; i < count && same; i++)
    {
        UINT64 length = ranges[i].Length == BG_LENGTH_TO_EOF ? SIZE - ranges[i].InitialOffset
                                                             : ranges[i].Length;

        same = at + length <= size
                && !memcmp(content + at, whole + ranges[i].InitialOffset, length);
        at += length;
    }
    ok(same && at == size, "%s: content", what);
    free(content);
}

int main(void)
{
    static const BG_FILE_RANGE three[] = {{0, 100}, {500, 1000}, {99000, BG_LENGTH_TO_EOF}};
    static const BG_FILE_RANGE all[] = {{0, BG_LENGTH_TO_EOF}};
    static const BG_FILE_RANGE outside[] = {{0, 10}, {SIZE - 5, 6}};
    static const BG_FILE_RANGE beyond[] = {{SIZE, BG_LENGTH_TO_EOF}};
    static const BG_FILE_RANGE wraps[] = {{~0ull - 1000, 5000}};
    static const BG_FILE_RANGE endless[] = {{10, ~0ull - 5}};
    static const BG_FILE_RANGE demand[] = {{1000, 100}, {50000, 50}};
    struct harness_server server;
    char *content;
    WCHAR *etag;
    UINT64 size;
    struct bed bed;

    harness_require();
    bed_init(&bed);
    harness_server_start(&server, "kind=normal size=100000 seed=3");
    load_whole(&bed, &server);
    etag = _wcsdup(bed.validator.etag);

    set_ranges(&bed, three, 3);
    bed_run(&bed, harness_url(&server, L"x"));
    is_hr(bed.result, S_OK, "three parts");
    is_uint(bed.total, 2100, "total is the sum of the lengths");
    is_uint(bed.transferred, 2100, "transferred");
    is_uint(bed.started, 1, "started once");
    expect_parts(three, 3, "three parts");

    content = bed_content(&size);
    bed_resume(&bed, content, 600, 600, etag, NULL, SIZE);
    harness_server_log_clear(&server);
    bed_run(&bed, harness_url(&server, L"x"));
    is_hr(bed.result, S_OK, "going on within the second part");
    ok(bed.started == 1 && !bed.restarted, "going on: not restarted");
    expect_parts(three, 3, "going on");
    is_uint(harness_server_requests(&server), 2, "the part that was there is not fetched again");

    bed_resume(&bed, content, 600, 600, L"\"another version\"", NULL, SIZE);
    bed_run(&bed, harness_url(&server, L"x"));
    is_hr(bed.result, S_OK, "the file has changed");
    ok(bed.restarted, "the file has changed: restarted");
    expect_parts(three, 3, "the file has changed");
    free(content);
    bed.request.offset = 0;
    bed.request.validator.etag = NULL;
    bed.request.validator.size = BG_SIZE_UNKNOWN;

    set_ranges(&bed, all, 1);
    is_hr(bed_run(&bed, harness_url(&server, L"x")), S_OK, "a part that is the whole");
    expect_parts(all, 1, "the whole");

    set_ranges(&bed, outside, 2);
    bed_run(&bed, harness_url(&server, L"x"));
    bed_expect(&bed, BG_E_INVALID_RANGE, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE, "beyond the end");
    set_ranges(&bed, beyond, 1);
    bed_run(&bed, harness_url(&server, L"x"));
    bed_expect(&bed, BG_E_INVALID_RANGE, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE, "behind the end");
    set_ranges(&bed, wraps, 1);
    bed_run(&bed, harness_url(&server, L"x"));
    bed_expect(&bed, BG_E_INVALID_RANGE, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE, "past 64 bits");
    set_ranges(&bed, endless, 1);
    bed_run(&bed, harness_url(&server, L"x"));
    bed_expect(&bed, BG_E_INVALID_RANGE, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE, "far too long");

    set_ranges(&bed, demand, 2);
    bed.request.in_place = TRUE;
    DeleteFileW(bed_temp);
    is_hr(bed_run(&bed, harness_url(&server, L"x")), S_OK, "on demand");
    content = bed_content(&size);
    ok(size == 50050 && !memcmp(content + 1000, whole + 1000, 100)
                    && !memcmp(content + 50000, whole + 50000, 50),
            "on demand: each part at its place");
    free(content);
    bed.request.in_place = FALSE;
    harness_server_stop(&server);

    harness_server_start(&server, "kind=no_ranges size=100000 seed=3");
    set_ranges(&bed, three, 3);
    bed_run(&bed, harness_url(&server, L"x"));
    bed_expect(&bed, BG_E_INSUFFICIENT_RANGE_SUPPORT, BG_ERROR_CONTEXT_REMOTE_FILE, FALSE,
            "a server without ranges");
    set_ranges(&bed, all, 1);
    is_hr(bed_run(&bed, harness_url(&server, L"x")), S_OK, "the whole needs no ranges");
    harness_server_stop(&server);

    /* Another version at every request: tried anew, but not for ever. */
    harness_server_start(&server, "kind=changes size=100000");
    set_ranges(&bed, three, 3);
    bed_run(&bed, harness_url(&server, L"x"));
    ok(FAILED(bed.result) && bed.error.transient, "a file that changes all the time: %s",
            tap_hr(bed.result));
    ok(harness_server_requests(&server) < 20, "tried %u times", harness_server_requests(&server));
    harness_server_stop(&server);

    free(etag);
    free(whole);
    bed_free(&bed);
    return done_testing();
}
