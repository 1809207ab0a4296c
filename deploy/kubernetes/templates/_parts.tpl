{{/* What several templates say alike. */}}

{{- define "closedloop.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/* Argument: dict root, component (such as intake-api). Never change what is selected by: a Deployment can't. */}}
{{- define "closedloop.selector" -}}
app.kubernetes.io/name: closedloop
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "closedloop.labels" -}}
{{ include "closedloop.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "closedloop.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end }}

{{/* What a service's api or worker says of itself, over what all say. Argument: dict root, service, kind. */}}
{{- define "closedloop.own" -}}
{{- $own := dig .service .kind (dict) .root.Values.services -}}
{{- mergeOverwrite (deepCopy (index .root.Values .kind)) $own | toYaml -}}
{{- end }}

{{/* Files that settings name, of one component: a JSON object of those it gets. */}}
{{- define "closedloop.files" -}}
{{- $mine := dict -}}
{{- range $setting, $file := .root.Values.secretFiles -}}
{{- if and (or (not $file.only) (has $.component $file.only)) (not (has $.component ($file.except | default list))) -}}
{{- $_ := set $mine $setting $file -}}
{{- end -}}
{{- end -}}
{{- if eq .component "resolution-worker" -}}{{- $_ := set $mine "payments_token" .root.Values.payments -}}{{- end -}}
{{- $mine | toJson -}}
{{- end }}

{{/* Argument: dict root, component, database (the address, with {service} in it), secret. */}}
{{- define "closedloop.environment" -}}
- {name: CLOSEDLOOP_DATABASE, value: {{ .database | quote }}}
{{- if .secret }}
- {name: PGPASSFILE, value: /run/closedloop/pgpass}
{{- end }}
{{- range $name, $value := .root.Values.settings }}
{{- if ne (toString $value) "" }}
- {name: CLOSEDLOOP_{{ $name | upper }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- end }}
{{- if eq .component "resolution-worker" }}
- {name: CLOSEDLOOP_PAYMENTS_URL, value: {{ .root.Values.payments.url | quote }}}
{{- end }}
{{- range $setting, $_ := include "closedloop.files" . | fromJson }}
- {name: CLOSEDLOOP_{{ $setting | upper }}, value: /run/secrets/closedloop/{{ $setting }}}
{{- end }}
{{- end }}

{{- define "closedloop.container-rights" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* What a pod is, apart from its containers. Argument: dict root, component. */}}
{{- define "closedloop.pod" -}}
serviceAccountName: {{ include "closedloop.account" . }}
automountServiceAccountToken: false
# Else a Service named after this release would set CLOSEDLOOP_PORT, and others of our settings, to addresses.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Jobs run before the release's own account exists. */}}
{{- define "closedloop.account" -}}
{{- if has .component (list "migrate" "topics") -}}default{{- else -}}{{ include "closedloop.name" .root }}{{- end -}}
{{- end }}

{{/* Passwords reach the driver in a file that only its owner can read, and a mounted secret is its group's too: a copy
     it is. Argument: dict root. */}}
{{- define "closedloop.passwords" -}}
- name: passwords
  image: {{ include "closedloop.image" .root }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  command: [install, "--mode=0600", /run/secrets/passwords/pgpass, /run/closedloop/pgpass]
  resources:
    requests: {cpu: 10m, memory: 16Mi}
    limits: {cpu: 100m, memory: 32Mi}
  securityContext: {{- include "closedloop.container-rights" . | nindent 4 }}
  volumeMounts:
    - {name: passwords, mountPath: /run/secrets/passwords, readOnly: true}
    - {name: own, mountPath: /run/closedloop}
{{- end }}

{{- define "closedloop.mounts" -}}
{{- if .secret }}
- {name: own, mountPath: /run/closedloop, readOnly: true}
{{- end }}
- {name: data, mountPath: /data}
- {name: tmp, mountPath: /tmp}
{{- if include "closedloop.files" . | fromJson }}
- {name: files, mountPath: /run/secrets/closedloop, readOnly: true}
{{- end }}
{{- end }}

{{/* Argument: dict root, component, secret (of the passwords, if it has any). */}}
{{- define "closedloop.volumes" -}}
{{- with .secret }}
- name: passwords
  secret: {secretName: {{ . }}, defaultMode: 0440}
- name: own
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
{{- end }}
- name: data
  emptyDir: {sizeLimit: 64Mi}
- name: tmp
  emptyDir: {medium: Memory, sizeLimit: 64Mi}
{{- with include "closedloop.files" . | fromJson }}
- name: files
  projected:
    defaultMode: 0440
    sources:
      {{- range $setting, $file := . }}
      - secret:
          name: {{ $file.secret }}
          items: [{key: {{ $file.key }}, path: {{ $setting }}}]
      {{- end }}
{{- end }}
{{- end }}
