/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One log for all DLLs. Messages go to the file named in the environment variable CONCIERGE_LOG,
 * or, for services, which are not started with their clients' environment, in the registry value
 * HKCU\Software\Concierge\Log; nowhere when neither is set, and then a message costs one test.
 */
#ifndef CONCIERGE_TRACE_H
#define CONCIERGE_TRACE_H

#include <windows.h>

extern BOOL trace_enabled;

/* Opens the log if one is configured. `module` prefixes each line. Call once, from DllMain's
 * attach. */
void trace_init(const char *module);

/* Writes one line: time in ms, process and thread IDs, module, message (UTF-8). */
void trace_write(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));

#define trace(...)                                                                                 \
    do                                                                                             \
    {                                                                                              \
        if (trace_enabled)                                                                         \
            trace_write(__VA_ARGS__);                                                              \
    } while (0)

#endif
