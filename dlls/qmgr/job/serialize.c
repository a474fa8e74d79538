/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jobs and files as the store keeps them.
 *
 *     record  = u8 format, section*
 *     section = u8 tag, u32 size, fields
 *
 * Fields have no tags of their own: a section's fields come in a fixed order. A later version of
 * the program adds fields at the end of a section, which an older one does not read, and which keep
 * their defaults when an older record is loaded; or a new section, which an older
 * version skips. A change that this cannot express gets another format number.
 *
 * What is loaded may have been written by anyone: every size, count and enumeration is checked, and
 * a record is taken whole or not at all.
 */
#include "job.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wincrypt.h>

#include "trace.h"

#define RECORD_FORMAT 1

enum job_section
{
    JOB_CORE = 1,
    JOB_OWNER = 2,
    JOB_NOTIFY = 3,
    JOB_HTTP = 4,
    JOB_CREDENTIALS = 5,
};

enum file_section
{
    FILE_CORE = 1,
    FILE_RANGES = 2,
};

/* Characters; the documented limits where there are any, with room. */
#define LIMIT_NAME 1024
#define LIMIT_URL 8192
#define LIMIT_PATH 32768
#define LIMIT_TEXT 65536 /* headers, proxy lists */
#define LIMIT_CREDENTIALS 64
#define LIMIT_SECRET (256u << 10) /* bytes, encrypted */

#define PERSISTENT_EVENTS (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR)

/* ---- writing ---- */

static size_t section_begin(struct blob_writer *writer, BYTE tag)
{
    blob_put_u8(writer, tag);
    blob_put_u32(writer, 0);
    return writer->size;
}

static void section_end(struct blob_writer *writer, size_t start)
{
    UINT32 size = (UINT32)(writer->size - start);

    if (!writer->failed)
        memcpy(writer->data + start - sizeof(size), &size, sizeof(size));
}

static void put_time(struct blob_writer *writer, const FILETIME *time)
{
    blob_put_u32(writer, time->dwLowDateTime);
    blob_put_u32(writer, time->dwHighDateTime);
}

/* The password, readable for this user on this machine only. */
static void put_secret(struct blob_writer *writer, const WCHAR *secret)
{
    DATA_BLOB plain, sealed;

    if (!secret)
    {
        blob_put_counted(writer, NULL, 0);
        return;
    }
    plain.pbData = (BYTE *)secret;
    plain.cbData = (DWORD)((wcslen(secret) + 1) * sizeof(WCHAR));
    if (!CryptProtectData(&plain, NULL, NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &sealed))
    {
        trace("store: cannot encrypt a password, error %lu", (unsigned long)GetLastError());
        writer->failed = TRUE;
        return;
    }
    blob_put_counted(writer, sealed.pbData, sealed.cbData);
    LocalFree(sealed.pbData);
}

static void put_core(struct blob_writer *writer, const struct bits_job *job)
{
    const struct bits_job_properties *properties = &job->properties;
    size_t start = section_begin(writer, JOB_CORE);

    blob_put_u32(writer, job->type);
    blob_put_u32(writer, job->cancelling ? BG_JOB_STATE_CANCELLED : job->state);
    blob_put_u32(writer, job->priority);
    blob_put_wstr(writer, job->display_name);
    blob_put_wstr(writer, job->description);
    put_time(writer, &job->created);
    put_time(writer, &job->modified);
    put_time(writer, &job->completed);
    blob_put_u32(writer, job->minimum_retry_delay);
    blob_put_u32(writer, job->no_progress_timeout);
    blob_put_u32(writer, job->maximum_download_time);
    blob_put_u32(writer, job->download_seconds);
    blob_put_u32(writer, job->error_count);
    blob_put_u32(writer, job->error.context);
    blob_put_u32(writer, job->error.code);
    blob_put_u32(writer, job->error.file);
    blob_put_u32(writer, job->acl_flags);
    blob_put_u32(writer, job->peer_caching_flags);
    blob_put_u8(writer, job->resumed != FALSE);
    blob_put_u8(writer, job->completing != FALSE);
    blob_put_u32(writer, properties->cost_flags);
    blob_put_u8(writer, properties->dynamic_content != FALSE);
    blob_put_u8(writer, properties->high_performance != FALSE);
    blob_put_u64(writer, properties->max_download_size);
    blob_put_u32(writer, properties->stored_credentials);
    blob_put_u32(writer, properties->notification_interval);
    blob_put_u8(writer, properties->on_demand != FALSE);
    section_end(writer, start);
}

static void put_owner(struct blob_writer *writer, const struct bits_job *job)
{
    size_t start = section_begin(writer, JOB_OWNER);

    blob_put_wstr(writer, job->owner);
    blob_put_u32(writer, job->owner_integrity);
    blob_put_u8(writer, job->owner_elevated != FALSE);
    section_end(writer, start);
}

static void put_notify(struct blob_writer *writer, const struct bits_notify *notify)
{
    size_t start = section_begin(writer, JOB_NOTIFY);

    blob_put_u32(writer, notify->flags);
    blob_put_u32(writer, notify->pending & PERSISTENT_EVENTS);
    blob_put_guid(writer, &notify->clsid);
    blob_put_wstr(writer, notify->program);
    blob_put_wstr(writer, notify->parameters);
    section_end(writer, start);
}

static void put_http(struct blob_writer *writer, const struct bits_job *job)
{
    const struct bits_http_options *http = &job->http;
    size_t start = section_begin(writer, JOB_HTTP);

    blob_put_u32(writer, job->proxy_usage);
    blob_put_wstr(writer, job->proxy_list);
    blob_put_wstr(writer, job->proxy_bypass);
    blob_put_u32(writer, http->certificate_location);
    blob_put_wstr(writer, http->certificate_store);
    blob_put_bytes(writer, http->certificate_hash, sizeof(http->certificate_hash));
    blob_put_wstr(writer, http->certificate_subject);
    blob_put_wstr(writer, http->custom_headers);
    blob_put_u32(writer, http->security_flags);
    section_end(writer, start);
}

static void put_credentials(struct blob_writer *writer, const struct bits_job *job)
{
    size_t start = section_begin(writer, JOB_CREDENTIALS);

    blob_put_u32(writer, job->credential_count);
    for (UINT32 i = 0; i < job->credential_count; i++)
    {
        blob_put_u32(writer, job->credentials[i].target);
        blob_put_u32(writer, job->credentials[i].scheme);
        blob_put_wstr(writer, job->credentials[i].user);
        put_secret(writer, job->credentials[i].password);
    }
    section_end(writer, start);
}

void job_serialize(const struct bits_job *job, struct blob_writer *writer)
{
    blob_put_u8(writer, RECORD_FORMAT);
    put_core(writer, job);
    put_owner(writer, job);
    put_notify(writer, &job->notify);
    put_http(writer, job);
    if (job->credential_count)
        put_credentials(writer, job);
}

static void put_ranges(struct blob_writer *writer, const BG_FILE_RANGE *ranges, UINT32 count)
{
    blob_put_u32(writer, count);
    for (UINT32 i = 0; i < count; i++)
    {
        blob_put_u64(writer, ranges[i].InitialOffset);
        blob_put_u64(writer, ranges[i].Length);
    }
}

void file_serialize(const struct bits_file *file, struct blob_writer *writer)
{
    size_t start;

    blob_put_u8(writer, RECORD_FORMAT);
    start = section_begin(writer, FILE_CORE);
    blob_put_u32(writer, file->index);
    blob_put_wstr(writer, file->remote_name);
    blob_put_wstr(writer, file->local_name);
    blob_put_wstr(writer, file->temp_name);
    blob_put_u64(writer, file->total);
    blob_put_u64(writer, file->transferred);
    blob_put_wstr(writer, file->validator.etag);
    blob_put_wstr(writer, file->validator.last_modified);
    blob_put_u64(writer, file->validator.size);
    blob_put_u8(writer, (BYTE)file->validation);
    blob_put_u8(writer, file->completed != FALSE);
    blob_put_u8(writer, file->no_ranges != FALSE);
    blob_put_u8(writer, file->saved != FALSE);
    blob_put_u8(writer, file->notify_transferred != FALSE);
    section_end(writer, start);
    if (file->range_count || file->filled_count || file->wanted_count || file->random)
    {
        start = section_begin(writer, FILE_RANGES);
        put_ranges(writer, file->ranges, file->range_count);
        put_ranges(writer, file->filled, file->filled_count);
        put_ranges(writer, file->wanted, file->wanted_count);
        blob_put_u8(writer, file->random != FALSE);
        blob_put_u64(writer, file->position);
        section_end(writer, start);
    }
}

/* ---- reading ---- */

/* The next section of a record, as a reader of its own. FALSE at the end, or when it is cut off. */
static BOOL section_next(struct blob_reader *record, BYTE *tag, struct blob_reader *section)
{
    const void *data;
    UINT32 size;

    if (record->failed || record->offset == record->size)
        return FALSE;
    *tag = blob_get_u8(record);
    if (!(data = blob_get_counted(record, &size)))
        return FALSE;
    blob_reader_init(section, data, size);
    return TRUE;
}

/* A string of at most `limit` characters. */
static WCHAR *get_text(struct blob_reader *reader, size_t limit)
{
    WCHAR *text = blob_get_wstr(reader);

    if (text && wcslen(text) > limit)
    {
        reader->failed = TRUE;
        free(text);
        text = NULL;
    }
    return text;
}

static UINT32 get_u32_below(struct blob_reader *reader, UINT32 limit)
{
    UINT32 value = blob_get_u32(reader);

    if (value >= limit)
    {
        reader->failed = TRUE;
        value = 0;
    }
    return value;
}

static BOOL get_bool(struct blob_reader *reader)
{
    return blob_get_u8(reader) != 0;
}

static FILETIME get_time(struct blob_reader *reader)
{
    FILETIME time;

    time.dwLowDateTime = blob_get_u32(reader);
    time.dwHighDateTime = blob_get_u32(reader);
    return time;
}

/* NULL for none, and with *lost for one which this user cannot decrypt. */
static WCHAR *get_secret(struct blob_reader *reader, BOOL *lost)
{
    DATA_BLOB sealed, plain;
    WCHAR *secret = NULL;
    const void *data;
    UINT32 size;

    data = blob_get_counted(reader, &size);
    if (size > LIMIT_SECRET)
        reader->failed = TRUE;
    if (reader->failed || !size)
        return NULL;
    sealed.pbData = (BYTE *)data;
    sealed.cbData = size;
    if (!CryptUnprotectData(&sealed, NULL, NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &plain))
    {
        *lost = TRUE;
        return NULL;
    }
    if (plain.cbData >= sizeof(WCHAR) && plain.cbData % sizeof(WCHAR) == 0
            && (secret = malloc(plain.cbData)))
    {
        memcpy(secret, plain.pbData, plain.cbData);
        secret[plain.cbData / sizeof(WCHAR) - 1] = 0;
    }
    else
        *lost = TRUE;
    SecureZeroMemory(plain.pbData, plain.cbData);
    LocalFree(plain.pbData);
    return secret;
}

static void get_core(struct blob_reader *reader, struct bits_job *job)
{
    struct bits_job_properties *properties = &job->properties;

    job->type = get_u32_below(reader, BG_JOB_TYPE_UPLOAD_REPLY + 1);
    job->state = get_u32_below(reader, BG_JOB_STATE_CANCELLED + 1);
    job->priority = get_u32_below(reader, BG_JOB_PRIORITY_LOW + 1);
    job->display_name = get_text(reader, LIMIT_NAME);
    job->description = get_text(reader, LIMIT_TEXT);
    job->created = get_time(reader);
    job->modified = get_time(reader);
    job->completed = get_time(reader);
    job->minimum_retry_delay = blob_get_u32(reader);
    job->no_progress_timeout = blob_get_u32(reader);
    job->maximum_download_time = blob_get_u32(reader);
    job->download_seconds = blob_get_u32(reader);
    job->error_count = blob_get_u32(reader);
    job->error.context = blob_get_u32(reader);
    job->error.code = blob_get_u32(reader);
    job->error.file = blob_get_u32(reader);
    job->acl_flags = blob_get_u32(reader);
    job->peer_caching_flags = blob_get_u32(reader);
    job->resumed = get_bool(reader);
    job->completing = get_bool(reader);
    properties->cost_flags = blob_get_u32(reader);
    properties->dynamic_content = get_bool(reader);
    properties->high_performance = get_bool(reader);
    properties->max_download_size = blob_get_u64(reader);
    properties->stored_credentials = blob_get_u32(reader);
    properties->notification_interval = blob_get_u32(reader);
    properties->on_demand = get_bool(reader);
}

static void get_owner(struct blob_reader *reader, struct bits_job *job)
{
    job->owner = get_text(reader, LIMIT_NAME);
    job->owner_integrity = blob_get_u32(reader);
    job->owner_elevated = get_bool(reader);
}

static void get_notify(struct blob_reader *reader, struct bits_notify *notify)
{
    notify->flags = blob_get_u32(reader);
    notify->pending = blob_get_u32(reader) & PERSISTENT_EVENTS;
    notify->clsid = blob_get_guid(reader);
    notify->program = get_text(reader, LIMIT_PATH);
    notify->parameters = get_text(reader, LIMIT_PATH);
}

static void get_http(struct blob_reader *reader, struct bits_job *job)
{
    struct bits_http_options *http = &job->http;
    const void *hash;

    job->proxy_usage = get_u32_below(reader, BG_JOB_PROXY_USAGE_AUTODETECT + 1);
    job->proxy_list = get_text(reader, LIMIT_TEXT);
    job->proxy_bypass = get_text(reader, LIMIT_TEXT);
    http->certificate_location = blob_get_u32(reader);
    http->certificate_store = get_text(reader, LIMIT_NAME);
    if ((hash = blob_get_bytes(reader, sizeof(http->certificate_hash))))
        memcpy(http->certificate_hash, hash, sizeof(http->certificate_hash));
    http->certificate_subject = get_text(reader, LIMIT_TEXT);
    http->custom_headers = get_text(reader, LIMIT_TEXT);
    http->security_flags = blob_get_u32(reader);
}

static void get_credentials(struct blob_reader *reader, struct bits_job *job)
{
    UINT32 count = get_u32_below(reader, LIMIT_CREDENTIALS + 1);

    if (reader->failed || !count)
        return;
    if (!(job->credentials = calloc(count, sizeof(*job->credentials))))
    {
        reader->failed = TRUE;
        return;
    }
    while (count-- && !reader->failed)
    {
        struct transfer_credentials *credentials = &job->credentials[job->credential_count];
        BOOL lost = FALSE;

        credentials->target = get_u32_below(reader, BG_AUTH_TARGET_PROXY + 1);
        credentials->scheme = get_u32_below(reader, BG_AUTH_SCHEME_PASSPORT + 1);
        credentials->user = get_text(reader, LIMIT_NAME);
        credentials->password = get_secret(reader, &lost);
        if (lost)
        {
            trace("store: credentials of a job cannot be decrypted and are dropped");
            free(credentials->user);
            credentials->user = NULL;
        }
        else
            job->credential_count++;
    }
}

void job_free_stored(struct bits_job *job)
{
    for (UINT32 i = 0; i < job->credential_count; i++)
    {
        WCHAR *password = job->credentials[i].password;

        if (password)
            SecureZeroMemory(password, wcslen(password) * sizeof(WCHAR));
        free(password);
        free(job->credentials[i].user);
    }
    free(job->credentials);
    free(job->display_name);
    free(job->description);
    free(job->owner);
    free(job->proxy_list);
    free(job->proxy_bypass);
    free(job->http.certificate_store);
    free(job->http.certificate_subject);
    free(job->http.custom_headers);
    free(job->notify.program);
    free(job->notify.parameters);
}

static void job_clear_loaded(struct bits_job *job)
{
    job->credentials = NULL;
    job->credential_count = 0;
    job->display_name = job->description = job->owner = NULL;
    job->proxy_list = job->proxy_bypass = NULL;
    job->http.certificate_store = job->http.certificate_subject = NULL;
    job->http.custom_headers = NULL;
    job->notify.program = job->notify.parameters = NULL;
}

/* Replaces the persistent part of `job`, which is a new one, or one that was loaded before. On
 * failure (HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT)) it is unchanged. Files are not touched. */
HRESULT job_deserialize(struct bits_job *job, const void *payload, size_t size)
{
    struct bits_job loaded = *job;
    struct blob_reader record, section;
    BOOL failed, core = FALSE;
    BYTE tag;

    job_clear_loaded(&loaded);
    blob_reader_init(&record, payload, size);
    failed = blob_get_u8(&record) != RECORD_FORMAT;
    while (!failed && section_next(&record, &tag, &section))
    {
        switch (tag)
        {
        case JOB_CORE:
            failed = core; /* a second one would leak */
            if (!failed)
                get_core(&section, &loaded);
            core = TRUE;
            break;
        case JOB_OWNER:
            if (!(failed = loaded.owner != NULL))
                get_owner(&section, &loaded);
            break;
        case JOB_NOTIFY:
            if (!(failed = loaded.notify.program || loaded.notify.parameters))
                get_notify(&section, &loaded.notify);
            break;
        case JOB_HTTP:
            if (!(failed = loaded.proxy_list || loaded.proxy_bypass || loaded.http.certificate_store
                                || loaded.http.certificate_subject || loaded.http.custom_headers))
                get_http(&section, &loaded);
            break;
        case JOB_CREDENTIALS:
            if (!(failed = loaded.credentials != NULL))
                get_credentials(&section, &loaded);
            break;
        default:
            break;
        }
        failed |= section.failed;
    }
    if (failed || record.failed || !core || !loaded.display_name || !loaded.owner)
    {
        job_free_stored(&loaded);
        return HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT);
    }
    job_free_stored(job);
    *job = loaded;
    return S_OK;
}

static BG_FILE_RANGE *get_ranges(struct blob_reader *reader, UINT32 *count)
{
    UINT32 wanted = get_u32_below(reader, JOB_MAX_RANGES + 1);
    BG_FILE_RANGE *ranges;

    *count = 0;
    if (wanted > (reader->size - reader->offset) / (2 * sizeof(UINT64)))
        reader->failed = TRUE;
    if (reader->failed || !wanted)
        return NULL;
    if (!(ranges = malloc(wanted * sizeof(*ranges))))
    {
        reader->failed = TRUE;
        return NULL;
    }
    for (UINT32 i = 0; i < wanted; i++)
    {
        ranges[i].InitialOffset = blob_get_u64(reader);
        ranges[i].Length = blob_get_u64(reader);
        if (ranges[i].Length != BG_LENGTH_TO_EOF
                && ranges[i].InitialOffset + ranges[i].Length < ranges[i].InitialOffset)
            reader->failed = TRUE;
    }
    *count = wanted;
    return ranges;
}

static void get_file_core(struct blob_reader *reader, struct bits_file *file)
{
    if (get_u32_below(reader, JOB_MAX_FILES) != file->index)
        reader->failed = TRUE;
    file->remote_name = get_text(reader, LIMIT_URL);
    file->local_name = get_text(reader, LIMIT_PATH);
    file->temp_name = get_text(reader, LIMIT_PATH);
    file->total = blob_get_u64(reader);
    file->transferred = blob_get_u64(reader);
    file->validator.etag = get_text(reader, LIMIT_TEXT);
    file->validator.last_modified = get_text(reader, LIMIT_TEXT);
    file->validator.size = blob_get_u64(reader);
    file->validation = blob_get_u8(reader);
    file->completed = get_bool(reader);
    file->no_ranges = get_bool(reader);
    file->saved = get_bool(reader);
    file->notify_transferred = get_bool(reader);
    if (file->validation > VALIDATION_INVALID)
        reader->failed = TRUE;
}

void file_free_stored(struct bits_file *file)
{
    free(file->remote_name);
    free(file->local_name);
    free(file->temp_name);
    free(file->validator.etag);
    free(file->validator.last_modified);
    free(file->ranges);
    free(file->filled);
    free(file->wanted);
}

/* As job_deserialize; `file->job` is left alone, and `file->index` must be that of the record. */
HRESULT file_deserialize(struct bits_file *file, const void *payload, size_t size)
{
    struct bits_file loaded = *file;
    struct blob_reader record, section;
    BOOL failed, core = FALSE, ranges = FALSE;
    BYTE tag;

    loaded.remote_name = loaded.local_name = loaded.temp_name = NULL;
    loaded.validator.etag = loaded.validator.last_modified = NULL;
    loaded.ranges = loaded.filled = loaded.wanted = NULL;
    loaded.range_count = loaded.filled_count = loaded.wanted_count = 0;
    loaded.random = FALSE;
    loaded.position = 0;
    blob_reader_init(&record, payload, size);
    failed = blob_get_u8(&record) != RECORD_FORMAT;
    while (!failed && section_next(&record, &tag, &section))
    {
        if (tag == FILE_CORE && !(failed = core))
        {
            core = TRUE;
            get_file_core(&section, &loaded);
        }
        else if (tag == FILE_RANGES && !(failed = ranges))
        {
            ranges = TRUE;
            loaded.ranges = get_ranges(&section, &loaded.range_count);
            loaded.filled = get_ranges(&section, &loaded.filled_count);
            loaded.wanted = get_ranges(&section, &loaded.wanted_count);
            loaded.random = get_bool(&section);
            loaded.position = blob_get_u64(&section);
        }
        failed |= section.failed;
    }
    if (failed || record.failed || !core || !loaded.remote_name || !loaded.local_name
            || !loaded.temp_name)
    {
        file_free_stored(&loaded);
        return HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT);
    }
    file_free_stored(file);
    *file = loaded;
    return S_OK;
}
