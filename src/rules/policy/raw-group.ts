import { annotationsOf, groupOf } from '../../kubernetes/object.ts';
import { nameOf } from '../../facts/object-name.ts';
import { defineRule } from '../define-rule.ts';
import { isWrittenByCalico } from '../../facts/policy/policy-of.ts';

/**
 * A Calico object is written to the group in which Calico's API server stores what it has been given.
 * Source: Calico's documentation on its API server, and what becomes of missing types in felix/calc/policy_sorter.go.
 */
export const rawGroup = defineRule({
  id: 'policy/raw-group',
  title: "A Calico object is written to Calico's storage instead of its API",
  appliesTo: {
    kinds: [
      'NetworkPolicy.crd.projectcalico.org',
      'GlobalNetworkPolicy.crd.projectcalico.org',
      'StagedNetworkPolicy.crd.projectcalico.org',
      'StagedGlobalNetworkPolicy.crd.projectcalico.org',
      'StagedKubernetesNetworkPolicy.crd.projectcalico.org',
      'Tier.crd.projectcalico.org',
      'NetworkSet.crd.projectcalico.org',
      'GlobalNetworkSet.crd.projectcalico.org',
      'HostEndpoint.crd.projectcalico.org',
    ],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  // What is stored in a cluster does not tell who wrote it.
  defaultAction: { admission: 'warn', ci: 'warn', audit: 'off' },
  check: (subject, { inventory }) => {
    const { object, operation } = subject;
    const { mode } = inventory.policyWorld.options;
    if (groupOf(object.apiVersion) !== 'crd.projectcalico.org' || isWrittenByCalico(subject)) return [];
    // Without Calico's API server calicoctl writes here as well, once it has checked; it leaves this annotation.
    const isPacked = Object.hasOwn(annotationsOf(object), 'projectcalico.org/metadata');
    if (operation !== 'STATE' && mode === 'raw' && isPacked) return [];
    return [
      {
        pointer: '/apiVersion',
        lead: nameOf(object),
        message:
          "is written to crd.projectcalico.org, Calico's storage, where nothing checks or completes it",
        found: object.apiVersion,
        expected:
          mode === 'raw' && operation !== 'STATE'
            ? 'apiVersion: projectcalico.org/v3, applied with calicoctl'
            : 'apiVersion: projectcalico.org/v3',
        witness:
          mode === 'v3crd' && operation !== 'STATE'
            ? 'Calico reads projectcalico.org/v3 in this cluster and nothing else'
            : 'a policy without types governs both directions there, and one that is not valid is dropped without a word; a Calico with native v3 resources reads none of it',
      },
    ];
  },
});
