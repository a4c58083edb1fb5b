import type { CustomWorkload } from './custom-workload.ts';

function argo(kind: string, at: string): CustomWorkload {
  return {
    group: 'argoproj.io',
    kind,
    annotations: [`${at}/podMetadata/annotations`, `${at}/templates/*/metadata/annotations`],
    hostNetwork: [`${at}/hostNetwork`],
    source: 'argo-workflows pkg/apis/workflow/v1alpha1 (WorkflowSpec), workflow/controller/workflowpod.go',
  };
}

function template(group: string, kind: string, at: string, source: string): CustomWorkload {
  return {
    group,
    kind,
    annotations: [`${at}/metadata/annotations`],
    hostNetwork: [`${at}/spec/hostNetwork`],
    source,
  };
}

/** Workflows, jobs and other makers of pods that are no databases. */
export const runners: readonly CustomWorkload[] = [
  argo('Workflow', '/spec'),
  argo('WorkflowTemplate', '/spec'),
  argo('ClusterWorkflowTemplate', '/spec'),
  argo('CronWorkflow', '/spec/workflowSpec'),
  template('argoproj.io', 'Rollout', '/spec/template', 'argo-rollouts pkg/apis/rollouts/v1alpha1'),
  template(
    'keda.sh',
    'ScaledJob',
    '/spec/jobTargetRef/template',
    'keda apis/keda/v1alpha1/scaledjob_types.go',
  ),
  template('serving.knative.dev', 'Service', '/spec/template', 'knative serving pkg/apis/serving/v1'),
  template('apps.kruise.io', 'CloneSet', '/spec/template', 'openkruise apis/apps/v1alpha1'),
  template('apps.kruise.io', 'StatefulSet', '/spec/template', 'openkruise apis/apps/v1beta1'),
  template('apps.kruise.io', 'DaemonSet', '/spec/template', 'openkruise apis/apps/v1alpha1'),
  template(
    'jobset.x-k8s.io',
    'JobSet',
    '/spec/replicatedJobs/*/template/spec/template',
    'jobset api/jobset/v1alpha2',
  ),
  ...(
    [
      ['PyTorchJob', 'pytorchReplicaSpecs'],
      ['TFJob', 'tfReplicaSpecs'],
      ['MPIJob', 'mpiReplicaSpecs'],
      ['XGBoostJob', 'xgbReplicaSpecs'],
    ] as const
  ).map(([kind, field]) =>
    template(
      'kubeflow.org',
      kind,
      `/spec/${field}/*/template`,
      'kubeflow training-operator pkg/apis/kubeflow.org/v1',
    ),
  ),
  template('kubeflow.org', 'Notebook', '/spec/template', 'kubeflow notebook-controller api/v1'),
  {
    group: 'sparkoperator.k8s.io',
    kind: 'SparkApplication',
    annotations: ['/spec/driver/annotations', '/spec/executor/annotations'],
    hostNetwork: ['/spec/driver/hostNetwork', '/spec/executor/hostNetwork'],
    source: 'spark-operator api/v1beta2 (SparkPodSpec)',
  },
  {
    group: 'sparkoperator.k8s.io',
    kind: 'ScheduledSparkApplication',
    annotations: ['/spec/template/driver/annotations', '/spec/template/executor/annotations'],
    hostNetwork: ['/spec/template/driver/hostNetwork', '/spec/template/executor/hostNetwork'],
    source: 'spark-operator api/v1beta2 (SparkPodSpec)',
  },
  {
    group: 'tekton.dev',
    kind: 'TaskRun',
    annotations: ['/metadata/annotations'],
    hostNetwork: ['/spec/podTemplate/hostNetwork'],
    source: 'tekton pipeline pkg/pod/pod.go, pkg/apis/pipeline/pod/template.go',
  },
  {
    group: 'tekton.dev',
    kind: 'PipelineRun',
    annotations: ['/metadata/annotations'],
    hostNetwork: ['/spec/taskRunTemplate/podTemplate/hostNetwork', '/spec/podTemplate/hostNetwork'],
    source: 'tekton pipeline pkg/reconciler/pipelinerun, pkg/apis/pipeline/pod/template.go',
  },
  {
    group: 'k8s.keycloak.org',
    kind: 'Keycloak',
    annotations: ['/spec/unsupported/podTemplate/metadata/annotations'],
    hostNetwork: ['/spec/unsupported/podTemplate/spec/hostNetwork'],
    // The template is the only place: the StatefulSet is built upon it, and the Keycloak's own metadata is not read.
    ownAnnotations: 'stay',
    labels: { 'app.kubernetes.io/instance': '{name}' },
    accounts: ['{name}'],
    source:
      'keycloak operator KeycloakDeploymentDependentResource.java (createBaseDeployment, getPodTemplateSpec), KeycloakServiceAccountDependentResource.java, Utils.java (allInstanceLabels)',
  },
  ...(
    [
      ['AutoscalingRunnerSet', ['/spec/template', '/spec/listenerTemplate']],
      ['AutoscalingListener', ['/spec/template']],
      ['EphemeralRunnerSet', ['/spec/ephemeralRunnerSpec']],
      ['EphemeralRunner', ['/spec']],
    ] as const
  ).map(
    ([kind, templates]): CustomWorkload => ({
      group: 'actions.github.com',
      kind,
      annotations: [
        ...templates.map((at) => `${at}/metadata/annotations`),
        // A runner gets those of its set, and the pod those of its runner.
        ...(kind === 'AutoscalingRunnerSet' ? ['/spec/ephemeralRunnerSetMetadata/annotations'] : []),
        ...(kind === 'AutoscalingRunnerSet' || kind === 'EphemeralRunnerSet'
          ? ['/spec/ephemeralRunnerMetadata/annotations']
          : []),
        ...(kind === 'EphemeralRunner' || kind === 'EphemeralRunnerSet' ? ['/metadata/annotations'] : []),
      ],
      hostNetwork: templates.map((at) => `${at}/spec/hostNetwork`),
      source:
        'actions-runner-controller apis/actions.github.com/v1alpha1, controllers/actions.github.com/resourcebuilder.go (newEphemeralRunner, newEphemeralRunnerPod, mergeListenerPodWithTemplate)',
    }),
  ),
  ...(
    [
      ['Runner', '/metadata/annotations'],
      ['RunnerReplicaSet', '/spec/template/metadata/annotations'],
      ['RunnerDeployment', '/spec/template/metadata/annotations'],
      ['RunnerSet', '/spec/template/metadata/annotations'],
    ] as const
  ).map(
    ([kind, annotations]): CustomWorkload => ({
      group: 'actions.summerwind.dev',
      kind,
      annotations: [annotations],
      source:
        'actions-runner-controller apis/actions.summerwind.net/v1alpha1, controllers/actions.summerwind.net/runner_controller.go (newPod)',
    }),
  ),
];
