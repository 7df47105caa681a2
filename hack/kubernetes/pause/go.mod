// What keeps the namespaces of a pod in the tests.
module directorysync.dev/hack/pause

go 1.26.0
