/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* combase.dll: every COM function is ole32's, by forwarders in combase.def. */
#include <windows.h>

#include "trace.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved);

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
    {
        DisableThreadLibraryCalls(instance);
        trace_init("combase");
    }
    return TRUE;
}
