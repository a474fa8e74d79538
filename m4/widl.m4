# SPDX-License-Identifier: LGPL-2.1-or-later

# CONCIERGE_WIDL
# Looks for widl, Wine's IDL compiler, 7 or later: the one of Wine, else that of MinGW-w64. Sets WIDL
# and WIDL_ARCH, the option for the architecture of the host.
AC_DEFUN([CONCIERGE_WIDL],
[AC_REQUIRE([AC_CANONICAL_HOST])
CONCIERGE_NEED([WIDL], [widl widl-stable /usr/lib/wine/widl ${host_alias}-widl],
    [wine64-tools or mingw-w64-tools], [IDL compiler])
AS_CASE([$host_cpu],
    [x86_64], [WIDL_ARCH=-m64],
    [WIDL_ARCH=-m32])
AC_SUBST([WIDL_ARCH])
AS_VAR_IF([WIDL], [missing], [],
    [AC_CACHE_CHECK([the version of $WIDL], [concierge_cv_widl_version],
        [concierge_cv_widl_version=`$WIDL -V | sed -n 's/.*version \([[0-9]]*\).*/\1/p'`])
    AS_IF([test 0$concierge_cv_widl_version -lt 7],
        [AC_MSG_ERROR([$WIDL is too old: widl 7 or later is needed])])])])
