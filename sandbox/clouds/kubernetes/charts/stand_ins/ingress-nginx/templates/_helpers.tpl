{{- /* Helpers with a component take: root, component ("controller", "default-backend", "admission-webhook" or ""). */ -}}
{{- define "nginx.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "nginx.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "nginx.controller" -}}
{{- printf "%s-%s" (include "nginx.fullname" .) .Values.controller.name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "nginx.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "nginx.labels" -}}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{ include "nginx.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: {{ .root.Chart.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "nginx.account" -}}
{{- default (ternary (include "nginx.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{- define "nginx.image" -}}
{{- $image := .image }}
{{- .root.Values.global.image.registry }}/{{ $image.image }}:{{ default (printf "v%s" .root.Chart.AppVersion) $image.tag }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "nginx.container.security" -}}
runAsNonRoot: {{ .runAsNonRoot }}
runAsUser: {{ .runAsUser }}
runAsGroup: {{ .runAsGroup }}
allowPrivilegeEscalation: {{ .allowPrivilegeEscalation }}
seccompProfile:
  {{- toYaml .seccompProfile | nindent 2 }}
capabilities:
  drop: [ALL]
  {{- if .bind }}
  add: [NET_BIND_SERVICE]
  {{- end }}
readOnlyRootFilesystem: {{ .readOnlyRootFilesystem }}
{{- end }}

{{- define "nginx.service" -}}
{{- $v := .values }}
{{- $s := .root.Values.controller.service }}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  namespace: {{ include "nginx.namespace" .root }}
  labels:
    {{- include "nginx.labels" . | nindent 4 }}
    {{- with .labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $v.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ $v.type | default $s.type }}
  {{- range $name := list "clusterIP" "loadBalancerIP" "loadBalancerClass" "externalTrafficPolicy" "sessionAffinity" "trafficDistribution" "ipFamilyPolicy" }}
  {{- with index $v $name }}
  {{ $name }}: {{ . }}
  {{- end }}
  {{- end }}
  {{- range $name := list "clusterIPs" "externalIPs" "loadBalancerSourceRanges" "ipFamilies" }}
  {{- with index $v $name }}
  {{ $name }}: {{ toJson . }}
  {{- end }}
  {{- end }}
  ports:
    {{- range $port := list "http" "https" }}
    {{- if ternary $s.enableHttp $s.enableHttps (eq $port "http") }}
    - name: {{ $port }}
      port: {{ index $v.ports $port | default (index $s.ports $port) }}
      protocol: TCP
      targetPort: {{ index $v.targetPorts $port | default (index $s.targetPorts $port) }}
      {{- if $v.appProtocol }}
      appProtocol: {{ $port }}
      {{- end }}
      {{- with index $v.nodePorts $port }}
      nodePort: {{ . }}
      {{- end }}
    {{- end }}
    {{- end }}
    {{- range $protocol := list "tcp" "udp" }}
    {{- range $port, $target := index $.root.Values $protocol }}
    - name: {{ with $.root.Values.portNamePrefix }}{{ . }}-{{ end }}{{ $port }}-{{ $protocol }}
      port: {{ $port }}
      protocol: {{ upper $protocol }}
      targetPort: {{ $port }}-{{ $protocol }}
    {{- end }}
    {{- end }}
  selector:
    {{- include "nginx.selector" . | nindent 4 }}
{{- end }}
