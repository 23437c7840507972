/** The SHA-256 of the program that a process runs, computed once per version of the file. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

import { err, ok, type Result } from '../../kernel/result.ts';

/** Takes `/proc/PID/exe`; lower case hex. Codes: `attestation/executable-unreadable`, `/executable-too-large`, … */
export type DigestExecutable = (path: string) => Promise<Result<string>>;

/** Runtimes with everything linked in reach 200 MB; beyond this, hashing would be a way to keep us busy. */
export const MAX_EXECUTABLE_BYTES: number = 1024 ** 3;

/** Programs that attested workloads run on one machine; the least recently used leaves. */
const MAX_REMEMBERED = 256;

/**
 * Remembers by device, inode, size, modification and change time. The change time is what makes this safe: every
 * write moves it, and unlike the modification time no call sets it back, short of setting the machine's clock.
 */
export function createExecutableDigest(): DigestExecutable {
  const remembered = new Map<string, Promise<Result<string>>>();
  return async (path) => {
    let file: FileHandle;
    try {
      file = await open(path);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
      const message = `the caller's program cannot be read: ${code}`;
      return err({ code: 'attestation/executable-unreadable', message });
    }
    try {
      const version = await versionOf(file);
      const known = remembered.get(version.key);
      if (known !== undefined) {
        remembered.delete(version.key);
        remembered.set(version.key, known);
        return await known;
      }
      if (version.bytes > MAX_EXECUTABLE_BYTES) {
        const message = `the caller's program has ${version.bytes} bytes, at most ${MAX_EXECUTABLE_BYTES} are hashed`;
        return err({ code: 'attestation/executable-too-large', message });
      }
      const digest = digestOf(file, version.key);
      remembered.set(version.key, digest);
      for (const oldest of remembered.keys()) {
        if (remembered.size <= MAX_REMEMBERED) break;
        remembered.delete(oldest);
      }
      const result = await digest.catch(() => undefined);
      if (result?.ok !== true) remembered.delete(version.key);
      return result ?? changed();
    } finally {
      await file.close();
    }
  };
}

async function versionOf(file: FileHandle): Promise<{ readonly key: string; readonly bytes: number }> {
  const stat = await file.stat({ bigint: true });
  return { key: `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`, bytes: Number(stat.size) };
}

async function digestOf(file: FileHandle, version: string): Promise<Result<string>> {
  const hash = createHash('sha256');
  for await (const chunk of file.createReadStream({ autoClose: false, start: 0, highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
  }
  return (await versionOf(file)).key === version ? ok(hash.digest('hex')) : changed();
}

function changed(): Result<never> {
  const message = "the caller's program changed while it was hashed, or could not be read to its end";
  return err({ code: 'attestation/executable-changed', message });
}
