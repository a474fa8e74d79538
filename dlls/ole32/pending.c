/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What exported names without a definition get, by the bytes of their arguments: the linker's
 * script pending.ld, made from ole32.def, provides those.
 */
#include "not_implemented.h"

#define PENDING(words, ...)                                                                        \
    HRESULT WINAPI pending_##words(__VA_ARGS__);                                                   \
    HRESULT WINAPI pending_##words(__VA_ARGS__)                                                    \
    {                                                                                              \
        return NOT_IMPLEMENTED();                                                                  \
    }

/* clang-format off */
#define ARGUMENTS_4 int a __attribute__((unused)), int b __attribute__((unused)), \
    int c __attribute__((unused)), int d __attribute__((unused))
#define ARGUMENTS_8 ARGUMENTS_4, int e __attribute__((unused)), int f __attribute__((unused)), \
    int g __attribute__((unused)), int h __attribute__((unused))

HRESULT pending_internal(void);
HRESULT pending_internal(void)
{
    return NOT_IMPLEMENTED();
}

PENDING(0, void)
PENDING(4, int a __attribute__((unused)))
PENDING(8, int a __attribute__((unused)), int b __attribute__((unused)))
PENDING(12, int a __attribute__((unused)), int b __attribute__((unused)),
        int c __attribute__((unused)))
PENDING(16, ARGUMENTS_4)
PENDING(20, ARGUMENTS_4, int e __attribute__((unused)))
PENDING(24, ARGUMENTS_4, int e __attribute__((unused)), int f __attribute__((unused)))
PENDING(28, ARGUMENTS_4, int e __attribute__((unused)), int f __attribute__((unused)),
        int g __attribute__((unused)))
PENDING(32, ARGUMENTS_8)
PENDING(36, ARGUMENTS_8, int i __attribute__((unused)))
PENDING(40, ARGUMENTS_8, int i __attribute__((unused)), int j __attribute__((unused)))
PENDING(44, ARGUMENTS_8, int i __attribute__((unused)), int j __attribute__((unused)),
        int k __attribute__((unused)))
PENDING(48, ARGUMENTS_8, int i __attribute__((unused)), int j __attribute__((unused)),
        int k __attribute__((unused)), int l __attribute__((unused)))
PENDING(52, ARGUMENTS_8, int i __attribute__((unused)), int j __attribute__((unused)),
        int k __attribute__((unused)), int l __attribute__((unused)), int m __attribute__((unused)))
