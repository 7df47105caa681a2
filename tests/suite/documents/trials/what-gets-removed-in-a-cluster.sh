#!/bin/sh
# What docs/what-gets-removed.md says of objects that are deleted, in a cluster with everything applied.
set -eu

printf '*:*:*:*:change-me-not-a-password\n' >.pgpass
chmod 600 .pgpass
# is SQL VALUE: what the store holds.
is() {
    found=$(psql -At -c "$1" postgres://directory_group_sync@postgresql.corp.example/bi)
    [ "$found" = "$2" ] || { echo "$1: $found and not $2"; exit 1; }
}
# runs_with REASON: a run that is asked for ends with this reason.
runs_with() {
    kubectl annotate --overwrite dgs bi directorysync.dev/requestedAt="$(date +%s%N)"
    kubectl wait --for=jsonpath='{.status.conditions[?(@.type=="Ready")].reason}'="$1" --timeout=120s dgs/bi
}
saved() { kubectl apply view-last-applied "$1" -o yaml >saved.yaml; }

# A Directory: its syncs wait, and go on where they were. A leaver is removed without a pause.
saved dir/corp
kubectl delete dir corp
runs_with DirectoryNotFound
is 'SELECT count(*) FROM groups' 5
kubectl apply -f saved.yaml
ldap-administrator <<'END'
dn: cn=BI Viewers,ou=Groups,dc=corp,dc=example
changetype: modify
delete: member
member: uid=kiosk,ou=Sales,ou=People,dc=corp,dc=example
END
kubectl wait --for=condition=Ready --timeout=120s dir/corp
runs_with Synced
kubectl wait --for=jsonpath='{.status.current.members}'=15 --timeout=120s dgs/bi

# A DashboardServer, and a Secret.
saved dash/bi
kubectl delete dash bi
runs_with DashboardServerNotFound
kubectl apply -f saved.yaml
runs_with Synced
saved secret/bi-db
kubectl delete secret bi-db
runs_with SecretNotFound
kubectl apply -f saved.yaml
runs_with Synced
is 'SELECT count(*) FROM groups' 5

# A DirectoryGroupSync with Retain, and then one with Delete.
saved dgs/bi
kubectl delete dgs bi
is 'SELECT count(*) FROM groups' 5
kubectl apply -f saved.yaml
runs_with Synced
kubectl patch dgs bi --type=merge --patch '{"spec": {"deletionPolicy": "Delete"}}'
kubectl wait --for=jsonpath='{.status.observedGeneration}'=2 --timeout=120s dgs/bi
kubectl delete dgs bi --timeout=120s
is 'SELECT count(*) FROM groups' 0
is 'SELECT count(*) FROM users' 11
