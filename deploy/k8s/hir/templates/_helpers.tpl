{{- define "hir.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Of every object: (list ROOT COMPONENT) */}}
{{- define "hir.labels" -}}
{{- $root := index . 0 -}}
{{ include "hir.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: hir
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end -}}

{{- define "hir.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ default $root.Chart.Name $root.Values.nameOverride | trunc 63 }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* (list ROOT PROGRAM) -> repository/program:tag or @digest */}}
{{- define "hir.image" -}}
{{- $root := index . 0 -}}
{{- $program := index . 1 -}}
{{- $image := $root.Values.image -}}
{{- $digest := get $image.digests $program -}}
{{- if $digest -}}
{{- printf "%s/%s@%s" $image.repository (trimSuffix "-cuda" $program) $digest -}}
{{- else -}}
{{- $tag := default $root.Chart.AppVersion $image.tag -}}
{{- printf "%s/%s:%s%s" $image.repository (trimSuffix "-cuda" $program) $tag (ternary "-cuda" "" (hasSuffix "-cuda" $program)) -}}
{{- end -}}
{{- end -}}

{{- define "hir.serviceAccountName" -}}
{{- default (include "hir.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{/* Address of a component's headless service: (list ROOT COMPONENT PORT) */}}
{{- define "hir.address" -}}
{{- $root := index . 0 -}}
{{- printf "%s-%s.%s.svc:%v" (include "hir.fullname" $root) (index . 1) $root.Release.Namespace (index . 2) -}}
{{- end -}}

{{/* Address of one pod of a component: (list ROOT COMPONENT POD PORT) */}}
{{- define "hir.podAddress" -}}
{{- $root := index . 0 -}}
{{- $service := printf "%s-%s" (include "hir.fullname" $root) (index . 1) -}}
{{- printf "%s.%s.%s.svc:%v" (index . 2) $service $root.Release.Namespace (index . 3) -}}
{{- end -}}

{{- define "hir.runConfigMap" -}}
{{- default (printf "%s-run" (include "hir.fullname" .)) .Values.run.existingConfigMap -}}
{{- end -}}

{{/* Flags that every service has: (list ROOT COMPONENT PORT) */}}
{{- define "hir.serviceArgs" -}}
{{- $root := index . 0 -}}
{{- $component := index $root.Values (index . 1) -}}
- --listen=0.0.0.0:{{ index . 2 }}
- --health-listen=0.0.0.0:9465
- --metrics-listen=0.0.0.0:9464
- --drain-seconds={{ sub (int $component.terminationGracePeriodSeconds) 10 }}
{{- if $root.Values.tls.secretName }}
- --tls-cert=/tls/tls.crt
- --tls-key=/tls/tls.key
- --tls-ca=/tls/ca.crt
{{- else }}
- --allow-plaintext
{{- end }}
{{- end -}}

{{/* The same of the command line. */}}
{{- define "hir.clientArgs" -}}
- --connect={{ include "hir.address" (list . "replay" 7000) }}
- --verifier={{ include "hir.address" (list . "verifier" 7001) }}
- --learner={{ include "hir.podAddress" (list . "learner" (printf "%s-learner-0" (include "hir.fullname" .)) 7003) }}
{{- if .Values.tls.secretName }}
- --tls-cert=/tls/tls.crt
- --tls-key=/tls/tls.key
- --tls-ca=/tls/ca.crt
{{- end }}
{{- end -}}

{{/* (list ROOT COMPONENT PORT) */}}
{{- define "hir.ports" -}}
- { name: grpc, containerPort: {{ index . 2 }} }
- { name: health, containerPort: 9465 }
- { name: metrics, containerPort: 9464 }
{{- end -}}

{{/* Health has a port of its own without encryption, since kubelet shows no certificate: (list GRPC-SERVICE SECONDS-TO-START) */}}
{{- define "hir.probes" -}}
startupProbe:
  grpc: { port: 9465 }
  periodSeconds: 5
  failureThreshold: {{ div (index . 1) 5 }}
readinessProbe:
  grpc: { port: 9465, service: {{ index . 0 }} }
  periodSeconds: 5
  timeoutSeconds: 3
livenessProbe:
  grpc: { port: 9465 }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}

{{- define "hir.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "hir.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Names a collector of traces, with a ratio that all services share. */}}
{{- define "hir.traceEnv" -}}
{{- if .Values.tracing.endpoint }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ .Values.tracing.endpoint | quote }} }
- { name: OTEL_TRACES_SAMPLER_ARG, value: {{ .Values.tracing.ratio | quote }} }
{{- end }}
{{- end -}}

{{/* The key of the vLLM server, which reads this variable, and of its worker, which does too. */}}
{{- define "hir.vllmKeyEnv" -}}
{{- $secret := .Values.rollout.vllm.apiKeySecret }}
{{- if and (eq .Values.rollout.engine "vllm") $secret.name }}
- { name: VLLM_API_KEY, valueFrom: { secretKeyRef: { name: {{ $secret.name }}, key: {{ $secret.key }} } } }
{{- end }}
{{- end -}}

{{- define "hir.volumeMounts" -}}
- { name: tmp, mountPath: /tmp }
{{- if .Values.tls.secretName }}
- { name: tls, mountPath: /tls, readOnly: true }
{{- end }}
{{- end -}}

{{- define "hir.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 1Gi }
{{- if .Values.tls.secretName }}
- name: tls
  secret: { secretName: {{ .Values.tls.secretName }}, defaultMode: 0440 }
{{- end }}
{{- end -}}

{{- define "hir.modelMount" -}}
- { name: model, mountPath: /model, readOnly: true{{ with .Values.model.subPath }}, subPath: {{ . | quote }}{{ end }} }
{{- end -}}

{{- define "hir.modelVolume" -}}
- name: model
  {{- toYaml .Values.model.volume | nindent 2 }}
{{- end -}}

{{/* What pods of all components share: (list ROOT COMPONENT) */}}
{{- define "hir.podMetadata" -}}
{{- $root := index . 0 -}}
{{- $component := index $root.Values (index . 1) -}}
labels:
  {{- include "hir.selectorLabels" . | nindent 2 }}
  {{- with $component.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- /* Workers and learner read the run's settings once, when they start. */}}
{{- $reads := has (index . 1) (list "rollout" "learner") }}
{{- if or $reads $component.podAnnotations }}
annotations:
  {{- if $reads }}
  checksum/config: {{ include (print $root.Template.BasePath "/run-config.yaml") $root | sha256sum }}
  {{- end }}
  {{- with $component.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "hir.podSpec" -}}
{{- $root := index . 0 -}}
{{- $component := index $root.Values (index . 1) -}}
serviceAccountName: {{ include "hir.serviceAccountName" $root }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $component.terminationGracePeriodSeconds }}
securityContext:
  {{- include "hir.podSecurityContext" $root | nindent 2 }}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $component.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $component.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "hir.spread" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.topologySpread.enabled }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: {{ $root.Values.topologySpread.topologyKey }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "hir.selectorLabels" . | nindent 8 }}
{{- end }}
{{- end -}}

{{/* Contradictions that the schema can't see. */}}
{{- define "hir.validate" -}}
{{- $v := .Values -}}
{{- if not $v.model.volume -}}
{{- fail "model.volume is empty: name the volume that holds the model, e.g. model.volume.persistentVolumeClaim.claimName=models" -}}
{{- end -}}
{{- if and (not $v.run.config) (not $v.run.existingConfigMap) -}}
{{- fail "run.config is empty: give the run's configuration (--set-file run.config=configs/demo.yaml) or run.existingConfigMap" -}}
{{- end -}}
{{- if and $v.run.config $v.run.existingConfigMap -}}
{{- fail "run.config and run.existingConfigMap are both set: give one" -}}
{{- end -}}
{{- if and $v.redis.bundled $v.redis.url -}}
{{- fail "redis.bundled is true and redis.url is set: set redis.bundled=false to use the Redis of redis.url" -}}
{{- end -}}
{{- if and (not $v.redis.bundled) (not $v.redis.url) -}}
{{- fail "redis.bundled is false and redis.url is empty: name a Redis, e.g. rediss://hir:@redis.example:6379" -}}
{{- end -}}
{{- if and $v.redis.caSecret.name (not (hasPrefix "rediss://" $v.redis.url)) -}}
{{- fail "redis.caSecret is set but redis.url does not begin with rediss://" -}}
{{- end -}}
{{- if and (eq $v.learner.kind "LeaderWorkerSet") (eq (int $v.learner.workers) 1) -}}
{{- fail "learner.kind LeaderWorkerSet needs learner.workers of 2 or more; take StatefulSet for one" -}}
{{- end -}}
{{- if and (eq $v.learner.kind "LeaderWorkerSet") (not (.Capabilities.APIVersions.Has "leaderworkerset.x-k8s.io/v1/LeaderWorkerSet")) -}}
{{- fail "learner.kind is LeaderWorkerSet but the cluster does not have it: install it (lws.sigs.k8s.io) or take StatefulSet" -}}
{{- end -}}
{{- range $name := list "verifier" "rollout" -}}
{{- $auto := (index $v $name).autoscaling -}}
{{- if gt (int $auto.minReplicas) (int $auto.maxReplicas) -}}
{{- fail (printf "%s.autoscaling.minReplicas %v is above maxReplicas %v" $name $auto.minReplicas $auto.maxReplicas) -}}
{{- end -}}
{{- if and (eq $auto.kind "keda") (not ($.Capabilities.APIVersions.Has "keda.sh/v1alpha1/ScaledObject")) -}}
{{- fail (printf "%s.autoscaling.kind is keda but the cluster has no KEDA: install it (keda.sh) or take none" $name) -}}
{{- end -}}
{{- end -}}
{{- if and $v.monitoring.serviceMonitor.enabled (not (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1/ServiceMonitor")) -}}
{{- fail "monitoring.serviceMonitor.enabled is true but the cluster has no Prometheus operator: install it or set it to false" -}}
{{- end -}}
{{- if and $v.monitoring.prometheusRule.enabled (not (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1/PrometheusRule")) -}}
{{- fail "monitoring.prometheusRule.enabled is true but the cluster has no Prometheus operator: install it or set it to false" -}}
{{- end -}}
{{- end -}}
