{{- /* Every helper but the first three takes: root, values (of the component), component, name (of the app label), suffix. */ -}}
{{- define "cm.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "cm.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "cm.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "cm.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "cm.namespace" -}}
{{- default .Release.Namespace .Values.namespace }}
{{- end }}

{{- define "cm.full" -}}
{{ include "cm.fullname" .root }}{{ with .suffix }}-{{ . }}{{ end }}
{{- end }}

{{- define "cm.selector" -}}
app.kubernetes.io/name: {{ if .suffix }}{{ .suffix }}{{ else }}{{ include "cm.name" .root }}{{ end }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component | quote }}
{{- end }}

{{- define "cm.labels" -}}
app: {{ if .suffix }}{{ .suffix }}{{ else }}{{ include "cm.name" .root }}{{ end }}
{{ include "cm.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- with .root.Values.global.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "cm.account" -}}
{{- if .values.serviceAccount.create }}
{{- default (include "cm.full" .) .values.serviceAccount.name }}
{{- else }}
{{- default "default" .values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "cm.image" -}}
{{- $image := .image }}
{{- $where := printf "%s/%s/%s" .root.Values.imageRegistry .root.Values.imageNamespace $image.name }}
{{- default $where $image.repository }}:{{ default .root.Chart.AppVersion $image.tag }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "cm.serviceaccount" -}}
apiVersion: v1
kind: ServiceAccount
automountServiceAccountToken: {{ .values.serviceAccount.automountServiceAccountToken }}
metadata:
  name: {{ include "cm.account" . }}
  namespace: {{ include "cm.namespace" .root }}
  labels:
    {{- include "cm.labels" . | nindent 4 }}
    {{- with .values.serviceAccount.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "cm.podmeta" -}}
labels:
  {{- include "cm.labels" . | nindent 2 }}
  {{- with .values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .values.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "cm.pod" -}}
serviceAccountName: {{ include "cm.account" . }}
enableServiceLinks: {{ .values.enableServiceLinks }}
{{- with .root.Values.global.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.runtimeClassName | default .root.Values.global.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- range $name := list "securityContext" "affinity" "tolerations" "topologySpreadConstraints" "hostAliases" "volumes" }}
{{- with index $.values $name }}
{{ $name }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with merge (dict) .values.nodeSelector .root.Values.global.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "cm.container" -}}
image: {{ include "cm.image" (dict "root" .root "image" .values.image) }}
imagePullPolicy: {{ .values.image.pullPolicy }}
{{- with .values.containerSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
env:
  - name: POD_NAMESPACE
    valueFrom:
      fieldRef:
        fieldPath: metadata.namespace
  {{- with .values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.volumeMounts }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "cm.probe" -}}
{{- range $name := list "initialDelaySeconds" "periodSeconds" "timeoutSeconds" "successThreshold" "failureThreshold" }}
{{ $name }}: {{ index $ $name }}
{{- end }}
{{- end }}

{{- define "cm.leader" -}}
- --leader-election-namespace={{ .namespace }}
{{- with .leaseDuration }}
- --leader-election-lease-duration={{ . }}
{{- end }}
{{- with .renewDeadline }}
- --leader-election-renew-deadline={{ . }}
{{- end }}
{{- with .retryPeriod }}
- --leader-election-retry-period={{ . }}
{{- end }}
{{- end }}

{{- define "cm.budget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "cm.full" . }}
  namespace: {{ include "cm.namespace" .root }}
  labels:
    {{- include "cm.labels" . | nindent 4 }}
spec:
  selector:
    matchLabels:
      {{- include "cm.selector" . | nindent 6 }}
  {{- if not (or (hasKey .values.podDisruptionBudget "minAvailable") (hasKey .values.podDisruptionBudget "maxUnavailable")) }}
  minAvailable: 1
  {{- end }}
  {{- if hasKey .values.podDisruptionBudget "minAvailable" }}
  minAvailable: {{ .values.podDisruptionBudget.minAvailable }}
  {{- end }}
  {{- if hasKey .values.podDisruptionBudget "maxUnavailable" }}
  maxUnavailable: {{ .values.podDisruptionBudget.maxUnavailable }}
  {{- end }}
{{- end }}

{{- define "cm.networkpolicies" -}}
{{- range $direction := list "Ingress" "Egress" }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "cm.full" $ }}-{{ ternary "allow-ingress" "allow-egress" (eq $direction "Ingress") }}
  namespace: {{ include "cm.namespace" $.root }}
  labels:
    {{- include "cm.labels" $ | nindent 4 }}
spec:
  {{ lower $direction }}:
    {{- with index $.values.networkPolicy (lower $direction) }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  podSelector:
    matchLabels:
      {{- include "cm.selector" $ | nindent 6 }}
  policyTypes:
    - {{ $direction }}
{{- end }}
{{- end }}

{{- define "cm.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "cm.full" . }}
  namespace: {{ include "cm.namespace" .root }}
  labels:
    {{- include "cm.labels" . | nindent 4 }}
    {{- with .values.serviceLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .values.serviceAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .values.serviceType | default "ClusterIP" }}
  {{- with .values.loadBalancerIP }}
  loadBalancerIP: {{ . }}
  {{- end }}
  {{- with .values.serviceIPFamilyPolicy }}
  ipFamilyPolicy: {{ . }}
  {{- end }}
  {{- with .values.serviceIPFamilies }}
  ipFamilies:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
    {{- toYaml .ports | nindent 4 }}
  selector:
    {{- include "cm.selector" . | nindent 4 }}
{{- end }}

{{- /* Under the metadata of each custom resource definition. */ -}}
{{- define "cert-manager.crd.metadata" -}}
{{- if .Values.crds.keep }}
annotations:
  helm.sh/resource-policy: keep
{{- end }}
labels:
  {{- include "cm.labels" (dict "root" . "suffix" "" "component" "crds") | nindent 2 }}
{{- end }}
