import { evaluateFlow, openingRules, type OpeningRule } from '../../calico/index.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { annotationsOf } from '../../kubernetes/object.ts';
import type { Convention } from '../../conventions/convention/convention.ts';
import { includesPort, readSkipPorts, skipRoute } from '../../linkerd/index.ts';
import { nameOf } from '../../facts/object-name.ts';
import { placeOf } from '../../facts/policy/peer-namespaces.ts';
import {
  becomesMeshed,
  describeWorkload,
  injectValueOf,
  meshConventionOf,
  type MeshWorkload,
} from '../../facts/workload/mesh-workload.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext } from '../../facts/subject.ts';
import { podFrom } from '../../facts/workload/workload-pod.ts';
import { storeGateOf, type StoreGate } from '../../facts/store/store-gate.ts';
import { storeInWords } from '../../facts/store/store.ts';

/**
 * Clients of a database or broker connect to it otherwise than from proxy to proxy: the store is outside the mesh, its
 * port is skipped, or its gate is open on the port itself for peers that have no proxy.
 * Source: linkerd2 docs on automatic mTLS; charts/partials _proxy-init.tpl.
 */
export const dataUnencrypted = defineRule({
  id: 'data/unencrypted',
  title: 'Clients reach a database or broker on a way that Linkerd does not encrypt',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const gate = storeGateOf(subject, context);
    if (!gate?.workload || gate.workload.wanted.reasons.includes('sidecar_already_exists')) return [];
    const obstacle = gate.proxy ? undefined : outsideMesh(gate.workload);
    if (obstacle !== undefined) return [remarkOn(gate, gate.store.ports, obstacle)];
    const skipped = gate.store.ports.filter((port) => gate.proxy?.skips(port));
    if (skipped.length > 0) return [remarkOn(gate, skipped, skippedPorts)];
    const byDefault = skippedByDefault(gate);
    if (byDefault.length > 0) return [remarkOn(gate, byDefault, skippedByLinkerd)];
    for (const port of gate.store.ports) {
      const because = plainWayTo(port, gate, context);
      if (because !== undefined) return [remarkOn(gate, [port], { because, expected: throughProxy })];
    }
    return [];
  },
});

interface Obstacle {
  readonly because: string;
  readonly expected: string;
}

const throughProxy =
  'clients in the mesh, which connect on the inbound port of the proxy, and no rule that opens the port itself';

const skippedPorts: Obstacle = {
  because: 'its port is among skip-inbound-ports, so connections go past the proxy',
  expected: 'config.linkerd.io/opaque-ports instead of config.linkerd.io/skip-inbound-ports',
};

const skippedByLinkerd: Obstacle = {
  because:
    'Linkerd skips these ports by default, so its members meet past their proxies and a Server on them has no effect',
  expected:
    'config.linkerd.io/skip-inbound-ports and config.linkerd.io/skip-outbound-ports without them on the pod template (any other list replaces the default), or TLS of its own and a waiver for data/unencrypted',
};

/** Ports of members that are skipped without a word in the pod template or namespace, such as Galera's. */
function skippedByDefault({ proxy, store }: StoreGate): readonly number[] {
  if (!proxy) return [];
  const usual = readSkipPorts(proxy.profile.skipInboundPorts, skipRoute('inbound', proxy.profile));
  return store.otherPorts.filter((port) => proxy.skips(port) && includesPort(usual, port));
}

/** Why a store is served without a proxy; undefined where another rule will see to it that it gets one. */
function outsideMesh({ optOut, podSecurity, unfinished, wanted }: MeshWorkload): Obstacle | undefined {
  const expected = 'a store in the mesh, or TLS of its own and a waiver for data/unencrypted';
  if (optOut) return { because: 'it opts out of the mesh', expected };
  if (podSecurity) return { because: 'Pod Security keeps the proxy out of its namespace', expected };
  if (unfinished || wanted.podCreation !== 'allowed') return undefined;
  return { because: 'its pods get no proxy', expected };
}

/** A way to a port that is open to peers without a proxy, in words; undefined where there is none. */
function plainWayTo(
  port: number,
  { pod, proxy, world }: StoreGate,
  context: RuleContext,
): string | undefined {
  if (!proxy || proxy.dialed(port) === port) return undefined;
  const admits = proxy
    .access(port)
    .grants.some(({ clients, route }) => route === undefined && typeof clients.identities === 'string');
  if (!admits) return undefined;
  const rules = openingRules(world, { pod, direction: 'Ingress', protocol: 'TCP', port });
  for (const opening of rules) {
    const who = unmeshedPeer(opening, port, pod, context);
    if (who !== undefined) {
      const { policy, rule } = opening;
      return `${nameOf(policy.reference)} opens port ${port} by its ingress rule ${rule.index + 1} to ${who}`;
    }
  }
  return undefined;
}

/** Somebody without a proxy whom a rule lets in, as far as that is known. */
function unmeshedPeer(
  { rule }: OpeningRule,
  port: number,
  pod: StoreGate['pod'],
  { conventions, inventory, point }: RuleContext,
): string | undefined {
  const place = placeOf(rule.source);
  if (place === 'unknown') return undefined;
  if (place === 'anywhere') return 'everybody';
  for (const name of place) {
    const namespace = inventory.namespace(name);
    if (!namespace) continue;
    const convention: Convention | undefined = conventions.governing(namespaceIdentity(name, namespace));
    const mesh = meshConventionOf(convention);
    if (!mesh) {
      // Nobody asks its pods to be meshed, and still they may be.
      if (injectValueOf(annotationsOf(namespace)) !== undefined) continue;
      return `namespace "${name}", which is outside the mesh`;
    }
    for (const object of inventory.workloads(name)) {
      const workload = describeWorkload(object, mesh, inventory, point);
      if (!workload || becomesMeshed(workload)) continue;
      const flow = {
        source: { pod: podFrom(object, workload.template) },
        destination: { pod },
        protocol: 'TCP',
        destinationPort: port,
      };
      if (evaluateFlow(inventory.policyWorld, flow).ingress?.verdict === 'allow')
        return `${nameOf(object)}, which is outside the mesh`;
    }
  }
  return undefined;
}

function remarkOn({ store }: StoreGate, ports: readonly number[], { because, expected }: Obstacle): Remark {
  const { name, template } = store;
  return {
    pointer: template.pointer,
    message: `${storeInWords(name, ports)} takes connections that Linkerd does not encrypt`,
    witness: because,
    expected,
  };
}
