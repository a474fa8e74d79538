/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registration-free classes: from an activation context, on its thread and in other apartments. */
#include "test_class.h"

#include <stdio.h>

static CLSID both_class, free_class, missing_class, stub_class;
static CLSID apartment_class, neutral_class, main_class;
static IID interface_iid, external_iid;
static WCHAR server_path[MAX_PATH], manifest_path[MAX_PATH];

static HRESULT create(REFCLSID clsid, IUnknown **object)
{
    *object = NULL;
    return CoCreateInstance(clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)object);
}

static const char *text_of(const GUID *guid)
{
    return tap_guid(guid);
}

static void manifest_write(void)
{
    char text[4096];
    DWORD written;
    HANDLE file;
    int length;

    length = snprintf(text, sizeof(text),
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
            "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v1\" manifestVersion=\"1.0\">\n"
            "<assemblyIdentity type=\"win32\" name=\"Concierge.Test\" version=\"1.0.0.0\"/>\n"
            "<file name=\"manifest.dll\">\n"
            "<comClass clsid=\"%s\" threadingModel=\"Both\" progid=\"Concierge.Both.1\"/>\n"
            "<comClass clsid=\"%s\" threadingModel=\"Free\"/>\n"
            "<comClass clsid=\"%s\" threadingModel=\"Apartment\"/>\n"
            "<comClass clsid=\"%s\" threadingModel=\"Neutral\"/>\n"
            "<comClass clsid=\"%s\"/>\n"
            "<comClass clsid=\"%s\" threadingModel=\"Both\"/>\n"
            "<comInterfaceProxyStub iid=\"%s\" name=\"ITest\"/>\n"
            "</file>\n"
            "<file name=\"no-such-file.dll\">\n"
            "<comClass clsid=\"%s\" threadingModel=\"Both\"/>\n"
            "</file>\n"
            "<comInterfaceExternalProxyStub iid=\"%s\" name=\"ITest2\" proxyStubClsid32=\"%s\"/>\n"
            "</assembly>\n",
            text_of(&both_class), text_of(&free_class), text_of(&apartment_class),
            text_of(&neutral_class), text_of(&main_class), text_of(&stub_class),
            text_of(&interface_iid), text_of(&missing_class), text_of(&external_iid),
            text_of(&stub_class));
    file = CreateFileW(manifest_path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "a manifest");
    WriteFile(file, text, length, &written, NULL);
    CloseHandle(file);
}

static void outside(const char *what)
{
    IUnknown *object;
    CLSID clsid;

    is_hr(create(&both_class, &object), REGDB_E_CLASSNOTREG, "%s: the class is not there", what);
    ok(FAILED(CoGetPSClsid(&interface_iid, &clsid)), "%s: nor is the interface", what);
}

static void inside(void)
{
    union object_place place;
    IUnknown *object, *direct;
    CLSID clsid;

    if (is_hr(create(&both_class, &object), S_OK, "Both"))
    {
        object_where(object, &place, "Both");
        is_uint(place.is.class, (WORD)both_class.Data1, "the class that was asked for");
        is_uint(place.is.thread, GetCurrentThreadId(), "here");
        IUnknown_Release(object);
    }
    ok(GetModuleHandleW(server_path) != NULL, "the file beside the manifest");
    if (is_hr(create(&free_class, &object), S_OK, "Free, which is found on another thread"))
    {
        ok(FAILED(IUnknown_QueryInterface(object, &IID_NotMarshalled, (void **)&direct)),
                "a proxy");
        if (object_where(object, &place, "Free"))
            ok(place.is.thread != GetCurrentThreadId(), "on another thread");
        IUnknown_Release(object);
    }
    todo_builtin("CoGetClassObject: CO_E_DLLNOTFOUND")
        is_hr(create(&missing_class, &object), CO_E_DLLNOTFOUND, "a file that is missing");
    is_hr(CLSIDFromProgID(L"Concierge.Both.1", &clsid), S_OK, "CLSIDFromProgID");
    is_hr(CoGetPSClsid(&interface_iid, &clsid), S_OK, "CoGetPSClsid");
    is_guid(&clsid, &interface_iid, "the proxy/stub class has the interface's identifier");
    is_hr(CoGetPSClsid(&external_iid, &clsid), S_OK, "CoGetPSClsid: of another file");
    is_guid(&clsid, &stub_class, "the proxy/stub class");
    is_hr(CoGetClassObject(&stub_class, CLSCTX_INPROC_SERVER, NULL, &IID_IUnknown,
                  (void **)&object),
            S_OK, "the proxy/stub class's factory");
    if (object)
        IUnknown_Release(object);
}

/* A thread of its own, with the context: the STA where it is called, the main STA is another. */
static void in_sta(void *argument)
{
    static const struct
    {
        const CLSID *clsid;
        BOOL here;
        const char *what;
    } models[] = {{&apartment_class, TRUE, "Apartment"}, {&main_class, FALSE, "no model"},
            {&neutral_class, TRUE, "Neutral"}};
    union object_place place;
    ULONG_PTR cookie;

    ok(ActivateActCtx(argument, &cookie), "ActivateActCtx");
    for (unsigned int i = 0; i < ARRAYSIZE(models); i++)
    {
        IUnknown *object;

        if (!is_hr(create(models[i].clsid, &object), S_OK, "%s", models[i].what))
            continue;
        object_where(object, &place, models[i].what);
        todo_if(tap_builtin() && models[i].clsid == &neutral_class,
                "the neutral apartment: com/inprocserver32")
        {
            ok((place.is.thread == GetCurrentThreadId()) == models[i].here, "its apartment");
            if (models[i].clsid == &neutral_class)
                is_uint(place.is.type, APTTYPE_NA, "the neutral one");
        }
        IUnknown_Release(object);
    }
    DeactivateActCtx(0, cookie);
}

/* The registry has the class too, with a file that is not there. */
static void before_the_registry(void)
{
    IUnknown *object;

    class_set_server(&both_class, L"C:\\no-such-folder\\no-such.dll", L"Both");
    if (is_hr(create(&both_class, &object), S_OK, "the manifest comes before the registry"))
        IUnknown_Release(object);
    class_delete(&both_class);
}

int main(void)
{
    ACTCTXW description = {.cbSize = sizeof(description)};
    ULONG_PTR cookie;
    HANDLE context;

    both_class = test_clsid(50);
    free_class = test_clsid(51);
    missing_class = test_clsid(52);
    stub_class = test_clsid(53);
    apartment_class = test_clsid(56);
    neutral_class = test_clsid(57);
    main_class = test_clsid(58);
    interface_iid = test_clsid(54);
    external_iid = test_clsid(55);
    server_copy(L"manifest.dll", server_path);
    server_copy(L"concierge.manifest", manifest_path);
    manifest_write();
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    outside("before");
    description.lpSource = manifest_path;
    context = CreateActCtxW(&description);
    if (ok(context != INVALID_HANDLE_VALUE, "CreateActCtx: %lu", GetLastError()))
    {
        outside("not active");
        ok(ActivateActCtx(context, &cookie), "ActivateActCtx");
        inside();
        before_the_registry();
        DeactivateActCtx(0, cookie);
        run_in_apartment_pumping(COINIT_APARTMENTTHREADED, in_sta, context);
        for (unsigned int i = 0; i < 10; i++)
        {
            if (i == 5)
                tap_account_begin(); /* what is made once and kept has been made */
            ok(ActivateActCtx(context, &cookie), "ActivateActCtx");
            inside();
            DeactivateActCtx(0, cookie);
            run_in_apartment_pumping(COINIT_APARTMENTTHREADED, in_sta, context);
        }
        todo_builtin("what an STA of another thread is given is given back")
            tap_account_end("classes of a manifest");
        ReleaseActCtx(context);
    }
    outside("after");
    CoUninitialize();
    server_copies_delete();
    return done_testing();
}
