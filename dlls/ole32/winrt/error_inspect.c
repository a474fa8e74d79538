/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error object of a thread of another process, and the stack that it keeps, for debuggers. */
#include <stddef.h>
#include <windows.h>
#include <winternl.h>

#include "com_thread.h"
#include "inspect.h"
#include "restricted_error.h"

HRESULT WINAPI RoInspectCapturedStackBackTrace(UINT_PTR error, USHORT machine,
        INSPECT_CALLBACK callback, void *context, UINT32 *count, UINT_PTR *address);
HRESULT WINAPI RoInspectThreadErrorInfo(UINT_PTR teb, USHORT machine, INSPECT_CALLBACK callback,
        void *context, UINT_PTR *address);

/* Where things are, where a pointer has 4 and where it has 8 bytes. */
enum places
{
    TLS_32 = 0xf80, /* ReservedForOle in the thread environment block */
    TLS_64 = 0x1758,
    ERROR_32 = 992, /* struct ole_tls_error in what it points to */
    ERROR_64 = 1000,
    STACK_32 = 56, /* struct error_stack from an error object's IErrorInfo on */
    STACK_64 = 88,
};

#define PLACE(name) (sizeof(void *) == 8 ? name##_64 : name##_32)

_Static_assert(offsetof(TEB, ReservedForOle) == PLACE(TLS), "ReservedForOle");
_Static_assert(offsetof(struct ole_tls, error) == PLACE(ERROR), "the error's place");
_Static_assert(offsetof(struct restricted_error, stack)
                        - offsetof(struct restricted_error, error.IErrorInfo_iface)
                == PLACE(STACK),
        "the stack's place");

/* The other side. */
struct target
{
    INSPECT_CALLBACK callback;
    void *context;
    unsigned int pointer_size;
};

static HRESULT target_init(struct target *target, USHORT machine, INSPECT_CALLBACK callback,
        void *context)
{
    target->callback = callback;
    target->context = context;
    target->pointer_size = inspect_pointer_size(machine);
    return callback && target->pointer_size ? S_OK : E_INVALIDARG;
}

static HRESULT target_read(const struct target *target, UINT_PTR address, void *out, UINT32 size)
{
    return target->callback(target->context, address, size, out);
}

static HRESULT target_read_pointer(const struct target *target, UINT_PTR address, UINT_PTR *out)
{
    UINT64 large = 0;
    UINT32 small = 0;
    HRESULT hr;

    if (target->pointer_size == sizeof(large))
        hr = target_read(target, address, &large, sizeof(large));
    else
    {
        hr = target_read(target, address, &small, sizeof(small));
        large = small;
    }
    *out = SUCCEEDED(hr) ? (UINT_PTR)large : 0;
    return hr;
}

/*
 * RoInspectThreadErrorInfo: the address of the error object of the thread whose environment block
 * is at `teb`, in an address space that `callback` reads. S_OK; S_FALSE and 0: it has none, or is
 * no thread of this runtime; E_INVALIDARG: no callback, a machine that is unknown or has longer
 * addresses than this one; else the callback's error. roerrorapi/nf-roerrorapi-
 * roinspectthreaderrorinfo
 */
HRESULT WINAPI RoInspectThreadErrorInfo(UINT_PTR teb, USHORT machine, INSPECT_CALLBACK callback,
        void *context, UINT_PTR *address)
{
    struct ole_tls_error error = {0, 0};
    struct target target;
    UINT_PTR tls;
    BOOL large;
    HRESULT hr;

    if (!address)
        return E_INVALIDARG;
    *address = 0;
    hr = target_init(&target, machine, callback, context);
    if (FAILED(hr) || !teb)
        return E_INVALIDARG;
    large = target.pointer_size == 8;
    hr = target_read_pointer(&target, teb + (large ? TLS_64 : TLS_32), &tls);
    if (FAILED(hr))
        return hr;
    if (!tls)
        return S_FALSE;
    hr = target_read(&target, tls + (large ? ERROR_64 : ERROR_32), &error, sizeof(error));
    if (FAILED(hr))
        return hr;
    if (error.mark != OLE_TLS_MARK)
        return S_FALSE;
    hr = target_read_pointer(&target, (UINT_PTR)error.place, address);
    return FAILED(hr) || *address ? hr : S_FALSE;
}

/*
 * RoInspectCapturedStackBackTrace: how many return addresses an error object of the Windows Runtime
 * has kept, and where they are; its address is from RoInspectThreadErrorInfo. S_OK; E_INVALIDARG:
 * it is another kind of object, and as in RoInspectThreadErrorInfo; else the callback's error.
 * roerrorapi/nf-roerrorapi-roinspectcapturedstackbacktrace
 */
HRESULT WINAPI RoInspectCapturedStackBackTrace(UINT_PTR error, USHORT machine,
        INSPECT_CALLBACK callback, void *context, UINT32 *count, UINT_PTR *address)
{
    struct error_stack stack = {0, 0, 0, 0};
    struct target target;
    HRESULT hr;

    if (!count || !address)
        return E_INVALIDARG;
    *count = 0;
    *address = 0;
    hr = target_init(&target, machine, callback, context);
    if (FAILED(hr) || !error)
        return E_INVALIDARG;
    hr = target_read(&target, error + (target.pointer_size == 8 ? STACK_64 : STACK_32), &stack,
            sizeof(stack));
    if (FAILED(hr))
        return hr;
    if (stack.mark != ERROR_STACK_MARK || stack.count > RESTRICTED_FRAMES)
        return E_INVALIDARG;
    *count = stack.count;
    *address = (UINT_PTR)stack.frames;
    return S_OK;
}
