import { type FailureCode, TollgateError } from '../../errors.ts';

/** Starts a source of keys or authorities. @throws TollgateError of the code, with what is wrong as its `problem` */
export async function startOrFail(
  source: { readonly start: () => Promise<void> },
  code: Extract<FailureCode, 'ERR_CERTIFICATE' | 'ERR_OWN_CERTIFICATE' | 'ERR_CLIENT_AUTHORITIES'>,
): Promise<void> {
  try {
    await source.start();
  } catch (cause) {
    if (cause instanceof TollgateError) throw cause;
    throw new TollgateError(code, { problem: messageOf(cause) }, { cause });
  }
}

const whyNotListening: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not',
};

/**
 * Opens a port.
 * @param flag by which the port was given
 * @throws TollgateError that names the address, the port and the reason
 */
export async function listenOrFail(
  server: { readonly listen: (at: { readonly host: string; readonly port: number }) => Promise<unknown> },
  { host, port, flag }: { readonly host: string; readonly port: number; readonly flag: string },
): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    // A kernel without IPv6 has no "every address" of it; then every address of IPv4 is meant.
    if (host === '::' && code === 'EAFNOSUPPORT')
      return listenOrFail(server, { host: '0.0.0.0', port, flag });
    const reason = Object.hasOwn(whyNotListening, code) ? whyNotListening[code] : undefined;
    throw new TollgateError(
      'ERR_CANNOT_LISTEN',
      { address: host, port: String(port), reason: reason ?? messageOf(cause), flag },
      { cause },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
