{{/* All that the operator may do, whether in the cluster or in one namespace. */}}
{{- define "logpipeline.rules" -}}
# What is to be kept drained and what is announced, and what was found out about both.
- apiGroups: [logpipeline.io]
  resources: [logpipelines, salesevents]
  verbs: [list, watch]
- apiGroups: [logpipeline.io]
  resources: [logpipelines/status, salesevents/status]
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
# Whether the namespace admits the pods that a sale needs, and what hinders those that are missing.
- apiGroups: [""]
  resources: [resourcequotas, limitranges, pods]
  verbs: [list]
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [list]
# Logging in to what is measured. Used for those alone that are labelled logpipeline.io/use: "true".
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
# Saying why.
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end -}}
