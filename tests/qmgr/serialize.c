/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs and files in the form the store keeps: complete, tolerant of later versions, and hard to
 * hurt. */
#include <windows.h>

#include <stdlib.h>

#include "tap.h"

#include "../../dlls/qmgr/job/serialize.c"
#include "wstr.h"

static BG_FILE_RANGE *make_ranges(UINT32 count)
{
    BG_FILE_RANGE *ranges = malloc(count * sizeof(*ranges));

    for (UINT32 i = 0; i < count; i++)
    {
        ranges[i].InitialOffset = i * 1000ull << 30;
        ranges[i].Length = i + 1 == count ? BG_LENGTH_TO_EOF : i * 7 + 1;
    }
    return ranges;
}

static void make_job(struct bits_job *job)
{
    memset(job, 0, sizeof(*job));
    job->type = BG_JOB_TYPE_DOWNLOAD;
    job->state = BG_JOB_STATE_ERROR;
    job->priority = BG_JOB_PRIORITY_HIGH;
    job->display_name = wstr_dup(L"a job \x00e4\x4e2d");
    job->description = wstr_dup(L"");
    job->owner = wstr_dup(L"S-1-5-21-1-2-3-1000");
    job->owner_integrity = SECURITY_MANDATORY_HIGH_RID;
    job->owner_elevated = TRUE;
    job->created = (FILETIME){1, 2};
    job->modified = (FILETIME){3, 4};
    job->completed = (FILETIME){5, 6};
    job->minimum_retry_delay = 7;
    job->no_progress_timeout = 8;
    job->maximum_download_time = 9;
    job->download_seconds = 10;
    job->error_count = 11;
    job->acl_flags = 12;
    job->peer_caching_flags = 13;
    job->proxy_usage = BG_JOB_PROXY_USAGE_OVERRIDE;
    job->proxy_list = wstr_dup(L"proxy:3128");
    job->proxy_bypass = wstr_dup(L"<local>");
    job->properties.cost_flags = 14;
    job->properties.dynamic_content = TRUE;
    job->properties.high_performance = TRUE;
    job->properties.max_download_size = 15ull << 40;
    job->properties.stored_credentials = BG_AUTH_TARGET_PROXY;
    job->properties.notification_interval = 16;
    job->properties.on_demand = TRUE;
    job->http.certificate_location = BG_CERT_STORE_LOCATION_LOCAL_MACHINE;
    job->http.certificate_store = wstr_dup(L"MY");
    for (unsigned int i = 0; i < sizeof(job->http.certificate_hash); i++)
        job->http.certificate_hash[i] = (BYTE)(i + 100);
    job->http.certificate_subject = wstr_dup(L"CN=someone");
    job->http.custom_headers = wstr_dup(L"X-One: 1\r\nX-Two: 2\r\n");
    job->http.security_flags = 17;
    job->credentials = calloc(3, sizeof(*job->credentials));
    job->credential_count = 3;
    job->credentials[0] = (struct transfer_credentials){BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC,
            wstr_dup(L"user"), wstr_dup(L"secret-password")};
    job->credentials[1] =
            (struct transfer_credentials){BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_NTLM, NULL, NULL};
    job->credentials[2] = (struct transfer_credentials){BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_DIGEST,
            wstr_dup(L"other"), wstr_dup(L"")};
    job->notify.flags = BG_NOTIFY_JOB_ERROR | BG_NOTIFY_FILE_TRANSFERRED;
    job->notify.clsid = (GUID){1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    job->notify.program = wstr_dup(L"C:\\program.exe");
    job->notify.parameters = wstr_dup(L"program one two");
    job->notify.pending = BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_MODIFICATION;
    job->error.context = BG_ERROR_CONTEXT_REMOTE_FILE;
    job->error.code = BG_E_HTTP_ERROR_404;
    job->error.file = 3;
    job->resumed = TRUE;
    job->completing = TRUE;
}

static void make_file(struct bits_file *file)
{
    memset(file, 0, sizeof(*file));
    file->index = 5;
    file->remote_name = wstr_dup(L"http://host/path?query");
    file->local_name = wstr_dup(L"C:\\folder\\file");
    file->temp_name = wstr_dup(L"C:\\folder\\BIT1.tmp");
    file->range_count = 3;
    file->ranges = make_ranges(3);
    file->filled_count = 1;
    file->filled = make_ranges(1);
    file->wanted_count = 2;
    file->wanted = make_ranges(2);
    file->random = TRUE;
    file->position = 1ull << 32;
    file->total = 1ull << 33;
    file->transferred = 77;
    file->validator.etag = wstr_dup(L"\"abc\"");
    file->validator.last_modified = wstr_dup(L"Sat, 21 Nov 2026 08:00:00 GMT");
    file->validator.size = 1ull << 33;
    file->validation = VALIDATION_VALID;
    file->completed = file->no_ranges = file->saved = file->notify_transferred = TRUE;
}

/* Everything but what is not kept, and encrypted passwords, which are never the same twice: those
 * are compared by value. */
static BOOL jobs_equal(const struct bits_job *a, const struct bits_job *b)
{
    struct bits_job copies[2] = {*a, *b};
    struct blob_writer writers[2] = {{0}};
    BOOL equal = a->credential_count == b->credential_count;

    for (UINT32 i = 0; equal && i < a->credential_count; i++)
    {
        const struct transfer_credentials *one = &a->credentials[i], *two = &b->credentials[i];

        equal = one->target == two->target && one->scheme == two->scheme && !one->user == !two->user
                && !one->password == !two->password && (!one->user || !wcscmp(one->user, two->user))
                && (!one->password || !wcscmp(one->password, two->password));
    }
    for (int i = 0; i < 2; i++)
    {
        copies[i].credential_count = 0;
        job_serialize(&copies[i], &writers[i]);
    }
    equal = equal && writers[0].size == writers[1].size
            && !memcmp(writers[0].data, writers[1].data, writers[0].size);
    blob_writer_free(&writers[0]);
    blob_writer_free(&writers[1]);
    return equal;
}

static BOOL files_equal(const struct bits_file *a, const struct bits_file *b)
{
    struct blob_writer writers[2] = {{0}};
    BOOL equal;

    file_serialize(a, &writers[0]);
    file_serialize(b, &writers[1]);
    equal = writers[0].size == writers[1].size
            && !memcmp(writers[0].data, writers[1].data, writers[0].size);
    blob_writer_free(&writers[0]);
    blob_writer_free(&writers[1]);
    return equal;
}

static BOOL contains(const struct blob_writer *writer, const WCHAR *text)
{
    size_t size = wcslen(text) * sizeof(WCHAR);

    for (size_t i = 0; i + size <= writer->size; i++)
    {
        if (!memcmp(writer->data + i, text, size))
            return TRUE;
    }
    return FALSE;
}

static UINT32 random_state = 2463534242u;

static UINT32 random_next(UINT32 limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

static void test_job(void)
{
    struct bits_job job, loaded, sentinel;
    struct blob_writer writer = {0};
    unsigned int wrong = 0;
    BYTE *copy;

    make_job(&job);
    job_serialize(&job, &writer);
    ok(!writer.failed, "a job is written");
    ok(contains(&writer, L"a job"), "its name can be read in it");
    ok(contains(&writer, L"user"), "and a user's name");
    ok(!contains(&writer, L"secret"), "but not the password");

    memset(&loaded, 0, sizeof(loaded));
    is_hr(job_deserialize(&loaded, writer.data, writer.size), S_OK, "it loads");
    is_uint(loaded.notify.pending, BG_NOTIFY_JOB_ERROR,
            "JobError is still owed, JobModification not");
    is_wstr(loaded.credentials[0].password, L"secret-password", "the password is there");
    ok(!loaded.credentials[1].user && !loaded.credentials[1].password, "default credentials, too");
    ok(loaded.credentials[2].password && !*loaded.credentials[2].password, "and an empty password");
    ok(jobs_equal(&job, &loaded), "all of it is the same");
    is_uint(loaded.properties.max_download_size, 15ull << 40, "sizes are 64 bits wide");
    is_guid(&loaded.notify.clsid, &job.notify.clsid, "notification CLSID");
    is_hr(job_deserialize(&loaded, writer.data, writer.size), S_OK, "it loads over itself");
    ok(jobs_equal(&job, &loaded), "and is the same");

    /* Cut off anywhere: a failure, and nothing happens to the job. Only between sections it cannot
     * be noticed; a frame of the journal is never cut there. */
    memset(&sentinel, 0, sizeof(sentinel));
    for (size_t cut = 0; cut < writer.size; cut++)
    {
        struct bits_job before = sentinel;

        if (SUCCEEDED(job_deserialize(&sentinel, writer.data, cut)))
        {
            job_free_stored(&sentinel);
            memset(&sentinel, 0, sizeof(sentinel));
        }
        else if (memcmp(&before, &sentinel, sizeof(before)))
            wrong++;
    }
    is_uint(wrong, 0, "no failure leaves a trace in the job");

    copy = malloc(writer.size);
    for (unsigned int i = 0; i < 5000; i++)
    {
        memcpy(copy, writer.data, writer.size);
        for (unsigned int k = random_next(4) + 1; k; k--)
            copy[random_next((UINT32)writer.size)] = (BYTE)random_next(256);
        memset(&sentinel, 0, sizeof(sentinel));
        if (FAILED(job_deserialize(&sentinel, copy, writer.size)))
            continue;
        if (!sentinel.owner || !sentinel.display_name || (unsigned int)sentinel.state > 8
                || (unsigned int)sentinel.priority > 3 || sentinel.credential_count > 64)
            wrong++;
        job_free_stored(&sentinel);
    }
    is_uint(wrong, 0, "5000 damaged records: refused, or with legal values");
    free(copy);

    job_free_stored(&job);
    job_free_stored(&loaded);
    blob_writer_free(&writer);
}

/* The longest password that SetCredentials takes. */
static void test_long_password(void)
{
    const size_t length = 65536;
    struct bits_job job, loaded;
    struct blob_writer writer = {0};
    WCHAR *password = malloc((length + 1) * sizeof(WCHAR));

    for (size_t i = 0; i < length; i++)
        password[i] = 'a' + i % 26;
    password[length] = 0;
    make_job(&job);
    free(job.credentials[0].password);
    job.credentials[0].password = password;
    job_serialize(&job, &writer);
    memset(&loaded, 0, sizeof(loaded));
    is_hr(job_deserialize(&loaded, writer.data, writer.size), S_OK,
            "a password of 65,536 characters");
    ok(jobs_equal(&job, &loaded), "is there again");
    job_free_stored(&job);
    job_free_stored(&loaded);
    blob_writer_free(&writer);
}

/* After a crash in the middle of Cancel the job is no longer what it was. */
static void test_cancelling(void)
{
    struct bits_job job, loaded;
    struct blob_writer writer = {0};

    make_job(&job);
    job.cancelling = TRUE;
    job_serialize(&job, &writer);
    memset(&loaded, 0, sizeof(loaded));
    is_hr(job_deserialize(&loaded, writer.data, writer.size), S_OK,
            "a job that is being cancelled loads");
    is_uint(loaded.state, BG_JOB_STATE_CANCELLED, "as cancelled");
    job_free_stored(&job);
    job_free_stored(&loaded);
    blob_writer_free(&writer);
}

/* Records of other versions of the program. */
static void test_versions(void)
{
    struct blob_writer writer = {0}, later = {0};
    struct bits_job job, loaded;
    struct blob_reader record;
    BYTE format;

    make_job(&job);
    job_serialize(&job, &writer);
    blob_reader_init(&record, writer.data, writer.size);
    format = blob_get_u8(&record);
    blob_put_u8(&later, format);
    while (record.offset < record.size)
    {
        BYTE tag = blob_get_u8(&record);
        UINT32 size;
        const void *section = blob_get_counted(&record, &size);

        blob_put_u8(&later, tag);
        blob_put_u32(&later, size + 5);
        blob_put_bytes(&later, section, size);
        blob_put_bytes(&later, "later", 5);
    }
    blob_put_u8(&later, 200);
    blob_put_counted(&later, "a section of a later version", 28);
    memset(&loaded, 0, sizeof(loaded));
    is_hr(job_deserialize(&loaded, later.data, later.size), S_OK,
            "a record with more fields and sections than we know loads");
    ok(jobs_equal(&job, &loaded), "with all that we know");
    later.data[0]++;
    is_hr(job_deserialize(&loaded, later.data, later.size), HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT),
            "one of another format does not");
    job_free_stored(&job);
    job_free_stored(&loaded);
    blob_writer_free(&writer);
    blob_writer_free(&later);
}

static void test_file(void)
{
    struct bits_file file, loaded, sentinel;
    struct blob_writer writer = {0};
    unsigned int wrong = 0;
    BYTE *copy;

    make_file(&file);
    file_serialize(&file, &writer);
    memset(&loaded, 0, sizeof(loaded));
    loaded.index = 5;
    is_hr(file_deserialize(&loaded, writer.data, writer.size), S_OK, "a file loads");
    ok(files_equal(&file, &loaded), "as it was written");
    is_uint(loaded.wanted_count, 2, "with its ranges");
    ok(loaded.random && loaded.position == 1ull << 32, "and the download position");
    is_uint(loaded.ranges[2].Length, BG_LENGTH_TO_EOF, "up to the end of the file");
    loaded.index = 6;
    ok(FAILED(file_deserialize(&loaded, writer.data, writer.size)),
            "not in the place of another one");
    ok(loaded.remote_name && loaded.wanted_count == 2, "which stays as it is");

    copy = malloc(writer.size);
    for (unsigned int i = 0; i < 5000; i++)
    {
        size_t size = random_next(4) ? writer.size : random_next((UINT32)writer.size);

        memcpy(copy, writer.data, writer.size);
        for (unsigned int k = random_next(4); k; k--)
            copy[random_next((UINT32)writer.size)] = (BYTE)random_next(256);
        memset(&sentinel, 0, sizeof(sentinel));
        sentinel.index = 5;
        if (FAILED(file_deserialize(&sentinel, copy, size)))
            continue;
        if (sentinel.index != 5 || !sentinel.remote_name || !sentinel.local_name
                || !sentinel.temp_name || (unsigned int)sentinel.validation > VALIDATION_INVALID)
            wrong++;
        file_free_stored(&sentinel);
    }
    is_uint(wrong, 0, "5000 damaged records: refused, or with legal values");
    free(copy);

    /* A count of ranges beyond the record must not become an allocation. */
    blob_writer_free(&writer);
    free(file.ranges);
    file.ranges = NULL;
    file.range_count = 0;
    file_serialize(&file, &writer);
    for (size_t i = 0; i + 4 <= writer.size; i++)
    {
        UINT32 huge = 0x00fffff0, saved;

        memcpy(&saved, writer.data + i, sizeof(saved));
        memcpy(writer.data + i, &huge, sizeof(huge));
        memset(&sentinel, 0, sizeof(sentinel));
        sentinel.index = 5;
        if (SUCCEEDED(file_deserialize(&sentinel, writer.data, writer.size)))
            file_free_stored(&sentinel);
        memcpy(writer.data + i, &saved, sizeof(saved));
    }
    pass("no huge count does harm");
    file_free_stored(&file);
    file_free_stored(&loaded);
    blob_writer_free(&writer);
}

int main(void)
{
    test_job();
    test_long_password();
    test_cancelling();
    test_versions();
    test_file();
    return done_testing();
}
