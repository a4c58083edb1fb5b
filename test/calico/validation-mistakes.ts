// Longer than other files because it is one table: what users write, and word for word what they are told.

/** A kind, the YAML of an object without what all have, and what is told about it. */
export type Row = readonly [string, string, readonly string[]];

/** What the API server or calicoctl would refuse. */
export const problems: readonly Row[] = [
  [
    'NetworkPolicy',
    `spec: { selector: "app = 'web'" }`,
    [
      `/spec/selector selector "app = 'web'" does not parse: "=" is not an operator (character 5); expected app == "web"`,
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { selector: "has(a, b)" }',
    [
      '/spec/selector selector "has(a, b)" does not parse: has() takes one label name without quotes (character 1); expected has(a) && has(b)',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { selector: "global()" }',
    [
      '/spec/selector selector "global()" uses global(); expected global() only in the namespaceSelector of a rule',
    ],
  ],
  ['NetworkPolicy', 'spec: { selector: 5 }', ['/spec/selector selector is 5; expected a string: "5"']],
  [
    'NetworkPolicy',
    'spec: { serviceAccountSelector: "role == admin" }',
    [
      '/spec/serviceAccountSelector serviceAccountSelector "role == admin" does not parse: the value admin is not in quotes (character 9); expected role == "admin"',
    ],
  ],
  ['NetworkPolicy', 'spec: { types: [ingress] }', ['/spec/types/0 types[0] is "ingress"; expected Ingress']],
  [
    'NetworkPolicy',
    'spec: { types: Ingress }',
    ['/spec/types types is "Ingress"; expected a list, as in ["Ingress"]'],
  ],
  [
    'NetworkPolicy',
    'spec: { types: [Egress, Egress] }',
    ['/spec/types/1 types lists "Egress" more than once; expected each entry once'],
  ],
  [
    'NetworkPolicy',
    'spec: { order: "100" }',
    ['/spec/order order is "100"; expected a number without quotes: 100'],
  ],
  ['NetworkPolicy', 'spec: { order: first }', ['/spec/order order is "first"; expected a number']],
  [
    'NetworkPolicy',
    'spec: { performanceHints: [fast] }',
    ['/spec/performanceHints/0 performanceHints[0] is "fast"; expected AssumeNeededOnEveryNode'],
  ],
  [
    'NetworkPolicy',
    'spec: { tier: Security }',
    ['/spec/tier tier is "Security"; expected lower-case letters, digits and "-", in parts separated by "."'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: { action: Allow } }',
    ['/spec/ingress ingress is {"action": "Allow"}; expected a list'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{}] }',
    ['/spec/ingress/0 a rule has no action; expected action: Allow, Deny, Log or Pass'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [Allow] }',
    ['/spec/ingress/0 ingress[0] is "Allow"; expected an object'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: allow }] }',
    ['/spec/ingress/0/action action is "allow"; expected Allow'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Reject }] }',
    ['/spec/ingress/0/action action is "Reject"; expected Allow, Deny, Log or Pass'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, ipVersion: "4" }] }',
    ['/spec/ingress/0/ipVersion ipVersion is "4"; expected 4 or 6'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: tcp }] }',
    ['/spec/ingress/0/protocol protocol is "tcp"; expected TCP'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: HTTP }] }',
    [
      '/spec/ingress/0/protocol protocol is "HTTP"; expected TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite or a number from 1 to 255',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: 256 }] }',
    [
      '/spec/ingress/0/protocol protocol is 256; expected TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite or a number from 1 to 255',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, destination: { ports: [80] } }] }',
    [
      '/spec/ingress/0/destination/ports destination.ports [80] without a protocol: numbered ports belong to TCP, UDP or SCTP; expected protocol: TCP, UDP or SCTP',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: ICMP, destination: { ports: [80] } }] }',
    [
      '/spec/ingress/0/destination/ports destination.ports [80] with protocol "ICMP", which has no ports; expected protocol: TCP, UDP or SCTP',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: TCP, destination: { ports: 80 } }] }',
    ['/spec/ingress/0/destination/ports ports is 80; expected a list, as in [80]'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: TCP, destination: { ports: ["8080-8090"] } }] }',
    ['/spec/ingress/0/destination/ports/0 ports[0] is "8080-8090"; expected "8080:8090"'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: TCP, destination: { ports: ["200:100"] } }] }',
    ['/spec/ingress/0/destination/ports/0 ports[0] is "200:100"; expected "100:200"'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: TCP, destination: { ports: ["80,443"] } }] }',
    ['/spec/ingress/0/destination/ports/0 ports[0] is "80,443"; expected each port as an entry of its own'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: TCP, destination: { ports: [0] } }] }',
    [
      '/spec/ingress/0/destination/ports/0 ports[0] is 0; expected a port from 1 to 65535, a range like "8000:8080", or the name of a container port',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: TCP, destination: { ports: [My_Port] } }] }',
    [
      '/spec/ingress/0/destination/ports/0 ports[0] is "My_Port"; expected a port from 1 to 65535, a range like "8000:8080", or the name of a container port',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, source: { nets: ["10.0.0/8"] } }] }',
    [
      '/spec/ingress/0/source/nets/0 nets[0] is "10.0.0/8"; expected a CIDR such as 10.0.0.0/8 or 2001:db8::/32',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, source: { nets: ["10.0.0.1"] } }] }',
    ['/spec/ingress/0/source/nets/0 nets[0] is "10.0.0.1"; expected a CIDR: 10.0.0.1/32'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, source: { nets: ["10.1.2.3/8"] } }] }',
    [
      '/spec/ingress/0/source/nets/0 nets[0] is "10.1.2.3/8", which has bits behind its mask; expected 10.0.0.0/8',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, source: { nets: "10.0.0.0/8" } }] }',
    ['/spec/ingress/0/source/nets nets is "10.0.0.0/8"; expected a list, as in ["10.0.0.0/8"]'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, source: { nets: ["10.0.0.0/8", "10.0.0.0/8"] } }] }',
    ['/spec/ingress/0/source/nets/1 nets lists "10.0.0.0/8" more than once; expected each entry once'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, source: { notNets: ["0.0.0.0/0"] } }] }',
    [
      '/spec/ingress/0/source/notNets/0 source.notNets lists 0.0.0.0/0, every address, so the rule matches nothing; expected the networks to leave out',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Deny, source: { nets: ["0.0.0.0/0", "::/0"] } }] }',
    [
      '/spec/ingress/0/source/nets source.nets makes the rule list IPv4 and IPv6 networks; expected a rule for each IP version',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, source: { nets: ["10.0.0.0/8"] }, destination: { notNets: ["fd00::/8"] } }] }',
    [
      '/spec/ingress/0/destination/notNets destination.notNets makes the rule list IPv4 and IPv6 networks; expected a rule for each IP version',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, ipVersion: 6, source: { nets: ["10.0.0.0/8"] } }] }',
    [
      '/spec/ingress/0/source/nets source.nets lists IPv4 networks in a rule with ipVersion 6; expected IPv6 networks, or no ipVersion',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, icmp: { type: 8 } }] }',
    ['/spec/ingress/0/icmp a rule has icmp without a protocol; expected protocol: ICMP or ICMPv6'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: ICMP, icmp: { code: 0 } }] }',
    ['/spec/ingress/0/icmp icmp has code 0 and no type; expected a type beside the code'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: ICMP, icmp: { type: "8  Ping request" } }] }',
    ['/spec/ingress/0/icmp/type type is "8  Ping request"; expected a number from 0 to 254'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: ICMP, icmp: { type: 255 } }] }',
    ['/spec/ingress/0/icmp/type type is 255; expected a number from 0 to 254'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: ICMPv6, ipVersion: 4 }] }',
    [
      '/spec/ingress/0/ipVersion ipVersion is 4 in a rule with protocol "ICMPv6"; expected ipVersion: 6, or none',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Deny, http: { methods: [GET] } }] }',
    ['/spec/ingress/0/http a rule with action "Deny" has http; expected http only in Allow rules'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, protocol: UDP, http: { methods: [GET] } }] }',
    ['/spec/ingress/0/http a rule with protocol "UDP" has http; expected protocol: TCP, or none'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, http: { methods: [GET, GET], paths: [{ exact: foo }, {}, { exact: /a, prefix: /b }] } }] }',
    [
      '/spec/ingress/0/http/methods/1 methods lists "GET" more than once; expected each entry once',
      '/spec/ingress/0/http/paths/0 paths[0] is the path "foo"; expected a path that starts with "/", without "?", "#" and spaces',
      '/spec/ingress/0/http/paths/1 paths[1] is {}; expected exact or prefix with a path',
      '/spec/ingress/0/http/paths/2 paths[2] has both exact "/a" and prefix "/b"; expected one of the two',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { egress: [{ action: Allow, http: { methods: [GET] } }] }',
    ['/spec/egress/0/http an egress rule has http; expected http only in ingress rules'],
  ],
  [
    'NetworkPolicy',
    'spec: { egress: [{ action: Allow, destination: { services: { name: dns }, selector: "all()" } }] }',
    [
      '/spec/egress/0/destination/services destination has services beside selector; expected services alone, the rest in a rule of its own',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { egress: [{ action: Allow, protocol: UDP, destination: { services: { name: dns }, ports: [53] } }] }',
    [
      '/spec/egress/0/destination/ports destination has services beside ports [53]; expected services without ports: those of its endpoints are matched',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { egress: [{ action: Allow, destination: { services: {} } }] }',
    ['/spec/egress/0/destination/services services names no service; expected services.name'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, destination: { services: { name: web } } }] }',
    [
      '/spec/ingress/0/destination/services an ingress rule has destination.services; expected source.services',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, source: { namespaceSelector: "global() || all()" } }] }',
    [
      '/spec/ingress/0/source/namespaceSelector namespaceSelector "global() || all()" combines global() with something else; expected global() alone',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, source: { serviceAccounts: { names: client } } }] }',
    ['/spec/ingress/0/source/serviceAccounts/names names is "client"; expected a list, as in ["client"]'],
  ],
  [
    'GlobalNetworkPolicy',
    'spec: { egress: [{ action: Allow, destination: { services: { name: dns } } }] }',
    [
      '/spec/egress/0/destination/services destination.services "dns" has no namespace, and a global policy implies none; expected destination.services.namespace',
    ],
  ],
  [
    'GlobalNetworkPolicy',
    'spec: { doNotTrack: true, preDNAT: true }',
    [
      '/spec/preDNAT doNotTrack and preDNAT are both true; expected one of the two',
      '/spec preDNAT is true and applyOnForward is not; expected applyOnForward: true',
    ],
  ],
  [
    'GlobalNetworkPolicy',
    'spec: { preDNAT: true, applyOnForward: true, types: [Ingress, Egress], egress: [{ action: Allow }] }',
    [
      '/spec/egress a policy with preDNAT has 1 egress rules; expected ingress rules only',
      '/spec/types a policy with preDNAT has types ["Ingress", "Egress"]; expected ["Ingress"]',
    ],
  ],
  [
    'GlobalNetworkPolicy',
    'spec: { applyOnForward: "yes" }',
    ['/spec/applyOnForward applyOnForward is "yes"; expected true or false'],
  ],
  [
    'GlobalNetworkPolicy',
    `metadata: { name: knp.default.web }
spec: {}`,
    [
      '/metadata/name the name is "knp.default.web"; expected lower-case letters, digits and "-", with at most one "." between tier and name',
    ],
  ],
  [
    'NetworkPolicy',
    `metadata: { name: Web }
spec: {}`,
    [
      '/metadata/name the name is "Web"; expected lower-case letters, digits and "-", with at most one "." between tier and name',
    ],
  ],
  [
    'NetworkPolicy',
    `metadata: { labels: { app: "my shop" } }
spec: {}`,
    [
      '/metadata/labels/app the label app is "my shop"; expected at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends',
    ],
  ],
  ['NetworkPolicy', 'kind: NetworkPolicy', [' a NetworkPolicy has no spec; expected spec: an object']],
  [
    'StagedNetworkPolicy',
    'spec: { stagedAction: Remove }',
    ['/spec/stagedAction stagedAction is "Remove"; expected Set, Delete, Learn or Ignore'],
  ],
  [
    'StagedNetworkPolicy',
    'spec: { stagedAction: Delete, selector: "all()" }',
    ['/spec/selector a staged deletion has selector "all()"; expected no other field than tier'],
  ],
  [
    'StagedKubernetesNetworkPolicy',
    'spec: { podSelector: {}, ingress: [{ ports: [{ port: 80, endPort: 70 }] }] }',
    [
      '/spec a rule of the policy cannot be converted, so Calico would drop it; expected a valid Kubernetes NetworkPolicy',
    ],
  ],
  [
    'Tier',
    `metadata: { name: team.web }
spec: { order: 100 }`,
    ['/metadata/name the name is "team.web"; expected lower-case letters, digits and "-"'],
  ],
  [
    'Tier',
    'spec: { defaultAction: Allow }',
    ['/spec/defaultAction defaultAction is "Allow"; expected Deny or Pass'],
  ],
  [
    'Tier',
    `metadata: { name: default }
spec: { order: 10, defaultAction: Pass }`,
    [
      '/spec/order the tier default has order 10; expected order: 1000000',
      '/spec/defaultAction the tier default has defaultAction "Pass"; expected defaultAction: Deny',
    ],
  ],
  [
    'GlobalNetworkSet',
    'spec: { nets: [example.com] }',
    ['/spec/nets/0 nets[0] is "example.com"; expected a CIDR such as 10.0.0.0/8 or 2001:db8::/32'],
  ],
  [
    'NetworkSet',
    `metadata: { name: web, labels: { projectcalico.org/namespace: shop } }
spec: {}`,
    [
      '/metadata/labels/projectcalico.org~1namespace the label projectcalico.org/namespace is "shop": Calico sets it itself; expected another label',
    ],
  ],
  [
    'HostEndpoint',
    'spec: { node: node1 }',
    [
      '/spec the spec of a HostEndpoint has neither interfaceName nor expectedIPs; expected interfaceName: "*", or the IPs of an interface',
    ],
  ],
  [
    'HostEndpoint',
    'spec: { interfaceName: eth0, expectedIPs: [10.0.0.1/32], ports: [{ name: HTTP, protocol: ICMP, port: 0 }] }',
    [
      '/spec/expectedIPs/0 expectedIPs[0] is "10.0.0.1/32"; expected an IP address such as 10.0.0.1 or 2001:db8::1',
      '/spec/ports/0/name name is "HTTP"; expected up to 15 lower-case letters, digits and single "-", at least one of them a letter',
      '/spec/ports/0/port port is 0; expected a number from 1 to 65535',
      '/spec/ports/0/protocol ports[0] has protocol "ICMP", which has no ports; expected TCP, UDP or SCTP',
      '/spec the spec of a HostEndpoint has no node; expected node: the name of the node',
    ],
  ],
  [
    'Profile',
    'spec: { labelsToApply: { ".a": b } }',
    [
      '/spec/labelsToApply/.a ".a" cannot be the name of a label; expected up to 63 letters, digits, "-", "_" and ".", after at most one DNS prefix and "/"',
    ],
  ],
];

/** Fields that Calico does not have. */
export const unknown: readonly Row[] = [
  [
    'NetworkPolicy',
    'spec: { ingres: [] }',
    [
      '/spec/ingres "ingres" is no field of the spec of a NetworkPolicy, so Calico drops it; expected ingress',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { podSelector: {} }',
    [
      '/spec/podSelector "podSelector" is no field of the spec of a NetworkPolicy, so Calico drops it; expected selector',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { policyTypes: [Ingress] }',
    [
      '/spec/policyTypes "policyTypes" is no field of the spec of a NetworkPolicy, so Calico drops it; expected types',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { namespaceSelector: "all()" }',
    [
      '/spec/namespaceSelector "namespaceSelector" is no field of the spec of a NetworkPolicy, so Calico drops it; expected a GlobalNetworkPolicy: a NetworkPolicy is about its own namespace',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, from: [] }] }',
    ['/spec/ingress/0/from "from" is no field of a rule, so Calico drops it; expected source'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, ports: [80] }] }',
    ['/spec/ingress/0/ports "ports" is no field of a rule, so Calico drops it; expected destination.ports'],
  ],
  [
    'NetworkPolicy',
    'spec: { ingress: [{ action: Allow, source: { namespaceselector: "all()" } }] }',
    [
      '/spec/ingress/0/source/namespaceselector "namespaceselector" is no field of a source or destination, so Calico drops it; expected namespaceSelector',
    ],
  ],
  [
    'NetworkPolicy',
    'spec: { egress: [{ action: Allow, destination: { domains: [example.com] } }] }',
    [
      '/spec/egress/0/destination/domains "domains" is no field of a source or destination, so Calico drops it',
    ],
  ],
  [
    'Tier',
    'spec: { deafultAction: Pass }',
    [
      '/spec/deafultAction "deafultAction" is no field of the spec of a Tier, so Calico drops it; expected defaultAction',
    ],
  ],
];
