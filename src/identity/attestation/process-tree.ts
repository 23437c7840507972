/** A started process with everything that descends from it: the strongest evidence of who a caller is. */
import { readdirSync, readFileSync } from 'node:fs';

import { ok, type Result } from '../../kernel/result.ts';
import type { LinuxCalls } from './linux-calls.ts';
import { ProcessHandle } from './process-handle.ts';
import { readProcessStat } from './process-stat.ts';

/** Deeper than any workload nests its shells; bounds the walk. */
const MAX_DEPTH = 64;

/** Processes of one workload that are looked at; beyond, a connection of one of the rest is refused. */
export const MAX_TREE_PROCESSES = 4096;

/**
 * Orphans are not in it: a process whose parents ended up to the tracked one was given to another parent, so nothing
 * shows any more where it came from. The exception is the kernel's own: when the tracked process is a child subreaper
 * (prctl(2)), its orphans are its children again.
 */
export class TrackedProcess implements Disposable {
  readonly #handle: ProcessHandle;

  private constructor(handle: ProcessHandle) {
    this.#handle = handle;
  }

  /**
   * Call it for an own child in the same turn as `spawn`: until Node's event loop turns, even a child that ended is a
   * zombie that keeps its pid. Code: `attestation/no-process`.
   */
  static track(calls: LinuxCalls, pid: number): Result<TrackedProcess> {
    const handle = ProcessHandle.open(calls, pid);
    return handle.ok ? ok(new TrackedProcess(handle.value)) : handle;
  }

  get pid(): number {
    return this.#handle.pid;
  }

  isAlive(): boolean {
    return this.#handle.isAlive();
  }

  /** As `ProcessHandle.onExit`. */
  onExit(listener: () => void): () => void {
    return this.#handle.onExit(listener);
  }

  /**
   * Is this pid the tracked process or a living descendant? The caller holds the process of the pid and checks after
   * this call that it is still alive (INVARIANT pid reuse).
   */
  contains(pid: number): boolean {
    let current = pid;
    for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
      if (current === this.#handle.pid) return this.#handle.isAlive();
      const stat = readProcessStat(current);
      if (stat === undefined || stat.parentPid <= 1 || stat.state === 'Z' || stat.state === 'X') return false;
      const parent = readProcessStat(stat.parentPid);
      if (parent === undefined || parent.startTicks > stat.startTicks) return false;
      // The parent's pid was its parent's while `parent` was read if it is so still: an orphan changes parents first.
      const again = readProcessStat(current);
      if (again?.parentPid !== stat.parentPid || again.startTicks !== stat.startTicks) return false;
      current = stat.parentPid;
    }
    return false;
  }

  /**
   * The tracked process and its living descendants, nearest first. A process that is born or ends meanwhile may be
   * missing, and a pid may have been given away since: `contains` tells for one.
   */
  pids(): readonly number[] {
    if (!this.#handle.isAlive()) return [];
    const found = new Set([this.#handle.pid]);
    for (const pid of found) {
      for (const child of childrenOf(pid)) {
        if (found.size >= MAX_TREE_PROCESSES) return [...found];
        found.add(child);
      }
    }
    return [...found];
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}

/** The kernel lists children by the thread that made them (proc_pid_task(5)). */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
      const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1');
      return text
        .split(' ')
        .filter((word) => word !== '')
        .map(Number);
    });
  } catch {
    return [];
  }
}
