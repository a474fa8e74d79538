/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Classes of local servers, which local_server_host.exe serves in one of its modes. */
#ifndef CONCIERGE_TESTS_SERVER_CLASS_H
#define CONCIERGE_TESTS_SERVER_CLASS_H

#include "harness.h"
#include "local_server_names.h"
#include "test_class.h"

#define QUICK 5000 /* ms for what happens at once, on a busy machine */

/* A class and its servers. */
struct server_class
{
    CLSID clsid;
    WCHAR name[64]; /* of the case, in what the servers share with the test */
    HANDLE section, quit, revoke;
    struct local_server_state *state;
};

/* Registers it, with what its servers share with the test. */
void server_class_open(struct server_class *class, WORD number, const WCHAR *mode);
/* Its servers end. */
void server_class_close(struct server_class *class);
/* The command line of a server of the class in some mode. */
void server_class_command(const struct server_class *class, const WCHAR *mode, WCHAR *command,
        size_t size);
/* SIGKILL for the one server of the class. */
void server_class_kill(const struct server_class *class, DWORD process_id);

/* The process that an object of a server answers from; 0 on failure. */
DWORD object_process(IPersist *object);

/* Makes an instance; its process, 0 on failure. Keeps it if `object` is given. */
DWORD activate(const CLSID *clsid, DWORD context, HRESULT *hr, IPersist **object);
/* The same, which has to succeed. */
DWORD activate_well(const struct server_class *class, const char *what);

/* Waits until the number is what it should be; a test. */
bool reaches(const volatile LONG *number, LONG value, const char *what);
/* Waits for the end of a process; a test. */
bool process_ends(DWORD process_id, const char *what);

/* Values of an AppID. */
void appid_set(const CLSID *clsid, const WCHAR *name, const WCHAR *value);
void appid_set_binary(const CLSID *clsid, const WCHAR *name, const void *data, DWORD size);
void appid_delete(const CLSID *clsid);

#endif
