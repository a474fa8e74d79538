/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sizes of values in a VARIANT. */
#ifndef CONCIERGE_TESTS_VARIANT_SIZES_H
#define CONCIERGE_TESTS_VARIANT_SIZES_H

#include <windows.h>
#include <wtypes.h>

/* Bytes of a value that is nothing but its bytes; 0: it leads to something else. */
static inline ULONG variant_plain_size(VARTYPE type)
{
    switch (type)
    {
    case VT_I1:
    case VT_UI1:
        return 1;
    case VT_I2:
    case VT_UI2:
    case VT_BOOL:
        return 2;
    case VT_I4:
    case VT_UI4:
    case VT_INT:
    case VT_UINT:
    case VT_R4:
    case VT_ERROR:
        return 4;
    case VT_I8:
    case VT_UI8:
    case VT_R8:
    case VT_CY:
    case VT_DATE:
        return 8;
    default:
        return 0;
    }
}

#endif
