/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "call_checks.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define NEST_DEPTH 50

void check_echo(ITestServer *server, ULONG size)
{
    BYTE *in = malloc(size + 1), *out = calloc(1, size + 1);
    HRESULT hr;

    for (ULONG i = 0; i < size; i++)
        in[i] = (BYTE)(i * 7 + size);
    hr = ITestServer_Echo(server, size, in, out);
    ok(hr == S_OK && !memcmp(in, out, size), "%lu bytes go and come (%s)", (unsigned long)size,
            tap_hr(hr));
    free(in);
    free(out);
}

void check_nesting(ITestServer *server)
{
    ITestServer *mine = test_server_create();
    LONG reached = 0;

    is_hr(ITestServer_Nest(server, mine, NEST_DEPTH - 1, &reached), S_OK, "calls inside calls");
    is_int(reached, NEST_DEPTH, "as deep as asked for");
    is_hr(ITestServer_Nest(server, NULL, 0, &reached), S_OK, "and once more");
    CoDisconnectObject((IUnknown *)mine, 0);
    ITestServer_Release(mine);
}
