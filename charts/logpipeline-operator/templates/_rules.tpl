{{/* All that the operator may do, whether in the cluster or in one namespace. */}}
{{- define "logpipeline.rules" -}}
# What is to be kept drained, and what was found out about it.
- apiGroups: [logpipeline.io]
  resources: [logpipelines]
  verbs: [list, watch]
- apiGroups: [logpipeline.io]
  resources: [logpipelines/status]
  verbs: [patch]
# How many replicas there are and are ready, and who else wants to decide on that.
- apiGroups: [apps]
  resources: [deployments, statefulsets]
  verbs: [list, watch]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list, watch]
# Scaling, and nothing else of a workload.
- apiGroups: [apps]
  resources: [deployments/scale, statefulsets/scale]
  verbs: [get, patch]
{{- range .Values.scalableResources }}
- apiGroups: [{{ .apiGroup | quote }}]
  resources: [{{ range $i, $name := .resources }}{{ if $i }}, {{ end }}{{ $name }}/scale{{ end }}]
  verbs: [get, patch]
{{- end }}
# Logging in to what is measured. Used for those alone that are labelled logpipeline.io/use: "true".
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
# Saying why.
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end -}}
