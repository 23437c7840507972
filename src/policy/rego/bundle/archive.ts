/** The files of a `.tar.gz`, within limits: the one file here that knows the library `modern-tar`. */
import { unpackTar } from 'modern-tar';

import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { BundleLimits } from './limits.ts';

/** `path`: its parts joined by `/`, without one before the first. */
export type BundleFile = { readonly path: string; readonly bytes: Uint8Array };

/** In the order of the archive. */
export async function readArchive(bytes: Uint8Array, limits: BundleLimits): Promise<Result<readonly BundleFile[]>> {
  const unpacked = await gunzip(bytes, limits.maxUnpackedBytes);
  if (!unpacked.ok) return unpacked;
  const entries = await unpack(unpacked.value);
  if (!entries.ok) return entries;
  const files = new Map<string, BundleFile>();
  for (const { header, data } of entries.value) {
    if (header.type === 'directory' || header.type === 'pax-global-header') continue;
    const path = safePath(header.name);
    if (path === undefined) return err(unsafePath(header.name));
    if (header.type !== 'file' && header.type !== undefined) return err(noFile(path, header.type));
    if (files.has(path)) {
      return err({ code: 'rego-bundle/file-twice', message: `\`${path}\` is in the bundle more than once` });
    }
    if (files.size >= limits.maxFiles) {
      const message = `a bundle has at most ${limits.maxFiles} files, and this one has more`;
      return err({ code: 'rego-bundle/too-many-files', message });
    }
    files.set(path, { path, bytes: data ?? new Uint8Array() });
  }
  return ok([...files.values()]);
}

async function gunzip(bytes: Uint8Array, maxBytes: number): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += chunk.length;
      if (length > maxBytes) return err(tooLarge(maxBytes));
      chunks.push(chunk as Uint8Array<ArrayBuffer>);
    }
  } catch {
    // The stream says nothing that an operator could use.
    const message = 'the bundle is no gzip, or it ends too early or in something else';
    return err({ code: 'rego-bundle/not-gzip', message, hint: 'a bundle is a `.tar.gz`; download or build it again' });
  }
  return ok(new Uint8Array(await new Blob(chunks).arrayBuffer()));
}

async function unpack(bytes: Uint8Array): Promise<Result<Awaited<ReturnType<typeof unpackTar>>>> {
  try {
    return ok(await unpackTar(bytes, { strict: true }));
  } catch (error) {
    const message = `the bundle is no tar archive that can be read: ${(error as Error).message}`;
    return err({ code: 'rego-bundle/not-tar', message: message.replace(/\.$/u, ''), hint: 'build it again' });
  }
}

/** Undefined: it leads out of the bundle, or is written so that two names mean one file. */
function safePath(name: string): string | undefined {
  const parts = name.replace(/^(?:\.?\/)+/u, '').split('/');
  const isUnsafe = parts.some((part) => part === '' || part === '.' || part === '..' || /[\\\0]/u.test(part));
  return isUnsafe ? undefined : parts.join('/');
}

function tooLarge(maxBytes: number): Problem {
  const message = `unpacked, a bundle has at most ${maxBytes} bytes, and this one has more`;
  return { code: 'rego-bundle/too-large', message, hint: 'large data belongs into a database, not into a bundle' };
}

function unsafePath(name: string): Problem {
  const message = `${JSON.stringify(name)} is no path of a file inside a bundle`;
  return { code: 'rego-bundle/unsafe-path', message, hint: 'paths have neither `..` nor empty parts' };
}

function noFile(path: string, type: string): Problem {
  const message = `\`${path}\` is a ${type}, and a bundle holds files only`;
  return { code: 'rego-bundle/no-file', message, hint: 'pack what it points to in its place' };
}
