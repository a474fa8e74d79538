/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking into another address space, a process's or a dump's, of either word size. */
#ifndef CONCIERGE_INSPECT_H
#define CONCIERGE_INSPECT_H

#include <windows.h>

/* PINSPECT_MEMORY_CALLBACK, PINSPECT_HSTRING_CALLBACK: reads `length` bytes at `address` there. */
typedef HRESULT(
        WINAPI *INSPECT_CALLBACK)(void *context, UINT_PTR address, UINT32 length, BYTE *buffer);

/* The bytes of a pointer of a machine, IMAGE_FILE_MACHINE_…; 0: it is unknown, or has longer
 * addresses than this one. */
static inline unsigned int inspect_pointer_size(USHORT machine)
{
    if (machine == IMAGE_FILE_MACHINE_AMD64)
        return sizeof(void *) == 8 ? 8 : 0;
    return machine == IMAGE_FILE_MACHINE_I386 || machine == IMAGE_FILE_MACHINE_ARM ? 4 : 0;
}

#endif
