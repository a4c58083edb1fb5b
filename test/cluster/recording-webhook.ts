import { once } from 'node:events';
import { createServer } from 'node:https';
import { issueServing, type KeyPair } from '../../src/certificates/issue.ts';
import type { Webhook } from './webhook.ts';

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
  /** JSON Patch operations. */
  readonly patch?: readonly object[];
}

export interface RecordingWebhook {
  readonly clientConfig: Webhook['clientConfig'];
  readonly requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

export interface RecordingWebhookOptions {
  readonly authority: KeyPair;
  /** Default 10.77.0.3. */
  readonly address?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** DNS name in its certificate beside the address, for one behind a Service. */
  readonly name?: string;
  /** Default: everything is allowed. */
  readonly answer?: (request: RecordedRequest) => RecordedAnswer;
}

/** A stand-in for somebody else's webhook: keeps every request and answers what it is told to. */
export async function startRecordingWebhook(options: RecordingWebhookOptions): Promise<RecordingWebhook> {
  const { authority, address = '10.77.0.3', name, answer = allow } = options;
  const requests: RecordedRequest[] = [];
  const hosts = name === undefined ? [address] : [address, name];
  const { certificate, key } = await issueServing({ authority, hosts, now: new Date(), days: 1 });
  const server = createServer({ cert: certificate, key }, (incoming, outgoing) => {
    let text = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    incoming.on('end', () => {
      const { request } = JSON.parse(text) as { request: RecordedRequest };
      requests.push(request);
      const { allowed, message, patch } = answer(request);
      const response = {
        uid: request.uid,
        allowed,
        ...(message !== undefined && { status: { code: 403, reason: 'Forbidden', message } }),
        ...(patch && {
          patchType: 'JSONPatch',
          patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
        }),
      };
      outgoing.setHeader('content-type', 'application/json');
      outgoing.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
    });
  });
  server.listen(options.port ?? 0, address);
  await once(server, 'listening');
  const listening = server.address();
  const port = typeof listening === 'object' && listening ? listening.port : 0;
  return {
    clientConfig: {
      url: `https://${address}:${port}/`,
      caBundle: Buffer.from(authority.certificate).toString('base64'),
    },
    requests,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function allow(): RecordedAnswer {
  return { allowed: true };
}
