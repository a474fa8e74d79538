/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The broker's services, as a process sees them: which class objects are offered to other
 * processes, and how to get one, starting its server when nobody offers it.
 *
 * Every function may be called on any thread, initialized or not, and holds no lock while it waits.
 * Where it says "waits", the wait is that of a COM call (call_wait_run): a single-threaded
 * apartment serves incoming calls meanwhile, for the server that is starting may be its own client.
 *
 * The broker watches this process: when it ends, everything it registered is gone at once, without
 * any call from here.
 */
#ifndef CONCIERGE_BROKER_CLIENT_H
#define CONCIERGE_BROKER_CLIENT_H

#include <windows.h>
#include <objbase.h>

/* --- the server's side --- */

/* A class object that is offered to other processes. */
struct broker_class
{
    CLSID clsid;
    DWORD context;      /* CLSCTX_LOCAL_SERVER, perhaps with CLSCTX_ACTIVATE_… */
    DWORD flags;        /* REGCLS_MULTIPLEUSE, REGCLS_MULTI_SEPARATE, REGCLS_SINGLEUSE (0), with
                         * REGCLS_SURROGATE and REGCLS_AGILE passed on as they were given */
    const BYTE *objref; /* the class object as IClassFactory if it is one, else as IUnknown:
                         * CoMarshalInterface, MSHCTX_LOCAL, MSHLFLAGS_TABLESTRONG; may be
                         * unmarshalled any number of times */
    DWORD objref_size;  /* bytes */
    DWORD cookie;       /* out: the broker's name of the registration, never 0 */
};

/* Registers `count` class objects by one request: all or none. Several registrations of one CLSID,
 * of one process or of many, stand side by side; the first one that fits is given to clients.
 * A single-use one is given once and is then out of the broker's table.
 * From the answer on clients may call; clients that waited for this server are woken.
 * S_OK; CO_E_SCM_RPC_FAILURE when there is no broker and none can be started; E_OUTOFMEMORY. */
HRESULT broker_register_classes(struct broker_class *classes, ULONG count);

/* Takes a registration back. S_OK; S_FALSE when it is no longer there: given away (single use), or
 * taken back before. The caller releases the marshal data then too. */
HRESULT broker_revoke_class(DWORD cookie);

/* Hides, and shows again, everything this process registered: one request each. Requests that come
 * while a server is hidden are treated as if it did not run. S_OK, CO_E_SCM_RPC_FAILURE. */
HRESULT broker_suspend_classes(void);
HRESULT broker_resume_classes(void);

/* This process is a surrogate, for the AppID (NULL: the one it was started for, which is in its
 * environment variable CONCIERGE_SURROGATE). A client that wants a class of the AppID gets
 * ISurrogate, marshalled as above, calls LoadDllServer and then finds the class registered.
 * *cookie is for broker_revoke_class.
 * S_OK, CO_E_SCM_RPC_FAILURE, E_INVALIDARG (it was not started as a surrogate). */
HRESULT broker_register_surrogate(const GUID *appid, const BYTE *objref, DWORD objref_size,
        DWORD *cookie);

/* --- running objects --- */

/* Waits. Has this process listed as one that has running objects, in a table with this ID
 * (broker_running.h), until it ends. S_OK, CO_E_SCM_RPC_FAILURE, E_OUTOFMEMORY (there are too many
 * such processes), E_ACCESSDENIED. */
HRESULT broker_list_running(UINT64 id);

/* Whether this process is connected to a broker, as far as it knows. */
BOOL broker_is_linked(void);

/* --- the client's side --- */

/* How the server of a class is started; read from the registry by the client (class_registry.h).
 * What is not given is NULL. */
struct broker_server
{
    CLSID clsid;                     /* after TreatAs */
    GUID appid;                      /* GUID_NULL: none */
    const WCHAR *service;            /* LocalService: comes before everything else */
    const WCHAR *service_parameters; /* ServiceParameters */
    const WCHAR *command_line;       /* LocalServer32, expanded; the broker appends -Embedding */
    BOOL complete;                   /* unless this is set */
    const WCHAR *executable; /* LocalServer32's value ServerExecutable: CreateProcess's application;
                              * NULL: it is found in command_line as CreateProcess does */
    BOOL surrogate;          /* DllSurrogate is there, and the class has an in-process server */
    const WCHAR *surrogate_path;   /* its value; NULL or empty: dllhost.exe of the system */
    const WCHAR *run_as;           /* RunAs */
    const BYTE *launch_permission; /* LaunchPermission, whatever it is */
    DWORD launch_permission_size;  /* bytes */
    WORD machine; /* the server's processor: IMAGE_FILE_MACHINE_AMD64 or …_I386; 0: either */
    WORD half;    /* the half of the registry that says all this, likewise; 0: there is but one */
};

/* Waits. The class object of `server->clsid`: one that is registered by any process (this one as
 * well), else of a server that is started for it. Clients which ask at the same time start one
 * server. `context`: the caller's CLSCTX_ flags. With neither service, command line nor surrogate
 * only what is registered already is found.
 *
 * *objref (CoTaskMemAlloc) and *objref_size: the marshalled class object, still to be unmarshalled;
 * *cookie: the registration it came from, for broker_report_stale.
 * S_OK; REGDB_E_CLASSNOTREG: none is registered, and none can be started; CO_E_SERVER_EXEC_FAILURE:
 * the server was started, but did not register within 60 s (as documented for
 * LocalServer32; the setting ServerTimeout), or ended before; CO_E_APPNOTFOUND: the
 * program is missing; CO_E_SCM_RPC_FAILURE: no broker; E_ACCESSDENIED; E_OUTOFMEMORY. */
HRESULT broker_get_class_object(const struct broker_server *server, DWORD context, BYTE **objref,
        DWORD *objref_size, DWORD *cookie);

/* The registration does not answer: its process is gone or has disconnected it. The broker drops
 * it. Whoever may call could as well end the server, so this is believed. S_OK: it is gone, now or
 * since before; ask again. CO_E_SCM_RPC_FAILURE. */
HRESULT broker_report_stale(DWORD cookie);

/* DLL detach: closes the connection. `terminating`: nothing is waited for, no memory is freed. */
void broker_process_detach(BOOL terminating);

#endif
