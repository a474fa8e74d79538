/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps the RPC registration of interfaces alive for the life of the process.
 *
 * The COM runtime registers an interface with the RPC runtime when its first stub is made and takes
 * that back with its last one, and then waits for calls that are still on their way out. In
 * Wine 8.0 that wait sometimes never ends: the Release which caused it hangs, with its client.
 * Where one stub always stays, there is no last one.
 */
#ifndef CONCIERGE_COM_PIN_H
#define CONCIERGE_COM_PIN_H

#include <windows.h>

/* Makes a stub for each interface, which nobody can call, and which stays until COM is left.
 * Interfaces without a registered proxy are passed over. Returns how many there are. */
unsigned int com_pin_interfaces(const IID *const *iids, unsigned int count);

#endif
