/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the monikers of the system have in common. An object of a kind begins with a struct moniker;
 * its kind names the class, how it is marshalled and what the running object table compares.
 */
#ifndef CONCIERGE_MONIKER_BASE_H
#define CONCIERGE_MONIKER_BASE_H

#include <windows.h>
#include <ole2.h>

#include "com_object.h"
#include "moniker_running.h"

struct moniker;

struct moniker_kind
{
    const struct com_class *class;
    const IMonikerVtbl *vtbl;
    CLSID clsid;
    DWORD system; /* MKSYS_... */
    /* IROTData: writes up to `room` bytes and tells how many there are; NULL: no IROTData. */
    HRESULT (*comparison_data)(struct moniker *moniker, ULONG room, BYTE *data, ULONG *size);
    /* How it crosses apartments; NULL: by what Save writes. */
    HRESULT (*marshal_size)(struct moniker *moniker, DWORD context, DWORD flags, ULONG *size);
    HRESULT (*marshal)(struct moniker *moniker, IStream *stream, DWORD context, DWORD flags);
    HRESULT (*unmarshal)(struct moniker *moniker, IStream *stream);
    HRESULT (*release_marshal_data)(IStream *stream);
};

struct moniker
{
    struct com_object object;
    IMoniker IMoniker_iface;
    IROTData IROTData_iface;
    IMarshal IMarshal_iface;
    const struct moniker_kind *kind;
};

static inline struct moniker *moniker_from_IMoniker(IMoniker *iface)
{
    return COM_IMPL_FROM(iface, struct moniker, IMoniker_iface);
}

/* The table of QueryInterface of a kind; row 0 is IUnknown. The class asks for our own kind. */
/* clang-format off */
#define MONIKER_INTERFACES(kind) \
    {&IID_IUnknown, offsetof(struct moniker, IMoniker_iface)}, \
    {&IID_IPersistStream, offsetof(struct moniker, IMoniker_iface)}, \
    {&IID_IMoniker, offsetof(struct moniker, IMoniker_iface)}, \
    {&(kind).clsid, offsetof(struct moniker, IMoniker_iface)}, \
    {&IID_IMarshal, offsetof(struct moniker, IMarshal_iface)}
#define MONIKER_ROT_DATA {&IID_IROTData, offsetof(struct moniker, IROTData_iface)}
#define MONIKER_CLSID(number) {number, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}}
/* clang-format on */

extern const struct moniker_kind anti_moniker_kind, class_moniker_kind, composite_moniker_kind,
        elevation_moniker_kind, file_moniker_kind, item_moniker_kind, objref_moniker_kind,
        pointer_moniker_kind;

/* Allocates `size` bytes, cleared, for an object of a kind, with one reference. NULL: no memory. */
void *moniker_alloc(const struct moniker_kind *kind, size_t size);

/* The object behind an interface, if it is one of ours of that kind; else NULL. */
struct moniker *moniker_of_kind(IMoniker *iface, const struct moniker_kind *kind);

/* Empty monikers, as their classes make them; IPersistStream::Load fills them. */
HRESULT anti_moniker_create(IUnknown *outer, REFIID iid, void **out);
HRESULT class_moniker_create(IUnknown *outer, REFIID iid, void **out);
HRESULT composite_moniker_create(IUnknown *outer, REFIID iid, void **out);
HRESULT file_moniker_create(IUnknown *outer, REFIID iid, void **out);
HRESULT item_moniker_create(IUnknown *outer, REFIID iid, void **out);
HRESULT objref_moniker_create(IUnknown *outer, REFIID iid, void **out);
HRESULT pointer_moniker_create(IUnknown *outer, REFIID iid, void **out);

/* For these functions: CLASS_E_NOAGGREGATION, E_OUTOFMEMORY, E_NOINTERFACE. Takes `moniker`. */
HRESULT moniker_hand_out(struct moniker *moniker, IUnknown *outer, REFIID iid, void **out);

/* ---- methods that are the same for several kinds ---- */

HRESULT STDMETHODCALLTYPE moniker_QueryInterface(IMoniker *iface, REFIID iid, void **out);
ULONG STDMETHODCALLTYPE moniker_AddRef(IMoniker *iface);
ULONG STDMETHODCALLTYPE moniker_Release(IMoniker *iface);
HRESULT STDMETHODCALLTYPE moniker_GetClassID(IMoniker *iface, CLSID *clsid);
HRESULT STDMETHODCALLTYPE moniker_IsDirty(IMoniker *iface); /* a moniker does not change */
HRESULT STDMETHODCALLTYPE moniker_Reduce(IMoniker *iface, IBindCtx *context, DWORD how_far,
        IMoniker **left, IMoniker **out);
/* With an anti-moniker on the right: what is left of that. */
HRESULT STDMETHODCALLTYPE moniker_ComposeWith(IMoniker *iface, IMoniker *right,
        BOOL only_if_not_generic, IMoniker **out);
HRESULT STDMETHODCALLTYPE moniker_Enum(IMoniker *iface, BOOL forward, IEnumMoniker **out);
HRESULT STDMETHODCALLTYPE moniker_Inverse(IMoniker *iface, IMoniker **out); /* an anti-moniker */
/* Itself if they are equal; else MonikerCommonPrefixWith. */
HRESULT STDMETHODCALLTYPE moniker_CommonPrefixWith(IMoniker *iface, IMoniker *other,
        IMoniker **out);
/* MonikerRelativePathTo. */
HRESULT STDMETHODCALLTYPE moniker_RelativePathTo(IMoniker *iface, IMoniker *other, IMoniker **out);
HRESULT STDMETHODCALLTYPE moniker_IsSystemMoniker(IMoniker *iface, DWORD *system);

/* Of kinds that cannot be in a stream, and of those of which nobody can say whether they run:
 * E_NOTIMPL. */
HRESULT STDMETHODCALLTYPE moniker_no_Load(IMoniker *iface, IStream *stream);
HRESULT STDMETHODCALLTYPE moniker_no_Save(IMoniker *iface, IStream *stream, BOOL clear_dirty);
HRESULT STDMETHODCALLTYPE moniker_no_GetSizeMax(IMoniker *iface, ULARGE_INTEGER *size);
HRESULT STDMETHODCALLTYPE moniker_no_IsRunning(IMoniker *iface, IBindCtx *context, IMoniker *left,
        IMoniker *newly_running);
/* MK_E_UNAVAILABLE */
HRESULT STDMETHODCALLTYPE moniker_no_GetTimeOfLastChange(IMoniker *iface, IBindCtx *context,
        IMoniker *left, FILETIME *time);

/* ---- for their implementation ---- */

/* MKSYS_... of any moniker; MKSYS_NONE if it is not the system's. */
DWORD moniker_system(IMoniker *moniker);

/* Reduce gives the moniker itself, whatever the context: it is one of ours, and so are its parts.
 */
BOOL moniker_is_reduced(IMoniker *moniker);

/* *out = moniker, with a reference. Returns hr. */
HRESULT moniker_return(IMoniker *moniker, HRESULT hr, IMoniker **out);

/* Composes by the left moniker's method; `left` may be NULL. */
HRESULT moniker_compose(IMoniker *left, IMoniker *right, IMoniker **out);

/* The options of a bind context; the class context is CLSCTX_SERVER at least where it is 0. */
HRESULT moniker_bind_options(IBindCtx *context, BIND_OPTS3 *options);

/* Reads or writes exactly so many bytes. STG_E_READFAULT, STG_E_WRITEFAULT, the stream's errors. */
HRESULT moniker_read(IStream *stream, void *data, ULONG size);
HRESULT moniker_write(IStream *stream, const void *data, ULONG size);

/* The text of the ANSI code page, which ends with a zero, by malloc. E_OUTOFMEMORY. */
HRESULT moniker_text_from_ansi(const char *ansi, WCHAR **out);

/* A CLSID and a text in capitals with its end, as the running object table compares them. */
HRESULT moniker_text_comparison(const CLSID *clsid, const WCHAR *first, const WCHAR *second,
        ULONG room, BYTE *data, ULONG *size);

/* A number for a text, the same for all its spellings in capitals and small letters. */
DWORD moniker_text_hash(DWORD seed, const WCHAR *text);

/* A CLSID with or without braces at the beginning of a text, and how many characters it has.
 * MK_E_SYNTAX. */
HRESULT moniker_clsid_parse(const WCHAR *text, CLSID *clsid, size_t *length);

/* A copy for the caller of GetDisplayName: first, then second. E_OUTOFMEMORY. */
HRESULT moniker_text_out(const WCHAR *first, const WCHAR *second, WCHAR **out);

/* The class object of a class, else a new object of it, parses a name. IParseDisplayName's. */
HRESULT moniker_class_parse(REFCLSID clsid, IBindCtx *context, WCHAR *name, ULONG *eaten,
        IMoniker **out);

/* An object's IParseDisplayName parses a name; the object stays bound. */
HRESULT moniker_object_parse(IUnknown *object, IBindCtx *context, WCHAR *name, ULONG *eaten,
        IMoniker **out);

/* A list of monikers, each with a reference; starts as {0}. */
struct moniker_list
{
    IMoniker **monikers;
    ULONG count, room;
};

/* Appends a moniker as it is. E_OUTOFMEMORY. */
HRESULT moniker_list_append(struct moniker_list *list, IMoniker *moniker);
/* Appends the parts of a moniker: those of a composite, else itself; NULL has none. */
HRESULT moniker_list_add(struct moniker_list *list, IMoniker *moniker);
/* Composes one more on the right, with all simplifications. MK_E_SYNTAX and others of ComposeWith
 */
HRESULT moniker_list_compose(struct moniker_list *list, IMoniker *right);
/* Composes the inverses of parts on the right, those of the last one first, down to number `first`.
 * Also the errors of IMoniker::Inverse. */
HRESULT moniker_list_compose_inverses(struct moniker_list *list, const struct moniker_list *parts,
        ULONG first);
void moniker_list_free(struct moniker_list *list);

/* The moniker that these make, NULL for none. E_OUTOFMEMORY. */
HRESULT composite_from_parts(IMoniker *const *parts, ULONG count, IMoniker **out);

/* The parts of a composite of ours; they live as long as it does. */
ULONG composite_parts(struct moniker *moniker, IMoniker *const **parts);

/* What is left of an anti-moniker that has taken one moniker away; NULL: nothing. */
HRESULT anti_moniker_used(IMoniker *anti, IMoniker **out);

/* Parse the names clsid:...:, Elevation:...! and objref:...: */
HRESULT class_moniker_parse(const WCHAR *name, ULONG *eaten, IMoniker **out);
HRESULT elevation_moniker_parse(const WCHAR *name, ULONG *eaten, IMoniker **out);
HRESULT objref_moniker_parse(const WCHAR *name, ULONG *eaten, IMoniker **out);

#endif
