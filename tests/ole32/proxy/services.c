/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The small interfaces: services, surrogates, locks, progress, synchronization, storages' extras.
 */
#include "interface_mock.h"

#define GIVEN 0x600
#define MADE 0x601

static HRESULT object_make(REFIID iid, void **object)
{
    EXPECT(!*object);
    *object = mock_create(iid, MADE);
    return *object ? S_OK : E_NOINTERFACE;
}

static HRESULT STDMETHODCALLTYPE provider_QueryService(IServiceProvider *iface, REFGUID service,
        REFIID iid, void **object)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(service, 0x610));
    return object_make(iid, object);
}

static const IServiceProviderVtbl provider_vtbl = {MOCK_UNKNOWN, provider_QueryService};

static HRESULT STDMETHODCALLTYPE root_SwitchToFile(IRootStorage *iface, LPOLESTR file)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(file, long_text()));
    return STG_E_FILEALREADYEXISTS;
}

static const IRootStorageVtbl root_vtbl = {MOCK_UNKNOWN, root_SwitchToFile};

static HRESULT STDMETHODCALLTYPE progress_OnProgress(IProgressNotify *iface, DWORD current,
        DWORD maximum, WINBOOL accurate, WINBOOL owner)
{
    MOCK_ENTER(iface);
    EXPECT(current == 0x61 && maximum == 0x62 && accurate && !owner);
    return STG_S_BLOCK;
}

static const IProgressNotifyVtbl progress_vtbl = {MOCK_UNKNOWN, progress_OnProgress};

static HRESULT STDMETHODCALLTYPE lock_Lock(IBlockingLock *iface, DWORD timeout)
{
    MOCK_ENTER(iface);
    EXPECT(timeout == 1000);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE lock_Unlock(IBlockingLock *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static const IBlockingLockVtbl lock_vtbl = {MOCK_UNKNOWN, lock_Lock, lock_Unlock};

static HRESULT STDMETHODCALLTYPE notice_SuppressChanges(ITimeAndNoticeControl *iface, DWORD one,
        DWORD two)
{
    MOCK_ENTER(iface);
    EXPECT(one == 0x63 && two == 0x64);
    return S_OK;
}

static const ITimeAndNoticeControlVtbl notice_vtbl = {MOCK_UNKNOWN, notice_SuppressChanges};

static HRESULT STDMETHODCALLTYPE oplock_CreateStorageEx(IOplockStorage *iface, LPCWSTR name,
        DWORD mode, DWORD format, DWORD attributes, REFIID iid, void **object)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(name, L"name") && mode == 1 && format == 2 && attributes == 3);
    return object_make(iid, object);
}

static HRESULT STDMETHODCALLTYPE oplock_OpenStorageEx(IOplockStorage *iface, LPCWSTR name,
        DWORD mode, DWORD format, DWORD attributes, REFIID iid, void **object)
{
    MOCK_ENTER(iface);
    EXPECT(same_text(name, L"") && mode == 4 && format == 5 && attributes == 6);
    return object_make(iid, object);
}

static const IOplockStorageVtbl oplock_vtbl = {MOCK_UNKNOWN, oplock_CreateStorageEx,
        oplock_OpenStorageEx};

static HRESULT STDMETHODCALLTYPE writer_WaitForWriteAccess(IDirectWriterLock *iface, DWORD timeout)
{
    MOCK_ENTER(iface);
    EXPECT(timeout == INFINITE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE writer_ReleaseWriteAccess(IDirectWriterLock *iface)
{
    MOCK_ENTER(iface);
    return STG_E_LOCKVIOLATION;
}

static HRESULT STDMETHODCALLTYPE writer_HaveWriteAccess(IDirectWriterLock *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static const IDirectWriterLockVtbl writer_vtbl = {MOCK_UNKNOWN, writer_WaitForWriteAccess,
        writer_ReleaseWriteAccess, writer_HaveWriteAccess};

static HRESULT STDMETHODCALLTYPE activator_GetClassObject(IClassActivator *iface, REFCLSID clsid,
        DWORD context, LCID locale, REFIID iid, void **object)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(clsid, 0x611) && context == CLSCTX_LOCAL_SERVER && locale == 0x40c);
    return object_make(iid, object);
}

static const IClassActivatorVtbl activator_vtbl = {MOCK_UNKNOWN, activator_GetClassObject};

static HRESULT STDMETHODCALLTYPE code_AsyncGetClassBits(IUrlMon *iface, REFCLSID clsid,
        LPCWSTR type, LPCWSTR extension, DWORD version_high, DWORD version_low, LPCWSTR base,
        IBindCtx *context, DWORD class_context, REFIID iid, DWORD flags)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(clsid, 0x612) && same_text(type, L"text/plain") && !extension
            && version_high == 1 && version_low == 2 && same_text(base, L"http://x/")
            && token_of(context) == GIVEN && class_context == 3 && IsEqualIID(iid, &IID_IStream)
            && flags == 4);
    return MK_S_ASYNCHRONOUS;
}

static const IUrlMonVtbl code_vtbl = {MOCK_UNKNOWN, code_AsyncGetClassBits};

static ULONG STDMETHODCALLTYPE process_AddRefOnProcess(IProcessLock *iface)
{
    return ++((struct mock *)iface)->position + 0x80000000;
}

static ULONG STDMETHODCALLTYPE process_ReleaseRefOnProcess(IProcessLock *iface)
{
    return --((struct mock *)iface)->position;
}

static const IProcessLockVtbl process_vtbl = {MOCK_UNKNOWN, process_AddRefOnProcess,
        process_ReleaseRefOnProcess};

static HRESULT STDMETHODCALLTYPE surrogate_Init(ISurrogateService *iface, REFGUID process,
        IProcessLock *lock, WINBOOL *aware)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(process, 0x613) && IProcessLock_AddRefOnProcess(lock) == 0x80000001
            && IProcessLock_ReleaseRefOnProcess(lock) == 0);
    *aware = TRUE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE surrogate_ApplicationLaunch(ISurrogateService *iface,
        REFGUID application, ApplicationType type)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(application, 0x614) && type == LibraryApplication);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE surrogate_ApplicationFree(ISurrogateService *iface,
        REFGUID application)
{
    MOCK_ENTER(iface);
    EXPECT(is_guid_of(application, 0x615));
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE surrogate_CatalogRefresh(ISurrogateService *iface, ULONG reserved)
{
    MOCK_ENTER(iface);
    EXPECT(reserved == 0x66);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE surrogate_ProcessShutdown(ISurrogateService *iface,
        ShutdownType type)
{
    MOCK_ENTER(iface);
    EXPECT(type == ForcedShutdown);
    return S_OK;
}

static const ISurrogateServiceVtbl surrogate_vtbl = {MOCK_UNKNOWN, surrogate_Init,
        surrogate_ApplicationLaunch, surrogate_ApplicationFree, surrogate_CatalogRefresh,
        surrogate_ProcessShutdown};

static HRESULT STDMETHODCALLTYPE event_Wait(ISynchronize *iface, DWORD flags, DWORD milliseconds)
{
    MOCK_ENTER(iface);
    EXPECT(flags == COWAIT_ALERTABLE && milliseconds == 0x67);
    return RPC_S_CALLPENDING;
}

static HRESULT STDMETHODCALLTYPE event_Signal(ISynchronize *iface)
{
    MOCK_ENTER(iface);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE event_Reset(ISynchronize *iface)
{
    MOCK_ENTER(iface);
    return S_FALSE;
}

static const ISynchronizeVtbl event_vtbl = {MOCK_UNKNOWN, event_Wait, event_Signal, event_Reset};

const struct mock_class service_classes[] = {
        {{&IID_IServiceProvider}, &provider_vtbl},
        {{&IID_IRootStorage}, &root_vtbl},
        {{&IID_IProgressNotify}, &progress_vtbl},
        {{&IID_IBlockingLock}, &lock_vtbl},
        {{&IID_ITimeAndNoticeControl}, &notice_vtbl},
        {{&IID_IOplockStorage}, &oplock_vtbl},
        {{&IID_IDirectWriterLock}, &writer_vtbl},
        {{&IID_IClassActivator}, &activator_vtbl},
        {{&IID_IUrlMon}, &code_vtbl},
        {{&IID_IProcessLock}, &process_vtbl},
        {{&IID_ISurrogateService}, &surrogate_vtbl},
        {{&IID_ISynchronize}, &event_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

/* What a method which makes an object answered; `refused` when there is none. */
static void check_made(HRESULT hr, IUnknown *object, BOOL refused, const char *method)
{
    is_hr(hr, refused ? E_NOINTERFACE : S_OK, "%s", method);
    is_uint(token_of(object), refused ? 0 : MADE, "its object");
    if (refused)
        is_ptr(object, NULL, "none");
    else if (object)
        IUnknown_Release(object);
}

static void check_makers(IServiceProvider *provider, IOplockStorage *oplock,
        IClassActivator *activator)
{
    static const IID *const iids[] = {&IID_IStream, &IID_IMallocSpy};
    GUID service = guid_of(0x610), class = guid_of(0x611);
    void *object;
    HRESULT hr;

    for (unsigned int i = 0; i < ARRAYSIZE(iids); i++)
    {
        object = (void *)0xdead;
        hr = IServiceProvider_QueryService(provider, &service, iids[i], &object);
        check_made(hr, object, i, "QueryService");
        object = (void *)0xdead;
        hr = IOplockStorage_CreateStorageEx(oplock, L"name", 1, 2, 3, iids[i], &object);
        check_made(hr, object, i, "CreateStorageEx");
        object = (void *)0xdead;
        hr = IOplockStorage_OpenStorageEx(oplock, L"", 4, 5, 6, iids[i], &object);
        check_made(hr, object, i, "OpenStorageEx");
        object = (void *)0xdead;
        hr = IClassActivator_GetClassObject(activator, &class, CLSCTX_LOCAL_SERVER, 0x40c, iids[i],
                &object);
        check_made(hr, object, i, "GetClassObject");
    }
    mock_control->result = E_ACCESSDENIED;
    object = (void *)0xdead;
    hr = IServiceProvider_QueryService(provider, &service, &IID_IStream, &object);
    is_hr(hr, E_ACCESSDENIED, "QueryService fails");
    is_ptr(object, NULL, "no object");
    mock_control->result = 0;
}

static void check_surrogate(ISurrogateService *proxy)
{
    IProcessLock *lock = mock_create(&IID_IProcessLock, GIVEN);
    GUID one = guid_of(0x613), two = guid_of(0x614), three = guid_of(0x615);
    BOOL aware = 0;

    is_hr(ISurrogateService_Init(proxy, &one, lock, &aware), S_OK, "Init");
    is_int(aware, TRUE, "application-aware");
    is_hr(ISurrogateService_ApplicationLaunch(proxy, &two, LibraryApplication), S_OK,
            "ApplicationLaunch");
    is_hr(ISurrogateService_ApplicationFree(proxy, &three), S_FALSE, "ApplicationFree");
    is_hr(ISurrogateService_CatalogRefresh(proxy, 0x66), S_OK, "CatalogRefresh");
    is_hr(ISurrogateService_ProcessShutdown(proxy, ForcedShutdown), S_OK, "ProcessShutdown");
    check_released(lock, "the lock is released");
}

static void check_code(IUrlMon *proxy)
{
    IBindCtx *context = mock_create(&IID_IBindCtx, GIVEN);
    CLSID clsid = guid_of(0x612);

    is_hr(IUrlMon_AsyncGetClassBits(proxy, &clsid, L"text/plain", NULL, 1, 2, L"http://x/", context,
                  3, &IID_IStream, 4),
            MK_S_ASYNCHRONOUS, "AsyncGetClassBits");
    check_released(context, "the context is released");
}

static void check_locks(IBlockingLock *lock, IDirectWriterLock *writer, ISynchronize *event)
{
    is_hr(IBlockingLock_Lock(lock, 1000), S_OK, "Lock");
    is_hr(IBlockingLock_Unlock(lock), S_FALSE, "Unlock");
    is_hr(IDirectWriterLock_WaitForWriteAccess(writer, INFINITE), S_OK, "WaitForWriteAccess");
    is_hr(IDirectWriterLock_ReleaseWriteAccess(writer), STG_E_LOCKVIOLATION, "ReleaseWriteAccess");
    is_hr(IDirectWriterLock_HaveWriteAccess(writer), S_FALSE, "HaveWriteAccess");
    is_hr(ISynchronize_Wait(event, COWAIT_ALERTABLE, 0x67), RPC_S_CALLPENDING, "Wait");
    is_hr(ISynchronize_Signal(event), S_OK, "Signal");
    is_hr(ISynchronize_Reset(event), S_FALSE, "Reset");
}

static void release(void *object)
{
    if (object)
        IUnknown_Release((IUnknown *)object);
}

#define REMOTE(name) name *proxy_##name = remote_create(factory, &IID_##name, #name)

void check_services(IClassFactory *factory)
{
    note("small interfaces");
    REMOTE(IServiceProvider);
    REMOTE(IRootStorage);
    REMOTE(IProgressNotify);
    REMOTE(IBlockingLock);
    REMOTE(ITimeAndNoticeControl);
    REMOTE(IOplockStorage);
    REMOTE(IDirectWriterLock);
    REMOTE(IClassActivator);
    REMOTE(IUrlMon);
    REMOTE(IProcessLock);
    REMOTE(ISurrogateService);
    REMOTE(ISynchronize);

    if (proxy_IServiceProvider && proxy_IOplockStorage && proxy_IClassActivator)
        check_makers(proxy_IServiceProvider, proxy_IOplockStorage, proxy_IClassActivator);
    if (proxy_IRootStorage)
        is_hr(IRootStorage_SwitchToFile(proxy_IRootStorage, (WCHAR *)long_text()),
                STG_E_FILEALREADYEXISTS, "SwitchToFile");
    if (proxy_IProgressNotify)
        is_hr(IProgressNotify_OnProgress(proxy_IProgressNotify, 0x61, 0x62, TRUE, FALSE),
                STG_S_BLOCK, "OnProgress");
    if (proxy_ITimeAndNoticeControl)
        is_hr(ITimeAndNoticeControl_SuppressChanges(proxy_ITimeAndNoticeControl, 0x63, 0x64), S_OK,
                "SuppressChanges");
    if (proxy_IBlockingLock && proxy_IDirectWriterLock && proxy_ISynchronize)
        check_locks(proxy_IBlockingLock, proxy_IDirectWriterLock, proxy_ISynchronize);
    if (proxy_IUrlMon)
        check_code(proxy_IUrlMon);
    if (proxy_ISurrogateService)
        check_surrogate(proxy_ISurrogateService);
    if (proxy_IProcessLock)
    {
        is_uint(IProcessLock_AddRefOnProcess(proxy_IProcessLock), 0x80000001, "AddRefOnProcess");
        is_uint(IProcessLock_ReleaseRefOnProcess(proxy_IProcessLock), 0, "ReleaseRefOnProcess");
    }
    release(proxy_IServiceProvider);
    release(proxy_IRootStorage);
    release(proxy_IProgressNotify);
    release(proxy_IBlockingLock);
    release(proxy_ITimeAndNoticeControl);
    release(proxy_IOplockStorage);
    release(proxy_IDirectWriterLock);
    release(proxy_IClassActivator);
    release(proxy_IUrlMon);
    release(proxy_IProcessLock);
    release(proxy_ISurrogateService);
    release(proxy_ISynchronize);
}
