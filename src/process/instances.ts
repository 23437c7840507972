/** Which deployments of this user run now, so that a command finds the only one without being told where it is. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

export type Instance = { readonly directory: string; readonly adminSocket: string; readonly pid: number };

/** A folder of this user alone; `undefined` where one cannot be had, and commands must then be told the directory. */
export function instancesFolder(
  runtimeDirectory: string | undefined,
  temporary: string,
  uid: number,
): string | undefined {
  const folder =
    runtimeDirectory === undefined || runtimeDirectory === ''
      ? join(temporary, `countersign-${uid}`)
      : join(runtimeDirectory, 'countersign');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid: owner, mode } = statSync(folder);
    // In a shared /tmp anybody could have made the folder first.
    return owner === uid && (mode & 0o077) === 0 ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the function that takes the note away again. */
export function announceInstance(folder: string | undefined, instance: Instance): () => void {
  if (folder === undefined) return () => undefined;
  const name = createHash('sha256').update(instance.directory).digest('hex').slice(0, 16);
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(instance), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/** Those whose process is alive; notes of dead ones are taken away. */
export function runningInstances(folder: string | undefined): readonly Instance[] {
  if (folder === undefined) return [];
  return readdirSync(folder).flatMap((name) => {
    const file = join(folder, name);
    try {
      const instance = JSON.parse(readFileSync(file, 'utf8')) as Instance;
      process.kill(instance.pid, 0);
      return [instance];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') rmSync(file, { force: true });
      return [];
    }
  });
}
