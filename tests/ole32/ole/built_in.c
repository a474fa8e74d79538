/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The classes that are ole32.dll's own: each by the name under which it is registered, as a class
 * object of the DLL and as an instance. */
#include "tap.h"

#include <ole2.h>

static const struct built_in
{
    const char *name;
    DWORD number; /* of the CLSID {number-0000-0000-C000-000000000046} */
    const IID *iid;
    BOOL new_one; /* an instance of its own each time */
    BOOL ours;    /* Wine's ole32 does not have it */
} classes[] = {
        {"FileMoniker", 0x303, &IID_IMoniker, TRUE, FALSE},
        {"ItemMoniker", 0x304, &IID_IMoniker, TRUE, FALSE},
        {"AntiMoniker", 0x305, &IID_IMoniker, TRUE, FALSE},
        {"PointerMoniker", 0x306, &IID_IMoniker, TRUE, FALSE},
        {"CompositeMoniker", 0x309, &IID_IMoniker, TRUE, FALSE},
        {"ClassMoniker", 0x31a, &IID_IMoniker, TRUE, FALSE},
        {"ErrorObject", 0x31b, &IID_IErrorInfo, TRUE, TRUE},
        {"StdGlobalInterfaceTable", 0x323, &IID_IGlobalInterfaceTable, FALSE, FALSE},
        {"StdEvent", 0x32b, &IID_ISynchronizeHandle, TRUE, TRUE},
        {"ManualResetEvent", 0x32c, &IID_ISynchronize, TRUE, FALSE},
        {"SynchronizeContainer", 0x32d, &IID_ISynchronizeContainer, TRUE, TRUE},
        {"InProcFreeMarshaler", 0x33a, &IID_IMarshal, TRUE, TRUE},
        {"GlobalOptions", 0x34b, &IID_IGlobalOptions, FALSE, FALSE},
        {"StdComponentCategoriesMgr", 0x2e005, &IID_IUnknown, FALSE, FALSE},
};

static void check_class(const struct built_in *class)
{
    CLSID clsid = {class->number, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    IUnknown *one = NULL, *other = NULL;
    IClassFactory *factory = NULL;

    if (class->ours && builtin_lacks(class->name))
        return;
    is_hr(CoGetClassObject(&clsid, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory,
                  (void **)&factory),
            S_OK, "%s: class object", class->name);
    if (!factory)
        return;
    is_hr(IClassFactory_CreateInstance(factory, NULL, class->iid, (void **)&one), S_OK,
            "%s: by its factory", class->name);
    IClassFactory_Release(factory);
    is_hr(CoCreateInstance(&clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&other),
            S_OK, "%s: by CoCreateInstance", class->name);
    if (one && other)
    {
        IUnknown *identity = NULL;

        IUnknown_QueryInterface(one, &IID_IUnknown, (void **)&identity);
        if (class->new_one)
            ok(identity != other, "%s: another one each time", class->name);
        IUnknown_Release(identity);
        factory = (IClassFactory *)1;
        is_hr(IUnknown_QueryInterface(one, &IID_IClassFactory, (void **)&factory), E_NOINTERFACE,
                "%s: it is no class object", class->name);
        todo_if(tap_builtin() && class->number == 0x2e005, "Wine leaves it as it was")
            is_ptr(factory, NULL, "%s: nothing", class->name);
    }
    if (one)
        IUnknown_Release(one);
    if (other)
        IUnknown_Release(other);
}

static void test_all(void)
{
    CoInitialize(NULL);
    for (unsigned int i = 0; i < sizeof(classes) / sizeof(*classes); i++)
        check_class(&classes[i]);
    CoUninitialize();
}

/* There are no interceptors, and the page knows one error only. */
static void test_interceptor(void)
{
    HRESULT(WINAPI * get)(REFIID iid, IUnknown * outer, REFIID wanted, void **out);
    void *out = (void *)1;

    get = (void *)GetProcAddress(GetModuleHandleW(L"ole32.dll"), "CoGetInterceptor");
    if (!get && builtin_lacks("CoGetInterceptor"))
        return;
    is_hr(get(&IID_IStream, NULL, &IID_IUnknown, &out), E_UNEXPECTED, "CoGetInterceptor");
    is_ptr(out, NULL, "nothing");
    is_hr(get(&IID_IStream, NULL, &IID_IUnknown, NULL), E_INVALIDARG, "to nowhere");
}

static void test_permissions(void)
{
    static const WCHAR key[] = L"Software\\Microsoft\\Ole";
    /* Nobody may do anything: self-relative, a list without entries. */
    static const BYTE nobody[] = {1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 2,
            0, 8, 0, 0, 0, 0, 0};
    HRESULT(WINAPI * get)(COMSD which, PSECURITY_DESCRIPTOR * out);
    PSECURITY_DESCRIPTOR descriptor = (void *)1;

    get = (void *)GetProcAddress(GetModuleHandleW(L"ole32.dll"), "CoGetSystemSecurityPermissions");
    if (builtin_lacks("CoGetSystemSecurityPermissions"))
        return;
    is_hr(get(SD_LAUNCHPERMISSIONS, NULL), E_INVALIDARG, "permissions to nowhere");
    is_hr(get((COMSD)4, &descriptor), E_INVALIDARG, "permissions of another kind");
    is_ptr(descriptor, NULL, "none");
    for (COMSD which = SD_LAUNCHPERMISSIONS; which <= SD_ACCESSRESTRICTIONS; which++)
    {
        is_hr(get(which, &descriptor), S_OK, "permissions %d", which);
        ok(descriptor && IsValidSecurityDescriptor(descriptor), "permissions %d: valid", which);
        LocalFree(descriptor);
    }
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, L"MachineAccessRestriction", REG_BINARY, nobody,
            sizeof(nobody));
    is_hr(get(SD_ACCESSRESTRICTIONS, &descriptor), S_OK, "what is registered");
    is_uint(GetSecurityDescriptorLength(descriptor), sizeof(nobody), "its size");
    is_mem(descriptor, nobody, sizeof(nobody), "its bytes");
    LocalFree(descriptor);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, L"MachineAccessRestriction", REG_BINARY, nobody, 10);
    is_hr(get(SD_ACCESSRESTRICTIONS, &descriptor), S_OK, "a part of a descriptor");
    ok(IsValidSecurityDescriptor(descriptor), "is not given out");
    LocalFree(descriptor);
    RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, key, L"MachineAccessRestriction");
}

int main(void)
{
    test_all();
    tap_account_begin();
    test_all();
    test_interceptor();
    test_permissions();
    tap_account_end("classes");
    return done_testing();
}
