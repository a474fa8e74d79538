/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding jobs and their files. */

#include <wchar.h>

#include "bitsadmin.h"

#define ENUM_BATCH 64

/* A GUID with its braces, as /CREATE and /LIST print it. */
bool guid_parse(const WCHAR *string, GUID *guid)
{
    return *string == '{' && SUCCEEDED(IIDFromString(string, guid));
}

void guid_format(const GUID *guid, struct text *text)
{
    WCHAR string[40];

    StringFromGUID2(guid, string, ARRAYSIZE(string));
    text_append(text, string);
}

/* Calls visit for each job of the queue until one call fails. flags are those of
 * IBackgroundCopyManager::EnumJobs. Jobs are fetched in batches, as each fetch is a call to the
 * service. */
HRESULT job_enumerate(struct context *context, DWORD flags,
        HRESULT (*visit)(IBackgroundCopyJob *job, void *user), void *user)
{
    IBackgroundCopyJob *jobs[ENUM_BATCH];
    IEnumBackgroundCopyJobs *enumerator;
    ULONG fetched, i;
    HRESULT hr, next;

    hr = IBackgroundCopyManager_EnumJobs(context->manager, flags, &enumerator);
    if (FAILED(hr))
    {
        return hr;
    }
    do
    {
        fetched = 0;
        next = IEnumBackgroundCopyJobs_Next(enumerator, ENUM_BATCH, jobs, &fetched);
        if (FAILED(next))
        {
            hr = next;
            break;
        }
        for (i = 0; i < fetched; ++i)
        {
            if (SUCCEEDED(hr))
            {
                hr = visit(jobs[i], user);
            }
            IBackgroundCopyJob_Release(jobs[i]);
        }
    } while (next == S_OK && fetched && SUCCEEDED(hr));
    IEnumBackgroundCopyJobs_Release(enumerator);
    return hr;
}

struct search
{
    const WCHAR *name;
    IBackgroundCopyJob *exact, *similar; /* the first of each */
    unsigned int exact_count, similar_count;
    struct text exact_ids, similar_ids;
};

static void search_keep(IBackgroundCopyJob *job, IBackgroundCopyJob **first, unsigned int *count,
        struct text *ids)
{
    GUID id;

    if (!*first)
    {
        *first = job;
        IBackgroundCopyJob_AddRef(job);
    }
    ++*count;
    if (SUCCEEDED(IBackgroundCopyJob_GetId(job, &id)))
    {
        text_append(ids, L"\n  ");
        guid_format(&id, ids);
    }
}

static HRESULT search_visit(IBackgroundCopyJob *job, void *user)
{
    struct search *search = user;
    WCHAR *name = NULL;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetDisplayName(job, &name);
    if (FAILED(hr))
    {
        /* A job that ended while we looked is no reason to stop looking. */
        return hresult_is_service_lost(hr) ? hr : S_OK;
    }
    if (!wcscmp(name, search->name))
    {
        search_keep(job, &search->exact, &search->exact_count, &search->exact_ids);
    }
    else if (!_wcsicmp(name, search->name))
    {
        search_keep(job, &search->similar, &search->similar_count, &search->similar_ids);
    }
    CoTaskMemFree(name);
    return S_OK;
}

/* Finds the job that a command names by its GUID or its display name. A name that several jobs have
 * is an error; a name in another case is taken when no job has it exactly. Where the user's own
 * jobs have no such name and the service lets us see the others', these are searched. Returns an
 * exit code; on anything but EXIT_DONE the user has been told. */
int job_find(struct context *context, const WCHAR *name, IBackgroundCopyJob **job)
{
    struct search search = {.name = name};
    int result = EXIT_DONE;
    HRESULT hr;
    GUID id;

    *job = NULL;
    if (guid_parse(name, &id))
    {
        hr = IBackgroundCopyManager_GetJob(context->manager, &id, job);
        if (FAILED(hr))
        {
            *job = NULL;
            return report_failure(context, hr, L"find job %ls", name);
        }
        return EXIT_DONE;
    }

    hr = job_enumerate(context, 0, search_visit, &search);
    if (SUCCEEDED(hr) && !search.exact_count && !search.similar_count)
    {
        job_enumerate(context, BG_JOB_ENUM_ALL_USERS, search_visit, &search);
    }

    if (FAILED(hr))
    {
        result = report_failure(context, hr, L"enumerate jobs");
    }
    else if (search.exact_count == 1)
    {
        *job = search.exact;
        search.exact = NULL;
    }
    else if (search.exact_count > 1)
    {
        result = report_error(EXIT_FAILED,
                L"Found %u jobs named \"%ls\". Use the job identifier instead of the job name.%ls",
                search.exact_count, name, text_get(&search.exact_ids));
    }
    else if (search.similar_count == 1)
    {
        *job = search.similar;
        search.similar = NULL;
    }
    else if (search.similar_count > 1)
    {
        result = report_error(EXIT_FAILED,
                L"Found %u jobs named \"%ls\". Use the job identifier instead of the job name.%ls",
                search.similar_count, name, text_get(&search.similar_ids));
    }
    else
    {
        result = report_error(EXIT_FAILED, L"Unable to find job named \"%ls\".", name);
    }

    if (search.exact)
    {
        IBackgroundCopyJob_Release(search.exact);
    }
    if (search.similar)
    {
        IBackgroundCopyJob_Release(search.similar);
    }
    text_free(&search.exact_ids);
    text_free(&search.similar_ids);
    return result;
}

/* The file of that index, from 0. E_INVALIDARG when the job has fewer files. */
HRESULT job_get_file(IBackgroundCopyJob *job, ULONG index, IBackgroundCopyFile **file)
{
    IEnumBackgroundCopyFiles *enumerator;
    ULONG fetched = 0;
    HRESULT hr;

    *file = NULL;
    hr = IBackgroundCopyJob_EnumFiles(job, &enumerator);
    if (FAILED(hr))
    {
        return hr;
    }
    hr = index ? IEnumBackgroundCopyFiles_Skip(enumerator, index) : S_OK;
    if (hr == S_OK)
    {
        hr = IEnumBackgroundCopyFiles_Next(enumerator, 1, file, &fetched);
    }
    IEnumBackgroundCopyFiles_Release(enumerator);
    if (SUCCEEDED(hr) && !fetched)
    {
        hr = E_INVALIDARG;
    }
    return hr;
}
