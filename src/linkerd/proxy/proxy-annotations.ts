import { stringMap } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import {
  additionalEnvAnnotation,
  catalogueEntry,
  injectAnnotation,
  isReadBy,
  isValueOf,
} from '../annotations/catalogue.ts';
import { parseGoBool } from '../annotations/value-readers.ts';
import {
  mergeEnvironmentVariables,
  readEnvironmentVariables,
} from '../installation/environment-variables.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import { atLeast } from '../installation/version.ts';
import { namedContainerPorts } from '../ports/container-ports.ts';
import type { NamedPorts } from '../ports/port-list.ts';
import { settingReaders } from './setting-readers.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';

/** Annotations by key, safe for a lookup by a key that a user wrote. */
export type AnnotationMap = ReadonlyMap<string, string>;

/** The annotations of an object whose values are strings. */
export function annotationMap(annotations: unknown): AnnotationMap {
  return new Map(Object.entries(stringMap(annotations)));
}

/**
 * The settings of a pod's proxy: the installation's, changed by the pod's annotations, inherited ones included, as the
 * injector reads them. A value that the injector does not accept changes nothing.
 * Source: Linkerd pkg/inject/config_override.go and inject.go.
 */
export function settingsOf(
  installation: LinkerdProfile,
  podAnnotations: AnnotationMap,
  namespaceAnnotations: AnnotationMap,
  spec: PodTemplate['spec'],
): ProxySettings {
  if (namespaceAnnotations.has(additionalEnvAnnotation) || changeSettings(podAnnotations))
    return changedSettings(
      installation,
      podAnnotations,
      namespaceAnnotations,
      namedContainerPorts(spec, installation),
    );
  // Most pods leave the installation's settings as they are.
  return unchangedSettings(installation);
}

/** By installation, never stale. */
const unchangedSettings = rememberByOwner(
  { name: 'proxy settings of an installation' },
  (installation: LinkerdProfile) => changedSettings(installation, new Map(), new Map(), new Map()),
);

function changeSettings(annotations: AnnotationMap): boolean {
  for (const [key, value] of annotations) {
    if (key === injectAnnotation ? value === 'ingress' : isSetting(key)) return true;
  }
  return false;
}

function isSetting(key: string): boolean {
  return settingReaders.has(key) || key === additionalEnvAnnotation || nativeSidecarKeys.includes(key);
}

function changedSettings(
  installation: LinkerdProfile,
  podAnnotations: AnnotationMap,
  namespaceAnnotations: AnnotationMap,
  names: NamedPorts,
): ProxySettings {
  const settings: ProxySettings = { ...installation };
  for (const [key, value] of podAnnotations) {
    const read = settingReaders.get(key);
    const entry = catalogueEntry(key);
    if (!read || !entry || !isReadBy(entry, installation.version)) continue;
    if (entry.deadSince !== undefined && atLeast(installation.version, entry.deadSince)) continue;
    if (entry.valuesSince && !isValueOf(entry, value, installation.version)) continue;
    Object.assign(settings, read(value, settings, names));
  }
  return Object.assign(
    settings,
    nativeSidecar(podAnnotations, installation.version),
    environment(installation, podAnnotations, namespaceAnnotations),
  );
}

/** The three names of one setting in the order in which they win; only the first present one is read. */
const nativeSidecarKeys: readonly string[] = [
  'config.linkerd.io/proxy-enable-native-sidecar',
  'config.beta.linkerd.io/proxy-enable-native-sidecar',
  'config.alpha.linkerd.io/proxy-enable-native-sidecar',
];

function nativeSidecar(annotations: AnnotationMap, version: string): Partial<ProxySettings> {
  for (const key of nativeSidecarKeys) {
    const value = annotations.get(key);
    const entry = catalogueEntry(key);
    if (value === undefined || !entry || !isReadBy(entry, version)) continue;
    const parsed = parseGoBool(value);
    return parsed === undefined ? {} : { nativeSidecar: parsed };
  }
  return {};
}

/** The one setting that is merged: the pod's variables win over the namespace's, and these over the installation's. */
function environment(
  installation: LinkerdProfile,
  podAnnotations: AnnotationMap,
  namespaceAnnotations: AnnotationMap,
): Partial<ProxySettings> {
  const entry = catalogueEntry(additionalEnvAnnotation);
  if (!entry || !isReadBy(entry, installation.version)) return {};
  const lists = [namespaceAnnotations, podAnnotations].map(
    (annotations) => readEnvironmentVariables(annotations.get(additionalEnvAnnotation) ?? '[]') ?? [],
  );
  return { additionalEnv: mergeEnvironmentVariables(installation.additionalEnv, ...lists) };
}
