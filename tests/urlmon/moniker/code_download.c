/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing is fetched and installed: what is there is used, the rest is declined by clear errors. */
#include "tap.h"

#include <string.h>
#include <urlmon.h>

static const CLSID unknown_class = {0x6d5f0a11, 0x2e7c, 0x4b5b,
        {0x9c, 0x33, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66}};

#define UNIT L"{6D5F0A11-2E7C-4B5B-9C33-112233445566}"
#define URL L"http://server.invalid/x.cab"
#define NOT_KNOWN HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)

static void test_class(void)
{
    void *object = (void *)1;

    is_hr(CoGetClassObjectFromURL(&CLSID_StdURLMoniker, URL, 0, 0, NULL, NULL, CLSCTX_INPROC_SERVER,
                  NULL, &IID_IUnknown, &object),
            S_OK, "a class that is there");
    if (object && object != (void *)1)
        IUnknown_Release((IUnknown *)object);
    object = (void *)1;
    is_hr(CoGetClassObjectFromURL(&unknown_class, URL, 0, 0, NULL, NULL, CLSCTX_INPROC_SERVER, NULL,
                  &IID_IUnknown, &object),
            INET_E_CODE_DOWNLOAD_DECLINED, "one that is not");
    is_ptr(object, NULL, "no object");
    is_hr(CoGetClassObjectFromURL(&unknown_class, NULL, 0, 0, NULL, NULL, CLSCTX_INPROC_SERVER,
                  NULL, &IID_IUnknown, &object),
            REGDB_E_CLASSNOTREG, "and no URL");
}

static void test_install(void)
{
    QUERYCONTEXT query = {.dwContext = CLSCTX_INPROC_SERVER};
    uCLSSPEC spec = {.tyspec = TYSPEC_CLSID};

    spec.tagged_union.clsid = CLSID_StdURLMoniker;
    is_hr(CoInstall(NULL, 0, &spec, &query, NULL), S_OK, "CoInstall: it is there already");
    is_hr(CoInstall(NULL, 1, &spec, &query, NULL), E_INVALIDARG, "flags are reserved");
    is_hr(CoInstall(NULL, 0, &spec, &query, (WCHAR *)URL), E_INVALIDARG, "so is the code base");
    is_hr(CoInstall(NULL, 0, NULL, &query, NULL), E_INVALIDARG, "no class");
    is_hr(CoInstall(NULL, 0, &spec, NULL, NULL), E_INVALIDARG, "no context");
    spec.tagged_union.clsid = unknown_class;
    is_hr(CoInstall(NULL, 0, &spec, &query, NULL), CS_E_PACKAGE_NOTFOUND, "it is not there");
    spec.tyspec = TYSPEC_PROGID;
    spec.tagged_union.pProgId = (WCHAR *)L"StdURLMoniker";
    is_hr(CoInstall(NULL, 0, &spec, &query, NULL), CS_E_PACKAGE_NOTFOUND, "not a CLSID");
}

static void test_units(void)
{
    SOFTDISTINFO info, empty = {.cbSize = sizeof(empty)};

    is_hr(AsyncInstallDistributionUnit(UNIT, NULL, NULL, 1, 0, URL, NULL, NULL, 0),
            INET_E_CODE_DOWNLOAD_DECLINED, "AsyncInstallDistributionUnit");
    is_hr(AsyncInstallDistributionUnit(UNIT, NULL, NULL, 1, 0, NULL, NULL, NULL, 0),
            REGDB_E_CLASSNOTREG, "without URL");
    is_hr(AsyncInstallDistributionUnit(NULL, NULL, NULL, 1, 0, URL, NULL, NULL, 0), E_INVALIDARG,
            "without unit");
    memset(&info, 0x55, sizeof(info));
    info.cbSize = sizeof(info);
    is_hr(GetSoftwareUpdateInfo(UNIT, &info), NOT_KNOWN, "GetSoftwareUpdateInfo");
    is_mem(&info, &empty, sizeof(info), "and nothing is told");
    info.cbSize = 4;
    is_hr(GetSoftwareUpdateInfo(UNIT, &info), E_INVALIDARG, "another size");
    is_hr(GetSoftwareUpdateInfo(UNIT, NULL), E_INVALIDARG, "no structure");
    is_hr(GetSoftwareUpdateInfo(NULL, &empty), E_INVALIDARG, "no unit");
    is_hr(SetSoftwareUpdateAdvertisementState(UNIT, SOFTDIST_ADSTATE_AVAILABLE, 1, 0), NOT_KNOWN,
            "SetSoftwareUpdateAdvertisementState");
    is_hr(SetSoftwareUpdateAdvertisementState(UNIT, SOFTDIST_ADSTATE_INSTALLED + 1, 1, 0),
            E_INVALIDARG, "no such state");
    is_hr(SetSoftwareUpdateAdvertisementState(NULL, SOFTDIST_ADSTATE_NONE, 1, 0), E_INVALIDARG,
            "no unit");
}

int main(void)
{
    CoInitialize(NULL);
    if (!builtin_lacks("CoInstall, page \"CoInstall function\""))
    {
        test_class();
        test_install(); /* the host keeps its key of the classes open */
        tap_account_begin();
        test_class();
        test_install();
        test_units();
        tap_account_end("code download");
    }
    CoUninitialize();
    return done_testing();
}
