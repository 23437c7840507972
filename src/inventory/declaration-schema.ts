/** The shape of `countersign.yaml`, field by field: the one place where it is written. */
import * as z from 'zod';

import { cedarNamesSchema, type RawCedarNames } from './cedar-names.ts';
import { type RawRegoLayers, regoLayersSchema } from './rego-layers.ts';

const port = z.int().min(1).max(65_535);
const freePort = z.int().min(0).max(65_535);
/** RFC 1123 label: what Kubernetes allows as a namespace or a service account, and what a SPIFFE ID path can carry. */
const label = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u, 'lower case letters, digits and inner dashes, at most 63 characters');
const hostAndPort = z.string().regex(/^[^\s:/]+:\d{1,5}$/u, '`host:port`, such as `10.0.0.5:8443`');
/** `node server.mjs` is split at spaces; a list keeps each item whole. Never given to a shell. */
const command = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

const calls = z.strictObject({
  /** The loopback port on which the workload reaches the service. */
  port,
  /** Only for a service that is not declared here. */
  address: hostAndPort.optional(),
  id: z.string().optional(),
});

const workload = z.strictObject({
  namespace: label.optional(),
  serviceAccount: label.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  command: command.optional(),
  job: z.boolean().optional(),
  environment: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/u, 'a name of letters, digits and `_`'), z.string())
    .optional(),
  attest: z
    .strictObject({
      uid: z.int().min(0).optional(),
      gid: z.int().min(0).optional(),
      path: z.string().startsWith('/').optional(),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/u, '64 lower case hex digits')
        .optional(),
    })
    .refine((selectors) => Object.keys(selectors).length > 0, 'name at least one of uid, gid, path, sha256')
    .optional(),
  /** From 2 seconds (for trying rotation out) to 24 hours. */
  svidTtlSeconds: z.int().min(2).max(86_400).optional(),
  record: z.enum(['required', 'prompt']).optional(),
  serves: z
    .strictObject({ port, listen: freePort.optional(), protocol: z.enum(['http', 'tcp']).optional() })
    .optional(),
  calls: z.record(label, calls).optional(),
});

const expectation = z.strictObject({
  from: z.string(),
  to: z.string(),
  what: z.string(),
  outcome: z.enum(['allowed', 'refused']),
  because: z.string().optional(),
});

export const declarationSchema: z.ZodType<RawDeclaration> = z.strictObject({
  trustDomain: z.string(),
  /** The namespace of workloads that name none. */
  namespace: label.optional(),
  /** The folder of policies, relative to the file. */
  policies: z.string().optional(),
  /** The folder of state, relative to the file; default `.countersign`. */
  state: z.string().optional(),
  /** The folder of the sockets, for a deployment whose own path is too long for one; default in the state folder. */
  sockets: z.string().optional(),
  workloads: z.record(label, workload),
  /** How subjects, actions and resources are called in Cedar policies. */
  cedar: cedarNamesSchema.optional(),
  /** The folders of Rego that decide, by the names of their layers. */
  rego: regoLayersSchema.optional(),
  expect: z.array(expectation).optional(),
});

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

export type RawWorkload = Optional<{
  namespace: string;
  serviceAccount: string;
  labels: Readonly<Record<string, string>>;
  command: string | readonly string[];
  job: boolean;
  environment: Readonly<Record<string, string>>;
  attest: Optional<{ uid: number; gid: number; path: string; sha256: string }>;
  svidTtlSeconds: number;
  record: 'required' | 'prompt';
  serves: { readonly port: number } & Optional<{ listen: number; protocol: 'http' | 'tcp' }>;
  calls: Readonly<Record<string, { readonly port: number } & Optional<{ address: string; id: string }>>>;
}>;

export type RawDeclaration = {
  readonly trustDomain: string;
  readonly workloads: Readonly<Record<string, RawWorkload>>;
} & Optional<{
  namespace: string;
  policies: string;
  state: string;
  sockets: string;
  cedar: RawCedarNames;
  rego: RawRegoLayers;
  expect: readonly ({ from: string; to: string; what: string; outcome: 'allowed' | 'refused' } & Optional<{
    because: string;
  }>)[];
}>;
