/** A workload as it is declared: its name in the mesh, what it serves, whom it calls, how it is recognised. */
import * as z from 'zod';

import type { JsonObject } from '../kernel/json.ts';
import { parseSpiffeId, type SpiffeId } from '../kernel/spiffe-id.ts';

/** How a process proves to be this workload: being started by us, or what the kernel says of it. */
export type Attestation = { readonly kind: 'started' } | UnixAttestation;

/** What the kernel must say of the process; every field that is given must match. */
export type UnixAttestation = {
  readonly kind: 'unix';
  readonly uid?: number;
  readonly gid?: number;
  readonly path?: string;
  readonly sha256?: string;
};

/** What a workload serves: the app's own loopback port, and the port on which its proxy takes mutual TLS. */
export type Serves = {
  readonly port: number;
  /** 0: any free port. */
  readonly listen: number;
  readonly protocol: 'http' | 'tcp';
};

/** A service that a workload calls in plain text on a loopback port of its own, from where its proxy takes over. */
export type Calls = {
  readonly service: string;
  readonly port: number;
  /** For a service that is not declared here: where it listens, and who it must be. */
  readonly elsewhere?: { readonly host: string; readonly port: number; readonly id: SpiffeId };
};

export type Workload = {
  readonly name: string;
  readonly id: SpiffeId;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Program and arguments; absent for one that is started by somebody else. */
  readonly command?: readonly string[];
  /** A job ends by itself, with 0 when all is well; a service that ends is a failure. */
  readonly job: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly attestation: Attestation;
  readonly svidTtlSeconds: number;
  /** How decisions on this workload as a resource are recorded. */
  readonly record: 'required' | 'prompt';
  readonly serves?: Serves;
  readonly calls: readonly Calls[];
};

/** What the decision point needs to know of a workload; the rest of the declaration concerns its machine only. */
export type WorkloadFacts = Pick<Workload, 'name' | 'id' | 'namespace' | 'labels' | 'record'> & {
  readonly protocol?: 'http' | 'tcp';
  readonly port?: number;
};

export const WORKLOAD_KIND = 'workload';

const spiffeId: z.ZodType<SpiffeId, string> = z.string().transform((text, context) => {
  const parsed = parseSpiffeId(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.problem.message });
  return z.NEVER;
});

// Unknown fields pass: a record may have been written by a newer server.
const stored = z.object({
  id: spiffeId,
  namespace: z.string(),
  labels: z.record(z.string(), z.string()),
  record: z.enum(['required', 'prompt']),
  protocol: z.enum(['http', 'tcp']).optional(),
  port: z.int().optional(),
});

export function factsOf(workload: Workload): WorkloadFacts {
  const { name, id, namespace, labels, record, serves } = workload;
  const facts = { name, id, namespace, labels, record };
  return serves === undefined ? facts : { ...facts, protocol: serves.protocol, port: serves.port };
}

/** The value of the record `workload/NAME`. */
export function storeFacts(facts: WorkloadFacts): JsonObject {
  const { name: _, ...value } = facts;
  return value;
}

/** @throws ZodError when the record was not written by `storeFacts`: a broken store. */
export function loadFacts(name: string, value: unknown): WorkloadFacts {
  const { protocol, port, ...facts } = stored.parse(value);
  return {
    name,
    ...facts,
    ...(protocol === undefined ? {} : { protocol }),
    ...(port === undefined ? {} : { port }),
  };
}
