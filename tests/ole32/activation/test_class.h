/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Classes which a test registers for itself, and threads in apartments. */
#ifndef CONCIERGE_TESTS_TEST_CLASS_H
#define CONCIERGE_TESTS_TEST_CLASS_H

#include <windows.h>
#include <objbase.h>

#include "tap.h"
#include "test_server.h"

/* A CLSID of this test's own: {7E57C1A5-<number>-...}, with number also in the low half of Data1.
 */
CLSID test_clsid(WORD number);

/* The path of a copy of test_server.dll under this name in a folder of this process's own, made at
 * the first call. Bails out if that fails. */
const WCHAR *server_copy(const WCHAR *name, WCHAR path[MAX_PATH]);
void server_copies_delete(void);

/* Sets a value of HKLM\Software\Classes (HKCU with `user`); a NULL name is the default one. */
void class_set_value(BOOL user, REFCLSID clsid, const WCHAR *subkey, const WCHAR *name, DWORD type,
        const WCHAR *text);
/* InprocServer32 with a model (NULL: none). */
void class_set_server(REFCLSID clsid, const WCHAR *path, const WCHAR *model);
/* All of a class's keys, in both halves. */
void class_delete(REFCLSID clsid);

/* Runs function(argument) on a new thread that has called CoInitializeEx(flags), and waits without
 * messages; `flags` COINIT_NONE: it has not. */
#define COINIT_NONE 0x80000000
void run_in_apartment(DWORD flags, void (*function)(void *), void *argument);
/* The same, serving the calling thread's messages meanwhile. */
void run_in_apartment_pumping(DWORD flags, void (*function)(void *), void *argument);

/* Where an object lives. FALSE when the call failed, which is a failed test. */
BOOL object_where(IUnknown *object, union object_place *place, const char *what);

#endif
