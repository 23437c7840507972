/** OPA bundles: a `.tar.gz` of policies and data, verified, read, and held to what it says it may speak of. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { PolicySource } from '../../source-position.ts';
import { parseModule } from '../parse/parse-module.ts';
import type { RegoVersion } from '../syntax.ts';
import type { PlainObject } from '../values/value.ts';
import { type BundleFile, readArchive } from './archive.ts';
import { type DataFile, mergeData, parseData } from './data-documents.ts';
import { type BundleLimits, DEFAULT_BUNDLE_LIMITS } from './limits.ts';
import { type Manifest, NO_MANIFEST, parseManifest } from './manifest.ts';
import { problemOfRoots } from './owned-by-roots.ts';
import type { Root } from './roots.ts';
import { type BundleVerification, problemOfSignatures } from './signatures.ts';
import { TOO_DEEP, withinStack } from './within-stack.ts';

export type BundleModule = PolicySource & { readonly regoVersion: RegoVersion };

export type RegoBundle = {
  readonly revision: string;
  /** What it owns of `data`; see `joinBundles`. */
  readonly roots: readonly Root[];
  readonly metadata: PlainObject;
  /** Their `file` is the path in the bundle. */
  readonly modules: readonly BundleModule[];
  readonly data: PlainObject;
};

export type BundleOptions = {
  /**
   * A signature is required where keys are given. Where none are, a bundle that is signed is refused, because nobody
   * can say whether the signature holds; `skip` looks at no signature.
   */
  readonly verification?: BundleVerification | 'skip';
  readonly limits?: Partial<BundleLimits>;
  /** What modules are written in of which the manifest does not say it. Default `v1`. */
  readonly regoVersion?: RegoVersion;
};

/** Problems of the archive and its signature come alone: what is not trusted is not parsed. */
export async function readBundle(
  bytes: Uint8Array,
  options: BundleOptions = {},
): Promise<Result<RegoBundle, readonly Problem[]>> {
  const files = await readArchive(bytes, { ...DEFAULT_BUNDLE_LIMITS, ...options.limits });
  return files.ok ? bundleOfFiles(files.value, options) : err([files.problem]);
}

/** The same of files that were unpacked before, such as a folder's. */
export function bundleOfFiles(
  files: readonly BundleFile[],
  options: BundleOptions = {},
): Result<RegoBundle, readonly Problem[]> {
  const bundle = withinStack(() => readFiles(files, options));
  return (
    bundle ?? err([{ code: 'rego-bundle/too-deep', message: `a value in the bundle cannot be read: ${TOO_DEEP}` }])
  );
}

function readFiles(
  all: readonly BundleFile[],
  { verification, regoVersion = 'v1' }: BundleOptions,
): Result<RegoBundle, readonly Problem[]> {
  const files = all.filter(({ path }) => baseName(path) !== SIGNATURES);
  const problem = problemOfVerification(all, files, verification) ?? problemOfForeign(files);
  if (problem !== undefined) return err([problem]);
  const manifest = manifestOf(files);
  if (!manifest.ok) return err([manifest.problem]);
  const { revision, roots, metadata } = manifest.value;
  const [modules, data] = [modulesOf(files, manifest.value, regoVersion), dataOf(files)];
  if (!modules.ok || !data.ok) return err([...(modules.ok ? [] : modules.problem), ...(data.ok ? [] : data.problem)]);
  const outside = problemOfRoots(roots, modules.value, data.value);
  if (outside !== undefined) return err([outside]);
  return ok({ revision, roots, metadata, modules: modules.value.map(({ source }) => source), data: data.value });
}

const SIGNATURES = '.signatures.json';
const DECODER = new TextDecoder();

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function problemOfVerification(
  all: readonly BundleFile[],
  files: readonly BundleFile[],
  verification: BundleOptions['verification'],
): Problem | undefined {
  if (verification === 'skip') return undefined;
  const [signatures, second] = all.filter(({ path }) => baseName(path) === SIGNATURES);
  if (second !== undefined) {
    return { code: 'rego-bundle/bad-signature', message: `the bundle holds more than one \`${SIGNATURES}\`` };
  }
  if (signatures === undefined) {
    if (verification === undefined) return undefined;
    const message = `the bundle is not signed: it has no \`${SIGNATURES}\``;
    return { code: 'rego-bundle/unsigned', message, hint: 'sign it with `opa build --signing-key`' };
  }
  if (verification === undefined) {
    const message = 'the bundle is signed, and no key is given to verify it with';
    return { code: 'rego-bundle/no-key', message, hint: 'give the key of who signed it, or say that none is needed' };
  }
  return problemOfSignatures(DECODER.decode(signatures.bytes), files, verification);
}

/** What OPA knows, and is not evaluated here: refused by its name, not passed over. */
function problemOfForeign(files: readonly BundleFile[]): Problem | undefined {
  for (const { path } of files) {
    const name = baseName(path);
    if (name.endsWith('.wasm')) {
      const message = `\`${path}\` is WebAssembly, which is not evaluated here`;
      return { code: 'rego-bundle/wasm', message, hint: 'build it without `-t wasm`: Rego is compiled here' };
    }
    if (name === 'patch.json' || name === '.patch.json') {
      const message = `\`${path}\` makes this a delta bundle, which changes another one and is not read here`;
      return { code: 'rego-bundle/delta', message, hint: 'serve whole bundles (snapshots)' };
    }
    if (name.endsWith('.manifest.pb')) {
      const message = `\`${path}\` is a manifest as protobuf, and JSON is read here`;
      return { code: 'rego-bundle/binary-manifest', message, hint: 'write it as `.manifest`' };
    }
  }
  return undefined;
}

function manifestOf(files: readonly BundleFile[]): Result<Manifest> {
  const [file, second] = files.filter(({ path }) => baseName(path).endsWith('.manifest'));
  if (file === undefined) return ok(NO_MANIFEST);
  if (second === undefined) return parseManifest(DECODER.decode(file.bytes));
  const message = `the bundle has two manifests: \`${file.path}\` and \`${second.path}\``;
  return err({ code: 'rego-bundle/bad-manifest', message });
}

export type ParsedModule = { readonly source: BundleModule; readonly path: readonly string[] };

function modulesOf(
  files: readonly BundleFile[],
  manifest: Manifest,
  byDefault: RegoVersion,
): Result<readonly ParsedModule[], readonly Problem[]> {
  const modules: ParsedModule[] = [];
  const problems: Problem[] = [];
  for (const { path, bytes } of files) {
    if (!path.endsWith('.rego')) continue;
    const regoVersion = manifest.versionOf(path) ?? byDefault;
    const text = textOf(bytes);
    if (text === undefined) {
      problems.push({ code: 'rego-bundle/not-utf8', message: `\`${path}\` is no text in UTF-8` });
      continue;
    }
    const source = { file: path, text, regoVersion };
    const module = parseModule(source, { regoVersion });
    if (module.ok) modules.push({ source, path: module.value.package.path });
    else problems.push(...module.problem);
  }
  return problems.length > 0 ? err(problems) : ok(modules);
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function dataOf(files: readonly BundleFile[]): Result<PlainObject, readonly Problem[]> {
  const documents: DataFile[] = [];
  const problems: Problem[] = [];
  for (const { path, bytes } of files) {
    if (!/(?:^|\/)data\.(?:json|ya?ml)$/u.test(path)) continue;
    const value = parseData(path, bytes);
    if (value.ok) documents.push({ file: path, path: path.split('/').slice(0, -1), value: value.value });
    else problems.push(value.problem);
  }
  return problems.length > 0 ? err(problems) : mergeData(documents);
}
