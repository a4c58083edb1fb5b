/** The convention that holds where no other is given; `tollgate conventions` prints it, and every value is written out. */
export const defaultConvention = `apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata:
  name: baseline
spec:
  priority: 0
  namespaces:
    selector: {}
    exclude:
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
      - tollgate-system
  defaultDeny:
    directions: [Ingress, Egress]
    families: [IPv4, IPv6]
    onMissing: reject
  mesh:
    inject: enabled
    linkerd:
      version: "2.20"
      namespace: linkerd
      outboundTransportMode: transport-header
      cni: false
      nativeSidecar: true
    namespaces: {}
  labels:
    # Added where it is missing, so that policies can select on it; nothing is refused for want of it.
    - key: app.kubernetes.io/name
      value:
        firstOf:
          - podLabel: app
          - podLabel: k8s-app
          - workloadName: {}
      required: false
  stores: []
  workloads: []
  nameServer:
    namespace: kube-system
    podLabels:
      k8s-app: kube-dns
    port: 53
  rules: {}
  waivers:
    requiredFields: []
    wholeGroups: false
    byAnnotation: false
    never: []
    mustName: []
    globs: true
    mustPin: []
  calico: {}
`;
