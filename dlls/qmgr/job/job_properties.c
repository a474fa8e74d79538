/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IBackgroundCopyJob5: SetProperty and GetProperty, after BITS_JOB_PROPERTY_ID and
 * BITS_JOB_PROPERTY_VALUE. All jobs are download jobs, so
 * BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY does not occur.
 */
#include "job_methods.h"

#include <string.h>

#include "notifier.h"
#include "queue.h"
#include "validate.h"

#define COST_FLAGS_KNOWN                                                                           \
    (BITS_COST_STATE_UNRESTRICTED | BITS_COST_STATE_CAPPED_USAGE_UNKNOWN                           \
            | BITS_COST_STATE_BELOW_CAP | BITS_COST_STATE_NEAR_CAP                                 \
            | BITS_COST_STATE_OVERCAP_CHARGED | BITS_COST_STATE_OVERCAP_THROTTLED                  \
            | BITS_COST_STATE_USAGE_BASED | BITS_COST_STATE_ROAMING | BITS_COST_STATE_RESERVED     \
            | BITS_COST_OPTION_IGNORE_CONGESTION)

/* Where a property lives, and how large it is. */
struct property
{
    void *slot;
    size_t size;
};

static BOOL property_find(struct bits_job *job, BITS_JOB_PROPERTY_ID id, struct property *property)
{
    struct bits_job_properties *properties = &job->properties;

#define PROPERTY(id, member)                                                                       \
    case id:                                                                                       \
        property->slot = &member;                                                                  \
        property->size = sizeof(member);                                                           \
        return TRUE
    switch (id)
    {
        PROPERTY(BITS_JOB_PROPERTY_ID_COST_FLAGS, properties->cost_flags);
        PROPERTY(BITS_JOB_PROPERTY_NOTIFICATION_CLSID, job->notify.clsid);
        PROPERTY(BITS_JOB_PROPERTY_DYNAMIC_CONTENT, properties->dynamic_content);
        PROPERTY(BITS_JOB_PROPERTY_HIGH_PERFORMANCE, properties->high_performance);
        PROPERTY(BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, properties->max_download_size);
        PROPERTY(BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, properties->stored_credentials);
        PROPERTY(BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS,
                properties->notification_interval);
        PROPERTY(BITS_JOB_PROPERTY_ON_DEMAND_MODE, properties->on_demand);
    }
#undef PROPERTY
    return FALSE;
}

/* Is the value one of the property's? Without the lock. */
static HRESULT property_check_value(BITS_JOB_PROPERTY_ID id, const BITS_JOB_PROPERTY_VALUE *value)
{
    switch (id)
    {
    case BITS_JOB_PROPERTY_ID_COST_FLAGS:
        return value->Dword & ~(DWORD)COST_FLAGS_KNOWN ? E_INVALIDARG : S_OK;
    case BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE:
        return value->Uint64 ? S_OK : BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE;
    case BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS:
        return value->Target == BG_AUTH_TARGET_PROXY ? S_OK
                                                     : BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED;
    default:
        return S_OK;
    }
}

/* May files like this one be in a job that is on demand, or of dynamic content? */
static BOOL job_has_unfit_file(const struct bits_job *job, BOOL on_demand)
{
    for (UINT32 i = 0; i < job->file_count; i++)
    {
        const struct bits_file *file = job->files[i];

        if (file->range_count || (on_demand && !remote_name_is_http(file->remote_name)))
            return TRUE;
    }
    return FALSE;
}

/* Does the job, as it is now, take the value? With the lock. */
static HRESULT property_check_job(const struct bits_job *job, BITS_JOB_PROPERTY_ID id,
        const BITS_JOB_PROPERTY_VALUE *value)
{
    const struct bits_job_properties *properties = &job->properties;

    switch (id)
    {
    case BITS_JOB_PROPERTY_DYNAMIC_CONTENT:
        if (job->resumed)
            return BG_E_READ_ONLY_PROPERTY_AFTER_RESUME;
        if (value->Enable && (properties->on_demand || job_has_unfit_file(job, FALSE)))
            return BG_E_UNSUPPORTED_JOB_CONFIGURATION;
        return S_OK;
    case BITS_JOB_PROPERTY_HIGH_PERFORMANCE:
        return job->file_count ? BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE : S_OK;
    case BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE:
        return job->resumed ? BG_E_READ_ONLY_PROPERTY_AFTER_RESUME : S_OK;
    case BITS_JOB_PROPERTY_ON_DEMAND_MODE:
        /* What is in a temporary file of one mode does not fit the other. */
        if (job->resumed && !value->Enable != !properties->on_demand)
            return BG_E_READ_ONLY_PROPERTY_AFTER_RESUME;
        if (value->Enable && (properties->dynamic_content || job_has_unfit_file(job, TRUE)))
            return BG_E_UNSUPPORTED_JOB_CONFIGURATION;
        return S_OK;
    default:
        return S_OK;
    }
}

HRESULT STDMETHODCALLTYPE job5_SetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
        BITS_JOB_PROPERTY_VALUE value)
{
    struct bits_job *job = job_from_iface(iface);
    BITS_JOB_PROPERTY_VALUE before;
    struct property property;
    HRESULT hr;

    if (!property_find(job, id, &property))
        return BG_E_UNKNOWN_PROPERTY_ID;
    if (FAILED(hr = property_check_value(id, &value)) || FAILED(hr = job_open_for_change(job)))
        return hr;
    if (SUCCEEDED(hr = property_check_job(job, id, &value)))
    {
        memcpy(&before, property.slot, property.size);
        memcpy(property.slot, &value, property.size);
        if (FAILED(hr = job_changed(job, NULL)))
            memcpy(property.slot, &before, property.size);
    }
    if (SUCCEEDED(hr))
    {
        queue_wake_scheduler();
        notifier_wake(job); /* the class may be due for an event that occurred already */
    }
    return job_close_change(hr);
}

HRESULT STDMETHODCALLTYPE job5_GetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
        BITS_JOB_PROPERTY_VALUE *value)
{
    struct property property;

    if (!value)
        return E_INVALIDARG;
    memset(value, 0, sizeof(*value));
    if (!property_find(job_from_iface(iface), id, &property))
        return BG_E_UNKNOWN_PROPERTY_ID;
    return job_get_value(value, property.slot, property.size);
}
