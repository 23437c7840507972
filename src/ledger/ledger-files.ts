/** The writing that a ledger does, as a port: small enough that a test can make every part of it fail. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Where a method rejects, nothing is known about what reached the disk. */
export type SegmentFile = {
  /** All the bytes, or a rejection. */
  readonly write: (bytes: Uint8Array, offset: number) => Promise<void>;
  /** What was written before is durable when it settles. */
  readonly datasync: () => Promise<void>;
  /** Cuts the file off; durable when it settles. */
  readonly truncate: (length: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type LedgerFiles = {
  readonly open: (path: string) => Promise<SegmentFile>;
  /** The file is there whole and durable when it settles, in place of one of that name; before, it is not there. */
  readonly replace: (path: string, bytes: Uint8Array) => Promise<void>;
};

export const nodeFiles: LedgerFiles = {
  open: async (path) => segmentFile(await open(path, 'r+')),
  replace: async (path, bytes) => {
    const fresh = `${path}.new`;
    try {
      const file = await open(fresh, 'w', 0o600);
      try {
        await writeAll(file, bytes, 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(fresh, path);
    } catch (error) {
      await rm(fresh, { force: true }).catch(() => undefined);
      throw error;
    }
    // The name is durable only when the directory is.
    const directory = await open(dirname(path), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
};

function segmentFile(file: FileHandle): SegmentFile {
  return {
    write: (bytes, offset) => writeAll(file, bytes, offset),
    datasync: () => file.datasync(),
    truncate: async (length) => {
      await file.truncate(length);
      await file.sync();
    },
    close: () => file.close(),
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}
