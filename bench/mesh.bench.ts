/** The mesh layer: what a decision costs, and that policies which do not select the workload add nothing to it. */
import type { SpiffeId } from '../src/kernel/spiffe-id.ts';
import type { TrustDomain } from '../src/kernel/trust-domain.ts';
import { compileMesh, type MeshGuard } from '../src/policy/mesh/compile.ts';
import type { MeshRequest } from '../src/policy/mesh/mesh-request.ts';
import { normalizePath } from '../src/policy/mesh/normalize-path.ts';
import { type Bar, percentile } from './bar.ts';

const ROUNDS = 60;
const CALLS = 20_000;
const SIZES = [1, 100, 1000] as const;
/** How many of the policies select the workload; the first size has no more than one. */
const SELECTING = 3;

function policy(index: number): string {
  const app = index < SELECTING ? 'payments' : `app-${index}`;
  const namespace = index < SELECTING || index % 2 === 0 ? 'shop' : `other-${index % 50}`;
  return `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: p${index}, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: ${app} } }
  rules:
    - from:
        - source: { principals: [cluster.local/ns/shop/sa/caller-${index}, cluster.local/ns/shop/sa/orders-${index}] }
      to:
        - operation: { methods: [GET, POST], paths: [/charges-${index}, "/refunds-${index}/*"] }
`;
}

function guardOf(size: number): { readonly guard: MeshGuard; readonly compileMs: number } {
  const text = Array.from({ length: size }, (_, index) => policy(index)).join('---\n');
  const started = performance.now();
  const set = compileMesh({ files: [{ file: 'p.yaml', text }], trustDomain: 'shop.example' as TrustDomain });
  if (!set.ok) throw new Error(JSON.stringify(set.problem[0]));
  return {
    guard: set.value.forWorkload({ namespace: 'shop', labels: { app: 'payments' } }),
    compileMs: performance.now() - started,
  };
}

/** Allowed by the last policy that selects the workload, so that all of them are looked at; and refused by all. */
function requestsFor(size: number): readonly MeshRequest[] {
  const last = Math.min(size, SELECTING) - 1;
  const principal = `spiffe://shop.example/ns/shop/sa/orders-${last}` as SpiffeId;
  const base = { principal, mtls: true, sourceIp: '10.0.0.7', destinationPort: 80, protocol: 'http' } as const;
  return ['POST', 'DELETE'].map((method) => ({
    ...base,
    http: { method, path: `/refunds-${last}/17`, host: 'payments' },
  }));
}

type Sample = { readonly nanos: number; readonly bytes: number };

function measure(guard: MeshGuard, requests: readonly MeshRequest[]): Sample {
  let permits = 0;
  const heap = process.memoryUsage().heapUsed;
  const started = performance.now();
  for (let call = 0; call < CALLS; call += 1) {
    for (const request of requests) if (guard.decide(request).kind === 'permit') permits += 1;
  }
  const nanos = ((performance.now() - started) * 1e6) / (CALLS * requests.length);
  const bytes = (process.memoryUsage().heapUsed - heap) / (CALLS * requests.length);
  if (permits !== CALLS) throw new Error(`${permits} of ${CALLS} were permitted`);
  return { nanos, bytes };
}

export function run(): Promise<readonly Bar[]> {
  const subjects = SIZES.map((size) => ({
    size,
    ...guardOf(size),
    requests: requestsFor(size),
    samples: [] as Sample[],
  }));
  // Interleaved, so that a busy machine disturbs all sizes alike.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { guard, requests, samples } of subjects) samples.push(measure(guard, requests));
  }
  const warm = subjects.map(({ samples, ...rest }) => {
    const later = samples.slice(ROUNDS / 3);
    const nanos = percentile(
      later.map((sample) => sample.nanos),
      0.5,
    );
    return {
      ...rest,
      nanos,
      bytes: percentile(
        later.map((sample) => sample.bytes),
        0.5,
      ),
    };
  });
  const bars = warm.map(({ size, nanos }): Bar => {
    const note = `median of ${ROUNDS - ROUNDS / 3} rounds; half permitted, half refused; ${Math.min(size, SELECTING)} of ${size} select the workload`;
    return { name: `decide among ${size}`, figure: nanos, unit: 'ns', bar: { atMost: 1000 }, note };
  });
  const at = (size: number): (typeof warm)[number] | undefined => warm.find((subject) => subject.size === size);
  // Pair by pair within a round, so that what disturbs one most likely disturbs the other.
  const [, hundred, thousand] = subjects;
  const ratios = (thousand?.samples ?? []).map(
    ({ nanos }, round) => nanos / (hundred?.samples[round]?.nanos ?? Number.NaN),
  );
  const growth = percentile(ratios.slice(ROUNDS / 3), 0.5);
  bars.push(
    {
      name: 'growth from 100 to 1000 policies',
      figure: growth,
      unit: 'times',
      bar: { atMost: 1.25 },
      note: 'both have 3 that select',
    },
    { name: 'allocated per decision', figure: at(1000)?.bytes ?? Number.NaN, unit: 'bytes', bar: { atMost: 1 } },
    {
      name: 'compile 1000 policies',
      figure: at(1000)?.compileMs ?? Number.NaN,
      unit: 'ms',
      note: 'parse, check, compile, cold',
    },
    { name: 'normalise a path', figure: normalizeNanos(), unit: 'ns', note: 'half of them already normal' },
  );
  return Promise.resolve(bars);
}

function normalizeNanos(): number {
  const paths = ['/api/v1/charges/17', '/api/v1/../%61dmin/17'];
  const rounds = Array.from({ length: 20 }, () => {
    const started = performance.now();
    let length = 0;
    for (let call = 0; call < CALLS; call += 1) {
      for (const path of paths) {
        const result = normalizePath(path);
        if (result.ok) length += result.value.length;
      }
    }
    if (length === 0) throw new Error('nothing was normalised');
    return ((performance.now() - started) * 1e6) / (CALLS * paths.length);
  });
  return percentile(rounds.slice(5), 0.5);
}
