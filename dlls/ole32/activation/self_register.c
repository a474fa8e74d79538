/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the registry has to say about ole32: its classes, and which interfaces its proxy/stub
 * factory makes proxies for. desktop-src/com/self-registration
 */
#include <stdio.h>
#include <windows.h>
#include <objbase.h>
#include <olectl.h>

#include "com_object.h"
#include "ole32_module.h"

#define OLE_GUID(number) L"{" number L"-0000-0000-C000-000000000046}"
#define CORE_PROXIES OLE_GUID(L"00000320")
#define PATH_LENGTH 128 /* characters of a key below Software\Classes */

struct class_entry
{
    const WCHAR *clsid;
    const WCHAR *name;
    const WCHAR *progid; /* or NULL */
};

static const struct class_entry classes[] = {
        {OLE_GUID(L"00000300"), L"StdOleLink", NULL},
        {OLE_GUID(L"00000303"), L"FileMoniker", L"file"},
        {OLE_GUID(L"00000304"), L"ItemMoniker", NULL},
        {OLE_GUID(L"00000305"), L"AntiMoniker", NULL},
        {OLE_GUID(L"00000306"), L"PointerMoniker", NULL},
        {OLE_GUID(L"00000308"), L"PackagerMoniker", NULL},
        {OLE_GUID(L"00000309"), L"CompositeMoniker", NULL},
        {OLE_GUID(L"0000030B"), L"DfMarshal", NULL},
        {OLE_GUID(L"00000315"), L"Picture (Metafile)", L"StaticMetafile"},
        {OLE_GUID(L"00000316"), L"Picture (Device Independent Bitmap)", L"StaticDib"},
        {OLE_GUID(L"00000319"), L"Picture (Enhanced Metafile)", L"StaticEnhancedMetafile"},
        {OLE_GUID(L"0000031A"), L"ClassMoniker", L"CLSID"},
        {CORE_PROXIES, L"PSFactoryBuffer", NULL},
        {OLE_GUID(L"00000323"), L"StdGlobalInterfaceTable", NULL},
        {OLE_GUID(L"0000032B"), L"StdEvent", NULL},
        {OLE_GUID(L"0000032C"), L"ManualResetEvent", NULL},
        {OLE_GUID(L"0000032D"), L"SynchronizeContainer", NULL},
        {OLE_GUID(L"00000327"), L"ObjrefMoniker", NULL},
        {OLE_GUID(L"0000033A"), L"InProcFreeMarshaler", NULL},
        {OLE_GUID(L"0002E005"), L"Component Categories Manager", NULL},
};

struct interface_entry
{
    const WCHAR *iid;
    const WCHAR *name;
    unsigned int methods;
};

static const struct interface_entry interfaces[] = {
        {OLE_GUID(L"00000001"), L"IClassFactory", 5},
        {OLE_GUID(L"0000000A"), L"ILockBytes", 10},
        {OLE_GUID(L"0000000B"), L"IStorage", 18},
        {OLE_GUID(L"0000000C"), L"IStream", 14},
        {OLE_GUID(L"0000000D"), L"IEnumSTATSTG", 7},
        {OLE_GUID(L"0000000E"), L"IBindCtx", 13},
        {OLE_GUID(L"0000000F"), L"IMoniker", 23},
        {OLE_GUID(L"00000010"), L"IRunningObjectTable", 10},
        {OLE_GUID(L"00000012"), L"IRootStorage", 4},
        {OLE_GUID(L"00000022"), L"ISurrogate", 5},
        {OLE_GUID(L"00000026"), L"IUrlMon", 4},
        {OLE_GUID(L"00000030"), L"ISynchronize", 6},
        {OLE_GUID(L"00000100"), L"IEnumUnknown", 7},
        {OLE_GUID(L"00000101"), L"IEnumString", 7},
        {OLE_GUID(L"00000102"), L"IEnumMoniker", 7},
        {OLE_GUID(L"00000103"), L"IEnumFORMATETC", 7},
        {OLE_GUID(L"00000104"), L"IEnumOLEVERB", 7},
        {OLE_GUID(L"00000105"), L"IEnumSTATDATA", 7},
        {OLE_GUID(L"00000109"), L"IPersistStream", 8},
        {OLE_GUID(L"0000010A"), L"IPersistStorage", 10},
        {OLE_GUID(L"0000010B"), L"IPersistFile", 9},
        {OLE_GUID(L"0000010C"), L"IPersist", 4},
        {OLE_GUID(L"0000010D"), L"IViewObject", 9},
        {OLE_GUID(L"0000010E"), L"IDataObject", 12},
        {OLE_GUID(L"0000010F"), L"IAdviseSink", 8},
        {OLE_GUID(L"00000112"), L"IOleObject", 24},
        {OLE_GUID(L"00000113"), L"IOleInPlaceObject", 9},
        {OLE_GUID(L"00000114"), L"IOleWindow", 5},
        {OLE_GUID(L"00000115"), L"IOleInPlaceUIWindow", 9},
        {OLE_GUID(L"00000116"), L"IOleInPlaceFrame", 15},
        {OLE_GUID(L"00000117"), L"IOleInPlaceActiveObject", 10},
        {OLE_GUID(L"00000118"), L"IOleClientSite", 9},
        {OLE_GUID(L"00000119"), L"IOleInPlaceSite", 15},
        {OLE_GUID(L"0000011A"), L"IParseDisplayName", 4},
        {OLE_GUID(L"0000011B"), L"IOleContainer", 6},
        {OLE_GUID(L"0000011C"), L"IOleItemContainer", 9},
        {OLE_GUID(L"0000011D"), L"IOleLink", 14},
        {OLE_GUID(L"0000011E"), L"IOleCache", 8},
        {OLE_GUID(L"00000122"), L"IDropTarget", 7},
        {OLE_GUID(L"00000125"), L"IAdviseSink2", 9},
        {OLE_GUID(L"00000126"), L"IRunnableObject", 8},
        {OLE_GUID(L"00000127"), L"IViewObject2", 10},
        {OLE_GUID(L"00000128"), L"IOleCache2", 10},
        {OLE_GUID(L"00000129"), L"IOleCacheControl", 5},
        {OLE_GUID(L"0000012A"), L"IContinue", 4},
        {OLE_GUID(L"00000131"), L"IRemUnknown", 6},
        {OLE_GUID(L"00000140"), L"IClassActivator", 4},
        {OLE_GUID(L"00000142"), L"IRemUnknown2", 7},
        {L"{0C733A30-2A1C-11CE-ADE5-00AA0044773D}", L"ISequentialStream", 5},
        {L"{0E6D4D92-6738-11CF-9608-00AA00680DB4}", L"IDirectWriterLock", 6},
        {L"{30F3D47A-6447-11D1-8E3C-00C04FB9386D}", L"IBlockingLock", 5},
        {L"{72380D55-8D2B-43A3-8513-2B6EF31434E9}", L"IProcessInitControl", 4},
        {L"{8D19C834-8879-11D1-83E9-00C04FC2C6D4}", L"IOplockStorage", 5},
        {L"{947990DE-CC28-11D2-A0F7-00805F858FB1}", L"IDummyHICONIncluder", 4},
        {L"{969DC708-5C76-11D1-8D86-0000F804B057}", L"IThumbnailExtractor", 5},
        {L"{99CAF010-415E-11CF-8814-00AA00B569F5}", L"IFillLockBytes", 7},
        {L"{A9D758A0-4617-11CF-95FC-00AA00680DB4}", L"IProgressNotify", 4},
        {L"{BC0BF6AE-8878-11D1-83E9-00C04FC2C6D4}", L"ITimeAndNoticeControl", 4},
        {L"{F29F6BC0-5021-11CE-AA15-00006901293F}", L"IROTData", 4},
};

static LONG value_set(HKEY root, const WCHAR *path, const WCHAR *name, const WCHAR *text)
{
    HKEY key;
    LONG result = RegCreateKeyExW(root, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL);

    if (result)
        return result;
    result = RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text,
            (wcslen(text) + 1) * sizeof(WCHAR));
    RegCloseKey(key);
    return result;
}

static LONG class_register(HKEY root, const struct class_entry *class, const WCHAR *file)
{
    WCHAR path[PATH_LENGTH];
    LONG result;

    swprintf(path, ARRAY_SIZE(path), L"CLSID\\%ls", class->clsid);
    if ((result = value_set(root, path, NULL, class->name)))
        return result;
    swprintf(path, ARRAY_SIZE(path), L"CLSID\\%ls\\InprocServer32", class->clsid);
    if ((result = value_set(root, path, NULL, file))
            || (result = value_set(root, path, L"ThreadingModel", L"Both")))
        return result;
    if (!class->progid)
        return ERROR_SUCCESS;
    swprintf(path, ARRAY_SIZE(path), L"CLSID\\%ls\\ProgId", class->clsid);
    if ((result = value_set(root, path, NULL, class->progid))
            || (result = value_set(root, class->progid, NULL, class->name)))
        return result;
    swprintf(path, ARRAY_SIZE(path), L"%ls\\CLSID", class->progid);
    return value_set(root, path, NULL, class->clsid);
}

static LONG interface_register(HKEY root, const struct interface_entry *entry)
{
    WCHAR path[PATH_LENGTH], number[16];
    LONG result;

    swprintf(path, ARRAY_SIZE(path), L"Interface\\%ls", entry->iid);
    if ((result = value_set(root, path, NULL, entry->name)))
        return result;
    swprintf(path, ARRAY_SIZE(path), L"Interface\\%ls\\NumMethods", entry->iid);
    swprintf(number, ARRAY_SIZE(number), L"%u", entry->methods);
    if ((result = value_set(root, path, NULL, number)))
        return result;
    swprintf(path, ARRAY_SIZE(path), L"Interface\\%ls\\ProxyStubClsid32", entry->iid);
    return value_set(root, path, NULL, CORE_PROXIES);
}

static LONG classes_root(HKEY *root)
{
    return RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"Software\\Classes", 0, NULL, 0,
            KEY_READ | KEY_WRITE, NULL, root, NULL);
}

/* Writes the classes and interfaces of ole32 into HKEY_LOCAL_MACHINE\Software\Classes. S_OK,
 * SELFREG_E_CLASS. olectl/nf-olectl-dllregisterserver */
HRESULT WINAPI DllRegisterServer(void)
{
    WCHAR file[MAX_PATH];
    LONG result;
    HKEY root;

    /* Whichever file this code is in: the system's one is what everybody finds. */
    if (!GetSystemDirectoryW(file, MAX_PATH - 16))
        return E_FAIL;
    wcscat(file, L"\\ole32.dll");
    if ((result = classes_root(&root)))
        return SELFREG_E_CLASS;
    for (unsigned int i = 0; !result && i < ARRAY_SIZE(classes); i++)
        result = class_register(root, &classes[i], file);
    for (unsigned int i = 0; !result && i < ARRAY_SIZE(interfaces); i++)
        result = interface_register(root, &interfaces[i]);
    RegCloseKey(root);
    return result ? SELFREG_E_CLASS : S_OK;
}

/* Takes them out again, as far as they are still ours. S_OK, SELFREG_E_CLASS.
 * olectl/nf-olectl-dllunregisterserver */
HRESULT WINAPI DllUnregisterServer(void)
{
    WCHAR path[PATH_LENGTH], owner[64];
    HKEY root;

    if (classes_root(&root))
        return SELFREG_E_CLASS;
    for (unsigned int i = 0; i < ARRAY_SIZE(classes); i++)
    {
        swprintf(path, ARRAY_SIZE(path), L"CLSID\\%ls", classes[i].clsid);
        RegDeleteTreeW(root, path);
        /* The ProgID of the class moniker is the key of all classes. */
        if (!classes[i].progid)
            continue;
        if (wcsicmp(classes[i].progid, L"CLSID"))
            RegDeleteTreeW(root, classes[i].progid);
        else
            RegDeleteTreeW(root, L"CLSID\\CLSID");
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(interfaces); i++)
    {
        DWORD size = sizeof(owner);

        swprintf(path, ARRAY_SIZE(path), L"Interface\\%ls\\ProxyStubClsid32", interfaces[i].iid);
        if (RegGetValueW(root, path, NULL, RRF_RT_REG_SZ, NULL, owner, &size)
                || wcsicmp(owner, CORE_PROXIES))
            continue;
        swprintf(path, ARRAY_SIZE(path), L"Interface\\%ls", interfaces[i].iid);
        RegDeleteTreeW(root, path);
    }
    RegCloseKey(root);
    return S_OK;
}
