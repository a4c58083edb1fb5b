{{/* The name of everything that belongs to the release; 50 characters leave room for what is put behind it. */}}
{{- define "tollgate.name" -}}
{{- $name := ternary .Release.Name (printf "%s-tollgate" .Release.Name) (contains "tollgate" .Release.Name) -}}
{{- .Values.fullnameOverride | default $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of both webhook configurations. Webhooks are called in the order of these names, and a pod must have its
annotation before Linkerd's injector, linkerd-proxy-injector-webhook-config, is asked. */}}
{{- define "tollgate.configurationName" -}}
gate-{{ include "tollgate.name" . }}
{{- end -}}

{{- define "tollgate.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "tollgate.name" .) -}}
{{- end -}}

{{- define "tollgate.secretName" -}}
{{- .Values.tls.secretName | default (printf "%s-tls" (include "tollgate.name" .)) -}}
{{- end -}}

{{/* The Lease by which a leader is chosen. While the source of the certificate changes, a replica that keeps its own must
not wait for a leader of before that keeps none: it would never be trusted, so never ready, and the other never end. */}}
{{- define "tollgate.leaseName" -}}
{{ include "tollgate.name" . }}{{ if ne .Values.tls.source "self" }}-files{{ end }}
{{- end -}}

{{- define "tollgate.image" -}}
{{- with (.Values.global | default dict).imageRegistry | default .Values.image.registry -}}
{{- trimSuffix "/" . }}/
{{- end -}}
{{- with .Values.image -}}
{{- .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* The Secrets with registry credentials, of this chart and of the one that it may be a part of, which may name them bare. */}}
{{- define "tollgate.pullSecrets" -}}
{{- $names := list -}}
{{- range concat ((.Values.global | default dict).imagePullSecrets | default list) (.Values.image.pullSecrets | default list) -}}
{{- $names = append $names (kindIs "string" . | ternary . (get (kindIs "string" . | ternary dict .) "name")) -}}
{{- end -}}
{{- with $names | uniq -}}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* Whether Linkerd meshes the pods: it cannot in the nodes' network. Values of before do not say it. */}}
{{- define "tollgate.meshed" -}}
{{- if and .Values.linkerd.enabled (ne (toString .Values.linkerd.meshed) "false") (not .Values.hostNetwork.enabled) }}true{{ end -}}
{{- end -}}

{{/* Labels that select the release's pods; never changed, since a Deployment's selector cannot be. */}}
{{- define "tollgate.selectorLabels" -}}
app.kubernetes.io/name: tollgate
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object of the release. */}}
{{- define "tollgate.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_")
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
  "app.kubernetes.io/part-of" "tollgate" -}}
{{- toYaml (merge (include "tollgate.selectorLabels" . | fromYaml) $own .Values.commonLabels) -}}
{{- end -}}

{{/* The annotations of an object, with their key and a line break before it, or nothing: for ($ annotations indentation).
What the chart needs comes before what the values add. */}}
{{- define "tollgate.annotations" -}}
{{- $annotations := merge dict (index . 1 | default dict) ((index . 0).Values.commonAnnotations | default dict) -}}
{{- if $annotations -}}
{{- dict "annotations" $annotations | toYaml | nindent (index . 2 | int) -}}
{{- end -}}
{{- end -}}

{{/* Environment of the container, as a list. Node takes half of a container's memory for its heap, and ends when that is
full: it gets 70 % here, which leaves room for connections and buffers. */}}
{{- define "tollgate.environment" -}}
{{- $environment := list -}}
{{- $isSet := false -}}
{{- range .Values.server.extraEnv -}}
{{- if eq .name "NODE_OPTIONS" }}{{ $isSet = true }}{{ end -}}
{{- end -}}
{{- $limit := ((.Values.resources | default dict).limits | default dict).memory | toString -}}
{{- if and (not $isSet) (regexMatch "^[0-9]+([.][0-9]+)?([KMGT]i?)?$" $limit) -}}
{{- $bytes := dict "" 1 "K" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $heap := mulf (regexFind "^[0-9.]+" $limit) (get $bytes (regexFind "[KMGTi]+$" $limit)) 0.7 | int64 -}}
{{- $environment = append $environment (dict "name" "NODE_OPTIONS" "value" (printf "--max-old-space-size=%d" (div $heap 1048576))) -}}
{{- end -}}
{{- concat $environment (.Values.server.extraEnv | default list) | toYaml -}}
{{- end -}}

{{/* What protects, and what values of an earlier version do not have: `helm upgrade --reuse-values` knows no defaults of this
version, and would silently leave it out. Each is for ($ or a part of its values), and a value that is there, be it empty,
stays as it is. */}}
{{- define "tollgate.podSecurityContext" -}}
{{- $safe := dict "runAsNonRoot" true "runAsUser" 65532 "runAsGroup" 65532 "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- include "tollgate.valueOr" (list .Values "podSecurityContext" $safe) -}}
{{- end -}}

{{- define "tollgate.securityContext" -}}
{{- $safe := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) -}}
{{- include "tollgate.valueOr" (list .Values "securityContext" $safe) -}}
{{- end -}}

{{- define "tollgate.webhookAnnotations" -}}
{{- include "tollgate.valueOr" (list .Values.webhooks "annotations" (dict "admissions.enforcer/disabled" "true")) -}}
{{- end -}}

{{/* The namespaces whose pods may ask for reviews; the release's own has the pod of helm test. */}}
{{- define "tollgate.callers" -}}
{{- $apiServer := .Values.networkPolicy.apiServer -}}
{{- $podsFrom := list "kube-system" "calico-apiserver" "calico-system" -}}
{{- if hasKey $apiServer "podsFrom" }}{{ $podsFrom = $apiServer.podsFrom | default list }}{{ end -}}
{{- append $podsFrom .Release.Namespace | uniq | sortAlpha | toRawJson -}}
{{- end -}}

{{/* For (values key default): the value as YAML, or the default where there is no such value; nothing where it is empty. */}}
{{- define "tollgate.valueOr" -}}
{{- with ternary (get (index . 0) (index . 1)) (index . 2) (hasKey (index . 0) (index . 1)) -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{/* Where traces go, for a network policy; nothing where there are none. */}}
{{- define "tollgate.collector" -}}
{{- $tracing := .Values.tracing | default dict -}}
{{- if $tracing.endpoint -}}
{{- if not (or $tracing.collector.namespaceLabels $tracing.collector.networks) -}}
{{- fail "tracing.endpoint is set and the network policy of the gate must let it go there: say where the collector is, by tracing.collector.namespaceLabels or tracing.collector.networks, or set networkPolicy.enabled=false" -}}
{{- end -}}
{{- toYaml $tracing.collector -}}
{{- end -}}
{{- end -}}
