#!/bin/sh
# What docs/what-gets-removed.md says of a directory, of settings and of a store, row by row. Runs in a folder with the
# quick start in examples/quickstart and the program on the path.
set -eu

# A fresh company that has been synchronized once.
fresh() {
    rm -rf company
    cp -r examples/quickstart company
    sync >/dev/null
}
sync() { directory-group-sync sync -f company; }
# shows TEXT: the next run prints it, whatever its exit code.
shows() {
    sync >printed 2>&1 || true
    grep -qF -- "$1" printed || { echo "$row: not printed: $1"; cat printed; exit 1; }
}
# quiet: the next run writes nothing.
quiet() { shows 'nothing written'; }
# is SQL VALUE: what the store holds.
is() {
    found=$(sqlite3 company/quickstart.db "$1")
    [ "$found" = "$2" ] || { echo "$row: $1: $found and not $2"; exit 1; }
}
store() { sqlite3 company/quickstart.db "PRAGMA foreign_keys = ON; $1"; }
edit() { sed -i "$1" company/company.ldif; }
# allow: lets syncs adopt what the DashboardServer has.
allow() { sed -i 's/^  sql: .*/&\n  allowAdoption: true/' company/quickstart.yaml; }
# with SPEC: adds to the DirectoryGroupSync, which is the file's last object.
with() { printf '  %s\n' "$1" >>company/quickstart.yaml; }
members() { echo "SELECT count(*) FROM group_members m JOIN groups g ON g.id = m.group_id WHERE g.name = '$1'"; }

row='a member leaves, a group is renamed, a group is deleted'
fresh
sh company/change.sh
shows 'group "BI Trainees": deleted'
is "$(members 'BI Viewers')" 4
is "SELECT id FROM groups WHERE name = 'Controlling'" 5
is 'SELECT count(*) FROM users' 11

row='a deleted group that was adopted is released'
fresh
store 'DELETE FROM group_links; DELETE FROM user_links'
allow
with 'adoption: {groups: ByName, accounts: ByUsername}'
sync >/dev/null
sh company/change.sh
shows 'group "BI Trainees": released'
is "SELECT count(*) FROM groups WHERE name = 'BI Trainees'" 1

row='prune.groups: Retain releases a deleted group'
fresh
with 'prune: {groups: Retain}'
sh company/change.sh
shows 'group "BI Trainees": released'

row='a file without closing lines proves no deletion'
fresh
sh company/change.sh
edit '/^# search result/,$d'
shows 'Missing'
is "SELECT count(*) FROM groups WHERE name = 'BI Trainees'" 1

row='a user is disabled, and enabled again'
fresh
edit '/^uid: jonas$/a nsAccountLock: TRUE'
shows '1 removed (jonas)'
is "SELECT active FROM users WHERE username = 'jonas'" 1
fresh
with 'disabledAccounts: Deactivate'
edit '/^uid: jonas$/a nsAccountLock: TRUE'
sync >/dev/null
is "SELECT active FROM users WHERE username = 'jonas'" 0
is "$(members 'BI Viewers')" 5
edit '/^uid: jonas$/{n;d;}'
sync >/dev/null
is "SELECT active FROM users WHERE username = 'jonas'" 1

row='a base no longer exists'
fresh
sed -i 's/baseDN: dc=corp,dc=example/baseDN: dc=corp,dc=example\n  groups: {baseDN: "ou=Elsewhere,dc=corp,dc=example"}/' company/quickstart.yaml
shows 'DirectoryMisconfigured'
is 'SELECT count(*) FROM groups' 5

row='another directory answers'
fresh
edit 's/c963cfe0-afae/c963cfe0-0000/'
shows 'DirectoryChanged'
is 'SELECT count(*) FROM groups' 5

row='a group is deselected: it is released, and a leaver stays; then it is selected again'
fresh
cp company/quickstart.yaml selected.yaml
sed -i '/- name: Finance/d' company/quickstart.yaml
edit '/^dn: cn=Finance,ou=Groups/,/^$/{/^member: uid=bruno,/d;}'
shows 'group "Finance": released'
is "$(members Finance)" 3
cp selected.yaml company/quickstart.yaml
sync >/dev/null
is "$(members Finance)" 2
is "SELECT id FROM groups WHERE name = 'Finance'" 5
quiet

row='nameTemplate changes, within the limit'
fresh
with 'nameTemplate: "corp-{name}"'
sync >/dev/null
is "SELECT id FROM groups WHERE name = 'corp-Finance'" 5

row='the username attribute changes: the renames are held'
fresh
sed -i 's/^  ldif: .*/&\n  users: {attributes: {username: cn}}/' company/quickstart.yaml
shows 'accountRenames'
is "SELECT count(*) FROM users WHERE username = 'amara'" 1

row='prune.accounts'
fresh
with 'prune: {accounts: Deactivate, accountsAfter: 0s}'
sh company/change.sh
sync >/dev/null
sync >/dev/null
is "SELECT active FROM users WHERE username = 'hugo'" 0

row='somebody deletes a store group: created again, with a new id'
fresh
store "DELETE FROM groups WHERE name = 'Finance'"
sync >/dev/null
is "SELECT id FROM groups WHERE name = 'Finance'" 6

row='somebody renames a store group'
fresh
store "UPDATE groups SET name = 'Money' WHERE name = 'Finance'"
sync >/dev/null
is "SELECT id FROM groups WHERE name = 'Finance'" 5

row='somebody adds a local account to a synchronized group'
fresh
store "INSERT INTO users (username, active) VALUES ('local', 1); INSERT INTO group_members (group_id, user_id) SELECT 5, id FROM users WHERE username = 'local'"
is "$(members Finance)" 4
sync >/dev/null
is "$(members Finance)" 3
is "SELECT count(*) FROM users WHERE username = 'local'" 1
store "INSERT INTO group_members (group_id, user_id) SELECT 5, id FROM users WHERE username = 'local'"
with 'members: KeepLocal'
sync >/dev/null
is "$(members Finance)" 4

row='somebody removes a member'
fresh
store 'DELETE FROM group_members WHERE group_id = 5'
sync >/dev/null
is "$(members Finance)" 3

row='a backup without the link tables'
fresh
store 'DELETE FROM group_links; DELETE FROM user_links'
shows 'duplicate GroupName "Finance"'
is 'SELECT count(*) FROM groups' 5

row='a sync whose file is deleted leaves its owner behind'
fresh
sed -i 's/metadata: {name: bi}/metadata: {name: other}/' company/quickstart.yaml
shows 'OwnedElsewhere'
