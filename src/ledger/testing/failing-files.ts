/** A disk that fails on command, in the ways that disks do. */
import { type LedgerFiles, nodeFiles, type SegmentFile } from '../ledger-files.ts';

/**
 * `failed`: nothing reached the disk. `failed-but-persisted`: all of it did, and an error was reported all the same.
 * `half`: the first half did.
 */
export type Fault = 'failed' | 'failed-but-persisted' | 'half';
export type Operation = 'write' | 'datasync' | 'truncate' | 'replace' | 'open';

export type FailingFiles = LedgerFiles & {
  /** From now on, until `heal`; `code` is the error's. */
  readonly fail: (operation: Operation, fault: Fault, code?: string) => void;
  readonly heal: () => void;
  /** How often each was asked for. */
  readonly counts: Readonly<Record<Operation, number>>;
};

export function makeFailingFiles(): FailingFiles {
  const counts: Record<Operation, number> = { write: 0, datasync: 0, truncate: 0, replace: 0, open: 0 };
  const faults = new Map<Operation, { readonly fault: Fault; readonly code: string }>();

  async function run<T>(operation: Operation, work: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
    counts[operation] += 1;
    const failing = faults.get(operation);
    if (failing === undefined) return await work();
    if (failing.fault === 'failed-but-persisted') await work();
    if (failing.fault === 'half') await half?.();
    throw Object.assign(new Error(`${failing.code}: ${operation}`), { code: failing.code });
  }

  const wrap = (file: SegmentFile): SegmentFile => ({
    write: (bytes, offset) =>
      run(
        'write',
        () => file.write(bytes, offset),
        () => file.write(bytes.subarray(0, bytes.length >> 1), offset),
      ),
    datasync: () => run('datasync', file.datasync),
    truncate: (length) => run('truncate', () => file.truncate(length)),
    close: file.close,
  });
  return {
    open: (path) => run('open', async () => wrap(await nodeFiles.open(path))),
    replace: (path, bytes) => run('replace', () => nodeFiles.replace(path, bytes)),
    fail: (operation, fault, code = 'EIO') => void faults.set(operation, { fault, code }),
    heal: () => faults.clear(),
    counts,
  };
}
