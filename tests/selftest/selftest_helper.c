/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The helper process of the test bed's own tests: "say WORD" ends with code 7, "hang" does not. */

#include <stdio.h>
#include <string.h>

#include <windows.h>

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "say"))
    {
        printf("%s\n", argv[2]);
        return 7;
    }
    if (argc == 2 && !strcmp(argv[1], "hang"))
    {
        printf("up\n");
        fflush(stdout);
        Sleep(INFINITE);
    }
    return 1;
}
