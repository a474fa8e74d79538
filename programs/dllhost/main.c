/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dllhost.exe: COM Surrogate. */
#include <windows.h>

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, WCHAR *arguments, int show)
{
    (void)instance;
    (void)previous;
    (void)arguments;
    (void)show;
    return ERROR_CALL_NOT_IMPLEMENTED;
}
