{{/* The name of the chart's objects, at most 63 characters as a label is. */}}
{{- define "directory-group-sync.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $whole := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $whole .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* What never changes, because a Deployment's selector cannot. */}}
{{- define "directory-group-sync.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "directory-group-sync.labels" -}}
{{ include "directory-group-sync.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
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

{{/* What the operator does in each namespace that it serves. */}}
{{- define "directory-group-sync.rules" -}}
# Reads what people ask for.
- apiGroups: [directorysync.dev]
  resources: [directorygroupsyncs, directories, dashboardservers]
  verbs: [get, list, watch]
# Sets and removes its finalizer, and writes nothing else of the object itself.
- apiGroups: [directorysync.dev]
  resources: [directorygroupsyncs]
  verbs: [patch]
# Reports.
- apiGroups: [directorysync.dev]
  resources: [directorygroupsyncs/status, directories/status, dashboardservers/status]
  verbs: [patch]
# What is pending, at length: written for people and never read back.
- apiGroups: [directorysync.dev]
  resources: [directorygroupsyncplans]
  verbs: [create, patch, delete]
# Passwords, certificates and LDIF files that objects name. By name only: they are neither listed nor watched.
- apiGroups: [""]
  resources: [secrets, configmaps]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
