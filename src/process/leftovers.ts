/** Processes that an earlier run started and could not stop, because it was killed itself. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { readProcessStat } from '../identity/attestation/process-stat.ts';

type Note = { readonly name: string; readonly pid: number; readonly startTicks: number };

/** Kept beside the state, rewritten on every start of a workload; not durable, for it is of use until a reboot only. */
export class Leftovers {
  readonly #file: string;
  readonly #notes = new Map<number, Note>();

  constructor(stateRoot: string) {
    this.#file = join(stateRoot, 'processes.json');
  }

  /** Kills the process groups that the last run left, and gives the names of their workloads. */
  clear(): readonly string[] {
    const cleared = this.#read().filter(({ pid, startTicks }) => {
      // A pid that now belongs to another process is left alone.
      if (readProcessStat(pid)?.startTicks !== startTicks) return false;
      try {
        process.kill(-pid, 'SIGKILL');
        return true;
      } catch {
        return false;
      }
    });
    rmSync(this.#file, { force: true });
    return cleared.map(({ name }) => name);
  }

  note(name: string, pid: number): void {
    const stat = readProcessStat(pid);
    if (stat === undefined) return;
    this.#notes.set(pid, { name, pid, startTicks: stat.startTicks });
    this.#write();
  }

  forget(pid: number): void {
    this.#notes.delete(pid);
    this.#write();
  }

  #write(): void {
    writeFileSync(this.#file, JSON.stringify([...this.#notes.values()]), { mode: 0o600 });
  }

  #read(): readonly Note[] {
    try {
      const notes = JSON.parse(readFileSync(this.#file, 'utf8')) as unknown;
      return Array.isArray(notes) ? (notes as Note[]).filter(({ pid }) => Number.isInteger(pid) && pid > 1) : [];
    } catch {
      return [];
    }
  }
}
