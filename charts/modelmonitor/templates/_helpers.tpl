{{- define "modelmonitor.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains .Chart.Name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "modelmonitor.selector" -}}
app.kubernetes.io/name: modelmonitor
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "modelmonitor.labels" -}}
{{ include "modelmonitor.selector" . }}
app.kubernetes.io/part-of: modelmonitor
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "modelmonitor.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "modelmonitor.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "modelmonitor.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "modelmonitor.evaluatorImage" -}}
{{- if .Values.evaluator.image.digest }}
{{- printf "%s@%s" .Values.evaluator.image.repository .Values.evaluator.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.evaluator.image.repository (default .Chart.AppVersion .Values.evaluator.image.tag) }}
{{- end }}
{{- end }}

{{- define "modelmonitor.webhook" -}}
{{- include "modelmonitor.fullname" . }}-webhook
{{- end }}

{{- /* The name that the operator gives to its webhook's configuration, and looks for the role that owns it by. */}}
{{- define "modelmonitor.configuration" -}}
modelmonitor-{{ .Release.Namespace }}
{{- end }}

{{- /* The role for all namespaces, never of the same name as the one before. */}}
{{- define "modelmonitor.clusterRole" -}}
{{- $name := include "modelmonitor.fullname" . }}
{{- $name }}{{ if eq $name (include "modelmonitor.configuration" .) }}:operator{{ end }}
{{- end }}

{{- define "modelmonitor.arguments" -}}
- operator
{{- range .Values.watchNamespaces }}
- --watch-namespace={{ . }}
{{- end }}
- --lease-namespace={{ .Release.Namespace }}
- --lease-seconds={{ int .Values.leaseSeconds }}
- --resync={{ int .Values.resyncSeconds }}
{{- with .Values.prometheusUrl }}
- {{ printf "--prometheus-url=%s" . | quote }}
{{- end }}
{{- with .Values.grafanaUrl }}
- {{ printf "--grafana-url=%s" . | quote }}
{{- end }}
{{- with .Values.runbooksUrl }}
- {{ printf "--runbooks-url=%s" . | quote }}
{{- end }}
{{- range $key, $value := .Values.ruleLabels }}
- {{ printf "--rule-label=%s=%s" $key $value | quote }}
{{- end }}
{{- with .Values.folderAnnotation }}
- {{ printf "--folder-annotation=%s" . | quote }}
{{- end }}
{{- if .Values.injection.enabled }}
- {{ printf "--evaluator-image=%s" (include "modelmonitor.evaluatorImage" .) | quote }}
- --evaluator-pull-policy={{ .Values.evaluator.image.pullPolicy }}
- --most-rollouts={{ int .Values.injection.mostRollouts }}
- --webhook-port=9443
- --webhook-service={{ include "modelmonitor.webhook" . }}
{{- end }}
- "--bind=[::]:8080"
- --log-format={{ .Values.log.format }}
- --log-level={{ .Values.log.level }}
{{- end }}

{{- /* What the operator may do with monitors, their targets and their children, wherever it watches. */}}
{{- define "modelmonitor.rules" -}}
- apiGroups: [modelmonitor.dev]
  resources: [modelmonitors]
  verbs: [get, list, watch]
- apiGroups: [modelmonitor.dev]
  resources: [modelmonitors/status]
  verbs: [patch]
- apiGroups: [monitoring.coreos.com]
  resources: [prometheusrules, podmonitors, alertmanagerconfigs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [configmaps, services]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [monitoring.coreos.com]
  resources: [alertmanagers]
  verbs: [list]
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
{{- if .Values.rbac.checkSecrets }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
{{- end }}
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: [get, list, watch{{ if .Values.injection.enabled }}, patch{{ end }}]
- apiGroups: [apps]
  resources: [replicasets, controllerrevisions]
  verbs: [get]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch{{ if .Values.injection.enabled }}, delete{{ end }}]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [list]
{{- if .Values.injection.enabled }}
- apiGroups: [security.istio.io]
  resources: [authorizationpolicies]
  verbs: [list]
- apiGroups: [cilium.io]
  resources: [ciliumnetworkpolicies]
  verbs: [list]
- apiGroups: [""]
  resources: [pods/eviction]
  verbs: [create]
{{- end }}
{{- end }}
