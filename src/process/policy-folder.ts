/** The folder of policies: read as a whole, and watched, so that a saved file takes effect at once. */
import { type FSWatcher, readdirSync, readFileSync, watch } from 'node:fs';
import { join, relative } from 'node:path';

import type { PolicyText } from '../decision/snapshot.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { MAX_RECORD_BYTES } from '../kernel/limits.ts';

/** Editors write a file in several steps (truncate, write, rename): wait until they are done. */
const SETTLE_MILLISECONDS = 60;
/** A folder of policies, not a home directory. */
const MAX_POLICY_FILES = 10_000;

/** The language of a file by its name; a file of none is not a policy. */
const LANGUAGES: readonly (readonly [name: RegExp, language: PolicyText['language']])[] = [
  [/(?:^|\/)data\.(?:json|ya?ml)$/u, 'rego-data'],
  [/\.rego$/u, 'rego'],
  [/\.ya?ml$/u, 'mesh'],
  [/\.cedar(?:\.json)?$/u, 'cedar'],
  [/\.cedarschema(?:\.json)?$/u, 'cedar-schema'],
  [/\.cedarentities\.json$/u, 'cedar-entities'],
];

/** `shownAs` is how the folder is named in messages and records. */
export type PolicyFolder = { readonly path: string; readonly shownAs: string };

/** As `readPolicyFolder`; a folder may lie in another one, and a file is read once. */
export function readPolicyFolders(folders: readonly PolicyFolder[]): Result<readonly PolicyText[]> {
  const policies = new Map<string, PolicyText>();
  for (const { path, shownAs } of folders) {
    const read = readPolicyFolder(path, shownAs);
    if (!read.ok) return read;
    for (const policy of read.value) policies.set(policy.file, policy);
  }
  return ok([...policies.values()]);
}

/**
 * Every file of a language of `LANGUAGES` below the folder, in the order of their names. Codes: `policies/unreadable`,
 * `policies/too-many`, `policies/too-large`.
 */
function readPolicyFolder(folder: string, shownAs: string): Result<readonly PolicyText[]> {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && languageOf(entry.name) !== undefined && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    if (files.length > MAX_POLICY_FILES) {
      const message = `\`${shownAs}\` has ${files.length} policy files, and ${MAX_POLICY_FILES} are the most`;
      return err({ code: 'policies/too-many', message, hint: 'join small files into larger ones' });
    }
    const policies: PolicyText[] = [];
    for (const path of files) {
      const file = join(shownAs, relative(folder, path));
      const text = readFileSync(path, 'utf8');
      if (Buffer.byteLength(text) > MAX_RECORD_BYTES / 2) {
        return err({
          code: 'policies/too-large',
          message: `\`${file}\` is too large for a policy file`,
          hint: 'split it',
        });
      }
      policies.push({ language: languageOf(file) ?? 'mesh', file, text });
    }
    return ok(policies);
  } catch (error) {
    return err(unreadable(shownAs, error));
  }
}

function languageOf(file: string): PolicyText['language'] | undefined {
  return LANGUAGES.find(([ending]) => ending.test(file))?.[1];
}

function unreadable(folder: string, error: unknown): Problem {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const message = `the folder of policies \`${folder}\` cannot be read: ${code}`;
  return {
    code: 'policies/unreadable',
    message,
    hint: 'make the folder, or name another in countersign.yaml',
  };
}

/**
 * Calls back once things have settled after any change below the folders. Each folder is watched by itself: watching a
 * tree in Node loses a file that an editor replaced by another of the same name. Returns the function that ends it.
 */
export function watchPolicyFolders(folders: readonly string[], onChange: () => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  const settle = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      watchAll();
      onChange();
    }, SETTLE_MILLISECONDS);
  };
  const watchAll = (): void => {
    const wanted = new Set(folders.flatMap(foldersBelow));
    for (const [path, watcher] of watchers) {
      if (wanted.has(path)) continue;
      watcher.close();
      watchers.delete(path);
    }
    for (const path of wanted) {
      if (watchers.has(path)) continue;
      const watcher = watch(path, settle);
      // The folder was removed: what is in force stays in force until there is something to read again.
      watcher.on('error', settle);
      watchers.set(path, watcher);
    }
  };
  watchAll();
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}

function foldersBelow(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return [
      folder,
      ...entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name)),
    ];
  } catch {
    return [];
  }
}
