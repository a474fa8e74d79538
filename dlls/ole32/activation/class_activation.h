/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One activation: an interface of a class object, or of a new instance, wherever the class lives;
 * brought to the calling thread's apartment.
 */
#ifndef CONCIERGE_CLASS_ACTIVATION_H
#define CONCIERGE_CLASS_ACTIVATION_H

#include <windows.h>
#include <objbase.h>

#include "apartment.h"
#include "class_registry.h"

struct activation
{
    CLSID clsid;   /* in: as the caller gave it; out: what it is treated as */
    DWORD context; /* CLSCTX_…; CLSCTX_PS_DLL: a proxy/stub DLL, served in any apartment and in none
                    */
    BOOL create;   /* an instance, else the class object */
    IUnknown *outer; /* for an instance; NULL: not aggregated */
    IID iid;
    struct apartment *here; /* set by activation_run */
    void *object;           /* out */
};

/* Whether the CLSCTX_ flags go together (E_INVALIDARG), and the computer is this one: S_OK,
 * E_INVALIDARG for a malformed COSERVERINFO. For another computer only what runs in process is left
 * of the flags, or the error of a computer that does not answer is returned. */
HRESULT activation_check(struct activation *activation, const COSERVERINFO *server);

/* S_OK, or the errors of CoGetClassObject and CoCreateInstance. Pumps messages in an STA where the
 * class lives in another apartment or process. */
HRESULT activation_run(struct activation *activation);

/* --- for its parts --- */

/* Where a class object comes from; called in the apartment where it lives. */
struct class_source
{
    HRESULT (*get)(struct class_source *source, REFIID iid, void **out);
};

/* Does what is asked in the apartment `target` (NULL: in the caller's) and brings the result
 * here. */
HRESULT activation_run_in(struct activation *activation, struct class_source *source,
        struct apartment *target);

/* Where a class of this threading model lives for a client in `here`, with a reference; NULL: just
 * here. */
HRESULT activation_model_apartment(enum class_model model, struct apartment *here,
        struct apartment **target);

/* By the broker: the class as a local server. */
HRESULT activation_run_local_server(struct activation *activation);

/* The same for a server which is started as `server` says. */
HRESULT activation_run_server(struct activation *activation, const struct broker_server *server);

/* In-process servers in the apartment that their threading model wants. */
struct class_dll;
HRESULT activation_run_dll(struct activation *activation, const struct class_dll *dll);
HRESULT activation_run_context(struct activation *activation);

/* Called by apartment/ on the last thread of an apartment while it is being left, calls out
 * allowed. First, before apartment_close_exports: its registered class objects are revoked. Last,
 * after apartment_close_imports: its DLLs are unloaded. */
void activation_leave_begin(struct apartment *apartment);
void activation_leave_end(struct apartment *apartment);

/* From DllMain's process detach. */
void activation_process_detach(BOOL terminating);

#endif
