{{- /* Names and labels, by component: "", webhook or cert-controller. */ -}}
{{- define "eso.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "eso.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "eso.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "eso.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "eso.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "eso.selector" -}}
app.kubernetes.io/name: {{ include "eso.name" .root }}{{ with .suffix }}-{{ . }}{{ end }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "eso.labels" -}}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{ include "eso.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "eso.account" -}}
{{- if .values.serviceAccount.create }}
{{- default .usual .values.serviceAccount.name }}
{{- else }}
{{- default "default" .values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "eso.serviceaccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "eso.account" . }}
  namespace: {{ include "eso.namespace" .root }}
  labels:
    {{- include "eso.labels" . | nindent 4 }}
    {{- with .values.serviceAccount.extraLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "eso.image" -}}
{{ .values.image.repository }}:{{ default .root.Chart.AppVersion .values.image.tag }}{{ with .values.image.flavour }}-{{ . }}{{ end }}
{{- end }}

{{- /* What a pod of any component has: metadata and everything but its containers. */ -}}
{{- define "eso.podmeta" -}}
labels:
  {{- include "eso.labels" . | nindent 2 }}
  {{- with merge (dict) .values.podLabels .root.Values.global.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) .values.podAnnotations .root.Values.global.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "eso.pod" -}}
serviceAccountName: {{ include "eso.account" . }}
automountServiceAccountToken: {{ .values.serviceAccount.automount }}
hostNetwork: {{ .values.hostNetwork }}
{{- with .values.imagePullSecrets | default .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .values.podSecurityContext.enabled }}
{{- with omit .values.podSecurityContext "enabled" }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- range $name := list "priorityClassName" "schedulerName" "runtimeClassName" }}
{{- with index $.values $name }}
{{ $name }}: {{ . }}
{{- end }}
{{- end }}
{{- range $name := list "nodeSelector" "affinity" "tolerations" "topologySpreadConstraints" "hostAliases" }}
{{- with index $.values $name | default (index $.root.Values.global $name) }}
{{ $name }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "eso.container" -}}
image: {{ include "eso.image" . }}
imagePullPolicy: {{ .values.image.pullPolicy }}
{{- if .values.securityContext.enabled }}
securityContext:
  {{- omit .values.securityContext "enabled" | toYaml | nindent 2 }}
{{- end }}
{{- with .values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "eso.extraargs" -}}
{{- range $name, $value := . }}
- --{{ $name }}{{ if $value }}={{ $value }}{{ end }}
{{- end }}
{{- end }}

{{- define "eso.probe" -}}
httpGet:
  port: {{ .port }}
  path: {{ .path }}
{{- range $name := list "timeoutSeconds" "failureThreshold" "periodSeconds" "successThreshold" "initialDelaySeconds" }}
{{- with index $.probe $name }}
{{ $name }}: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "eso.budget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ default (printf "%s%s" .fullname "-pdb") .values.podDisruptionBudget.nameOverride }}
  namespace: {{ include "eso.namespace" .root }}
  labels:
    {{- include "eso.labels" . | nindent 4 }}
spec:
  minAvailable: {{ .values.podDisruptionBudget.minAvailable }}
  selector:
    matchLabels:
      {{- include "eso.selector" . | nindent 6 }}
{{- end }}

{{- /* Without networkPolicy.egress the rules for egress are null: nothing gets out. */ -}}
{{- define "eso.networkpolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .fullname }}
  namespace: {{ include "eso.namespace" .root }}
  labels:
    {{- include "eso.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "eso.selector" . | nindent 6 }}
  policyTypes:
    - Ingress
    - Egress
  ingress:
    {{- if .values.networkPolicy.ingress }}
    {{- toYaml .values.networkPolicy.ingress | nindent 4 }}
    {{- else }}
    - ports:
        {{- range .ports }}
        - protocol: TCP
          port: {{ . }}
        {{- end }}
    {{- end }}
  egress:
    {{- with .values.networkPolicy.egress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "eso.metricsservice" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .fullname }}-metrics
  namespace: {{ include "eso.namespace" .root }}
  labels:
    {{- include "eso.labels" . | nindent 4 }}
  {{- with .values.metrics.service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: ClusterIP
  ports:
    - name: metrics
      port: {{ .values.metrics.service.port }}
      targetPort: metrics
      protocol: TCP
  selector:
    {{- include "eso.selector" . | nindent 4 }}
{{- end }}

{{- define "eso.hasmonitor" -}}
{{- $there := .Capabilities.APIVersions.Has "monitoring.coreos.com/v1/ServiceMonitor" }}
{{- $mode := .Values.serviceMonitor.renderMode }}
{{- if .Values.serviceMonitor.enabled }}
{{- if and (eq $mode "failIfMissing") (not $there) }}
{{- fail "serviceMonitor.enabled with renderMode failIfMissing: this cluster has no monitoring.coreos.com/v1/ServiceMonitor" }}
{{- end }}
{{- if or $there (eq $mode "alwaysRender") }}true{{ end }}
{{- end }}
{{- end }}

{{- define "eso.monitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ .fullname }}-metrics
  namespace: {{ default (include "eso.namespace" .root) .root.Values.serviceMonitor.namespace }}
  labels:
    {{- include "eso.labels" . | nindent 4 }}
    {{- with .root.Values.serviceMonitor.additionalLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      {{- include "eso.selector" . | nindent 6 }}
  namespaceSelector:
    matchNames:
      - {{ include "eso.namespace" .root }}
  endpoints:
    - port: metrics
      interval: {{ .root.Values.serviceMonitor.interval }}
      scrapeTimeout: {{ .root.Values.serviceMonitor.scrapeTimeout }}
      honorLabels: {{ .root.Values.serviceMonitor.honorLabels }}
{{- end }}

{{- /* Under the metadata of each custom resource definition. */ -}}
{{- define "external-secrets.crd.metadata" -}}
labels:
  external-secrets.io/component: controller
{{- with .Values.crds.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
