/** The shop of the tests: its workloads, its policies, and requests between them as an enforcement point asks them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { factsOf, type Workload } from '../../inventory/workload.ts';
import { type AccessRequest, ANONYMOUS, CONNECT, HTTP_REQUEST, WORKLOAD } from '../../kernel/access-request.ts';
import { toRevision } from '../../kernel/revision.ts';
import type { SpiffeId } from '../../kernel/spiffe-id.ts';
import type { TrustDomain } from '../../kernel/trust-domain.ts';
import type { Records } from '../../records/records.ts';
import { openSqliteRecords } from '../../records/sqlite-records.ts';
import type { Asking } from '../layer.ts';
import type { Desired } from '../policy-records.ts';
import { assembleSnapshot, type PolicyText, type Snapshot } from '../snapshot.ts';

export const SHOP = 'shop.example' as TrustDomain;

/** What every question of the tests is asked within: noon of a Monday. */
export const NOW: Asking = { now: Date.UTC(2026, 2, 2, 12) };

export function idOf(name: string): SpiffeId {
  return `spiffe://${SHOP}/ns/shop/sa/${name}` as SpiffeId;
}

export function workload(name: string, changes: Partial<Workload> = {}): Workload {
  return {
    name,
    id: idOf(name),
    namespace: 'shop',
    serviceAccount: name,
    labels: { app: name },
    job: false,
    environment: {},
    attestation: { kind: 'started' },
    svidTtlSeconds: 3600,
    record: 'prompt',
    serves: { port: 7000, listen: 17_000, protocol: 'http' },
    calls: [],
    ...changes,
  };
}

/** `payments` records every decision before its effect. */
export const WORKLOADS: readonly Workload[] = [
  workload('storefront'),
  workload('orders'),
  workload('payments', { record: 'required' }),
];

function policy(file: string, text: string): PolicyText {
  return { language: 'mesh', file, text };
}

const header = (kind: string, name: string): string =>
  `apiVersion: security.istio.io/v1\nkind: ${kind}\nmetadata: { name: ${name}, namespace: shop }\n`;

/** Nobody comes without mutual TLS. */
export const STRICT: PolicyText = policy(
  'strict.yaml',
  `${header('PeerAuthentication', 'strict')}spec: { mtls: { mode: STRICT } }\n`,
);

/** Nobody deletes. */
export const NO_DELETE: PolicyText = policy(
  'no-delete.yaml',
  `${header('AuthorizationPolicy', 'no-delete')}spec:
  action: DENY
  rules:
    - to: [{ operation: { methods: [DELETE] } }]
`,
);

/** `from` may send a `method` to `path` of `to`; the file is named after `to`. */
export function allow(to: string, from: string, method = 'POST', path = '/charges'): PolicyText {
  return policy(
    `${to}.yaml`,
    `${header('AuthorizationPolicy', to)}spec:
  selector: { matchLabels: { app: ${to} } }
  action: ALLOW
  rules:
    - from: [{ source: { principals: [${SHOP}/ns/shop/sa/${from}] } }]
      to: [{ operation: { methods: [${method}], paths: [${path}] } }]
`,
  );
}

/** Does not compile. */
export function broken(file: string): PolicyText {
  return policy(file, `${header('AuthorizationPolicy', 'broken')}spec: { actoin: ALLOW }\n`);
}

/** All of it: what a shop starts with. */
export const POLICIES: readonly PolicyText[] = [STRICT, NO_DELETE, allow('payments', 'orders')];

/** Of policies of the mesh: other languages take time to compile, see `buildSnapshot`. */
export function snapshotOf(
  policies: readonly PolicyText[] = POLICIES,
  revision = 1,
  workloads: readonly Workload[] = WORKLOADS,
): Snapshot {
  const settings = { trustDomain: SHOP, namespace: 'shop' };
  const input = { revision: toRevision(revision), ...settings, policies, workloads: workloads.map(factsOf) };
  const built = assembleSnapshot(input, {});
  if (!built.ok) throw new Error(built.problem.map(({ message }) => message).join('; '));
  return built.value;
}

type Asked = {
  readonly from?: string;
  readonly to?: string;
  readonly method?: string;
  readonly path?: string;
  readonly mtls?: boolean;
};

/** `orders` charges at `payments`, over mutual TLS, unless said otherwise. */
export function httpRequest(asked: Asked = {}): AccessRequest {
  const { from = 'orders', to = 'payments', method = 'POST', path = '/charges', mtls = true } = asked;
  return {
    subject: mtls ? { type: WORKLOAD, id: idOf(from) } : ANONYMOUS,
    action: { name: HTTP_REQUEST, properties: { method, path, host: to, protocol: 'HTTP/1.1' } },
    resource: { type: WORKLOAD, id: idOf(to), properties: { port: 7000 } },
    context: {
      source: { ip: '10.0.0.7', port: 40_000 },
      destination: { ip: '10.0.0.8', port: 7000 },
      connection: { mtls },
      traceId: '0af7651916cd43dd8448eb211c80319c',
    },
  };
}

/** The connection that such a request comes on. */
export function connectRequest(asked: Asked & { readonly protocol?: 'http' | 'tcp' } = {}): AccessRequest {
  const { protocol = 'http', ...rest } = asked;
  return { ...httpRequest(rest), action: { name: CONNECT, properties: { protocol } } };
}

/** What the shop wants the records to be. */
export function desired(changes: Partial<Desired> = {}): Desired {
  return { trustDomain: SHOP, namespace: 'shop', policies: POLICIES, workloads: WORKLOADS, ...changes };
}

/** A real store in a folder of its own; both go with the value. */
export function openTestRecords(): AsyncDisposable & { readonly records: Records } {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-decision-'));
  const records = openSqliteRecords(join(directory, 'records.db'));
  return {
    records,
    [Symbol.asyncDispose]: async () => {
      await records[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
