/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bits10_3.h"
#include "bits5_0.h"
#include "com_object.h"
#include "com_pin.h"
#include "rendezvous.h"
#include "service.h"
#include "trace.h"

#define CLASSES_MAX 16

static struct rendezvous *rendezvous;
static DWORD cookies[CLASSES_MAX];
static unsigned int cookie_count;

/* What clients get from the service: see com_pin.h. */
static void interfaces_pin(void)
{
    static const IID *const iids[] = {&IID_IClassFactory, &IID_IBackgroundCopyManager,
            &IID_IBackgroundCopyJob, &IID_IBackgroundCopyJob2, &IID_IBackgroundCopyJob3,
            &IID_IBackgroundCopyJob4, &IID_IBackgroundCopyJob5, &IID_IBackgroundCopyJobHttpOptions,
            &IID_IBackgroundCopyFile, &IID_IBackgroundCopyFile2, &IID_IBackgroundCopyFile3,
            &IID_IBackgroundCopyFile4, &IID_IBackgroundCopyFile5, &IID_IBackgroundCopyFile6,
            &IID_IBackgroundCopyError, &IID_IEnumBackgroundCopyJobs, &IID_IEnumBackgroundCopyFiles};
    static BOOL pinned;

    if (!pinned)
        pinned = com_pin_interfaces(iids, ARRAY_SIZE(iids)) != 0;
}

/* Starts bitsact.exe, the class server that outlives us. FALSE where it is not installed. */
static BOOL activator_start(void)
{
    SC_HANDLE manager, service;
    BOOL started = FALSE;

    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT)))
        return FALSE;
    if ((service = OpenServiceW(manager, RENDEZVOUS_ACTIVATOR, SERVICE_START)))
    {
        started =
                StartServiceW(service, 0, NULL) || GetLastError() == ERROR_SERVICE_ALREADY_RUNNING;
        CloseServiceHandle(service);
    }
    CloseServiceHandle(manager);
    return started;
}

static HRESULT classes_register(void)
{
    HRESULT hr = S_OK;

    while (cookie_count < bits_class_count && cookie_count < CLASSES_MAX)
    {
        hr = CoRegisterClassObject(bits_classes[cookie_count].clsid,
                (IUnknown *)&bits_class_factory, CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE,
                &cookies[cookie_count]);
        if (FAILED(hr))
            break;
        cookie_count++;
    }
    return hr;
}

HRESULT class_objects_publish(void)
{
    HRESULT hr;

    interfaces_pin();
    if (SUCCEEDED(hr = rendezvous_open(&rendezvous))
            && SUCCEEDED(hr = rendezvous_publish(rendezvous, &bits_class_factory))
            && activator_start())
        return S_OK;
    trace("no activator (%08lx): registering the classes here", (unsigned long)hr);
    return classes_register();
}

void class_objects_revoke(void)
{
    while (cookie_count)
        CoRevokeClassObject(cookies[--cookie_count]);
    if (rendezvous)
        rendezvous_withdraw(rendezvous);
    rendezvous_close(rendezvous);
    rendezvous = NULL;
}
