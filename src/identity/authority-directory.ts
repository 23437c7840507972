/** Where authorities are kept: one file per generation, made whole or not at all, readable by their owner alone. */
import { constants } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { type Problem, ProblemError } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import { type AuthorityKey, authorityToPem, parseAuthority, type Random } from './authority-key.ts';

export type Generation = AuthorityKey & { readonly generation: number };

/** A key and a certificate take under 2 KiB; whatever is longer is not ours. */
const MAX_FILE_BYTES: number = 64 * 1024;

const FILE_NAME = /^authority-([1-9][0-9]{0,8})\.pem$/u;
const LEFTOVER_NAME = /^\.authority-[1-9][0-9]{0,8}\.pem\.[0-9a-f]+\.tmp$/u;

/**
 * Every authority in the directory, oldest first; makes the directory when it is not there. What a crash left over is
 * removed. Codes: `authority/directory-open-to-others`, `authority/file-open-to-others`, and those of
 * `parseAuthority`.
 * @throws ProblemError `authority/storage` when the system refuses to read or write.
 */
export async function readAuthorities(directory: string, trustDomain: TrustDomain): Promise<Result<Generation[]>> {
  return stored(directory, async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const problem = problemOfAccess(await stat(directory), directory, 0o022, 'directory');
    if (problem !== undefined) return err(problem);
    const authorities: Generation[] = [];
    for (const name of await readdir(directory)) {
      if (LEFTOVER_NAME.test(name)) await rm(join(directory, name), { force: true });
      const generation = Number(FILE_NAME.exec(name)?.[1] ?? 0);
      if (generation === 0) continue;
      const authority = await readAuthority(join(directory, name), trustDomain);
      if (!authority.ok) return authority;
      authorities.push({ ...authority.value, generation });
    }
    // Whoever linked a file may have died before its name was durable, and it is about to be relied upon.
    await syncDirectory(directory);
    return ok(authorities.sort((a, b) => a.generation - b.generation));
  });
}

/**
 * Writes one generation unless it exists; false when it does, and somebody else's is then to be read instead.
 *
 * Crash by crash: the content is durable before it has its name, and the name is durable before this returns. A crash
 * before `link` leaves a temporary file, with a key that never signed anything, which the next start removes. A crash
 * after `link` leaves the finished file, whether or not its name survives: nothing was signed with it yet. `link`
 * and not `rename`, because it refuses to replace: of two starts that race, one makes the authority and both use it.
 *
 * @throws ProblemError `authority/storage`
 */
export async function writeAuthority(
  directory: string,
  generation: number,
  authority: AuthorityKey,
  random: Random,
): Promise<boolean> {
  const name = `authority-${generation}.pem`;
  const temporary = join(directory, `.${name}.${Buffer.from(random(8)).toString('hex')}.tmp`);
  return stored(directory, async () => {
    try {
      await using file = await open(temporary, 'wx', 0o600);
      await file.writeFile(authorityToPem(authority));
      await file.sync();
      await link(temporary, join(directory, name));
      await syncDirectory(directory);
      return true;
    } catch (error) {
      // EEXIST: the other start was faster. ENOENT: it took our temporary file for a leftover; the caller tries again.
      if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

export async function removeAuthority(directory: string, generation: number): Promise<void> {
  await stored(directory, () => rm(join(directory, `authority-${generation}.pem`), { force: true }));
}

async function readAuthority(path: string, trustDomain: TrustDomain): Promise<Result<AuthorityKey>> {
  // A symbolic link is not followed, and what is checked is what was opened, so that nothing changes in between.
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const stats = await file.stat();
  const problem = problemOfAccess(stats, path, 0o077, 'file');
  if (problem !== undefined) return err(problem);
  const pem = await readBounded(file);
  return parseAuthority(pem, path, trustDomain);
}

async function readBounded(file: FileHandle): Promise<string> {
  const buffer = Buffer.alloc(MAX_FILE_BYTES);
  const { bytesRead } = await file.read(buffer, 0, MAX_FILE_BYTES, 0);
  return buffer.toString('latin1', 0, bytesRead);
}

type Access = { readonly mode: number; readonly uid: number };

function problemOfAccess(
  access: Access,
  path: string,
  forbidden: number,
  kind: 'file' | 'directory',
): Problem | undefined {
  const code = `authority/${kind}-open-to-others`;
  const uid = process.geteuid?.();
  if (uid !== undefined && access.uid !== uid) {
    const message = `the ${kind} \`${path}\` belongs to user ${access.uid}, and this process runs as user ${uid}`;
    return { code, message, hint: `run as user ${access.uid}, or: chown ${uid} '${path}'` };
  }
  const mode = access.mode & 0o777;
  if ((mode & forbidden) === 0) return undefined;
  const may = kind === 'file' ? "read or change the authority's private key" : 'replace the authority';
  return {
    code,
    message: `the ${kind} \`${path}\` has mode 0${mode.toString(8)}, so that others may ${may}`,
    hint: `chmod 0${kind === 'file' ? '600' : '700'} '${path}'; if others had access, move the authority away instead`,
  };
}

async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r');
  await handle.sync();
}

/** Turns a refusal of the operating system into one that an operator can act on. */
async function stored<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    const message = `the authority's directory \`${directory}\` cannot be used: ${(error as Error).message}`;
    const hint = 'it must be on a local file system with hard links, writable by the user of this process';
    throw new ProblemError({ code: 'authority/storage', message, hint }, { cause: error });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
