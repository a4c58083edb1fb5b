/** The protocols that have ports. */
export const transports = ['TCP', 'UDP', 'SCTP'] as const;
export type Transport = (typeof transports)[number];

export function isTransport(text: unknown): text is Transport {
  return (transports as readonly unknown[]).includes(text);
}
