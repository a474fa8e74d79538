/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The system folders of the two word sizes, as this process names them. A 32-bit process on a
 * 64-bit system sees the 32-bit one as system32, and the other as sysnative; a 64-bit process sees
 * system32 and syswow64. winprog64/file-system-redirector
 */
#ifndef CONCIERGE_SYSTEM_PATH_H
#define CONCIERGE_SYSTEM_PATH_H

#include <windows.h>

/* Whether a processor (IMAGE_FILE_MACHINE_AMD64 or …_I386; 0: any) is this process's. */
BOOL machine_is_own(WORD machine);

/* The system folder of that word size, without a backslash at the end; its length in characters, 0
 * or more than `size` on failure. */
DWORD system_directory(WORD machine, WCHAR *path, DWORD size);

/* A path or command line as processes of that word size write it, for this one: where it begins
 * with the system folder the folder is named as it is here. malloc; NULL: no memory. */
WCHAR *system_path_translate(WORD machine, const WCHAR *path);

#endif
