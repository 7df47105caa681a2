#!/bin/sh
# Changes company.ldif as a company changes: the kiosk leaves BI Viewers, Finance becomes Controlling, BI Trainees is
# deleted, and Sales creates a group whose name is already in use.
#
# One entry is removed and one added, so the count in the closing lines stays right. The new file is written beside the
# old one and replaces it when it is complete, as every export should.
set -eu
cd "$(dirname "$0")"
{
    sed -e '/^dn: cn=BI Viewers,/,/^$/{/^member: uid=kiosk,/d;}' \
        -e 's/cn=Finance,/cn=Controlling,/' -e 's/^cn: Finance$/cn: Controlling/' \
        -e '/^# BI Trainees,/d' -e '/^dn: cn=BI Trainees,/,/^$/d' \
        -e '/^# search result/,$d' company.ldif
    cat <<'END'
# BI Editors, Sales, People, corp.example
dn: cn=BI Editors,ou=Sales,ou=People,dc=corp,dc=example
objectClass: groupOfNames
cn: BI Editors
member: uid=zoe,ou=Sales,ou=People,dc=corp,dc=example
entryUUID: 7d1c1f6a-3a86-4f0e-9f7e-5b7f0c3f2b11

END
    sed -n '/^# search result/,$p' company.ldif
} >company.ldif.new
mv company.ldif.new company.ldif
