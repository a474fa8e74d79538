/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of the Windows Runtime, which programs find in combase.dll. MinGW-w64's winstring.h
 * has some of them without their calling convention and others only for 64 bits, and it has no
 * roerrorapi.h: they are declared here.
 */
#ifndef CONCIERGE_WINDOWS_RUNTIME_H
#define CONCIERGE_WINDOWS_RUNTIME_H

#include <windows.h>
#include <objbase.h>
#include <hstring.h>
#include <inspectable.h>
#include <activation.h>

#ifndef E_BOUNDS
#define E_BOUNDS _HRESULT_TYPEDEF_(0x8000000B)
#endif

/* hstring.c */
HRESULT WINAPI WindowsCreateString(const WCHAR *text, UINT32 length, HSTRING *out);
HRESULT WINAPI WindowsCreateStringReference(const WCHAR *text, UINT32 length,
        HSTRING_HEADER *header, HSTRING *out);
HRESULT WINAPI WindowsDeleteString(HSTRING string);
HRESULT WINAPI WindowsDuplicateString(HSTRING string, HSTRING *out);
UINT32 WINAPI WindowsGetStringLen(HSTRING string);
const WCHAR *WINAPI WindowsGetStringRawBuffer(HSTRING string, UINT32 *length);
BOOL WINAPI WindowsIsStringEmpty(HSTRING string);
HRESULT WINAPI WindowsPreallocateStringBuffer(UINT32 length, WCHAR **text, HSTRING_BUFFER *out);
HRESULT WINAPI WindowsPromoteStringBuffer(HSTRING_BUFFER buffer, HSTRING *out);
HRESULT WINAPI WindowsDeleteStringBuffer(HSTRING_BUFFER buffer);

/* hstring_edit.c */
HRESULT WINAPI WindowsStringHasEmbeddedNull(HSTRING string, BOOL *out);
HRESULT WINAPI WindowsCompareStringOrdinal(HSTRING first, HSTRING second, INT32 *out);
HRESULT WINAPI WindowsConcatString(HSTRING first, HSTRING second, HSTRING *out);
HRESULT WINAPI WindowsSubstring(HSTRING string, UINT32 start, HSTRING *out);
HRESULT WINAPI WindowsSubstringWithSpecifiedLength(HSTRING string, UINT32 start, UINT32 length,
        HSTRING *out);
HRESULT WINAPI WindowsTrimStringStart(HSTRING string, HSTRING trim, HSTRING *out);
HRESULT WINAPI WindowsTrimStringEnd(HSTRING string, HSTRING trim, HSTRING *out);
HRESULT WINAPI WindowsReplaceString(HSTRING string, HSTRING old, HSTRING with, HSTRING *out);

/* apartment_shutdown.c; the values of RO_INIT_TYPE. */
#define RO_SINGLETHREADED 0
#define RO_MULTITHREADED 1

HRESULT WINAPI RoInitialize(DWORD type);
void WINAPI RoUninitialize(void);
HRESULT WINAPI RoGetApartmentIdentifier(UINT64 *out);

/* activation_factory.c */
HRESULT WINAPI RoGetActivationFactory(HSTRING name, REFIID iid, void **out);
HRESULT WINAPI RoActivateInstance(HSTRING name, IInspectable **out);

#endif
