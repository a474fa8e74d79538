/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bits_client.h"

int main(void)
{
    return done_testing();
}
