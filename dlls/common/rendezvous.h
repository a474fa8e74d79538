/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the BITS service leaves the address of its class factory for bitsact.exe, which answers
 * activations: a named section with the process ID and a marshalled interface (a table-strong
 * OBJREF). See docs/architecture.md, "Activation that survives".
 */
#ifndef CONCIERGE_RENDEZVOUS_H
#define CONCIERGE_RENDEZVOUS_H

#include <windows.h>
#include <objbase.h>

#define RENDEZVOUS_SERVICE L"BITS"
#define RENDEZVOUS_ACTIVATOR L"bitsact"

struct rendezvous;

/* Opens the section, creating it when missing. */
HRESULT rendezvous_open(struct rendezvous **out);
void rendezvous_close(struct rendezvous *rendezvous);

/* The service: marshals `factory` and leaves it, with this process's ID; `withdraw` takes both
 * back. */
HRESULT rendezvous_publish(struct rendezvous *rendezvous, IClassFactory *factory);
void rendezvous_withdraw(struct rendezvous *rendezvous);

/* The activator: the process ID that is there now (0: none), and a proxy of the factory.
 * E_PENDING when nothing is there. */
DWORD rendezvous_process(const struct rendezvous *rendezvous);
HRESULT rendezvous_connect(const struct rendezvous *rendezvous, IClassFactory **out);

/* The CLSIDs of BackgroundCopyManager and its later versions: what is activated. */
struct bits_class
{
    const CLSID *clsid;
    const WCHAR *name;
};
extern const struct bits_class bits_classes[];
extern const unsigned int bits_class_count;

#endif
