import { joinBundle, parseBundle } from '../../certificates/bundle.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { createReflector } from '../follow/reflector.ts';
import type { Schedule } from '../pace/schedule.ts';
import { list, texts } from '../../kubernetes/read.ts';

export interface CaBundleOptions {
  readonly connection: ApiConnection;
  /** Names of webhook configurations; each may be a validating one, a mutating one, or both. */
  readonly names: readonly string[];
  readonly schedule: Schedule;
  /** Told when a configuration has come, changed or gone. */
  readonly onChange: () => void;
}

/** The authorities by which the API server knows this webhook, in the configurations that call it. */
export interface CaBundle {
  readonly start: () => void;
  readonly close: () => Promise<void>;
  /** Every configuration that there is has been read. */
  readonly synced: () => boolean;
  /** How many configurations there are of these names. */
  readonly count: () => number;
  /** Whether every webhook of theirs trusts all these authorities (PEM). */
  readonly trusts: (authorities: string) => boolean;
  /**
   * Makes these authorities the trusted ones, where others are: nothing else of a configuration is touched, and
   * nothing is written where nothing differs.
   * @throws ApiError
   */
  readonly publish: (authorities: string, signal: AbortSignal) => Promise<void>;
  /** Why the configurations are not known as they are now. */
  readonly problem: () => string | undefined;
}

const resources = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];

export function createCaBundle({ connection, names, schedule, onChange }: CaBundleOptions): CaBundle {
  const followed = resources.flatMap((resource) =>
    [...new Set(names)].map((name) => {
      const path = `/apis/admissionregistration.k8s.io/v1/${resource}`;
      const reflector = createReflector({
        connection,
        schedule,
        path: () => path,
        query: { fieldSelector: `metadata.name=${name}` },
        project: (object) => (object.metadata.name === name ? slimConfiguration(object) : undefined),
        onChange: () => void setImmediate(onChange), // the copy has it only then
        onStatus: onChange,
      });
      return { path: `${path}/${name}`, reflector };
    }),
  );
  const patched = new Map<string, string | undefined>();
  const configurations = () =>
    followed.flatMap(({ path, reflector }) =>
      Array.from(reflector.objects(), (object) => ({ path, object, bundles: bundlesOf(object) })),
    );
  return {
    start: () => {
      for (const { reflector } of followed) reflector.start();
    },
    close: async () => {
      await Promise.all(followed.map(({ reflector }) => reflector.close()));
    },
    synced: () => followed.every(({ reflector }) => reflector.status().synced),
    count: () => configurations().length,
    trusts: (authorities) => {
      const wanted = fingerprintsOf(authorities);
      return configurations().every(({ bundles }) =>
        bundles.every((bundle) => wanted.isSubsetOf(fingerprintsOf(bundle))),
      );
    },
    publish: async (authorities, signal) => {
      const wanted = fingerprintsOf(authorities);
      const caBundle = Buffer.from(joinBundle(authorities)).toString('base64');
      for (const { path, object, bundles } of configurations()) {
        const edits = bundles.flatMap((bundle, index) =>
          wanted.symmetricDifference(fingerprintsOf(bundle)).size === 0
            ? []
            : [
                {
                  op: 'add',
                  path: pointerOf('webhooks', index, 'clientConfig', 'caBundle'),
                  value: caBundle,
                },
              ],
        );
        // A version that has been patched is gone, though the copy may not know that yet.
        if (edits.length === 0 || patched.get(path) === object.metadata.resourceVersion) continue;
        // Webhooks are told apart by their place, which holds only for the version that was read.
        const { resourceVersion: value } = object.metadata;
        const patch = [{ op: 'test', path: '/metadata/resourceVersion', value }, ...edits];
        const body = { type: 'application/json-patch+json', value: patch };
        await connection.json('PATCH', path, { body, signal });
        patched.set(path, value);
      }
    },
    problem: () =>
      followed.map(({ reflector }) => reflector.status().problem).find((problem) => problem !== undefined),
  };
}

/** Of a configuration nothing counts but the bundles. */
function slimConfiguration({ apiVersion, kind, metadata, webhooks }: KubernetesObject): KubernetesObject {
  const { name, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    bundles: list(webhooks).map(bundleOf),
  };
}

function bundleOf(webhook: unknown): string {
  const clientConfig = isRecord(webhook) ? webhook.clientConfig : undefined;
  const caBundle = isRecord(clientConfig) ? clientConfig.caBundle : undefined;
  return typeof caBundle === 'string' ? Buffer.from(caBundle, 'base64').toString('utf8') : '';
}

function bundlesOf({ bundles }: KubernetesObject): readonly string[] {
  return texts(bundles);
}

/** What cannot be read trusts nobody. */
function fingerprintsOf(bundle: string): Set<string> {
  try {
    return new Set(parseBundle(bundle).map(({ fingerprint256 }) => fingerprint256));
  } catch {
    return new Set();
  }
}
