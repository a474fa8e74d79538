/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In place of comscm.exe: counts its starts, says that it is ready, and does nothing. */
#include <windows.h>

int wmain(int argc, WCHAR **argv);

int wmain(int argc, WCHAR **argv)
{
    HANDLE section = OpenFileMappingW(FILE_MAP_WRITE, FALSE, L"Global\\broken-broker");
    LONG *count = section ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(*count)) : NULL;
    HANDLE ready = argc > 1 ? OpenEventW(EVENT_MODIFY_STATE, FALSE, argv[1]) : NULL;

    if (!count || !ready)
        return 1;
    InterlockedIncrement(count);
    SetEvent(ready);
    return 0;
}
