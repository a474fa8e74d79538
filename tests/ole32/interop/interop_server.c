/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other process of the test of others' proxies. */
#include "far_side.h"
#include "interop.h"

int main(int argc, char **argv)
{
    mock_more_classes = interop_classes;
    if (tap_peers_are_others())
    {
        proxies_register(L"greeter_proxy.dll");
        proxies_register(L"loud_greeter_proxy.dll");
        type_library_register();
    }
    return far_side_main(argc, argv);
}
