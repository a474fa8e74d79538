/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sink that a binding shows to those who ask it for one, such as a client with its IBinding.
 * Reports reach the binding as the protocol's do. Switch is the protocol's alone, whose Continue it
 * calls: from others it fails. Page "Switch method" (platform-apis/aa767854).
 */
#include "binding_impl.h"

COM_INNER_METHODS(shown, struct binding, IInternetProtocolSink, public_sink_iface)

static IInternetProtocolSink *own_sink(IInternetProtocolSink *iface)
{
    return &shown_from_IInternetProtocolSink(iface)->IInternetProtocolSink_iface;
}

static HRESULT STDMETHODCALLTYPE shown_Switch(IInternetProtocolSink *iface, PROTOCOLDATA *data)
{
    (void)iface;
    (void)data;
    return E_FAIL;
}

static HRESULT STDMETHODCALLTYPE shown_ReportProgress(IInternetProtocolSink *iface, ULONG code,
        const WCHAR *text)
{
    return IInternetProtocolSink_ReportProgress(own_sink(iface), code, text);
}

static HRESULT STDMETHODCALLTYPE shown_ReportData(IInternetProtocolSink *iface, DWORD bscf,
        ULONG progress, ULONG progress_max)
{
    return IInternetProtocolSink_ReportData(own_sink(iface), bscf, progress, progress_max);
}

static HRESULT STDMETHODCALLTYPE shown_ReportResult(IInternetProtocolSink *iface, HRESULT result,
        DWORD error, const WCHAR *text)
{
    return IInternetProtocolSink_ReportResult(own_sink(iface), result, error, text);
}

const IInternetProtocolSinkVtbl binding_public_sink_vtbl = {
        shown_IInternetProtocolSink_QueryInterface,
        shown_IInternetProtocolSink_AddRef,
        shown_IInternetProtocolSink_Release,
        shown_Switch,
        shown_ReportProgress,
        shown_ReportData,
        shown_ReportResult,
};
