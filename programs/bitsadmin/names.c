/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values in words, both ways. */

#include <wchar.h>

#include <windows.h>

#include <sddl.h>
#include <bits2_0.h>

#include "bitsadmin.h"

struct name
{
    const WCHAR *name;
    DWORD value;
};

/* clang-format off */
static const struct name state_names[] =
{
    { L"QUEUED", BG_JOB_STATE_QUEUED },
    { L"CONNECTING", BG_JOB_STATE_CONNECTING },
    { L"TRANSFERRING", BG_JOB_STATE_TRANSFERRING },
    { L"SUSPENDED", BG_JOB_STATE_SUSPENDED },
    { L"ERROR", BG_JOB_STATE_ERROR },
    { L"TRANSIENT_ERROR", BG_JOB_STATE_TRANSIENT_ERROR },
    { L"TRANSFERRED", BG_JOB_STATE_TRANSFERRED },
    { L"ACKNOWLEDGED", BG_JOB_STATE_ACKNOWLEDGED },
    { L"CANCELED", BG_JOB_STATE_CANCELLED },
    { NULL, 0 }
};

static const struct name type_names[] =
{
    { L"DOWNLOAD", BG_JOB_TYPE_DOWNLOAD },
    { L"UPLOAD", BG_JOB_TYPE_UPLOAD },
    { L"UPLOAD-REPLY", BG_JOB_TYPE_UPLOAD_REPLY },
    { NULL, 0 }
};

static const struct name priority_names[] =
{
    { L"FOREGROUND", BG_JOB_PRIORITY_FOREGROUND },
    { L"HIGH", BG_JOB_PRIORITY_HIGH },
    { L"NORMAL", BG_JOB_PRIORITY_NORMAL },
    { L"LOW", BG_JOB_PRIORITY_LOW },
    { NULL, 0 }
};

static const struct name proxy_usage_names[] =
{
    { L"PRECONFIG", BG_JOB_PROXY_USAGE_PRECONFIG },
    { L"NO_PROXY", BG_JOB_PROXY_USAGE_NO_PROXY },
    { L"OVERRIDE", BG_JOB_PROXY_USAGE_OVERRIDE },
    { L"AUTODETECT", BG_JOB_PROXY_USAGE_AUTODETECT },
    { NULL, 0 }
};

static const struct name acl_flag_names[] =
{
    { L"O", BG_COPY_FILE_OWNER },
    { L"G", BG_COPY_FILE_GROUP },
    { L"D", BG_COPY_FILE_DACL },
    { L"S", BG_COPY_FILE_SACL },
    { NULL, 0 }
};
/* clang-format on */

static const WCHAR *name_of(const struct name *names, DWORD value)
{
    for (; names->name; ++names)
    {
        if (names->value == value)
        {
            return names->name;
        }
    }
    return L"UNKNOWN";
}

static bool value_of(const struct name *names, const WCHAR *string, DWORD *value)
{
    for (; names->name; ++names)
    {
        if (!_wcsicmp(names->name, string))
        {
            *value = names->value;
            return true;
        }
    }
    return false;
}

const WCHAR *state_name(BG_JOB_STATE state)
{
    return name_of(state_names, state);
}

const WCHAR *type_name(BG_JOB_TYPE type)
{
    return name_of(type_names, type);
}

/* A job type as a switch: /DOWNLOAD, /UPLOAD, /UPLOAD-REPLY. */
bool type_parse(const WCHAR *string, BG_JOB_TYPE *type)
{
    DWORD value;

    if (!switch_looks_like(string) || !value_of(type_names, string + 1, &value))
    {
        return false;
    }
    *type = (BG_JOB_TYPE)value;
    return true;
}

const WCHAR *priority_name(BG_JOB_PRIORITY priority)
{
    return name_of(priority_names, priority);
}

bool priority_parse(const WCHAR *string, BG_JOB_PRIORITY *priority)
{
    DWORD value;

    if (!value_of(priority_names, string, &value))
    {
        return false;
    }
    *priority = (BG_JOB_PRIORITY)value;
    return true;
}

const WCHAR *proxy_usage_name(BG_JOB_PROXY_USAGE usage)
{
    return name_of(proxy_usage_names, usage);
}

bool proxy_usage_parse(const WCHAR *string, BG_JOB_PROXY_USAGE *usage)
{
    DWORD value;

    if (!value_of(proxy_usage_names, string, &value))
    {
        return false;
    }
    *usage = (BG_JOB_PROXY_USAGE)value;
    return true;
}

/* The letters O, G, D and S in any order and case; an empty string clears all flags. */
bool acl_flags_parse(const WCHAR *string, DWORD *flags)
{
    *flags = 0;
    for (; *string; ++string)
    {
        WCHAR letter[2] = {*string, 0};
        DWORD flag;

        if (!value_of(acl_flag_names, letter, &flag))
        {
            return false;
        }
        *flags |= flag;
    }
    return true;
}

void acl_flags_format(DWORD flags, struct text *text)
{
    const struct name *name;

    text_append(text, NULL);
    for (name = acl_flag_names; name->name; ++name)
    {
        if (flags & name->value)
        {
            text_append(text, name->name);
        }
    }
}

/* A decimal number, or a hexadecimal one after 0x, of at most limit. Nothing may follow it. */
bool number_parse(const WCHAR *string, UINT64 limit, UINT64 *value)
{
    unsigned int base = 10;
    UINT64 number = 0;

    if (string[0] == '0' && (string[1] == 'x' || string[1] == 'X'))
    {
        base = 16;
        string += 2;
    }
    if (!*string)
    {
        return false;
    }
    for (; *string; ++string)
    {
        unsigned int digit;

        if (*string >= '0' && *string <= '9')
        {
            digit = *string - '0';
        }
        else if (base == 16 && *string >= 'a' && *string <= 'f')
        {
            digit = *string - 'a' + 10;
        }
        else if (base == 16 && *string >= 'A' && *string <= 'F')
        {
            digit = *string - 'A' + 10;
        }
        else
        {
            return false;
        }
        if (number > (limit - digit) / base || digit > limit)
        {
            return false;
        }
        number = number * base + digit;
    }
    *value = number;
    return true;
}

bool switch_looks_like(const WCHAR *argument)
{
    return argument[0] == '/' || argument[0] == '-';
}

/* Whether an argument is the switch of that name, by / or -, in any case. */
bool switch_is(const WCHAR *argument, const WCHAR *name)
{
    return switch_looks_like(argument) && !_wcsicmp(argument + 1, name);
}

/* A size in bytes, or UNKNOWN as long as the server has not told it. */
void size_format(UINT64 size, struct text *text)
{
    if (size == BG_SIZE_UNKNOWN)
    {
        text_append(text, L"UNKNOWN");
    }
    else
    {
        text_printf(text, L"%I64u", size);
    }
}

/* A time as local date and time in the user's format; a zero time is UNKNOWN. */
void time_format(const FILETIME *time, struct text *text)
{
    WCHAR date[64], clock[64];
    SYSTEMTIME utc, local;

    if ((!time->dwLowDateTime && !time->dwHighDateTime) || !FileTimeToSystemTime(time, &utc)
            || !SystemTimeToTzSpecificLocalTime(NULL, &utc, &local)
            || !GetDateFormatW(LOCALE_USER_DEFAULT, DATE_SHORTDATE, &local, NULL, date,
                    ARRAYSIZE(date))
            || !GetTimeFormatW(LOCALE_USER_DEFAULT, 0, &local, NULL, clock, ARRAYSIZE(clock)))
    {
        text_append(text, L"UNKNOWN");
        return;
    }
    text_printf(text, L"%ls %ls", date, clock);
}

/* The account of a SID as domain\user, or the SID itself where it has no account. */
void owner_format(const WCHAR *sid_string, struct text *text)
{
    WCHAR name[256], domain[256];
    DWORD name_size = ARRAYSIZE(name), domain_size = ARRAYSIZE(domain);
    SID_NAME_USE use;
    PSID sid;

    if (ConvertStringSidToSidW(sid_string, &sid))
    {
        if (LookupAccountSidW(NULL, sid, name, &name_size, domain, &domain_size, &use))
        {
            text_printf(text, L"%ls%ls%ls", domain, *domain ? L"\\" : L"", name);
            LocalFree(sid);
            return;
        }
        LocalFree(sid);
    }
    text_append(text, sid_string);
}
