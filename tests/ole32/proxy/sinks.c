/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IAdviseSink and IAdviseSink2: notifications, which have no result. The mock counts what came and
 * was right. "Call Synchronization": an STA does not wait for those of IAdviseSink.
 */
#include "far_side.h"
#include "sink_media.h"

#include <string.h>

#define GIVEN 0x700
#define PATIENCE 10000 /* ms */

/* ---- the mock ---- */

static void notified(BOOL right)
{
    InterlockedIncrement(right ? &mock_control->notified : &mock_control->wrong);
}

static DVTARGETDEVICE *device_make(void)
{
    DVTARGETDEVICE *device = CoTaskMemAlloc(100);

    memset(device, 0x5a, 100);
    device->tdSize = 100;
    return device;
}

static BOOL device_is(const DVTARGETDEVICE *device)
{
    return device && device->tdSize == 100 && device->tdExtDevmodeOffset == 0x5a5a
            && ((const BYTE *)device)[99] == 0x5a;
}

/* lindex: the kind of the medium; dwAspect: whether there is a target device, and an owner. */
static void STDMETHODCALLTYPE sink_OnDataChange(IAdviseSink *iface, FORMATETC *format,
        STGMEDIUM *medium)
{
    (void)iface;
    if (!format)
        notified(!medium);
    else
        notified(medium && format->cfFormat == CF_TEXT + format->lindex
                && (format->dwAspect & DVASPECT_CONTENT ? device_is(format->ptd) : !format->ptd)
                && format->tymed == medium->tymed
                && !medium->pUnkForRelease == !(format->dwAspect & DVASPECT_ICON)
                && medium_is((enum medium_kind)format->lindex, medium));
}

static void STDMETHODCALLTYPE sink_OnViewChange(IAdviseSink *iface, DWORD aspect, LONG index)
{
    (void)iface;
    notified(aspect == DVASPECT_DOCPRINT && index == -7);
}

static void STDMETHODCALLTYPE sink_OnRename(IAdviseSink *iface, IMoniker *moniker)
{
    (void)iface;
    notified(moniker != NULL);
}

static void STDMETHODCALLTYPE sink_OnSave(IAdviseSink *iface)
{
    (void)iface;
    notified(TRUE);
}

static void STDMETHODCALLTYPE sink_OnLinkSrcChange(IAdviseSink2 *iface, IMoniker *moniker)
{
    (void)iface;
    notified(moniker == NULL);
}

static const IAdviseSink2Vtbl sink_vtbl = {(void *)mock_QueryInterface, (void *)mock_AddRef,
        (void *)mock_Release, (void *)sink_OnDataChange, (void *)sink_OnViewChange,
        (void *)sink_OnRename, (void *)sink_OnSave, (void *)sink_OnSave, sink_OnLinkSrcChange};

const struct mock_class sink_classes[] = {
        {{&IID_IAdviseSink}, &sink_vtbl},
        {{&IID_IAdviseSink2, &IID_IAdviseSink}, &sink_vtbl},
        {{NULL}, NULL},
};

/* ---- the checks ---- */

/* One more notification, and it was right. */
static void check_notified(LONG *count, const char *what)
{
    BOOL arrived = far_side_becomes(&mock_control->notified, *count + 1);

    ok(arrived && !mock_control->wrong, "%s arrives (%ld wrong)", what, (long)mock_control->wrong);
    *count = mock_control->notified;
    mock_control->wrong = 0;
}

static void format_make(FORMATETC *format, enum medium_kind kind, const STGMEDIUM *medium,
        BOOL device)
{
    memset(format, 0, sizeof(*format));
    format->cfFormat = (CLIPFORMAT)(CF_TEXT + kind);
    format->ptd = device ? device_make() : NULL;
    format->dwAspect =
            (device ? DVASPECT_CONTENT : 0) | (medium->pUnkForRelease ? DVASPECT_ICON : 0);
    format->lindex = kind;
    format->tymed = medium->tymed;
}

/* The sender frees everything as soon as the call has returned. */
static void check_medium(IAdviseSink *sink, AsyncIAdviseSink *async, ISynchronize *synchronize,
        enum medium_kind kind, BOOL owned, LONG *count)
{
    IUnknown *owner = owned ? mock_create(&IID_IProgressNotify, GIVEN) : NULL;
    IStream *stream = kind == MEDIUM_STREAM ? mock_create(&IID_IStream, GIVEN) : NULL;
    STGMEDIUM medium;
    FORMATETC format;

    medium_make(kind, stream, owner, &medium);
    format_make(&format, kind, &medium, owned);
    if (!async)
        IAdviseSink_OnDataChange(sink, &format, &medium);
    else
        AsyncIAdviseSink_Begin_OnDataChange(async, &format, &medium);
    medium_free(&medium);
    CoTaskMemFree(format.ptd);
    check_notified(count, medium_names[kind]);
    if (async)
    {
        is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, "Wait");
        AsyncIAdviseSink_Finish_OnDataChange(async);
    }
    if (stream)
        check_released(stream, "the stream is released");
    if (owner)
        check_released(owner, "the owner is released");
}

static void check_media(IAdviseSink *sink, AsyncIAdviseSink *async, ISynchronize *synchronize,
        LONG *count)
{
    for (enum medium_kind kind = 0; kind < MEDIUM_KINDS; kind++)
    {
        check_medium(sink, async, synchronize, kind, FALSE, count);
        check_medium(sink, async, synchronize, kind, TRUE, count);
    }
}

static void check_sink(IAdviseSink *sink)
{
    IMoniker *moniker = mock_create(&IID_IMoniker, GIVEN);
    LONG count = mock_control->notified;

    mock_control->wrong = 0;
    check_media(sink, NULL, NULL, &count);
    IAdviseSink_OnDataChange(sink, NULL, NULL);
    check_notified(&count, "neither format nor medium");
    IAdviseSink_OnViewChange(sink, DVASPECT_DOCPRINT, -7);
    check_notified(&count, "OnViewChange");
    IAdviseSink_OnRename(sink, moniker);
    check_notified(&count, "OnRename");
    IAdviseSink_OnSave(sink);
    check_notified(&count, "OnSave");
    IAdviseSink_OnClose(sink);
    check_notified(&count, "OnClose");
    check_released(moniker, "the moniker is released");
}

/* Begin_, Wait, Finish_, with one call object for all. */
#define CHECK_CALL(method, begin, finish)                                                          \
    do                                                                                             \
    {                                                                                              \
        begin;                                                                                     \
        is_hr(ISynchronize_Wait(synchronize, 0, PATIENCE), S_OK, method ": Wait");                 \
        finish;                                                                                    \
        check_notified(&count, method);                                                            \
    } while (0)

static void check_calls(AsyncIAdviseSink *async, ISynchronize *synchronize)
{
    IMoniker *moniker = mock_create(&IID_IMoniker, GIVEN);
    LONG count = mock_control->notified;

    check_media(NULL, async, synchronize, &count);
    CHECK_CALL("Begin_OnDataChange", AsyncIAdviseSink_Begin_OnDataChange(async, NULL, NULL),
            AsyncIAdviseSink_Finish_OnDataChange(async));
    CHECK_CALL("Begin_OnViewChange",
            AsyncIAdviseSink_Begin_OnViewChange(async, DVASPECT_DOCPRINT, -7),
            AsyncIAdviseSink_Finish_OnViewChange(async));
    CHECK_CALL("Begin_OnRename", AsyncIAdviseSink_Begin_OnRename(async, moniker),
            AsyncIAdviseSink_Finish_OnRename(async));
    CHECK_CALL("Begin_OnSave", AsyncIAdviseSink_Begin_OnSave(async),
            AsyncIAdviseSink_Finish_OnSave(async));
    CHECK_CALL("Begin_OnClose", AsyncIAdviseSink_Begin_OnClose(async),
            AsyncIAdviseSink_Finish_OnClose(async));
    check_released(moniker, "the moniker is released");
}

static void check_call_object(IUnknown *proxy, REFIID async_iid)
{
    ICallFactory *factory = NULL;
    IUnknown *call = NULL;
    AsyncIAdviseSink *async = NULL;
    AsyncIAdviseSink2 *second = NULL;
    ISynchronize *synchronize = NULL;
    LONG count;

    is_hr(IUnknown_QueryInterface(proxy, &IID_ICallFactory, (void **)&factory), S_OK,
            "ICallFactory");
    if (!factory)
        return;
    is_hr(ICallFactory_CreateCall(factory, async_iid, NULL, &IID_IUnknown, &call), S_OK,
            "CreateCall");
    ICallFactory_Release(factory);
    if (!call)
        return;
    IUnknown_QueryInterface(call, &IID_ISynchronize, (void **)&synchronize);
    if (IsEqualIID(async_iid, &IID_AsyncIAdviseSink2))
    {
        is_hr(IUnknown_QueryInterface(call, async_iid, (void **)&second), S_OK,
                "AsyncIAdviseSink2");
        async = (AsyncIAdviseSink *)second;
    }
    else
        is_hr(IUnknown_QueryInterface(call, async_iid, (void **)&async), S_OK, "AsyncIAdviseSink");
    if (async && synchronize)
        check_calls(async, synchronize);
    if (second && synchronize)
    {
        count = mock_control->notified;
        CHECK_CALL("Begin_OnLinkSrcChange", AsyncIAdviseSink2_Begin_OnLinkSrcChange(second, NULL),
                AsyncIAdviseSink2_Finish_OnLinkSrcChange(second));
    }
    if (async)
        AsyncIAdviseSink_Release(async);
    if (synchronize)
        ISynchronize_Release(synchronize);
    is_uint(IUnknown_Release(call), 0, "the call object is gone");
}

void check_sinks(IClassFactory *factory)
{
    IAdviseSink *sink;
    IAdviseSink2 *second;
    LONG count;

    if (tap_builtin())
        return;
    note("sinks");
    sink = remote_create(factory, &IID_IAdviseSink, "IAdviseSink");
    second = remote_create(factory, &IID_IAdviseSink2, "IAdviseSink2");
    if (sink)
    {
        check_sink(sink);
        check_call_object((IUnknown *)sink, &IID_AsyncIAdviseSink);
        IAdviseSink_Release(sink);
    }
    if (second)
    {
        check_sink((IAdviseSink *)second);
        count = mock_control->notified;
        IAdviseSink2_OnLinkSrcChange(second, NULL);
        check_notified(&count, "OnLinkSrcChange");
        check_call_object((IUnknown *)second, &IID_AsyncIAdviseSink2);
        IAdviseSink2_Release(second);
    }
}
