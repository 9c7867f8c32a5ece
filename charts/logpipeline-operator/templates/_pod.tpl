{{/* What every pod of the chart has in common: who it is, where it may run, and that it may do little there. */}}
{{- define "logpipeline.pod" -}}
serviceAccountName: {{ include "logpipeline.serviceAccountName" . }}
# Variables for Services beside us would be read as settings: a Service `logpipeline` sets LOGPIPELINE_PORT.
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
volumes:
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What every container of the chart has in common: the image, its settings, and the one folder it may write to. */}}
{{- define "logpipeline.container" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
- name: LOGPIPELINE_HOST
  valueFrom: {fieldRef: {fieldPath: status.podIP}}
- name: LOGPIPELINE_IDENTITY
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: LOGPIPELINE_LEASE_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- {name: LOGPIPELINE_LEASE_NAME, value: {{ include "logpipeline.fullname" . }}}
{{- range $name, $value := .Values.settings }}
- {name: LOGPIPELINE_{{ $name | snakecase | upper }}, value: {{ $value | quote }}}
{{- end }}
{{- with .Values.watchNamespaces }}
- {name: LOGPIPELINE_WATCH_NAMESPACES, value: {{ toJson . | squote }}}
{{- end }}
{{- with .Values.extraEnv }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
- {name: tmp, mountPath: /tmp}
{{- end -}}
