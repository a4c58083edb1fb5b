import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { issueAuthority, issueServing } from '../src/certificates/issue.ts';

const days = 30;

/**
 * Makes an authority and a serving certificate for development, and writes `ca.crt`, `tls.crt` and `tls.key` (mode
 * 0600) to a folder. The authority's key is not kept: nobody can sign anything more that this machine would trust.
 */
export async function makeCertificates(folder: string, hosts: readonly string[], now: Date): Promise<void> {
  const authority = await issueAuthority({ now, days });
  const serving = await issueServing({ authority, hosts, now, days });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'ca.crt'), authority.certificate);
  await writeFile(join(folder, 'tls.crt'), serving.certificate);
  await writePrivate(join(folder, 'tls.key'), serving.key);
}

async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await chmod(file, 0o600); // the mode above counts only for a file that was not there
}

if (import.meta.main) {
  const hosts = process.argv.slice(2);
  const names = hosts.length > 0 ? hosts : ['localhost', '127.0.0.1', '::1', 'tollgate.tollgate-system.svc'];
  await makeCertificates(import.meta.dirname, names, new Date());
  process.stdout.write(`certs/ca.crt, tls.crt, tls.key: ${names.join(', ')}, valid for ${days} days\n`);
}
