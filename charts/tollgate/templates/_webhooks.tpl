{{/* What all webhooks have in common, for a path and the namespaces that are sent to it. The caBundle is the process' or cert-manager's, unless it is given. */}}
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
  {{- include "tollgate.namespaceSelector" (list $ (index . 2)) | nindent 2 }}
{{- end -}}

{{/* Name, labels and annotations: for cert-manager where the caBundle comes from, and that no enforcer of a cloud writes here. */}}
{{- define "tollgate.webhookMetadata" -}}
{{- $list := index . 1 -}}
{{- with index . 0 -}}
name: {{ include "tollgate.configurationName" . }}
labels:
  {{- include "tollgate.labels" . | nindent 2 }}
{{- $annotations := dict "tollgate.dev/webhooks-sha256" (include "tollgate.webhooksChecksum" $list) }}
{{- if eq .Values.tls.source "certManager" }}
{{- $_ := set $annotations "cert-manager.io/inject-ca-from" (printf "%s/%s" .Release.Namespace (include "tollgate.name" .)) }}
{{- end }}
{{- include "tollgate.annotations" (list . (merge $annotations (include "tollgate.webhookAnnotations" . | fromYaml)) 0) }}
{{- end -}}
{{- end -}}

{{/* By this the process sees whether somebody else has changed the webhooks since. The caBundle is not the chart's. */}}
{{- define "tollgate.webhooksChecksum" -}}
{{- $webhooks := list -}}
{{- range . | fromYamlArray -}}
{{- $webhooks = append $webhooks (omit . "clientConfig") -}}
{{- end -}}
{{- $webhooks | toRawJson | sha256sum -}}
{{- end -}}

{{/* The namespaces that are sent. "governed": neither the system's nor the gate's own, which must come up when nobody
answers. "system": these alone. "every": both. */}}
{{- define "tollgate.namespaceSelector" -}}
{{- $ := index . 0 -}}
{{- $which := index . 1 -}}
{{- $selector := $.Values.webhooks.namespaceSelector -}}
{{- $names := include "tollgate.excluded" (list $ "namespaces") | fromJsonArray -}}
{{- $expressions := list -}}
{{- if ne $which "every" -}}
{{- $operator := ternary "In" "NotIn" (eq $which "system") -}}
{{- $expressions = list (dict "key" "kubernetes.io/metadata.name" "operator" $operator "values" $names) -}}
{{- end -}}
{{- $expressions = concat $expressions ($selector.matchExpressions | default list) -}}
{{- with $selector.matchLabels -}}
matchLabels:
  {{- toYaml . | nindent 2 }}
{{ end -}}
{{- with $expressions -}}
matchExpressions:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- if not (or $expressions $selector.matchLabels) -}}
{}
{{- end -}}
{{- end -}}

{{/* What every cluster with Calico and Linkerd needs excluded. Values add to it, so that one more takes none of it away. */}}
{{- define "tollgate.builtInExclusions" -}}
namespaces:
  - kube-system
  - kube-public
  - kube-node-lease
  - calico-system
  - calico-apiserver
  - tigera-operator
  - linkerd
  - linkerd-cni
  - linkerd-viz
  - linkerd-jaeger
  - linkerd-multicluster
  - cert-manager
# Controllers that carry out what has been judged already, and Calico's own.
users:
  - system:serviceaccount:kube-system:namespace-controller
  - system:serviceaccount:kube-system:deployment-controller
  - system:serviceaccount:kube-system:cronjob-controller
  - system:kube-controller-manager
  - system:serviceaccount:kube-system:calico-node
  - system:serviceaccount:kube-system:calico-kube-controllers
# Calico's API server writes each policy a second time as crd.projectcalico.org.
groups:
  - system:serviceaccounts:calico-apiserver
  - system:serviceaccounts:calico-system
  - system:serviceaccounts:tigera-operator
{{- end -}}

{{/* The excluded names of one sort (namespaces, users or groups) as a JSON list: the built-in ones but for those that are
included again, and the values'. */}}
{{- define "tollgate.excluded" -}}
{{- $ := index . 0 -}}
{{- $sort := index . 1 -}}
{{- $exclude := $.Values.webhooks.exclude -}}
{{- $names := get (include "tollgate.builtInExclusions" $ | fromYaml) $sort -}}
{{- range get ($.Values.webhooks.include | default dict) $sort | default list -}}
{{- if not (has . $names) -}}
{{- fail (printf "webhooks.include.%s names %q, which is not excluded by default; it can name: %s" $sort . (join ", " $names)) -}}
{{- end -}}
{{- $names = without $names . -}}
{{- end -}}
{{- $names = concat $names (get $exclude $sort | default list) (include "tollgate.extraExclusions" (list $ $sort) | fromJsonArray) -}}
{{- if eq $sort "namespaces" -}}
{{- $names = append $names $.Release.Namespace | sortAlpha -}}
{{- end -}}
{{- $names | uniq | toRawJson -}}
{{- end -}}

{{- define "tollgate.extraExclusions" -}}
{{- $exclude := (index . 0).Values.webhooks.exclude -}}
{{- get $exclude (printf "extra%s" (index . 1 | title)) | default list | toRawJson -}}
{{- end -}}

{{/* CEL for: what is at a path of the object is not what it was. What is absent is empty. */}}
{{- define "tollgate.changes" -}}
(has(object.{{ . }}) ? object.{{ . }} : {}) != (has(oldObject.{{ . }}) ? oldObject.{{ . }} : {})
{{- end -}}

{{/* Conditions of every webhook. The API server evaluates them: what they exclude passes even when nobody answers.
Only what a policy is made of is sent when it is deleted, and then whoever asks: the garbage collector may be told by an
owner reference what to delete, and Calico's API server deletes for everybody. The namespace controller under its own name
deletes what is in a namespace that somebody deletes, and nothing else. */}}
{{- define "tollgate.matchConditions" -}}
# What is on its way out must get there: without this a finalizer could not be removed while nobody answers. It may not
# become something else on its way. The spec of a namespace holds its finalizers.
- name: not-terminating
  expression: >-
    request.operation != "UPDATE" || !has(object.metadata.deletionTimestamp) ||
    {{ include "tollgate.changes" "metadata.labels" }} ||
    {{ include "tollgate.changes" "metadata.annotations" }} ||
    (request.resource.resource != "namespaces" &&
    {{ include "tollgate.changes" "spec" }})
- name: not-an-excluded-user
  expression: >-
    !(request.userInfo.username in {{ include "tollgate.excluded" (list . "users") }}) || (request.operation == "DELETE" &&
    request.userInfo.username != "system:serviceaccount:kube-system:namespace-controller")
- name: not-an-excluded-group
  expression: >-
    request.operation == "DELETE" || !has(request.userInfo.groups) ||
    !request.userInfo.groups.exists(group, group in {{ include "tollgate.excluded" (list . "groups") }})
{{- include "tollgate.extraConditions" . }}
{{- end -}}

{{/* Conditions of the values, behind those of the chart. */}}
{{- define "tollgate.extraConditions" -}}
{{- with .Values.webhooks.matchConditions }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The users and groups of the values for pods: the built-in ones make pods of what has not been judged as a pod yet. */}}
{{- define "tollgate.extraUserConditions" -}}
{{- with include "tollgate.extraExclusions" (list . "users") | fromJsonArray }}
- name: not-an-excluded-user
  expression: '!(request.userInfo.username in {{ toRawJson . }})'
{{- end }}
{{- with include "tollgate.extraExclusions" (list . "groups") | fromJsonArray }}
- name: not-an-excluded-group
  expression: >-
    !has(request.userInfo.groups) || !request.userInfo.groups.exists(group, group in {{ toRawJson . }})
{{- end }}
{{- include "tollgate.extraConditions" . }}
{{- end -}}

{{/* Conditions for labels of namespaces and service accounts, which much else is written with. */}}
{{- define "tollgate.labelConditions" -}}
# By its status and its end labels of a namespace can be written as well; mostly they are not.
- name: subresource-changes-what-decides
  expression: >-
    !has(request.subResource) || request.subResource == "" ||
    {{ include "tollgate.changes" "metadata.labels" }} ||
    {{ include "tollgate.changes" "metadata.annotations" }}
# A name that an account takes, with labels or without, cannot be that of another: so all that go are sent. One that comes
# without labels has nothing that policies could tell it by.
- name: service-account-labels-change
  expression: >-
    request.resource.resource != "serviceaccounts" || request.operation == "DELETE" || (request.operation == "UPDATE" ?
    {{ include "tollgate.changes" "metadata.labels" }} :
    has(object.metadata.labels))
{{- end -}}

{{- define "tollgate.validatingFailurePolicy" -}}
{{- .Values.webhooks.validating.failurePolicy | default (ternary "Fail" "Ignore" (eq .Values.stage "enforce")) -}}
{{- end -}}

{{/* The ways to write a namespace that keep its labels. */}}
{{- define "tollgate.namespaceSubresources" -}}
- apiGroups: [""]
  apiVersions: [v1]
  resources: [namespaces/status, namespaces/finalize]
  operations: [UPDATE]
  scope: Cluster
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

{{/* A policy's spec as Calico's API server until 3.31 sends it: with both ends of each rule, be they empty. */}}
{{- define "tollgate.writtenOut" -}}
{{- $spec := deepCopy . -}}
{{- range $direction := list "ingress" "egress" -}}
{{- $rules := list -}}
{{- range get $spec $direction | default list -}}
{{- $rules = append $rules (merge (deepCopy .) (dict "source" dict "destination" dict)) -}}
{{- end -}}
{{- if $rules -}}
{{- $_ := set $spec $direction $rules -}}
{{- end -}}
{{- end -}}
{{- toYaml $spec -}}
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

{{/* Conventions of the values say what admission is asked about; whoever reads them believes it. */}}
{{- define "tollgate.checkWhatIsAsked" -}}
{{- $groups := list -}}
{{- range .Values.webhooks.workloads | default list -}}
{{- $groups = append $groups .group -}}
{{- end -}}
{{- range .Values.conventions.policies -}}
{{- $policy := .metadata.name -}}
{{- $deny := (.spec | default dict).defaultDeny | default dict -}}
{{- $pods := $.Values.webhooks.pods -}}
{{- if and $deny.trustForbiddenLabels (not (and $pods.enabled (eq $pods.failurePolicy "Fail") (eq $.Values.stage "enforce"))) -}}
{{- fail (printf "convention %q trusts that no pod has a forbidden label, and pods can come unasked: set webhooks.pods.enabled: true, webhooks.pods.failurePolicy: Fail and stage: enforce" $policy) -}}
{{- end -}}
{{- range (.spec | default dict).workloads | default list -}}
{{- if and .sent (not (has .group $groups)) -}}
{{- fail (printf "convention %q says of %s.%s that it is sent, and webhooks.workloads names no kind of %s" $policy .kind .group .group) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
