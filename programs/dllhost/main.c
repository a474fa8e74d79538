/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dllhost.exe: the system's surrogate, a process in which COM runs DLL servers for other processes.
 *
 *     dllhost.exe /Processid:{AppID}
 *
 * It lives in the multithreaded apartment; classes which want another one get it from COM. It has
 * unused DLLs unloaded and leaves when COM calls ISurrogate::FreeSurrogate, after the last one; or
 * when nobody has had it load any for a while. desktop-src/com/dll-surrogates,
 * desktop-src/com/writing-a-custom-surrogate
 */
#include <windows.h>
#include <objbase.h>
#include <wchar.h>

#include "broker_shared.h"
#include "surrogate.h"
#include "trace.h"

#define IDLE_TIME 5000 /* ms; the setting SurrogateIdle */

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

/* A DLL whose model knows a delay goes with the second look after its last use. */
static void serve(void)
{
    DWORD idle_time = broker_setting(L"SurrogateIdle", IDLE_TIME);

    while (WaitForSingleObject(surrogate_leave_event(), idle_time + 1) == WAIT_TIMEOUT)
    {
        if (surrogate_is_unused())
        {
            trace("nobody has come");
            return;
        }
        CoFreeUnusedLibrariesEx(idle_time, 0);
    }
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
