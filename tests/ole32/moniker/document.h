/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A document of tests: an object that is loaded from a file and contains items, each a document
 * itself, and parses their names; its class object parses names, too.
 */
#ifndef CONCIERGE_TESTS_DOCUMENT_H
#define CONCIERGE_TESTS_DOCUMENT_H

#include <windows.h>
#include <ole2.h>

extern const CLSID document_clsid;
extern const WCHAR document_clsid_text[];

/* One reference. */
IUnknown *document_create(void);

/* Documents that live. */
LONG document_count(void);

/* The file that was loaded last, and how; how much time there was for the item got last. */
extern WCHAR document_path[MAX_PATH];
extern DWORD document_mode, document_speed;

/* Registers the class object in this process, for this apartment. */
DWORD document_class_register(void);

#endif
