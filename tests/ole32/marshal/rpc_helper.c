/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class RpcHelper: the version of the protocol ([MS-DCOM] 2.2.11) and the interface of an
 * OBJREF (2.2.18). */
#include "tap.h"

#include <objbase.h>
#include <string.h>

static const CLSID clsid_rpc_helper = {0x32a, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

/* The OBJREF that CoMarshalInterface writes. */
static void *marshalled(REFIID iid, IUnknown *object, IStream **stream)
{
    HGLOBAL block;

    CreateStreamOnHGlobal(NULL, TRUE, stream);
    is_hr(CoMarshalInterface(*stream, iid, object, MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL), S_OK,
            "marshalled");
    GetHGlobalFromStream(*stream, &block);
    return GlobalLock(block);
}

static void release(IStream *stream)
{
    LARGE_INTEGER start = {.QuadPart = 0};

    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    CoReleaseMarshalData(stream);
    IStream_Release(stream);
}

int main(void)
{
    static const ULONG forms[] = {1, 2, 4, 8}, no_forms[] = {0, 3, 5, 16, 0x80000001};
    IRpcHelper *helper = NULL;
    DWORD version = 0;
    BYTE bytes[64];
    IStream *stream, *object;
    IID *iid = NULL;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (tap_builtin()
            && FAILED(CoCreateInstance(&clsid_rpc_helper, NULL, CLSCTX_INPROC_SERVER,
                    &IID_IRpcHelper, (void **)&helper))
            && builtin_lacks("the class RpcHelper"))
        return done_testing();
    is_hr(CoCreateInstance(&clsid_rpc_helper, NULL, CLSCTX_INPROC_SERVER, &IID_IRpcHelper,
                  (void **)&helper),
            S_OK, "an RpcHelper");
    if (!helper)
        return done_testing();
    is_hr(IRpcHelper_GetDCOMProtocolVersion(helper, NULL), E_INVALIDARG, "nowhere to write it to");
    is_hr(IRpcHelper_GetDCOMProtocolVersion(helper, &version), S_OK, "the protocol's version");
    is_uint(LOWORD(version), 5, "the major version");
    is_uint(HIWORD(version), 7, "the minor version");

    CreateStreamOnHGlobal(NULL, TRUE, &object);
    memcpy(bytes, marshalled(&IID_ISequentialStream, (IUnknown *)object, &stream), 24);
    is_hr(IRpcHelper_GetIIDFromOBJREF(helper, bytes, &iid), S_OK, "a marshalled interface");
    is_guid(iid, &IID_ISequentialStream, "its IID");
    CoTaskMemFree(iid);
    release(stream);
    IStream_Release(object);

    for (size_t i = 0; i < ARRAYSIZE(forms); i++)
    {
        memcpy(bytes + 4, &forms[i], 4);
        is_hr(IRpcHelper_GetIIDFromOBJREF(helper, bytes, &iid), S_OK, "form %lu", forms[i]);
        is_guid(iid, &IID_ISequentialStream, "its IID");
        CoTaskMemFree(iid);
    }
    for (size_t i = 0; i < ARRAYSIZE(no_forms); i++)
    {
        memcpy(bytes + 4, &no_forms[i], 4);
        iid = (void *)1;
        is_hr(IRpcHelper_GetIIDFromOBJREF(helper, bytes, &iid), E_INVALIDARG, "%#lx is no form",
                no_forms[i]);
        ok(!iid, "no IID");
    }
    memcpy(bytes + 4, &forms[0], 4);
    bytes[0]++;
    is_hr(IRpcHelper_GetIIDFromOBJREF(helper, bytes, &iid), E_INVALIDARG, "another signature");
    is_hr(IRpcHelper_GetIIDFromOBJREF(helper, NULL, &iid), E_INVALIDARG, "no OBJREF");
    is_hr(IRpcHelper_GetIIDFromOBJREF(helper, bytes, NULL), E_INVALIDARG, "no place for the IID");
    is_int(IRpcHelper_Release(helper), 0, "the last reference");
    CoUninitialize();
    return done_testing();
}
