/** Files that a command about policies is given: read as they are, with all that lies below folders, and watched. */
import { readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

import type { FoundFile } from '../cli/operations.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { watchPolicyFolders } from './policy-folder.ts';

/** Policies and their data, not a home directory. */
const MAX_FILES = 20_000;
const MAX_TOTAL_BYTES = 512 * 1024 * 1024;

/** What a folder of policies is read for. Of names that begin with a dot, only those that bundles have. */
const WANTED = /(?:^[^.].*\.(?:rego|json|ya?ml)|^\.manifest|^\.signatures\.json|^[^.].*\.wasm|^\.manifest\.pb)$/u;

/** In the order of their paths below each of `paths`. Codes: `policy-files/unreadable`, `/too-many`, `/too-large`. */
export function readPolicyFiles(paths: readonly string[]): Result<readonly FoundFile[]> {
  const files: FoundFile[] = [];
  const seen = new Set<string>();
  let bytesLeft = MAX_TOTAL_BYTES;
  for (const given of paths) {
    const path = given.length > 1 ? given.replace(/\/+$/u, '') : given;
    const listed = listFiles(path);
    if (!listed.ok) return listed;
    for (const { file, below } of listed.value) {
      // Named twice, it is still one file.
      if (seen.has(resolve(file))) continue;
      seen.add(resolve(file));
      if (files.length >= MAX_FILES) return err(tooMany(path));
      try {
        bytesLeft -= statSync(file).size;
        if (bytesLeft < 0) return err(tooLarge(file));
        files.push({ given: path, file, below, bytes: readFileSync(file) });
      } catch (error) {
        return err(unreadable(file, error));
      }
    }
  }
  return ok(files);
}

type Listed = { readonly file: string; readonly below: FoundFile['below'] };

function listFiles(path: string): Result<readonly Listed[]> {
  try {
    if (!statSync(path).isDirectory()) return ok([{ file: path, below: undefined }]);
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() && WANTED.test(entry.name))
      .map((entry) => {
        const file = join(entry.parentPath, entry.name);
        return { file, below: relative(path, file).split(sep) };
      })
      .filter(({ below }) => below.slice(0, -1).every((name) => !name.startsWith('.') && name !== 'node_modules'));
    return ok(files.toSorted((a, b) => (a.file < b.file ? -1 : 1)));
  } catch (error) {
    return err(unreadable(path, error));
  }
}

/** One file, or standard input where it is `-`. */
export async function readOneFile(path: string, stdin: AsyncIterable<Uint8Array>): Promise<Result<Uint8Array>> {
  try {
    if (path !== '-') return ok(await readFile(path));
    const chunks: Uint8Array[] = [];
    let bytesLeft = MAX_TOTAL_BYTES;
    for await (const chunk of stdin) {
      bytesLeft -= chunk.length;
      if (bytesLeft < 0) return err(tooLarge('standard input'));
      chunks.push(chunk);
    }
    return ok(Buffer.concat(chunks));
  } catch (error) {
    return err(unreadable(path, error));
  }
}

export async function writeReport(path: string, text: string): Promise<Result<undefined>> {
  try {
    await writeFile(path, text);
    return ok(undefined);
  } catch (error) {
    const message = `\`${path}\` cannot be written: ${reasonOf(error)}`;
    return err({ code: 'policy-files/unwritable', message, hint: 'make its folder, or name another file' });
  }
}

/** Calls back after changes at or below any of the paths, until the function that it returns is called. */
export function watchPolicyFiles(paths: readonly string[], onChange: () => void): Result<() => void> {
  const ends: (() => void)[] = [];
  const endAll = (): void => {
    for (const end of ends) end();
  };
  for (const path of paths) {
    try {
      ends.push(statSync(path).isDirectory() ? watchPolicyFolders([path], onChange) : watchFile(path, onChange));
    } catch (error) {
      endAll();
      return err(unreadable(path, error));
    }
  }
  return ok(endAll);
}

/** Editors replace a file by another of its name: its folder is what stays. */
function watchFile(path: string, onChange: () => void): () => void {
  const watcher = watch(dirname(path), (_, name) => {
    if (name === null || name === basename(path)) onChange();
  });
  return () => {
    watcher.close();
  };
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}

function unreadable(path: string, error: unknown): Problem {
  const message = `\`${path}\` cannot be read: ${reasonOf(error)}`;
  return { code: 'policy-files/unreadable', message, hint: 'see whether it is there, and whether you may read it' };
}

function tooMany(path: string): Problem {
  const message = `below \`${path}\` are more than ${MAX_FILES} files of policies and data`;
  return { code: 'policy-files/too-many', message, hint: 'name the folder of the policies' };
}

function tooLarge(file: string): Problem {
  const message = `with \`${file}\` the files have more than ${MAX_TOTAL_BYTES} bytes`;
  return { code: 'policy-files/too-large', message, hint: 'large data belongs into a database' };
}
