# SPDX-License-Identifier: LGPL-2.1-or-later

# CONCIERGE_NEED(VARIABLE, [PROGRAMS], PACKAGE, WHAT)
# Looks for one of PROGRAMS. When there is none, the line to say so is kept for
# CONCIERGE_REPORT_MISSING, and the variable is set to "missing".
AC_DEFUN([CONCIERGE_NEED],
[AC_ARG_VAR([$1], [$4])
AC_CHECK_PROGS([$1], [$2], [missing])
AS_VAR_IF([$1], [missing],
    [concierge_missing="$concierge_missing
configure: missing: $4 ($2); Debian package $3"])])

# CONCIERGE_WANT(VARIABLE, PROGRAMS, PACKAGE, WHAT)
# The same for what only the tests need: a warning, and the variable is "missing".
AC_DEFUN([CONCIERGE_WANT],
[AC_ARG_VAR([$1], [$4])
AC_CHECK_PROGS([$1], [$2], [missing], [$PATH:/usr/sbin:/sbin])
AS_VAR_IF([$1], [missing],
    [AC_MSG_WARN([missing: $4 ($2); Debian package $3])])])

# CONCIERGE_REPORT_MISSING
# Ends configure with one line for each thing that CONCIERGE_NEED did not find.
AC_DEFUN([CONCIERGE_REPORT_MISSING],
[AS_IF([test -n "$concierge_missing"],
    [AS_ECHO(["$concierge_missing"]) | sed 1d >&2
    AC_MSG_ERROR([what is missing is listed above])])])

# CONCIERGE_CFLAGS(VARIABLE, FLAGS)
# Appends to VARIABLE those of FLAGS which the compiler takes.
AC_DEFUN([CONCIERGE_CFLAGS],
[m4_foreach_w([concierge_flag], [$2],
    [AS_VAR_PUSHDEF([concierge_cache], [concierge_cv_cflag_[]concierge_flag])
    AC_CACHE_CHECK([whether $CC takes concierge_flag], [concierge_cache],
        [concierge_save_cflags=$CFLAGS
        CFLAGS="$CFLAGS -Werror concierge_flag"
        AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
            [AS_VAR_SET([concierge_cache], [yes])],
            [AS_VAR_SET([concierge_cache], [no])])
        CFLAGS=$concierge_save_cflags])
    AS_VAR_IF([concierge_cache], [yes], [$1="$$1 concierge_flag"])
    AS_VAR_POPDEF([concierge_cache])])])
