/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A class in a local server, as a notification CLSID names it. Started by COM as
 *
 *     notify_server {CLSID} LOGFILE -Embedding
 *
 * it appends "start PID", "create", and each call its objects get, to the file. It ends when the
 * event Global\notify-server-PID is set.
 */
#include <windows.h>

#include <stdio.h>
#include <string.h>

#include "callback_object.h"

static CRITICAL_SECTION section;
static const char *log_name;

static void append(const char *line)
{
    HANDLE file;
    char text[4200];
    DWORD written;

    EnterCriticalSection(&section);
    file = CreateFileA(log_name, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
            OPEN_ALWAYS, 0, NULL);
    snprintf(text, sizeof(text), "%s\n", line);
    WriteFile(file, text, (DWORD)strlen(text), &written, NULL);
    CloseHandle(file);
    LeaveCriticalSection(&section);
}

static void report(struct callback_object *object, const char *line)
{
    (void)object;
    append(line);
}

static struct callback_object callback;

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid,
        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
        REFIID iid, void **out)
{
    (void)iface;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    append("create");
    return IUnknown_QueryInterface(callback_object_unknown(&callback), iid, out);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
        factory_QueryInterface,
        factory_AddRef,
        factory_Release,
        factory_CreateInstance,
        factory_LockServer,
};

int main(int argc, char **argv)
{
    IClassFactory factory = {(IClassFactoryVtbl *)&factory_vtbl};
    WCHAR text[64] = L"";
    WCHAR event[64];
    char line[64];
    HANDLE ended;
    DWORD cookie;
    HRESULT hr;
    CLSID clsid;

    if (argc < 3)
        return 2;
    InitializeCriticalSection(&section);
    log_name = argv[2];
    callback_object_init(&callback, 3, report);
    MultiByteToWideChar(CP_ACP, 0, argv[1], -1, text, ARRAYSIZE(text));
    if (FAILED(CLSIDFromString(text, &clsid)) || FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return 3;
    swprintf(event, ARRAYSIZE(event), L"Global\\notify-server-%lu",
            (unsigned long)GetCurrentProcessId());
    ended = CreateEventW(NULL, TRUE, FALSE, event);
    snprintf(line, sizeof(line), "start %lu", (unsigned long)GetCurrentProcessId());
    append(line);
    hr = CoRegisterClassObject(&clsid, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
            REGCLS_MULTIPLEUSE, &cookie);
    if (FAILED(hr))
    {
        append("CoRegisterClassObject failed");
        CloseHandle(ended);
        return 4;
    }
    WaitForSingleObject(ended, 110000); /* the test sets it */
    CloseHandle(ended);
    CoRevokeClassObject(cookie);
    CoUninitialize();
    return 0;
}
