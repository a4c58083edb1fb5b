{{/* What all webhooks have in common, for a path. The caBundle is the process' or cert-manager's, unless it is given. */}}
{{- define "tollgate.webhook" -}}
{{- $ := index . 0 -}}
clientConfig:
  service:
    namespace: {{ $.Release.Namespace | quote }}
    name: {{ include "tollgate.name" $ }}
    port: 443
    path: {{ index . 1 }}
  {{- if and (eq $.Values.tls.source "secret") $.Values.tls.caBundle }}
  caBundle: {{ $.Values.tls.caBundle | b64enc }}
  {{- end }}
admissionReviewVersions: [v1]
sideEffects: None
matchPolicy: Equivalent
namespaceSelector:
  {{- include "tollgate.namespaceSelector" $ | nindent 2 }}
{{- end -}}

{{/* Name, labels and, for cert-manager, where the caBundle comes from. */}}
{{- define "tollgate.webhookMetadata" -}}
name: {{ include "tollgate.configurationName" . }}
labels:
  {{- include "tollgate.labels" . | nindent 2 }}
{{- if eq .Values.tls.source "certManager" }}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "tollgate.name" . }}
{{- end }}
{{- end -}}

{{/* The namespaces that are sent: never the system's, nor the gate's own, which must come up when nobody answers. */}}
{{- define "tollgate.namespaceSelector" -}}
{{- $selector := .Values.webhooks.namespaceSelector -}}
{{- $names := append .Values.webhooks.exclude.namespaces .Release.Namespace | uniq | sortAlpha -}}
{{- with $selector.matchLabels -}}
matchLabels:
  {{- toYaml . | nindent 2 }}
{{ end -}}
matchExpressions:
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values:
      {{- toYaml $names | nindent 6 }}
{{- with $selector.matchExpressions }}
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Conditions of every webhook. The API server evaluates them: what they exclude passes even when nobody answers. */}}
{{- define "tollgate.matchConditions" -}}
{{- $exclude := .Values.webhooks.exclude -}}
# What is on its way out must get there: without this a finalizer could not be removed while nobody answers.
- name: not-terminating
  expression: request.operation != "UPDATE" || !has(object.metadata.deletionTimestamp)
- name: not-an-excluded-user
  expression: >-
    !(request.userInfo.username in {{ toRawJson $exclude.users }})
- name: not-an-excluded-group
  expression: >-
    !has(request.userInfo.groups) ||
    !request.userInfo.groups.exists(group, group in {{ toRawJson $exclude.groups }})
{{- end -}}

{{/* Whether a convention may add something to new namespaces. The one inside the image adds nothing to them. */}}
{{- define "tollgate.addsToNamespaces" -}}
{{- $adds := has .Values.conventions.source (list "configMap" "cluster") -}}
{{- range .Values.conventions.policies -}}
{{- $spec := .spec | default dict -}}
{{- if or ($spec.defaultDeny | default dict).coverLabel ($spec.mesh | default dict).namespaces -}}
{{- $adds = true -}}
{{- end -}}
{{- end -}}
{{- if $adds }}true{{ end -}}
{{- end -}}

{{/*
Whether one of Kubernetes' own controllers made the object of a template that was judged: its user and the owner's kind
belong together. The server asks the same; an owner reference alone is anybody's to write.
*/}}
{{- define "tollgate.madeByController" -}}
{{- $makers := dict "apps/v1 ReplicaSet" "replicaset-controller" "apps/v1 StatefulSet" "statefulset-controller" "apps/v1 DaemonSet" "daemon-set-controller" "batch/v1 Job" "job-controller" "v1 ReplicationController" "replication-controller" -}}
object.metadata.ownerReferences.exists(owner, has(owner.controller) && owner.controller && (
{{- range $index, $owner := keys $makers | sortAlpha }}
{{- if $index }} ||{{ end }}
(owner.apiVersion + " " + owner.kind == {{ $owner | quote }} && request.userInfo.username in ["system:kube-controller-manager", "system:serviceaccount:kube-system:{{ get $makers $owner }}"])
{{- end }}))
{{- end -}}

{{/* Workload kinds, by what creates and by what changes their pod template: that of a Job changes while it is suspended. */}}
{{- define "tollgate.workloadRules" -}}
- apiGroups: [apps]
  apiVersions: [v1]
  resources: [deployments, statefulsets, daemonsets, replicasets]
  operations: [CREATE, UPDATE]
  scope: Namespaced
- apiGroups: [batch]
  apiVersions: [v1]
  resources: [cronjobs, jobs]
  operations: [CREATE, UPDATE]
  scope: Namespaced
- apiGroups: [""]
  apiVersions: [v1]
  resources: [replicationcontrollers]
  operations: [CREATE, UPDATE]
  scope: Namespaced
{{- end -}}

{{/* A value as a CEL literal; dyn() because CEL here wants the values of one map to be of one type. */}}
{{- define "tollgate.cel" -}}
{{- if kindIs "map" . -}}
{ {{- range $index, $key := keys . | sortAlpha }}{{ if $index }}, {{ end }}{{ toRawJson $key }}: dyn({{ include "tollgate.cel" (get $ $key) }}){{ end -}} }
{{- else if kindIs "slice" . -}}
[ {{- range $index, $item := . }}{{ if $index }}, {{ end }}dyn({{ include "tollgate.cel" $item }}){{ end -}} ]
{{- else -}}
{{ toRawJson . }}
{{- end -}}
{{- end -}}
