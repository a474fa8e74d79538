/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The time, and the dates of MS-DOS. */
#include <windows.h>
#include <objbase.h>

/* The time in UTC. S_OK, E_INVALIDARG. objbase/nf-objbase-cofiletimenow */
HRESULT WINAPI CoFileTimeNow(FILETIME *time)
{
    if (!time)
        return E_INVALIDARG;
    GetSystemTimeAsFileTime(time);
    return S_OK;
}

/*
 * An MS-DOS date and time as a FILETIME. FALSE when it is none, or for NULL.
 * objbase/nf-objbase-codosdatetimetofiletime
 */
BOOL WINAPI CoDosDateTimeToFileTime(WORD date, WORD time, FILETIME *out)
{
    return out && DosDateTimeToFileTime(date, time, out);
}

/*
 * The reverse: years 1980 to 2107, seconds in steps of two. FALSE for others, or for NULL.
 * objbase/nf-objbase-cofiletimetodosdatetime
 */
BOOL WINAPI CoFileTimeToDosDateTime(FILETIME *time, LPWORD out_date, LPWORD out_time)
{
    return time && out_date && out_time && FileTimeToDosDateTime(time, out_date, out_time);
}
