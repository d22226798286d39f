{{- define "traefik.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "traefik.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "traefik.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "traefik.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "traefik.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "traefik.selector" -}}
app.kubernetes.io/name: {{ include "traefik.name" . }}
app.kubernetes.io/instance: {{ default (printf "%s-%s" .Release.Name (include "traefik.namespace" .)) .Values.instanceLabelOverride }}
{{- end }}

{{- define "traefik.labels" -}}
{{ include "traefik.selector" . }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "traefik.account" -}}
{{- default (include "traefik.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{- define "traefik.metadata" -}}
name: {{ .name }}
namespace: {{ include "traefik.namespace" .root }}
labels:
  {{- include "traefik.labels" .root | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "traefik.probe" -}}
httpGet:
  path: {{ .path }}
  port: {{ .root.Values.deployment.healthchecksPort | default .root.Values.ports.traefik.port }}
  scheme: {{ .root.Values.deployment.healthchecksScheme | default "HTTP" }}
{{ toYaml .probe }}
{{- end }}

{{- /* The flags of an entry point. Redirections name another entry point; outside of the pod it has its exposed port. */ -}}
{{- define "traefik.entrypoint" -}}
{{- $flag := printf "--entryPoints.%s" .name }}
- {{ $flag }}.address=:{{ .port.port }}/{{ .port.protocol | default "TCP" | lower }}
{{- if and .port.http .port.http.tls .port.http.tls.enabled }}
- {{ $flag }}.http.tls=true
{{- with .port.http.tls.options }}
- {{ $flag }}.http.tls.options={{ . }}
{{- end }}
{{- with .port.http.tls.certResolver }}
- {{ $flag }}.http.tls.certResolver={{ . }}
{{- end }}
{{- end }}
{{- if and .port.http .port.http.redirections .port.http.redirections.entryPoint }}
{{- $to := .port.http.redirections.entryPoint }}
{{- $target := get .root.Values.ports ($to.to | default "") }}
- {{ $flag }}.http.redirections.entryPoint.to=:{{ if $target }}{{ $target.exposedPort }}{{ else }}{{ fail (printf "ports.%s redirects to %s, which is no entry point" .name ($to.to | default "nothing")) }}{{ end }}
- {{ $flag }}.http.redirections.entryPoint.scheme={{ $to.scheme | default "https" }}
{{- if hasKey $to "permanent" }}
- {{ $flag }}.http.redirections.entryPoint.permanent={{ $to.permanent }}
{{- end }}
{{- end }}
{{- range $part := list "forwardedHeaders" "proxyProtocol" }}
{{- with index $.port $part }}
{{- with .trustedIPs }}
- {{ $flag }}.{{ $part }}.trustedIPs={{ join "," . }}
{{- end }}
{{- if .insecure }}
- {{ $flag }}.{{ $part }}.insecure=true
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The flags of a provider: every value that is set. */ -}}
{{- define "traefik.provider" -}}
- --providers.{{ .flag }}
{{- range $name, $value := .values }}
{{- if kindIs "slice" $value }}
{{- with $value }}
- --providers.{{ $.flag }}.{{ $name }}={{ join "," . }}
{{- end }}
{{- else if and $value (not (kindIs "map" $value)) (ne $name "enabled") }}
- --providers.{{ $.flag }}.{{ $name }}={{ $value }}
{{- end }}
{{- end }}
{{- end }}
