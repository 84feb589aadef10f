{{- define "apsid.labels" -}}
app.kubernetes.io/name: apsid
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "apsid.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What neither nodes nor jobs need: root, a shell's rights, a file system to write to. */}}
{{- define "apsid.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "apsid.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}
