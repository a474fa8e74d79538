/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compound files. Not there yet. */
#include <windows.h>
#include <ole2.h>

#include "not_implemented.h"

/* None of this is there yet, so the parameters are not used. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* In no header of MinGW-w64. */
HRESULT WINAPI StgOpenStorageOnHandle(HANDLE file, DWORD mode, void *reserved, void *reserved2,
        REFIID iid, void **out);

HRESULT WINAPI StgCreateDocfile(const WCHAR *name, DWORD mode, DWORD reserved, IStorage **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgCreateDocfileOnILockBytes(ILockBytes *bytes, DWORD mode, DWORD reserved,
        IStorage **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgCreateStorageEx(const WCHAR *name, DWORD mode, DWORD format, DWORD attributes,
        STGOPTIONS *options, PSECURITY_DESCRIPTOR security, REFIID iid, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgGetIFillLockBytesOnFile(const OLECHAR *name, IFillLockBytes **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgGetIFillLockBytesOnILockBytes(ILockBytes *bytes, IFillLockBytes **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgIsStorageFile(const WCHAR *name)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI StgIsStorageILockBytes(ILockBytes *bytes)
{
    return NOT_IMPLEMENTED();
}

HRESULT WINAPI StgOpenAsyncDocfileOnIFillLockBytes(IFillLockBytes *bytes, DWORD mode, DWORD flags,
        IStorage **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgOpenLayoutDocfile(const OLECHAR *name, DWORD mode, DWORD reserved, IStorage **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgOpenStorage(const WCHAR *name, IStorage *priority, DWORD mode, SNB exclude,
        DWORD reserved, IStorage **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgOpenStorageEx(const WCHAR *name, DWORD mode, DWORD format, DWORD attributes,
        STGOPTIONS *options, PSECURITY_DESCRIPTOR security, REFIID iid, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgOpenStorageOnHandle(HANDLE file, DWORD mode, void *reserved, void *reserved2,
        REFIID iid, void **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgOpenStorageOnILockBytes(ILockBytes *bytes, IStorage *priority, DWORD mode,
        SNB exclude, DWORD reserved, IStorage **out)
{
    return NOT_IMPLEMENTED_OBJECT(out);
}

HRESULT WINAPI StgSetTimes(const WCHAR *name, const FILETIME *created, const FILETIME *accessed,
        const FILETIME *modified)
{
    return NOT_IMPLEMENTED();
}
