/** `.manifest`: what a bundle says of itself. Members that are not known are ignored, as OPA ignores them. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { compileGlob, type GlobMatcher } from '../builtins/glob-matcher.ts';
import { parseGlob } from '../builtins/glob-pattern.ts';
import type { RegoVersion } from '../syntax.ts';
import { parseJson } from '../values/json.ts';
import { isArray, isPlainObject, type PlainObject, type RegoValue } from '../values/value.ts';
import { formatRoot, overlapWithin, parseRoot, type Root } from './roots.ts';

export type Manifest = {
  /** Empty where it has none. */
  readonly revision: string;
  /** Without `roots` in the file: all of `data`. */
  readonly roots: readonly Root[];
  readonly metadata: PlainObject;
  /** What a module is written in; undefined where the manifest does not say. */
  readonly versionOf: (path: string) => RegoVersion | undefined;
};

export const NO_MANIFEST: Manifest = { revision: '', roots: [[]], metadata: {}, versionOf: () => undefined };

const VERSIONS: ReadonlyMap<RegoValue, RegoVersion> = new Map([
  [0, 'v0'],
  [1, 'v1'],
]);

export function parseManifest(text: string): Result<Manifest> {
  const json = parseJson(text);
  if (!json.ok) return wrong(`is no JSON: ${json.problem}`);
  if (!isPlainObject(json.value)) return wrong('is no object');
  const member = (name: string): RegoValue => memberOf(json.value as PlainObject, name);
  if (isArray(member('wasm')) && (member('wasm') as readonly RegoValue[]).length > 0) {
    const message = 'the manifest of the bundle names WebAssembly modules in `wasm`, which are not evaluated here';
    return err({ code: 'rego-bundle/wasm', message, hint: 'build it without `-t wasm`: Rego is compiled here' });
  }
  const [revision, metadata] = [member('revision') ?? '', member('metadata') ?? {}];
  if (typeof revision !== 'string') return wrong('has a `revision` that is no string');
  if (!isPlainObject(metadata)) return wrong('has `metadata` that is no object');
  const roots = rootsOf(member('roots'));
  if (!roots.ok) return roots;
  const versionOf = versionsOf(member('rego_version'), member('file_rego_versions'));
  return versionOf.ok ? ok({ revision, roots: roots.value, metadata, versionOf: versionOf.value }) : versionOf;
}

function memberOf(object: PlainObject, name: string): RegoValue {
  return Object.hasOwn(object, name) ? (object[name] as RegoValue) : null;
}

function rootsOf(value: RegoValue): Result<readonly Root[]> {
  if (value === null) return ok([[]]);
  if (!isArray(value) || value.some((each) => typeof each !== 'string'))
    return wrong('has `roots` that are no strings');
  const roots = (value as readonly string[]).map(parseRoot);
  const both = overlapWithin(roots);
  if (both === undefined) return ok(roots);
  const [a, b] = both.map(formatRoot);
  return wrong(`has roots of which one lies in the other: \`${a ?? ''}\` and \`${b ?? ''}\``);
}

type VersionOf = Manifest['versionOf'];

function versionsOf(all: RegoValue, files: RegoValue): Result<VersionOf> {
  const general = VERSIONS.get(all);
  if (all !== null && general === undefined) return wrong('has a `rego_version` that is neither 0 nor 1');
  if (files === null) return ok(() => general);
  if (!isPlainObject(files)) return wrong('has `file_rego_versions` that are no object');
  const patterns: { readonly matches: GlobMatcher; readonly version: RegoVersion }[] = [];
  for (const pattern of Object.keys(files).toSorted()) {
    const version = VERSIONS.get(files[pattern] as RegoValue);
    if (version === undefined) return wrong(`has a version of \`${pattern}\` that is neither 0 nor 1`);
    const glob = parseGlob(pattern);
    if (!glob.ok) return wrong(`has \`${pattern}\` in \`file_rego_versions\`, which is no pattern: ${glob.problem}`);
    patterns.push({ matches: compileGlob(glob.value, []), version });
  }
  // Bundles that OPA wrote have a `/` before each path, and so have the patterns for them.
  return ok((path) => patterns.find(({ matches }) => matches(path) || matches(`/${path}`))?.version ?? general);
}

function wrong(message: string): Result<never> {
  return err({ code: 'rego-bundle/bad-manifest', message: `the manifest of the bundle ${message}` });
}
