/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ole32.dll: the COM runtime. What the loader calls. */
#include "class_activation.h"
#include "apartment.h"
#include "com_thread.h"
#include "ole32_module.h"
#include "trace.h"
#include "transport.h"

HINSTANCE ole32_instance;

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved);

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    switch (reason)
    {
    case DLL_PROCESS_ATTACH:
        ole32_instance = instance;
        trace_init("ole32");
        return TRUE;
    case DLL_THREAD_DETACH:
        com_thread_detach();
        return TRUE;
    case DLL_PROCESS_DETACH:
        apartment_process_detach(reserved != NULL);
        activation_process_detach(reserved != NULL);
        if (!reserved)
            transport_stop();
        return TRUE;
    default:
        return TRUE;
    }
}
