/** From the files that a command is given to what can be compiled: modules, data at their folders, bundles. */
import { HOST_FUNCTIONS } from '../../decision/rego-host.ts';
import type { Problem } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Builtin } from '../../policy/rego/builtins/builtin.ts';
import { readArchive } from '../../policy/rego/bundle/archive.ts';
import { type DataFile, mergeData, parseData } from '../../policy/rego/bundle/data-documents.ts';
import { joinBundles } from '../../policy/rego/bundle/join-bundles.ts';
import { DEFAULT_BUNDLE_LIMITS } from '../../policy/rego/bundle/limits.ts';
import {
  bundleOfFiles,
  type BundleOptions,
  readBundle,
  type RegoBundle,
} from '../../policy/rego/bundle/read-bundle.ts';
import type { RegoModule } from '../../policy/rego/compile.ts';
import { parseModule } from '../../policy/rego/parse/parse-module.ts';
import type { RegoVersion } from '../../policy/rego/syntax.ts';
import type { PlainObject } from '../../policy/rego/values/value.ts';
import type { FoundFile, Operations } from '../operations.ts';
import type { PolicyOptions } from './policy-options.ts';

export type PolicySet = {
  readonly modules: readonly RegoModule[];
  readonly data: PlainObject;
  /** What policies may call in decisions. Here there are none, and so tests put answers in their place, with `with`. */
  readonly functions: readonly Builtin[];
};

/** The problems, with the texts that they point into. */
export type PolicyProblems = {
  readonly problems: readonly Problem[];
  readonly textOf: (file: string) => string | undefined;
};

export function textsOf(modules: readonly RegoModule[]): (file: string) => string | undefined {
  const texts = new Map(modules.map(({ file, text }) => [file, text]));
  return (file) => texts.get(file);
}

const NO_TEXTS = textsOf([]);

export async function readPolicies(
  { readPolicyFiles, readFile }: Operations,
  paths: readonly string[],
  options: PolicyOptions,
): Promise<Result<PolicySet, PolicyProblems>> {
  const files = readPolicyFiles(paths);
  if (!files.ok) return err({ problems: [files.problem], textOf: NO_TEXTS });
  const verification = await verificationOf(readFile, options);
  if (!verification.ok) return err({ problems: [verification.problem], textOf: NO_TEXTS });
  const regoVersion: RegoVersion = options.v0 === true ? 'v0' : 'v1';
  const bundleOptions = { ...verification.value, regoVersion };
  const [bundled, loose] = [files.value.filter((file) => isBundled(file, options)), [] as FoundFile[]];
  for (const file of files.value) if (!isBundled(file, options)) loose.push(file);
  const fromBundles = await bundlesOf(bundled, bundleOptions);
  const fromFiles = looseFiles(loose, regoVersion);
  const texts = textsOf((await Promise.all(files.value.map(textsIn))).flat());
  const problems = [...fromFiles.problems, ...(fromBundles.ok ? [] : fromBundles.problem)];
  const bundles = fromBundles.ok ? fromBundles.value : { modules: [], data: {} };
  const modules = [...bundles.modules, ...fromFiles.modules];
  const data = mergeData([{ file: 'the data of the bundles', path: [], value: bundles.data }, ...fromFiles.data]);
  if (!data.ok) problems.push(...data.problem);
  problems.push(...problemsOfModules(modules));
  if (!data.ok || problems.length > 0) return err({ problems, textOf: texts });
  return ok({ modules, data: data.value, functions: HOST_FUNCTIONS });
}

/** What is wrong with the texts: told together with what is wrong with the data. */
function problemsOfModules(modules: readonly RegoModule[]): readonly Problem[] {
  const parsed = modules.map((file) => parseModule(file, { regoVersion: file.regoVersion ?? 'v1' }));
  return parsed.flatMap((module) => (module.ok ? [] : module.problem));
}

function isBundled({ file, below }: FoundFile, { bundle }: PolicyOptions): boolean {
  return below === undefined ? isArchive(file) : bundle === true;
}

/** For excerpts: the policies in a file, which is one itself or a bundle. */
async function textsIn({ file, bytes }: FoundFile): Promise<readonly RegoModule[]> {
  const decoder = new TextDecoder();
  if (file.endsWith('.rego')) return [{ file, text: decoder.decode(bytes) }];
  if (!isArchive(file)) return [];
  const inside = await readArchive(bytes, DEFAULT_BUNDLE_LIMITS);
  if (!inside.ok) return [];
  const modules = inside.value.filter(({ path }) => path.endsWith('.rego'));
  return modules.map((each) => ({ file: `${file}/${each.path}`, text: decoder.decode(each.bytes) }));
}

function isArchive(file: string): boolean {
  return file.endsWith('.tar.gz') || file.endsWith('.tgz');
}

async function verificationOf(
  readFile: Operations['readFile'],
  { verificationKey, signingAlg, scope, skipVerify }: PolicyOptions,
): Promise<Result<BundleOptions>> {
  if (skipVerify === true) return ok({ verification: 'skip' });
  if (verificationKey === undefined) return ok({});
  const bytes = await readFile(verificationKey);
  if (!bytes.ok) return bytes;
  // An editor ends every file with a line end, and no secret ends with one.
  const key = new TextDecoder().decode(bytes.value).replace(/\r?\n$/u, '');
  const keys = new Map([[GIVEN, { key, algorithm: signingAlg }]]);
  return ok({ verification: { keys, keyId: GIVEN, ...(scope === undefined ? {} : { scope }) } });
}

/** One key is given: whatever a bundle calls it, it must be this one. */
const GIVEN = 'given';

async function bundlesOf(
  files: readonly FoundFile[],
  options: BundleOptions,
): Promise<Result<{ readonly modules: readonly RegoModule[]; readonly data: PlainObject }, readonly Problem[]>> {
  const bundles = new Map<string, RegoBundle>();
  const problems: Problem[] = [];
  for (const [given, members] of Map.groupBy(files, (file) => file.given)) {
    const bundle = await bundleAt(members, options);
    if (bundle.ok) bundles.set(given, bundle.value);
    else problems.push(...bundle.problem.map((problem) => inFile(problem, given)));
  }
  return problems.length > 0 ? err(problems) : joinBundles(bundles);
}

async function bundleAt(
  members: readonly FoundFile[],
  options: BundleOptions,
): Promise<Result<RegoBundle, readonly Problem[]>> {
  const [first] = members;
  if (first !== undefined && first.below === undefined) return readBundle(first.bytes, options);
  const files = members.map(({ below = [], bytes }) => ({ path: below.join('/'), bytes }));
  return bundleOfFiles(files, options);
}

/** A problem of one bundle says which, since the paths in it are the bundle's own. */
function inFile(problem: Problem, given: string): Problem {
  const { at } = problem;
  if (at !== undefined) return { ...problem, at: { ...at, file: `${given}/${at.file}` } };
  return { ...problem, message: `${problem.message} (in \`${given}\`)` };
}

type Loose = {
  readonly modules: readonly RegoModule[];
  readonly data: readonly DataFile[];
  readonly problems: readonly Problem[];
};

/** As OPA loads them: data lies where its folder does, below the folder that was given. */
function looseFiles(files: readonly FoundFile[], regoVersion: RegoVersion): Loose {
  const modules: RegoModule[] = [];
  const data: DataFile[] = [];
  const problems: Problem[] = [];
  for (const { file, below = [''], bytes } of files) {
    if (file.endsWith('.rego')) {
      const text = utf8(bytes);
      if (text === undefined) problems.push(notUtf8(file));
      else modules.push({ file, text, regoVersion });
    } else if (/\.(?:json|ya?ml)$/u.test(file)) {
      const value = parseData(file, bytes);
      if (value.ok) data.push({ file, path: below.slice(0, -1), value: value.value });
      else problems.push(value.problem);
    }
  }
  return { modules, data, problems };
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function notUtf8(file: string): Problem {
  return { code: 'policy-files/not-utf8', message: `\`${file}\` is no text in UTF-8`, hint: 'save it as UTF-8' };
}
