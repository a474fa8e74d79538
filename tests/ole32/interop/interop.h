/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Proxies that are not ole32's: of DLLs which widl makes (greeter.idl, and loud_greeter.idl, which
 * delegates to it), Wine's oleaut32 (IDispatch, IEnumVARIANT, ITypeInfo; meter.idl by its type
 * library) and actxprxy. The objects are mocks: see ../proxy/interface_mock.h.
 */
#ifndef CONCIERGE_TESTS_INTEROP_H
#define CONCIERGE_TESTS_INTEROP_H

#include "interface_mock.h"

#include <comcat.h>
#include <docobj.h>
#include <oleauto.h>

#include "loud_greeter.h"

/* meter.idl for C. */
DEFINE_GUID(IID_IMeter, 0x5d0c6f4e, 0x3f5a, 0x4f0e, 0x8f, 0x0b, 0x3f, 0x1b, 0x1a, 0x0c, 0x5e, 0x11);
DEFINE_GUID(IID_IPlainMeter, 0x5d0c6f4e, 0x3f5a, 0x4f0e, 0x8f, 0x0b, 0x3f, 0x1b, 0x1a, 0x0c, 0x5e,
        0x12);

DEFINE_GUID(DIID_MeterEvents, 0x5d0c6f4e, 0x3f5a, 0x4f0e, 0x8f, 0x0b, 0x3f, 0x1b, 0x1a, 0x0c, 0x5e,
        0x13);

typedef struct IMeter IMeter;
typedef struct IPlainMeter IPlainMeter;

struct IMeterVtbl
{
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IMeter *, REFIID, void **);
    ULONG(STDMETHODCALLTYPE *AddRef)(IMeter *);
    ULONG(STDMETHODCALLTYPE *Release)(IMeter *);
    HRESULT(STDMETHODCALLTYPE *GetTypeInfoCount)(IMeter *, UINT *);
    HRESULT(STDMETHODCALLTYPE *GetTypeInfo)(IMeter *, UINT, LCID, ITypeInfo **);
    HRESULT(STDMETHODCALLTYPE *GetIDsOfNames)(IMeter *, REFIID, LPOLESTR *, UINT, LCID, DISPID *);
    HRESULT(STDMETHODCALLTYPE *Invoke)
    (IMeter *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *, UINT *);
    HRESULT(STDMETHODCALLTYPE *get_Value)(IMeter *, LONG *);
    HRESULT(STDMETHODCALLTYPE *put_Value)(IMeter *, LONG);
    HRESULT(STDMETHODCALLTYPE *Describe)(IMeter *, BSTR, VARIANT *, BSTR *);
    HRESULT(STDMETHODCALLTYPE *Join)(IMeter *, SAFEARRAY *, SAFEARRAY **, BSTR *);
    HRESULT(STDMETHODCALLTYPE *Swap)(IMeter *, IMeter *, IUnknown **);
    HRESULT(STDMETHODCALLTYPE *Mixed)
    (IMeter *, double, float, DATE, short, VARIANT_BOOL, BYTE, LONGLONG, VARIANT, double *);
    HRESULT(STDMETHODCALLTYPE *Fail)(IMeter *, LONG, BSTR *);
    HRESULT(STDMETHODCALLTYPE *Echo)(IMeter *, VARIANT, VARIANT *);
};

struct IMeter
{
    const struct IMeterVtbl *lpVtbl;
};

struct IPlainMeterVtbl
{
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IPlainMeter *, REFIID, void **);
    ULONG(STDMETHODCALLTYPE *AddRef)(IPlainMeter *);
    ULONG(STDMETHODCALLTYPE *Release)(IPlainMeter *);
    HRESULT(STDMETHODCALLTYPE *Read)(IPlainMeter *, BSTR, double *);
    HRESULT(STDMETHODCALLTYPE *Child)(IPlainMeter *, LONG, IPlainMeter **);
};

struct IPlainMeter
{
    const struct IPlainMeterVtbl *lpVtbl;
};

/* The mocks. */
extern const IGreeterVtbl greeter_vtbl;
extern const ILoudGreeterVtbl loud_greeter_vtbl;
extern const IDispatchVtbl dispatch_vtbl;
extern const struct IMeterVtbl meter_vtbl;
extern const struct IPlainMeterVtbl plain_meter_vtbl;
extern const IEnumVARIANTVtbl variants_vtbl;
extern const IOleCommandTargetVtbl command_vtbl;
extern const IConnectionPointContainerVtbl container_vtbl;
extern const IConnectionPointVtbl point_vtbl;
extern const IDispatchVtbl sink_vtbl;

extern const struct mock_class interop_classes[];

/* Methods of the IDispatch mock which every_variant.c has: a copy of the argument; the first
 * argument's value to where the reference before it points (arguments are in reverse). */
#define METHOD_ECHO 8
#define METHOD_TURN 9

/* And those of events.c: calls the sink with a number; the same, soon and on another thread. */
#define METHOD_FIRE 10
#define METHOD_FIRE_LATER 11

HRESULT events_fire(const DISPPARAMS *with, VARIANT *result);
HRESULT events_fire_later(const DISPPARAMS *with);
HRESULT variant_echo(const DISPPARAMS *with, VARIANT *result);
HRESULT variant_turn(const DISPPARAMS *with);

/* The path of a file beside the program. */
const WCHAR *beside(const WCHAR *name);
/* Registers a DLL with proxies, and the type library, in this process's half of the registry. */
HRESULT proxies_register(const WCHAR *name);
HRESULT type_library_register(void);

void check_greeters(IClassFactory *factory);
void check_dispatch(IClassFactory *factory);
void check_meters(IClassFactory *factory);
void check_variants(IClassFactory *factory);
void check_commands(IClassFactory *factory);
void check_every_variant(IClassFactory *factory);
void check_events(IClassFactory *factory);

#endif
