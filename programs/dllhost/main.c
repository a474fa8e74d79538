/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dllhost.exe: the system's surrogate, a process in which COM runs DLL servers for other processes.
 *
 *     dllhost.exe /Processid:{AppID}
 *
 * It lives in the multithreaded apartment; classes which want another one get it from COM. It
 * leaves when its DLLs have said for a while that nothing of them is in use, or when COM calls
 * ISurrogate::FreeSurrogate. desktop-src/com/dll-surrogates
 */
#include <windows.h>
#include <objbase.h>
#include <wchar.h>

#include "broker_shared.h"
#include "surrogate.h"
#include "trace.h"

#define IDLE_TIME 5000 /* ms; the setting SurrogateIdle */
#define LOOKS 5        /* in that time */

static BOOL parse_arguments(const WCHAR *arguments, GUID *appid)
{
    static const WCHAR name[] = L"/Processid:";
    WCHAR text[40];

    while (*arguments == ' ' || *arguments == '\t')
        arguments++;
    if (_wcsnicmp(arguments, name, ARRAYSIZE(name) - 1))
        return FALSE;
    wcsncpy(text, arguments + ARRAYSIZE(name) - 1, ARRAYSIZE(text) - 1);
    text[ARRAYSIZE(text) - 1] = 0;
    text[38] = 0;
    return SUCCEEDED(CLSIDFromString(text, appid));
}

static void serve(void)
{
    DWORD idle_time = broker_setting(L"SurrogateIdle", IDLE_TIME);
    unsigned int idle_looks = 0;

    while (idle_looks <= LOOKS)
    {
        if (WaitForSingleObject(surrogate_leave_event(), idle_time / LOOKS + 1) != WAIT_TIMEOUT)
            return;
        CoFreeUnusedLibraries();
        if (surrogate_is_idle())
            idle_looks++;
        else
            idle_looks = 0;
    }
    trace("nothing is in use");
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, WCHAR *arguments, int show)
{
    GUID appid;
    HRESULT hr;

    (void)instance;
    (void)previous;
    (void)show;
    trace_init("dllhost");
    if (!parse_arguments(arguments, &appid) || !surrogate_leave_event())
        return ERROR_INVALID_PARAMETER;
    hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        return hr;
    /* The AppID's settings where they are supported, else what is usual. */
    CoInitializeSecurity(&appid, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_DEFAULT,
            RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_APPID, NULL);
    hr = CoRegisterSurrogate(surrogate_get());
    if (SUCCEEDED(hr))
    {
        serve();
        /* From now on clients are sent to another surrogate. */
        CoSuspendClassObjects();
        SetEvent(surrogate_leave_event());
        surrogate_revoke();
        CoRegisterSurrogate(NULL);
    }
    else
        trace("not registered: %08lx", hr);
    CoUninitialize();
    return FAILED(hr) ? hr : 0;
}
