/** Policies and workloads as records: what is applied is compiled first, and becomes one revision. */
import * as z from 'zod';

import {
  type CedarNames,
  cedarNamesOf,
  cedarNamesSchema,
  DEFAULT_CEDAR_NAMES,
  storeCedarNames,
} from '../inventory/cedar-names.ts';
import {
  impliedRegoLayers,
  loadRegoLayers,
  type RegoLayerSettings,
  storeRegoLayers,
} from '../inventory/rego-layers.ts';
import { factsOf, loadFacts, storeFacts, type Workload, WORKLOAD_KIND } from '../inventory/workload.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { NO_REVISION, type Revision } from '../kernel/revision.ts';
import { parseTrustDomain, type TrustDomain } from '../kernel/trust-domain.ts';
import type { Records, RecordsReader, StoredRecord, Write } from '../records/records.ts';
import {
  buildSnapshot,
  EMPTY_SNAPSHOT,
  POLICY_LANGUAGES,
  type PolicyText,
  type Snapshot,
  type SnapshotInput,
} from './snapshot.ts';

const POLICY_KIND = 'policy';
/** What policies are read with: a record for each language that has settings. */
const SETTINGS_KIND = 'settings';
const SETTINGS_NAME = 'mesh';
/** How subjects, actions and resources are called in Cedar; absent where everything has its own name. */
const CEDAR_NAMES = 'cedar';
/** Which Rego files decide what; absent where no layer is declared, and no file is there. */
const REGO_LAYERS = 'rego';
/** Which records a snapshot is made from; a change of any other kind leaves decisions as they are. */
export const SNAPSHOT_KINDS: ReadonlySet<string> = new Set([POLICY_KIND, WORKLOAD_KIND, SETTINGS_KIND]);

/**
 * One record that every change writes. Two appliers may change different records, and neither change would show the
 * other; this one they have in common.
 */
const SET = { kind: 'policy-set', name: 'current' } as const;

const storedPolicy = z.object({ language: z.enum(POLICY_LANGUAGES), text: z.string() });
const trustDomainText: z.ZodType<TrustDomain, string> = z.string().transform((text, context) => {
  const parsed = parseTrustDomain(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.problem.message });
  return z.NEVER;
});
const storedSettings = z.object({ trustDomain: trustDomainText, namespace: z.string() });

/** What changed, for the operator: names of policy files and workloads. */
export type AppliedChange = {
  readonly revision: Revision;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
};

export type Desired = {
  readonly trustDomain: TrustDomain;
  /** Of policies that name none. */
  readonly namespace: string;
  readonly policies: readonly PolicyText[];
  readonly workloads: readonly Workload[];
  readonly cedar?: CedarNames;
  readonly rego?: readonly RegoLayerSettings[];
};

/** Called with a change that compiles, before it is written: what it rejects does not happen. */
export type Announce = (change: Omit<AppliedChange, 'revision'>) => Promise<void>;

/**
 * Makes the records what is desired, in one revision, and only if it compiles: a broken set changes nothing. Undefined
 * when there was nothing to change. Of two that apply at the same time one is refused with `records/conflict`, whatever
 * they change: a mixture of two sets is what neither asked for, and nobody has compiled it.
 *
 * The change is announced to the ledger before it is written. A crash between the two leaves an announcement without a
 * change; the next start applies the same files again and announces them again.
 */
export async function applyDesired(
  records: Records,
  desired: Desired,
  announce: Announce,
): Promise<Result<AppliedChange | undefined, readonly Problem[]>> {
  const workloads = desired.workloads.map(factsOf);
  const checked = await buildSnapshot({ ...desired, workloads, revision: NO_REVISION });
  if (!checked.ok) return checked;
  const { trustDomain, namespace, cedar = DEFAULT_CEDAR_NAMES, rego = impliedRegoLayers('') } = desired;
  const wanted: Write[] = [
    { kind: SETTINGS_KIND, name: SETTINGS_NAME, value: { trustDomain, namespace } },
    ...(isDefault(cedar) ? [] : [{ kind: SETTINGS_KIND, name: CEDAR_NAMES, value: storeCedarNames(cedar) }]),
    ...(hasRego(desired.policies, rego)
      ? [{ kind: SETTINGS_KIND, name: REGO_LAYERS, value: storeRegoLayers(rego) }]
      : []),
    ...desired.policies.map(({ file, language, text }) => ({
      kind: POLICY_KIND,
      name: file,
      value: { language, text },
    })),
    ...workloads.map((facts) => ({ kind: WORKLOAD_KIND, name: facts.name, value: storeFacts(facts) })),
  ];
  // Read first: whoever applies while the rest is read has then written it since.
  const set = await records.get(SET.kind, SET.name);
  const current = [
    ...(await records.list(SETTINGS_KIND, '')).records,
    ...(await records.list(POLICY_KIND, '')).records,
    ...(await records.list(WORKLOAD_KIND, '')).records,
  ];
  const { writes, added, changed, removed } = difference(wanted, current);
  if (writes.length === 0) return ok(undefined);
  await announce({ added, changed, removed });
  const size = { policies: desired.policies.length, workloads: workloads.length };
  const written = await records.write([...writes, { ...SET, value: size, expected: set?.revision ?? NO_REVISION }]);
  return written.ok ? ok({ revision: written.value, added, changed, removed }) : err([written.problem]);
}

function hasRego(policies: readonly PolicyText[], layers: readonly RegoLayerSettings[]): boolean {
  return layers.some(({ implied }) => implied !== true) || policies.some(({ language }) => language.startsWith('rego'));
}

function isDefault({ namespace, types, actions }: CedarNames): boolean {
  return namespace === '' && types.size === 0 && actions.size === 0;
}

function difference(
  wanted: readonly Write[],
  current: readonly StoredRecord[],
): Omit<AppliedChange, 'revision'> & { readonly writes: readonly Write[] } {
  const key = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind} ${name}`;
  const before = new Map(current.map((record) => [key(record), record]));
  const keep = new Set(wanted.map(key));
  const changes = { added: [] as string[], changed: [] as string[], removed: [] as string[] };
  const writes: Write[] = [];
  for (const write of wanted) {
    const record = before.get(key(write));
    // Both sides were serialised from objects whose fields stand in a fixed order.
    if (record !== undefined && JSON.stringify(record.value) === JSON.stringify(write.value)) continue;
    (record === undefined ? changes.added : changes.changed).push(key(write));
    writes.push({ ...write, expected: record?.revision ?? NO_REVISION });
  }
  for (const record of current) {
    if (keep.has(key(record))) continue;
    changes.removed.push(key(record));
    writes.push({ kind: record.kind, name: record.name, value: undefined, expected: record.revision });
  }
  return { ...changes, writes };
}

/** Undefined when nothing was ever applied. A record that cannot be read is a problem: another version wrote it. */
async function readSnapshotInput(
  records: RecordsReader,
  revision: Revision,
): Promise<Result<SnapshotInput | undefined, readonly Problem[]>> {
  const problems: Problem[] = [];
  const parsed = <T>(record: StoredRecord, parse: (record: StoredRecord) => T): readonly T[] => {
    try {
      return [parse(record)];
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      problems.push(unreadable(record, error));
      return [];
    }
  };
  const stored = await records.get(SETTINGS_KIND, SETTINGS_NAME, revision);
  if (stored === undefined) return ok(undefined);
  const named = await records.get(SETTINGS_KIND, CEDAR_NAMES, revision);
  const layered = await records.get(SETTINGS_KIND, REGO_LAYERS, revision);
  const listed = await records.list(POLICY_KIND, '', revision);
  const declared = await records.list(WORKLOAD_KIND, '', revision);
  const [settings] = parsed(stored, ({ value }) => storedSettings.parse(value));
  const [cedar = DEFAULT_CEDAR_NAMES] =
    named === undefined ? [] : parsed(named, ({ value }) => cedarNamesOf(cedarNamesSchema.parse(value)));
  const [rego] = layered === undefined ? [] : parsed(layered, ({ value }) => loadRegoLayers(value));
  const policies = listed.records.flatMap((record) =>
    parsed(record, ({ name, value }) => ({ file: name, ...storedPolicy.parse(value) })),
  );
  const workloads = declared.records.flatMap((record) => parsed(record, ({ name, value }) => loadFacts(name, value)));
  if (settings === undefined || problems.length > 0) return err(problems);
  return ok({ revision, ...settings, policies, workloads, cedar, ...(rego === undefined ? {} : { rego }) });
}

function unreadable({ kind, name, revision }: StoredRecord, { issues }: z.ZodError): Problem {
  const field = issues[0]?.path.join('.') ?? '';
  const what = field === '' ? 'its value' : `its \`${field}\``;
  return {
    code: 'decision/unreadable-record',
    message: `the ${kind} \`${name}\` of revision ${revision} cannot be read: ${what} is nothing that this version knows`,
    hint: 'was it written by a newer version? run that version, or apply the policies again with this one',
  };
}

/** The snapshot of a revision, the newest if none is named, or what stands in its way. Rejects as `RecordsReader` does. */
export async function loadSnapshot(
  records: RecordsReader,
  asOf?: Revision,
): Promise<Result<Snapshot, readonly Problem[]>> {
  // Everything is read as of one revision, so that no change falls between two reads.
  const revision = asOf ?? (await records.revision());
  const input = await readSnapshotInput(records, revision);
  if (!input.ok) return input;
  return input.value === undefined ? ok({ ...EMPTY_SNAPSHOT, revision }) : buildSnapshot(input.value);
}
