/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other process of the test of others' proxies. */
#include "far_side.h"
#include "interop.h"

int main(int argc, char **argv)
{
    mock_more_classes = interop_classes;
    return far_side_main(argc, argv);
}
