/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "user_agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <urlmon.h>

#define SETTINGS "Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\"
#define AGENT_SIZE 2048

static SRWLOCK agent_lock = SRWLOCK_INIT;
static char *agent_set;     /* or NULL */
static char *agent_default; /* what agent_make made for option 0, or NULL */

/* The names of the values below a key, each after "; " (page "Understanding User-Agent Strings").
 */
static void tokens_append(char *text, size_t size, HKEY root, const char *key_name)
{
    char name[128];
    HKEY key;

    if (RegOpenKeyExA(root, key_name, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return;
    for (DWORD i = 0; i < 64; i++)
    {
        DWORD length = sizeof(name);
        size_t used = strlen(text);

        if (RegEnumValueA(key, i, name, &length, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            break;
        if (*name && !strpbrk(name, "\r\n") && used + length + 3 < size)
            snprintf(text + used, size - used, "; %s", name);
    }
    RegCloseKey(key);
}

static void tokens_append_all(char *text, size_t size, const char *what)
{
    static const char *const folders[] = {SETTINGS "User Agent\\", SETTINGS "5.0\\User Agent\\"};
    char key[160];

    for (unsigned int i = 0; i < 2; i++)
    {
        snprintf(key, sizeof(key), "%s%s", folders[i], what);
        tokens_append(text, size, HKEY_LOCAL_MACHINE, key);
        tokens_append(text, size, HKEY_CURRENT_USER, key);
    }
}

static const char *agent_platform(void)
{
#ifdef _WIN64
    return "; Win64; x64";
#else
    BOOL is_wow64 = FALSE;

    IsWow64Process(GetCurrentProcess(), &is_wow64);
    return is_wow64 ? "; WOW64" : "";
#endif
}

/* What the registry and the version of Windows make of it. */
static char *agent_make(DWORD option)
{
    DWORD version = option & 0xfff;
    char before[512] = "", after[512] = "";
    char *text = malloc(AGENT_SIZE);
    OSVERSIONINFOW windows = {.dwOSVersionInfoSize = sizeof(windows)};

    if (!text)
        return NULL;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    GetVersionExW(&windows);
#pragma GCC diagnostic pop
    tokens_append_all(before, sizeof(before), "Pre Platform");
    tokens_append_all(after, sizeof(after), "Post Platform");
    if (version == 11)
        snprintf(text, AGENT_SIZE,
                "Mozilla/5.0 (Windows NT %lu.%lu%s%s; Trident/7.0%s; rv:11.0)"
                " like Gecko",
                windows.dwMajorVersion, windows.dwMinorVersion, agent_platform(), before, after);
    else
    {
        if (version < 7 || version > 11)
            version = 7;
        snprintf(text, AGENT_SIZE,
                "Mozilla/%s (compatible; MSIE %lu.0%s; Windows NT %lu.%lu%s; Trident/7.0%s)",
                version < 9 ? "4.0" : "5.0", version, before, windows.dwMajorVersion,
                windows.dwMinorVersion, agent_platform(), after);
    }
    return text;
}

char *user_agent_get(DWORD option)
{
    char *text = NULL, *copy;

    AcquireSRWLockShared(&agent_lock);
    if (agent_set)
        text = strdup(agent_set);
    else if (!option && agent_default)
        text = strdup(agent_default);
    ReleaseSRWLockShared(&agent_lock);
    if (text)
        return text;
    text = agent_make(option);
    copy = text && !option ? strdup(text) : NULL;
    if (copy)
    {
        AcquireSRWLockExclusive(&agent_lock);
        if (!agent_default)
        {
            agent_default = copy;
            copy = NULL;
        }
        ReleaseSRWLockExclusive(&agent_lock);
        free(copy);
    }
    return text;
}

HRESULT user_agent_set(const char *text, size_t length)
{
    char *copy, *old;

    length = strnlen(text, length);
    if (!length)
        return E_INVALIDARG;
    for (size_t i = 0; i < length; i++)
    {
        if ((unsigned char)text[i] < ' ' && text[i] != '\t')
            return E_INVALIDARG;
    }
    copy = malloc(length + 1);
    if (!copy)
        return E_OUTOFMEMORY;
    memcpy(copy, text, length);
    copy[length] = 0;
    AcquireSRWLockExclusive(&agent_lock);
    old = agent_set;
    agent_set = copy;
    ReleaseSRWLockExclusive(&agent_lock);
    free(old);
    return S_OK;
}

void user_agent_refresh(void)
{
    char *old, *made;

    AcquireSRWLockExclusive(&agent_lock);
    old = agent_set;
    made = agent_default;
    agent_set = agent_default = NULL;
    ReleaseSRWLockExclusive(&agent_lock);
    free(old);
    free(made);
}
