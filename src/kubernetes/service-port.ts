import type { Fields } from './read.ts';

/**
 * Where a port of a Service leads: to a port of the pods by its number or name, or to its own number where nothing is
 * said. Source: Kubernetes pkg/apis/core/v1/defaults.go, SetDefaults_Service.
 */
export function targetPortOf({ targetPort }: Fields, port: number): number | string {
  const isNumber = typeof targetPort === 'number' && targetPort !== 0;
  return isNumber || (typeof targetPort === 'string' && targetPort !== '') ? targetPort : port;
}
