import { once } from 'node:events';
import { createServer } from 'node:https';
import { issueServing, type KeyPair } from '../../src/certificates/issue.ts';

/** What tests read of an AdmissionReview's request. */
export interface RecordedRequest {
  readonly uid: string;
  readonly operation: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly namespace?: string;
  readonly dryRun?: boolean;
  readonly object: RecordedObject | null;
  readonly oldObject: RecordedObject | null;
}

export interface RecordedObject {
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface RecordedAnswer {
  readonly allowed: boolean;
  readonly message?: string;
}

export interface RecordingWebhook {
  readonly url: string;
  readonly caBundle: string;
  readonly requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

/** A stand-in for somebody else's webhook: keeps every request and answers what it is told to (default: allowed). */
export async function startRecordingWebhook(
  authority: KeyPair,
  answer: (request: RecordedRequest) => RecordedAnswer = () => ({ allowed: true }),
): Promise<RecordingWebhook> {
  const address = '10.77.0.3';
  const requests: RecordedRequest[] = [];
  const { certificate, key } = await issueServing({ authority, hosts: [address], now: new Date(), days: 1 });
  const server = createServer({ cert: certificate, key }, (incoming, outgoing) => {
    let text = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    incoming.on('end', () => {
      const { request } = JSON.parse(text) as { request: RecordedRequest };
      requests.push(request);
      const { allowed, message } = answer(request);
      const response = {
        uid: request.uid,
        allowed,
        ...(message !== undefined && { status: { code: 403, reason: 'Forbidden', message } }),
      };
      outgoing.setHeader('content-type', 'application/json');
      outgoing.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
    });
  });
  server.listen(0, address);
  await once(server, 'listening');
  const listening = server.address();
  const port = typeof listening === 'object' && listening ? listening.port : 0;
  return {
    url: `https://${address}:${port}/`,
    caBundle: authority.certificate,
    requests,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
