import type { RuleId } from '../../conventions/document/action.ts';
import type { Direction } from '../../kubernetes/direction.ts';

/** A control of a catalogue, the part of it that rules look at, and these rules. */
export interface Control {
  readonly id: string;
  /** As the catalogue calls it. */
  readonly title: string;
  readonly source: string;
  /** What of it is looked at, and what is not: a rule that touches a control does not fulfil it. */
  readonly part: string;
  readonly rules: readonly RuleId[];
  /** Without this part of a convention none of the rules has anything to judge. */
  readonly needs: 'defaultDeny' | 'mesh';
  /** The findings that count, where they tell of directions. */
  readonly direction?: Direction;
}

const cis = 'CIS Kubernetes Benchmark';
const nist = 'NIST SP 800-53 Rev. 5';
const pci = 'PCI DSS v4.0.1';

const closed: readonly RuleId[] = [
  'gate/default-deny-missing',
  'gate/unknown',
  'gate/wide-hole',
  'policy/one-family-only',
  'policy/pass-to-profile',
];
const encrypted: readonly RuleId[] = [
  'mesh/opt-out',
  'mesh/inject-missing',
  'mesh/inject-value',
  'mesh/not-injectable',
  'mesh/proxy-missing',
  'mesh/bypass',
  'data/unencrypted',
];

/**
 * Which rules touch which controls; the only table of them. Reports, SARIF and docs/evidence.md are made from it.
 * Source: CIS Kubernetes Benchmark, 5.3.2; NIST SP 800-53 Rev. 5, SC-7, SC-7(5), SC-8, SC-8(1); PCI DSS v4.0.1, 1.3.1,
 * 1.3.2, 1.4.2, 4.2.1.
 */
export const controls: readonly Control[] = [
  {
    id: 'CIS Kubernetes 5.3.2',
    title: 'Ensure that all Namespaces have Network Policies defined',
    source: cis,
    part: 'every pod that could exist in a governed namespace is denied by default; namespaces without a convention are listed and not judged',
    rules: [...closed, 'policy/ineffective'],
    needs: 'defaultDeny',
  },
  {
    id: 'NIST SC-7',
    title: 'Boundary Protection',
    source: nist,
    part: 'between pods: what goes around policies or poses as somebody else; not the boundary of the cluster itself',
    rules: ['gate/host-network', 'policy/forged-peer', 'policy/host-endpoints', 'data/open'],
    needs: 'defaultDeny',
  },
  {
    id: 'NIST SC-7(5)',
    title: 'Boundary Protection | Deny by Default — Allow by Exception',
    source: nist,
    part: 'deny by default in governed namespaces, and rules that are wider than an exception; not who approved an exception that a policy makes',
    rules: closed,
    needs: 'defaultDeny',
  },
  {
    id: 'NIST SC-8',
    title: 'Transmission Confidentiality and Integrity',
    source: nist,
    part: 'TCP between pods that are both in the mesh; not UDP, nor connections to or from anybody outside the mesh',
    rules: encrypted,
    needs: 'mesh',
  },
  {
    id: 'NIST SC-8(1)',
    title: 'Transmission Confidentiality and Integrity | Cryptographic Protection',
    source: nist,
    part: 'the same by mutual TLS of Linkerd; which cryptographic module its proxy is built with is not looked at',
    rules: encrypted,
    needs: 'mesh',
  },
  {
    id: 'PCI DSS 1.3.1',
    title: 'Inbound traffic to the CDE is restricted',
    source: pci,
    part: 'ingress of governed namespaces is denied by default; which of them are the cardholder data environment is for you to say',
    rules: closed,
    needs: 'defaultDeny',
    direction: 'Ingress',
  },
  {
    id: 'PCI DSS 1.3.2',
    title: 'Outbound traffic from the CDE is restricted',
    source: pci,
    part: 'egress of governed namespaces is denied by default; which of them are the cardholder data environment is for you to say',
    rules: closed,
    needs: 'defaultDeny',
    direction: 'Egress',
  },
  {
    id: 'PCI DSS 1.4.2',
    title: 'Inbound traffic from untrusted networks to trusted networks is restricted',
    source: pci,
    part: 'rules that open ingress to anywhere, and pods that no policy reaches; not load balancers and firewalls before the cluster',
    rules: ['gate/wide-hole', 'gate/host-network', 'policy/forged-peer'],
    needs: 'defaultDeny',
  },
  {
    id: 'PCI DSS 4.2.1',
    title: 'Strong cryptography during transmission over open, public networks',
    source: pci,
    part: 'TCP between pods of the mesh, where the network of the cluster is such a network; not connections that leave the mesh',
    rules: encrypted,
    needs: 'mesh',
  },
];

/** The ids of the controls that a rule touches. */
export function controlsOf(rule: string): readonly string[] {
  return controls.filter(({ rules }) => rules.some((id) => id === rule)).map(({ id }) => id);
}
