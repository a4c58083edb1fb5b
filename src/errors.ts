/** One way in which the process as a whole can fail, as opposed to what it finds in somebody's objects. */
interface Failure {
  /** One sentence without a full stop; names in braces are filled in. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
  /** 2: wrong usage or configuration; 3: something that could not be done or judged. */
  readonly exitCode: 2 | 3;
}

/** Every process-level failure; docs/errors.md lists the same ones. */
export const failures = {
  ERR_NODE_TOO_OLD: {
    message: 'tollgate needs Node.js {needed} or newer, and this is {found}',
    remedy:
      'run `npm ci`, which brings Node.js 24 on Linux (x64, arm64) and macOS (arm64), and start tollgate with npm or npx; elsewhere install Node.js 24',
    exitCode: 2,
  },
  ERR_USAGE: {
    message: '{problems}',
    remedy: 'see `tollgate {command} --help`',
    exitCode: 2,
  },
  ERR_UNKNOWN_COMMAND: {
    message: '{problem}',
    remedy: 'see `tollgate --help`',
    exitCode: 2,
  },
  ERR_NO_SUCH_PATH: {
    message: 'nothing is at {paths}',
    remedy: 'name files, folders or globs that exist, or - for standard input',
    exitCode: 2,
  },
  ERR_REVISION: {
    message: '{revision} could not be read: {reason}',
    remedy:
      'name a revision that `git rev-parse` knows and a folder in it: git:main, git:HEAD~1:deploy; a shallow clone has to fetch it first',
    exitCode: 2,
  },
  ERR_NO_MANIFESTS: {
    message: 'there is no Kubernetes object in {files}',
    remedy: 'name the folder that holds the manifests, or pipe rendered ones into `tollgate check -`',
    exitCode: 2,
  },
  ERR_CONVENTIONS: {
    message: '{problems}',
    remedy:
      'correct the conventions; `tollgate conventions` prints the default ones with every field explained',
    exitCode: 2,
  },
  ERR_SUITES: {
    message: '{problems}',
    remedy: 'correct the suites; docs/conventions.md shows how they are written',
    exitCode: 2,
  },
  ERR_NO_SUITES: {
    message: 'there is no suite in {paths}',
    remedy: 'name the folder that holds the *.tollgate-test.yaml files, or take a wider --run',
    exitCode: 3,
  },
  ERR_CONVENTION_SOURCES: {
    message:
      'conventions are to come from the cluster and from {paths} at once, so it is not clear which hold',
    remedy:
      'give --conventions-from-cluster or --conventions; files become objects of the cluster by `kubectl apply -f`',
    exitCode: 2,
  },
  ERR_CANNOT_WRITE: {
    message: '{file} cannot be written: {reason}',
    remedy: 'check that its folder exists and may be written to',
    exitCode: 3,
  },
  ERR_NO_CLUSTER: {
    message: '{problem}',
    remedy:
      'give --kubeconfig a file whose current context names a cluster, or --manifests to do without one; in a pod, let its service account be mounted',
    exitCode: 2,
  },
  ERR_CERTIFICATE: {
    message: 'the certificate cannot be served: {problem}',
    remedy:
      'give --tls-cert and --tls-key PEM files of a certificate and the key that belongs to it; without both a certificate is made at start',
    exitCode: 2,
  },
  ERR_OWN_CERTIFICATE: {
    message: 'no certificate of our own can be made: {problem}',
    remedy: 'give --service and --namespace the names of the Service by which the API server calls',
    exitCode: 2,
  },
  ERR_CLIENT_AUTHORITIES: {
    message: 'no client could be recognised: {problem}',
    remedy: 'give --client-ca a PEM file with at least one certificate',
    exitCode: 2,
  },
  ERR_CANNOT_LISTEN: {
    message: 'address {address} port {port} cannot be listened on: {reason}',
    remedy: 'give {flag} a port that is free (0 takes one), and --address an address of this machine',
    exitCode: 3,
  },
  ERR_INTERNAL: {
    message: 'tollgate itself failed: {reason}',
    remedy: 'please report it with the stack trace above; nothing was judged',
    exitCode: 3,
  },
} as const satisfies Readonly<Record<`ERR_${string}`, Failure>>;

export type FailureCode = keyof typeof failures;

/** A failure of the process as a whole, with what to do about it and the exit code. */
export class TollgateError extends Error {
  readonly code: FailureCode;
  readonly remedy: string;
  readonly exitCode: number;

  constructor(code: FailureCode, values: Readonly<Record<string, string>>, options?: ErrorOptions) {
    const { message, remedy, exitCode } = failures[code];
    super(fill(message, values), options);
    this.name = 'TollgateError';
    this.code = code;
    this.remedy = fill(remedy, values);
    this.exitCode = exitCode;
  }
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (name, key: string) =>
    Object.hasOwn(values, key) ? (values[key] ?? '') : name,
  );
}
