/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IBinding::GetBindResult. */
#include "binding_impl.h"
#include "wstr.h"

static const struct
{
    const WCHAR *scheme;
    const CLSID *class;
} classes[] = {
        {L"file", &CLSID_FileProtocol},
        {L"ftp", &CLSID_FtpProtocol},
        {L"http", &CLSID_HttpProtocol},
        {L"https", &CLSID_HttpSProtocol},
        {L"mk", &CLSID_MkProtocol},
};

/* The class of the handler: as it was reported, else as it is registered for the scheme. */
static CLSID protocol_class(struct binding *binding)
{
    WCHAR key[160], text[64];
    CLSID class = binding->protocol_class;
    DWORD size = sizeof(text);
    BSTR scheme = NULL;
    unsigned int i;

    if (!IsEqualCLSID(&class, &CLSID_NULL) || FAILED(IUri_GetSchemeName(binding->uri, &scheme)))
        return class;
    for (i = 0; i < ARRAYSIZE(classes); i++)
    {
        if (!wcscmp(classes[i].scheme, scheme))
            class = *classes[i].class;
    }
    if (IsEqualCLSID(&class, &CLSID_NULL) && wcslen(scheme) < 100)
    {
        wcscpy(key, L"PROTOCOLS\\Handler\\");
        wcscat(key, scheme);
        if (!RegGetValueW(HKEY_CLASSES_ROOT, key, L"CLSID", RRF_RT_REG_SZ, NULL, text, &size))
            CLSIDFromString(text, &class);
    }
    SysFreeString(scheme);
    return class;
}

HRESULT binding_get_result(struct binding *binding, CLSID *protocol, DWORD *code, WCHAR **text)
{
    *protocol = CLSID_NULL;
    *code = 0;
    *text = NULL;
    if (!binding->ended)
        return S_OK;
    *code = binding->result_code;
    if (FAILED(binding->result) && binding->result != REGDB_E_CLASSNOTREG && binding->protocol_used)
        *protocol = protocol_class(binding);
    return binding->result_text ? wstr_to_caller(binding->result_text, text) : S_OK;
}
