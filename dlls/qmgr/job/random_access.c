/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "random_access.h"

#include <stdlib.h>

#include "notifier.h"
#include "validate.h"

/* A file in more pieces than this is refused further ones: each costs a walk along all others. */
#define MAX_PIECES 10000

static struct range_set file_filled(const struct bits_file *file)
{
    struct range_set set = {file->filled, file->filled_count};

    return set;
}

static struct range_set file_wanted(const struct bits_file *file)
{
    struct range_set set = {file->wanted, file->wanted_count};

    return set;
}

static void file_set_filled(struct bits_file *file, const struct range_set *set)
{
    file->filled = set->ranges;
    file->filled_count = set->count;
}

static void file_set_wanted(struct bits_file *file, const struct range_set *set)
{
    file->wanted = set->ranges;
    file->wanted_count = set->count;
}

BOOL file_is_random(const struct bits_file *file)
{
    return file->job->properties.on_demand
            || (file->random && remote_name_is_http(file->remote_name));
}

BOOL file_has_work(const struct bits_file *file)
{
    return !file->completed && (!file->job->properties.on_demand || file->wanted_count);
}

BOOL job_has_file_work(const struct bits_job *job)
{
    for (UINT32 i = 0; i < job->file_count; i++)
    {
        if (file_has_work(job->files[i]))
            return TRUE;
    }
    return FALSE;
}

static HRESULT set_subtract_all(struct range_set *set, const struct range_set *other)
{
    HRESULT hr = S_OK;

    for (UINT32 i = 0; i < other->count && SUCCEEDED(hr); i++)
        hr = range_set_subtract(set, other->ranges[i].InitialOffset, other->ranges[i].Length);
    return hr;
}

/* Appends the parts of the set to the plan: those from `position` on, then those before it. */
static HRESULT plan_append(struct range_set *plan, const struct range_set *set, UINT64 position)
{
    struct range_set after, before;
    BG_FILE_RANGE *ranges;
    HRESULT hr;

    if (FAILED(hr = range_set_copy(&after, set)))
        return hr;
    if (FAILED(hr = range_set_copy(&before, set)))
    {
        range_set_free(&after);
        return hr;
    }
    if (SUCCEEDED(hr = range_set_subtract(&after, 0, position))
            && SUCCEEDED(hr = range_set_subtract(&before, position, BG_LENGTH_TO_EOF))
            && after.count + before.count)
    {
        ranges =
                realloc(plan->ranges, (plan->count + after.count + before.count) * sizeof(*ranges));
        if (!ranges)
            hr = E_OUTOFMEMORY;
        else
        {
            plan->ranges = ranges;
            for (UINT32 i = 0; i < after.count; i++)
                ranges[plan->count++] = after.ranges[i];
            for (UINT32 i = 0; i < before.count; i++)
                ranges[plan->count++] = before.ranges[i];
        }
    }
    range_set_free(&after);
    range_set_free(&before);
    return hr;
}

HRESULT random_plan(const struct bits_file *file, struct range_set *plan)
{
    const struct range_set wanted = file_wanted(file), filled = file_filled(file);
    struct range_set rest = {NULL, 0};
    HRESULT hr;

    plan->ranges = NULL;
    plan->count = 0;
    hr = plan_append(plan, &wanted, file->position);
    /* Until the size is known, what else there is to transfer is not known either. */
    if (SUCCEEDED(hr) && !file->job->properties.on_demand
            && (!plan->count || file->total != BG_SIZE_UNKNOWN))
    {
        UINT64 length = file->total == BG_SIZE_UNKNOWN ? BG_LENGTH_TO_EOF : file->total;

        if (SUCCEEDED(hr = range_set_add(&rest, 0, length))
                && SUCCEEDED(hr = set_subtract_all(&rest, &filled))
                && SUCCEEDED(hr = set_subtract_all(&rest, &wanted)))
            hr = plan_append(plan, &rest, file->position);
        range_set_free(&rest);
    }
    if (FAILED(hr))
        range_set_free(plan);
    return hr;
}

UINT64 random_extent(const struct bits_file *file)
{
    const BG_FILE_RANGE *last = file->filled_count ? &file->filled[file->filled_count - 1] : NULL;

    return last ? last->InitialOffset + last->Length : 0;
}

void random_started(struct bits_file *file, UINT64 size, BOOL restarted)
{
    struct range_set wanted = file_wanted(file), filled = file_filled(file);

    if (restarted)
    {
        /* What the client has asked for once, it wants of the new version as well. */
        for (UINT32 i = 0; i < filled.count && file->job->properties.on_demand; i++)
            range_set_add(&wanted, filled.ranges[i].InitialOffset, filled.ranges[i].Length);
        range_set_free(&filled);
        file_set_filled(file, &filled);
        file->transferred = 0;
    }
    /* Ranges to the end get their length. */
    if (size != BG_SIZE_UNKNOWN)
        range_set_subtract(&wanted, size, BG_LENGTH_TO_EOF);
    file_set_wanted(file, &wanted);
}

void random_fill(struct bits_file *file, const struct range_set *plan, UINT64 from, UINT64 to)
{
    struct range_set filled = file_filled(file), wanted = file_wanted(file);
    UINT64 before = 0;

    for (UINT32 i = 0; i < plan->count && before < to; i++)
    {
        const BG_FILE_RANGE *range = &plan->ranges[i];
        UINT64 begin = max(from, before), end = min(to, before + range->Length);

        if (begin < end)
        {
            UINT64 offset = range->InitialOffset + (begin - before);

            if (SUCCEEDED(range_set_add(&filled, offset, end - begin)))
            {
                range_set_subtract(&wanted, offset, end - begin);
                notifier_range_transferred(file->job, file, offset, end - begin);
            }
        }
        before += range->Length;
    }
    file_set_filled(file, &filled);
    file_set_wanted(file, &wanted);
    file->transferred = range_set_length(&filled);
}

HRESULT random_begin(struct bits_file *file)
{
    struct range_set filled = {NULL, 0};
    HRESULT hr;

    if (file_is_random(file))
        return S_OK;
    if (FAILED(hr = range_set_add(&filled, 0, file->transferred)))
        return hr;
    free(file->filled);
    file_set_filled(file, &filled);
    file->random = TRUE;
    return S_OK;
}

void random_give_up(struct bits_file *file)
{
    struct range_set none = {NULL, 0};

    file_restart(file);
    free(file->wanted);
    file_set_wanted(file, &none);
    file->position = 0;
    file->random = FALSE;
}

HRESULT random_request(struct bits_file *file, const BG_FILE_RANGE *ranges, UINT32 count)
{
    const struct range_set before = file_wanted(file), filled = file_filled(file);
    struct range_set wanted, added = {NULL, 0};
    HRESULT hr = S_OK;

    if (count > MAX_PIECES)
        return BG_E_TOO_MANY_RANGES_IN_FILE;
    for (UINT32 i = 0; i < count && SUCCEEDED(hr); i++)
    {
        UINT64 length = ranges[i].Length;

        if (length == BG_LENGTH_TO_EOF && file->total != BG_SIZE_UNKNOWN)
            length = file->total - ranges[i].InitialOffset;
        hr = range_set_add(&added, ranges[i].InitialOffset, length);
    }
    if (SUCCEEDED(hr))
        hr = set_subtract_all(&added, &filled);
    if (SUCCEEDED(hr) && !added.count)
        hr = S_FALSE;
    if (hr == S_OK && (hr = range_set_copy(&wanted, &before)) == S_OK)
    {
        for (UINT32 i = 0; i < added.count && SUCCEEDED(hr); i++)
            hr = range_set_add(&wanted, added.ranges[i].InitialOffset, added.ranges[i].Length);
        if (SUCCEEDED(hr) && wanted.count + filled.count > MAX_PIECES)
            hr = BG_E_TOO_MANY_RANGES_IN_FILE;
        if (FAILED(hr))
            range_set_free(&wanted);
        else
        {
            free(file->wanted);
            file_set_wanted(file, &wanted);
            file->position = ranges[0].InitialOffset;
        }
    }
    range_set_free(&added);
    return hr;
}
