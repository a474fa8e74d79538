/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The error object of the Windows Runtime: an error object of COM that has, besides, the HRESULT,
 * two texts and what a language has thrown. MinGW-w64 has no restrictederrorinfo.h.
 */
#ifndef CONCIERGE_RESTRICTED_ERROR_H
#define CONCIERGE_RESTRICTED_ERROR_H

#include "error_info.h"
#include "list.h"

typedef struct IRestrictedErrorInfo IRestrictedErrorInfo;
typedef struct ILanguageExceptionErrorInfo ILanguageExceptionErrorInfo;

struct IRestrictedErrorInfoVtbl
{
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IRestrictedErrorInfo *, REFIID iid, void **out);
    ULONG(STDMETHODCALLTYPE *AddRef)(IRestrictedErrorInfo *);
    ULONG(STDMETHODCALLTYPE *Release)(IRestrictedErrorInfo *);
    HRESULT(STDMETHODCALLTYPE *GetErrorDetails)
    (IRestrictedErrorInfo *, BSTR *description, HRESULT *error, BSTR *restricted, BSTR *capability);
    HRESULT(STDMETHODCALLTYPE *GetReference)(IRestrictedErrorInfo *, BSTR *reference);
};

struct IRestrictedErrorInfo
{
    const struct IRestrictedErrorInfoVtbl *lpVtbl;
};

struct ILanguageExceptionErrorInfoVtbl
{
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(ILanguageExceptionErrorInfo *, REFIID, void **out);
    ULONG(STDMETHODCALLTYPE *AddRef)(ILanguageExceptionErrorInfo *);
    ULONG(STDMETHODCALLTYPE *Release)(ILanguageExceptionErrorInfo *);
    HRESULT(STDMETHODCALLTYPE *GetLanguageException)(ILanguageExceptionErrorInfo *, IUnknown **);
};

struct ILanguageExceptionErrorInfo
{
    const struct ILanguageExceptionErrorInfoVtbl *lpVtbl;
};

#define RESTRICTED_FRAMES 62 /* as many as older systems can capture */

#define ERROR_STACK_MARK 0x6b63617473726f65 /* "eorstack" */

/* The stack where the error came from, for debuggers: the same in both word sizes. */
struct error_stack
{
    UINT64 mark;   /* ERROR_STACK_MARK */
    UINT64 frames; /* address of the return addresses */
    UINT32 count;  /* of them; 0: not captured */
    UINT32 reserved;
};

struct restricted_error
{
    struct error_info error; /* its description is the message */
    struct error_stack stack;
    IRestrictedErrorInfo IRestrictedErrorInfo_iface;
    ILanguageExceptionErrorInfo ILanguageExceptionErrorInfo_iface;
    struct list entry; /* of all that are alive */
    ULONG serial;
    HRESULT hr;
    WCHAR *description;  /* what the system says about it; malloc */
    WCHAR *message;      /* malloc */
    IUnknown *exception; /* with a reference; NULL: none */
    void *frames[RESTRICTED_FRAMES];
};

/* With one reference; NULL when out of memory. `message` NULL: what the system says about hr. */
struct restricted_error *restricted_error_create(HRESULT hr, const WCHAR *message,
        IUnknown *exception);

/* The one behind a pointer, borrowed; NULL: somebody else's object. */
struct restricted_error *restricted_error_from(IRestrictedErrorInfo *info);

/* The thread's, with a reference; NULL: it has none, or another kind of error object, which stays
 * its. */
struct restricted_error *restricted_error_peek(void);

/* Makes it the thread's. */
void restricted_error_set(struct restricted_error *error);

/* Keeps the calling thread's stack in it. */
void restricted_error_capture(struct restricted_error *error);

/* The one with this reference, see IRestrictedErrorInfo::GetReference, with a reference of COM's;
 * NULL: there is none (any more). */
struct restricted_error *restricted_error_find(const WCHAR *reference);

#endif
