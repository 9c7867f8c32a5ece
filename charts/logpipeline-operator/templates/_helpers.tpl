{{/* The release's full name: `logpipeline-operator`, or `<release>-logpipeline-operator`. */}}
{{- define "logpipeline.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What the Deployment and the Service select by. Never changes, for it cannot. */}}
{{- define "logpipeline.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* All labels but those that the pods of the operator are selected by. */}}
{{- define "logpipeline.releaseLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "logpipeline.labels" -}}
{{ include "logpipeline.selectorLabels" . }}
{{ include "logpipeline.releaseLabels" . }}
{{- end -}}

{{- define "logpipeline.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "logpipeline.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name must say which service account to use when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}
