# SPDX-License-Identifier: LGPL-2.1-or-later
#
# widl 7 and 8 with -Oif describe a parameter "LPWSTR *" (or LPOLESTR) by the type of the string it points to,
# so that its pointer is never followed and no string arrives. This sets the type offset of such
# parameters to the pointer, which widl does write, four bytes before. Where widl is right there
# is nothing to do.
#
# Usage: awk -f proxy-fix.awk x_p.c x_p.c >fixed.c   (the file is read twice)

# First time: the offsets of the types, from the comments.
NR == FNR {
    if ($1 == "/*" && $2 ~ /^[0-9]+$/ && $3 ~ /^\(LP(W|OLE)STR\)$/)
        string[$2 + 0] = 1
    if ($1 == "/*" && $2 ~ /^[0-9]+$/ && $3 ~ /^\(LP(W|OLE)STR$/ && $4 == "*)")
        pointer[$2 + 0] = 1
    next
}

# Only parameters that are not "simple ref" have their pointer in the type.
/\/\* flags: / { by_pointer = / out/ && !/simple ref/ && !/base type/ }

by_pointer && /\/\* type offset = [0-9]+ \*\// {
    offset = $0
    sub(/.*type offset = /, "", offset)
    offset = offset + 0
    if ((offset in string) && ((offset - 4) in pointer))
    {
        printf "        NdrFcShort(0x%x),\t/* type offset = %d */\n", offset - 4, offset - 4
        by_pointer = 0
        next
    }
}

{ print }
