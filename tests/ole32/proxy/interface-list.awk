# SPDX-License-Identifier: LGPL-2.1-or-later
# The interfaces of IDL files, one a line: LISTED(IFoo, 0x0000000c, 0x0000, 0x0000, 0xc0, ...)
/uuid\(/ {
    match($0, /[0-9a-fA-F]+-[0-9a-fA-F-]+/)
    split(substr($0, RSTART, RLENGTH), part, "-")
}
/^interface [A-Za-z0-9_]+ :/ {
    text = "0x" part[1] ", 0x" part[2] ", 0x" part[3]
    tail = part[4] part[5]
    for (i = 1; i < 16; i += 2)
        text = text ", 0x" substr(tail, i, 2)
    print "LISTED(" $2 ", " text ")"
}
