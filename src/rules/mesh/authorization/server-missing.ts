import { policyControllerPorts, serversByPort } from '../../../linkerd/index.ts';
import { defineRule } from '../../define-rule.ts';
import { isWhole, meshPoliciesAround } from '../../../facts/mesh/mesh-policies.ts';
import { becomesMeshed, meshWorkloadOf } from '../../../facts/workload/mesh-workload.ts';
import { plural } from '../../../text/plural.ts';

/** A TCP port that the containers of a meshed workload declare, and that no Server of the namespace selects. */
export const serverMissing = defineRule({
  id: 'mesh/server-missing',
  title: 'A declared container port is selected by no Server',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'off',
  readsInventory: true,
  check: (subject, context) => {
    const workload = meshWorkloadOf(subject, context);
    if (!workload || !becomesMeshed(workload) || !isWhole(context.inventory)) return [];
    const { mesh, namespace, template } = workload;
    const declared = policyControllerPorts(template.spec, mesh.linkerd).filter(
      ({ protocol }) => protocol === 'TCP',
    );
    if (declared.length === 0) return [];
    const servers = serversByPort(
      template,
      namespace.name,
      meshPoliciesAround(subject, context),
      mesh.linkerd,
    );
    const bare = declared.filter(({ port }) => !servers.has(port));
    if (bare.length === 0) return [];
    const ports = bare.map(({ name, port }) => (name === undefined ? String(port) : `${name} (${port})`));
    return [
      {
        pointer: `${template.pointer}/spec/containers`,
        message: `no Server selects its ${plural(ports.length, 'port')} ${ports.join(', ')}`,
        found: ports.join(', '),
        expected:
          'a Server (policy.linkerd.io/v1beta3) for each port, and an AuthorizationPolicy that says who may connect',
      },
    ];
  },
});
