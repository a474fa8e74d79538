/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other process of the test of proxies. */
#include "far_side.h"

int main(int argc, char **argv)
{
    return far_side_main(argc, argv);
}
