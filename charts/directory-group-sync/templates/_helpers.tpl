{{/* The name of the chart's objects, at most 63 characters because it is also a label. */}}
{{- define "directory-group-sync.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $whole := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $whole .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* Labels that never change, because the selector of a Deployment cannot change. */}}
{{- define "directory-group-sync.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of the chart, which labels of the user never replace. */}}
{{- define "directory-group-sync.ownLabels" -}}
{{ include "directory-group-sync.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Labels of one object: of this list of further labels, the common ones and the chart's, the last one counts. */}}
{{- define "directory-group-sync.labelsWith" -}}
{{- $context := first . -}}
{{- $own := include "directory-group-sync.ownLabels" $context | fromYaml -}}
{{- toYaml (mergeOverwrite (dict) (last .) $context.Values.commonLabels $own) -}}
{{- end }}

{{- define "directory-group-sync.labels" -}}
{{- include "directory-group-sync.labelsWith" (list . dict) -}}
{{- end }}

{{- define "directory-group-sync.serviceAccountName" -}}
{{- $own := .Values.serviceAccount.create | ternary (include "directory-group-sync.fullname" .) "default" -}}
{{- default $own .Values.serviceAccount.name -}}
{{- end }}

{{- define "directory-group-sync.image" -}}
{{- with .Values.image -}}
{{- $tag := default $.Chart.AppVersion .tag -}}
{{- .repository -}}{{- empty .digest | ternary (printf ":%s" $tag) (printf "@%s" .digest) -}}
{{- end -}}
{{- end }}

{{/* Whether the release has ClusterRoles. Without them, the operator cannot find its installation id by itself. */}}
{{- define "directory-group-sync.hasClusterRoles" -}}
{{- if .Values.rbac.clusterRoles -}}
true
{{- else if not (and .Values.installationID .Values.scope.namespaces) -}}
{{- fail "rbac.clusterRoles: false needs installationID and scope.namespaces: the operator may neither read the UID of kube-system nor serve all namespaces" -}}
{{- end -}}
{{- end }}

{{/* The operator's permissions in each namespace that it serves. */}}
{{- define "directory-group-sync.rules" -}}
# Read the objects.
- apiGroups: [directorysync.dev]
  resources: [directorygroupsyncs, directories, dashboardservers]
  verbs: [get, list, watch]
# Set and remove the finalizer. The operator changes nothing else in the objects themselves.
- apiGroups: [directorysync.dev]
  resources: [directorygroupsyncs]
  verbs: [patch]
# Report.
- apiGroups: [directorysync.dev]
  resources: [directorygroupsyncs/status, directories/status, dashboardservers/status]
  verbs: [patch]
# The full list of pending changes, for people to read. The operator never reads it.
- apiGroups: [directorysync.dev]
  resources: [directorygroupsyncplans]
  verbs: [create, patch, delete]
# The links of dashboard servers that cannot store them. A head is replaced, and everything else is created and deleted.
- apiGroups: [directorysync.dev]
  resources: [dashboardserverlinksets]
  verbs: [get, list, create, update, delete]
# Passwords, certificates and LDIF files that objects refer to. They are neither listed nor watched.
- apiGroups: [""]
  resources: [secrets, configmaps]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end }}
