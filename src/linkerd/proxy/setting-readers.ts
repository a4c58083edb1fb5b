import {
  defaultInboundPolicyAnnotation,
  injectAnnotation,
  requireIdentityAnnotation,
} from '../annotations/catalogue.ts';
import {
  goSeconds,
  parseGoBool,
  parseGoDuration,
  parseGoFloat,
  parseGoInt,
  parseGoUint,
  parseQuantity,
} from '../annotations/value-readers.ts';
import type { ProxyPorts, ProxySettings, ResourceSettings } from '../installation/proxy-settings.ts';
import { opaquePortsAnnotation } from '../ports/opaque-ports.ts';
import { formatPorts, readInjectorPorts, type NamedPorts } from '../ports/port-list.ts';

/** The settings that one value changes; none if the injector does not accept it. */
type Reader = (value: string, settings: ProxySettings, names: NamedPorts) => Partial<ProxySettings>;

const prefix = 'config.linkerd.io/';

/** How the injector reads each annotation that changes one setting. Source: Linkerd pkg/inject/config_override.go. */
export const settingReaders: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [injectAnnotation, (value) => (value === 'ingress' ? { ingress: true } : {})],
  [`${prefix}proxy-image`, (value, { image }) => ({ image: { ...image, name: value } })],
  [`${prefix}proxy-version`, (value, { image }) => ({ image: { ...image, version: value } })],
  [`${prefix}image-pull-policy`, (value, { image }) => ({ image: { ...image, pullPolicy: value } })],
  [`${prefix}debug-image`, (value, { debugImage }) => ({ debugImage: { ...debugImage, name: value } })],
  [
    `${prefix}debug-image-version`,
    (value, { debugImage }) => ({ debugImage: { ...debugImage, version: value } }),
  ],
  [
    `${prefix}debug-image-pull-policy`,
    (value, { debugImage }) => ({ debugImage: { ...debugImage, pullPolicy: value } }),
  ],
  [`${prefix}enable-debug-sidecar`, flag('debugSidecar')],
  [`${prefix}control-port`, port('control')],
  [`${prefix}inbound-port`, port('inbound')],
  [`${prefix}outbound-port`, port('outbound')],
  [`${prefix}admin-port`, port('admin')],
  [`${prefix}pod-inbound-ports`, text('podInboundPorts')],
  [`${prefix}skip-inbound-ports`, text('skipInboundPorts')],
  [`${prefix}skip-outbound-ports`, text('skipOutboundPorts')],
  [`${prefix}skip-subnets`, text('skipSubnets')],
  [
    opaquePortsAnnotation,
    (value, _settings, names) => ({ opaquePorts: formatPorts(readInjectorPorts(value, names).ranges) }),
  ],
  [requireIdentityAnnotation, text('requireIdentityInboundPorts')],
  [`${prefix}proxy-cpu-request`, cpu('cpuRequest', 'minimum')],
  [`${prefix}proxy-cpu-limit`, cpu('cpuLimit', 'maximum')],
  [`${prefix}proxy-memory-request`, quantity('memoryRequest')],
  [`${prefix}proxy-memory-limit`, quantity('memoryLimit')],
  [`${prefix}proxy-ephemeral-storage-request`, quantity('ephemeralStorageRequest')],
  [`${prefix}proxy-ephemeral-storage-limit`, quantity('ephemeralStorageLimit')],
  [
    `${prefix}proxy-cpu-ratio-limit`,
    (value, { workers }) => {
      const ratio = parseGoFloat(value);
      if (ratio === undefined || !(ratio > 0 && ratio < 1)) return {};
      return { workers: { ...workers, maximumRatio: ratio } };
    },
  ],
  [`${prefix}init-image`, (value, { initImage }) => ({ initImage: { ...initImage, name: value } })],
  [
    `${prefix}init-image-version`,
    (value, { initImage }) => ({ initImage: { ...initImage, version: value } }),
  ],
  [`${prefix}proxy-uid`, integer('uid')],
  [`${prefix}proxy-gid`, integer('gid')],
  [`${prefix}proxy-admin-shutdown`, enabled('adminShutdown')],
  [`${prefix}proxy-log-level`, text('logLevel')],
  [`${prefix}proxy-log-http-headers`, text('logHttpHeaders')],
  [`${prefix}proxy-log-format`, text('logFormat')],
  [`${prefix}access-log`, text('accessLog')],
  [`${prefix}enable-external-profiles`, flag('externalProfiles')],
  [defaultInboundPolicyAnnotation, text('defaultInboundPolicy')],
  [`${prefix}proxy-metrics-hostname-labels`, flag('metricsHostnameLabels')],
  [`${prefix}proxy-outbound-connect-timeout`, milliseconds('outboundConnectTimeout')],
  [`${prefix}proxy-inbound-connect-timeout`, milliseconds('inboundConnectTimeout')],
  [`${prefix}proxy-outbound-discovery-cache-unused-timeout`, seconds('outboundDiscoveryCacheUnusedTimeout')],
  [`${prefix}proxy-inbound-discovery-cache-unused-timeout`, seconds('inboundDiscoveryCacheUnusedTimeout')],
  [`${prefix}proxy-disable-outbound-protocol-detect-timeout`, flag('disableOutboundProtocolDetectTimeout')],
  [`${prefix}proxy-disable-inbound-protocol-detect-timeout`, flag('disableInboundProtocolDetectTimeout')],
  [`${prefix}enable-gateway`, flag('gateway')],
  [
    `${prefix}close-wait-timeout`,
    (value) => {
      const duration = parseGoDuration(value);
      return duration === undefined ? {} : { closeWaitTimeoutSeconds: Math.trunc(goSeconds(duration)) };
    },
  ],
  [`${prefix}proxy-await`, enabled('await')],
  [`${prefix}shutdown-grace-period`, milliseconds('shutdownGracePeriod')],
  [
    'config.alpha.linkerd.io/proxy-wait-before-exit-seconds',
    (value) => {
      const count = parseGoUint(value, 64);
      return count === undefined ? {} : { waitBeforeExitSeconds: Number(count) };
    },
  ],
]);

/** The settings of one type. */
type KeysOf<Value> = {
  [Key in keyof ProxySettings]-?: Value extends ProxySettings[Key] ? Key : never;
}[keyof ProxySettings];

function text(field: KeysOf<string>): Reader {
  return (value) => ({ [field]: value });
}

function flag(field: KeysOf<boolean>): Reader {
  return (value) => {
    const parsed = parseGoBool(value);
    return parsed === undefined ? {} : { [field]: parsed };
  };
}

function enabled(field: KeysOf<boolean>): Reader {
  return (value) => (value === 'enabled' || value === 'disabled' ? { [field]: value === 'enabled' } : {});
}

function integer(field: 'uid' | 'gid'): Reader {
  return (value) => {
    const parsed = parseGoInt(value, 64);
    return parsed === undefined ? {} : { [field]: Number(parsed) };
  };
}

function port(name: keyof ProxyPorts): Reader {
  return (value, { ports }) => {
    const parsed = parseGoInt(value, 32);
    return parsed === undefined ? {} : { ports: { ...ports, [name]: Number(parsed) } };
  };
}

function quantity(field: keyof ResourceSettings): Reader {
  return (value, { resources }) =>
    parseQuantity(value) === undefined ? {} : { resources: { ...resources, [field]: value } };
}

/** A CPU request or limit also says how many threads the proxy runs, in whole cores. */
function cpu(field: 'cpuRequest' | 'cpuLimit', bound: 'minimum' | 'maximum'): Reader {
  return (value, { resources, workers }) => {
    const cores = parseQuantity(value);
    if (cores === undefined) return {};
    return {
      resources: { ...resources, [field]: value },
      workers: { ...workers, [bound]: Math.ceil(cores) },
    };
  };
}

function milliseconds(field: KeysOf<string>): Reader {
  return (value) => {
    const duration = parseGoDuration(value);
    return duration === undefined ? {} : { [field]: `${Math.trunc(goSeconds(duration) * 1000)}ms` };
  };
}

function seconds(field: KeysOf<string>): Reader {
  return (value) => {
    const duration = parseGoDuration(value);
    return duration === undefined ? {} : { [field]: `${Math.trunc(goSeconds(duration))}s` };
  };
}
