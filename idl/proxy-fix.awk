# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Mends four things in the proxies of widl 7 and 8 with -Oif or -Oicf. Where widl is right there is
# nothing to do.
#
# It describes an [out] parameter "LPWSTR *" (or LPOLESTR, or of another typedef) by the type of the
# string it points to, so that its pointer is never followed and no string arrives. This sets the
# type offset of such parameters to the pointer, which widl does write.
#
# It describes an [in] parameter which points to a structure that has to be converted
# (FC_BOGUS_STRUCT, FC_USER_MARSHAL) as a "simple ref" to the structure. rpcrt4 allocates room for it
# in the server and, having done without the pointer, does not free it. This describes such parameters by the
# reference pointer, which widl does write; on the wire that is the same.
#
# An interface which inherits [call_as] methods and has none of its own gets no table of their
# thunks, so that its stub calls the object's methods with what is on the wire. This writes the table.
#
# It writes RPCFLG_ASYNCHRONOUS, which an [async] method has, as 0x4000.
#
# Usage: awk -f proxy-fix.awk x_p.c x_p.c >fixed.c   (the file is read twice)

# First time: the offsets of the types, from the comments.
NR == FNR && /^void __RPC_API [A-Za-z0-9_]+_Thunk\(/ {
    name = $3
    sub(/_Thunk\(.*/, "", name)
    thunk[name] = 1
}

NR == FNR && /^static const STUB_THUNK [A-Za-z0-9_]+_StubThunkTable\[\] =/ {
    name = $4
    sub(/_StubThunkTable.*/, "", name)
    has_table[name] = 1
}

NR == FNR && /^static const unsigned short [A-Za-z0-9_]+_FormatStringOffsetTable\[\] =/ {
    owner = $5
    sub(/_FormatStringOffsetTable.*/, "", owner)
}

NR == FNR && owner && /\/\* [A-Za-z0-9_]+::[A-Za-z0-9_]+ \*\// {
    name = $0
    sub(/.*\/\* /, "", name)
    sub(/ \*\/.*/, "", name)
    sub(/::/, "_", name)
    methods[owner] = methods[owner] " " name
    if (name in thunk)
        needs_table[owner] = 1
}

NR == FNR && /^};/ { owner = "" }

NR == FNR {
    if ($1 == "/*" && $2 ~ /^[0-9]+$/)
        at = $2 + 0
    else if (/^ *0x1[23], 0x8,.*FC_[UO]P \[simple_pointer\]/)
        text = at
    else if (/FC_C_WSTRING/ && at == text + 2 && (text in pointer_to))
        string[text] = pointer_to[text]
    else if (/FC_BOGUS_STRUCT|FC_USER_MARSHAL/)
        structure[at] = 1
    else if (/^ *0x11, 0x(0|10|14),.*FC_RP( \[[a-z_]*\])* *\*\//)
        reference = at
    else if (/Offset= -?[0-9]+ \([0-9]+\)/ && reference)
    {
        to = $0
        sub(/.*Offset= -?[0-9]+ \(/, "", to)
        to = to + 0
        if (to in structure)
            reference_to[to] = reference
        else if (to > reference)
            pointer_to[to] = reference
        reference = 0
    }
    else
        reference = 0
    next
}

/^static const MIDL_SERVER_INFO [A-Za-z0-9_]+_ServerInfo =/ {
    owner = $4
    sub(/_ServerInfo.*/, "", owner)
    if (needs_table[owner] && !has_table[owner])
    {
        print "static const STUB_THUNK " owner "_StubThunkTable[] ="
        print "{"
        count = split(methods[owner], method, " ")
        for (i = 1; i <= count; i++)
            print method[i] in thunk ? "    " method[i] "_Thunk," : "    0, /* " method[i] " */"
        print "};"
        print ""
        table_at = FNR + 6 # the fifth member
    }
}

table_at && FNR == table_at {
    print "    &" owner "_StubThunkTable[-3],"
    table_at = 0
    next
}

/FC_AUTO_HANDLE/ { procedure = FNR }

FNR == procedure + 2 { sub(/NdrFcLong\(0x4000\)/, "NdrFcLong(0x40000000)") }

# The flags wait for what the parameter's type is.
/\/\* flags: / {
    # Only parameters that are not "simple ref" have their pointer in the type.
    by_pointer = / out/ && !/ in[, ]/ && !/simple ref/ && !/base type/
    by_reference = / in[, ]/ && / simple ref/ && !/base type/ && !/srv size/
    if (by_reference)
    {
        flags = $0
        next
    }
}

by_reference && /\/\* stack offset = / {
    stack = $0
    next
}

by_reference {
    offset = $0
    sub(/.*type offset = /, "", offset)
    offset = offset + 0
    if (/\/\* type offset = [0-9]+ \*\// && (offset in reference_to))
    {
        value = flags
        sub(/.*NdrFcShort\(0x/, "", value)
        sub(/\).*/, "", value)
        text = flags
        sub(/.*\/\* /, "", text)
        sub(/, simple ref/, "", text)
        # 0x100, "simple ref", is the ninth bit: the third digit from the right is odd.
        digit = index("0123456789abcdef", substr(value, length(value) - 2, 1)) - 2
        value = substr(value, 1, length(value) - 3) substr("0123456789abcdef", digit + 1, 1) \
                substr(value, length(value) - 1)
        flags = "        NdrFcShort(0x" value "),\t/* " text
        $0 = sprintf("        NdrFcShort(0x%x),\t/* type offset = %d */", reference_to[offset],
                reference_to[offset])
    }
    print flags
    print stack
    print
    by_reference = 0
    next
}

by_pointer && /\/\* type offset = [0-9]+ \*\// {
    offset = $0
    sub(/.*type offset = /, "", offset)
    offset = offset + 0
    if (offset in string)
    {
        printf "        NdrFcShort(0x%x),\t/* type offset = %d */\n", string[offset], string[offset]
        by_pointer = 0
        next
    }
}

{ print }
