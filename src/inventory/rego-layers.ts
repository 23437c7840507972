/** The folders of Rego that take part in decisions: the `rego` block of countersign.yaml, one layer each. */
import * as z from 'zod';

import type { JsonObject } from '../kernel/json.ts';

export type RegoLayerSettings = {
  /** What the layer is called in decisions. */
  readonly name: string;
  /** Its modules and data lie here, relative to the deployment; the paths of data begin below it. */
  readonly folder: string;
  /** Of `allow` and `deny`, such as `shop.guard`; absent: the only package that has one of them. */
  readonly package?: string | undefined;
  /** The layer is asked about these actions only; absent: about all. */
  readonly actions?: readonly string[] | undefined;
  /** And about these types of resource only; absent: about all. */
  readonly resources?: readonly string[] | undefined;
  /** What of the request policies get as `input`, such as `context.review`; absent: all of it. */
  readonly input?: string | undefined;
  readonly version: 'v0' | 'v1';
  /** What a failed call of a built-in function means while `deny` is evaluated. */
  readonly errors: 'fault' | 'undefined';
  /** Nobody declared it: there may be nothing in its folder. */
  readonly implied?: boolean | undefined;
};

/** Names that other layers have already. */
const TAKEN: ReadonlySet<string> = new Set(['mesh', 'cedar', 'relations', 'decision', 'ledger']);

const fields = {
  package: z
    .string()
    .regex(/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/u, 'the name of a package, without `data.`, such as `shop.guard`')
    .optional(),
  actions: z.array(z.string().min(1)).min(1).optional(),
  resources: z.array(z.string().min(1)).min(1).optional(),
  input: z
    .string()
    .regex(
      /^(?:subject|action|resource|context)(?:\.[A-Za-z_]\w*)*$/u,
      'a part of the request, such as `context.review`',
    )
    .optional(),
};
const version = z.enum(['v0', 'v1']);
const errors = z.enum(['fault', 'undefined']);

const layer = z.strictObject({
  folder: z.string().refine(isBelow, 'a folder below that of countersign.yaml, such as `policies/guards`'),
  ...fields,
  version: version.optional(),
  errors: errors.optional(),
});
const name = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u, 'lower case letters, digits and inner dashes, at most 63')
  .refine((text) => !TAKEN.has(text), `another name: ${[...TAKEN].join(', ')} are layers already`);

/** The block as it is written: layers by name. */
export const regoLayersSchema: z.ZodType<RawRegoLayers> = z.record(name, layer);

export type RawRegoLayers = Readonly<
  Record<
    string,
    Pick<RegoLayerSettings, 'folder' | 'package' | 'actions' | 'resources' | 'input'> & {
      readonly version?: 'v0' | 'v1' | undefined;
      readonly errors?: 'fault' | 'undefined' | undefined;
    }
  >
>;

export const REGO_LAYER_FIELDS: readonly string[] = Object.keys(layer.shape);

/** Without a block, what lies in the folder of policies is one layer, which is asked about everything. */
export function impliedRegoLayers(policies: string): readonly RegoLayerSettings[] {
  return [{ name: 'rego', folder: normalized(policies), version: 'v1', errors: 'fault', implied: true }];
}

export function regoLayersOf(raw: RawRegoLayers): readonly RegoLayerSettings[] {
  return Object.entries(raw).map(([called, { folder, ...given }]) => ({
    name: called,
    folder: normalized(folder),
    ...given,
    version: given.version ?? 'v1',
    errors: given.errors ?? 'fault',
  }));
}

const stored = z.object({
  layers: z.array(
    z.strictObject({
      name: z.string(),
      folder: z.string(),
      ...fields,
      version,
      errors,
      implied: z.boolean().optional(),
    }),
  ),
});

/** In a fixed order of fields: equal exactly when it means the same. */
export function storeRegoLayers(layers: readonly RegoLayerSettings[]): JsonObject {
  return {
    layers: layers.map((settings) => ({
      name: settings.name,
      folder: settings.folder,
      ...(settings.package === undefined ? {} : { package: settings.package }),
      ...(settings.actions === undefined ? {} : { actions: settings.actions }),
      ...(settings.resources === undefined ? {} : { resources: settings.resources }),
      ...(settings.input === undefined ? {} : { input: settings.input }),
      version: settings.version,
      errors: settings.errors,
      ...(settings.implied === undefined ? {} : { implied: settings.implied }),
    })),
  };
}

/** @throws z.ZodError for what `storeRegoLayers` did not make. */
export function loadRegoLayers(value: unknown): readonly RegoLayerSettings[] {
  return stored.parse(value).layers;
}

/** The files of a layer are those below its folder; undefined for any other, else the path below it. */
export function pathInLayer(file: string, { folder }: RegoLayerSettings): string | undefined {
  if (folder === '') return file;
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : undefined;
}

function isBelow(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.split('/').includes('..');
}

/** As the names of files begin: `./policies/` is `policies`, and `.` is empty. */
function normalized(folder: string): string {
  const parts: string[] = [];
  for (const part of folder.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return (folder.startsWith('/') ? '/' : '') + parts.join('/');
}
