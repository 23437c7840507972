/** A process held by a pidfd: the one thing that a later process with the same pid cannot be mistaken for. */
import { readFileSync } from 'node:fs';

import { err, ok, type Result } from '../../kernel/result.ts';
import type { LinuxCalls } from './linux-calls.ts';
import { readProcessStat } from './process-stat.ts';

export class ProcessHandle implements Disposable {
  readonly pid: number;
  /** Clock ticks since boot at which the process began. */
  readonly startTicks: number;
  readonly #calls: LinuxCalls;
  readonly #listeners = new Set<() => void>();
  #pidfd: number | undefined;
  #stopWatching: (() => void) | undefined;

  private constructor(calls: LinuxCalls, pidfd: number, pid: number, startTicks: number) {
    this.#calls = calls;
    this.#pidfd = pidfd;
    this.pid = pid;
    this.startTicks = startTicks;
  }

  /** The process that has this pid now. Code: `attestation/no-process`. */
  static open(calls: LinuxCalls, pid: number): Result<ProcessHandle> {
    const pidfd = calls.openPidfd(pid);
    return pidfd === undefined ? gone(pid) : ProcessHandle.adopt(calls, pidfd, pid);
  }

  /**
   * Takes ownership of a pidfd that is said to be of this pid, and closes it when it is not. The start time is read
   * while the pidfd shows the process alive, before and after, so it is that process's. Code: `attestation/no-process`.
   */
  static adopt(calls: LinuxCalls, pidfd: number, pid: number): Result<ProcessHandle> {
    const same = pidOf(pidfd) === pid;
    const stat = same ? readProcessStat(pid) : undefined;
    if (stat !== undefined && !calls.hasExited(pidfd)) {
      return ok(new ProcessHandle(calls, pidfd, pid, stat.startTicks));
    }
    calls.close(pidfd);
    return gone(pid);
  }

  /**
   * INVARIANT (pid reuse): while this is true, the pid is this process's and no other's, for a pid is only given away
   * after its process was reaped. So: ask, read `/proc/PID`, ask again; what was read in between is of this process.
   */
  isAlive(): boolean {
    return this.#pidfd !== undefined && !this.#calls.hasExited(this.#pidfd);
  }

  /** Calls back once when the process ends; at once, in the same call, if it has ended already. Returns the undo. */
  onExit(listener: () => void): () => void {
    if (this.#pidfd === undefined || this.#calls.hasExited(this.#pidfd)) {
      listener();
      return () => {};
    }
    this.#listeners.add(listener);
    this.#stopWatching ??= this.#calls.onExit(this.#pidfd, () => {
      this.#stopWatching = undefined;
      const told = [...this.#listeners];
      this.#listeners.clear();
      for (const each of told) each();
    });
    return () => void this.#listeners.delete(listener);
  }

  /** Closes the pidfd; from then on the process counts as gone, and nobody is told of its end. */
  [Symbol.dispose](): void {
    this.#listeners.clear();
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    if (this.#pidfd !== undefined) this.#calls.close(this.#pidfd);
    this.#pidfd = undefined;
  }
}

/**
 * -1 once the process was reaped, and when it cannot be read, since no descriptor is left, say; 0 when it lives in a pid
 * namespace that cannot be seen from here.
 */
function pidOf(pidfd: number): number {
  try {
    const text = readFileSync(`/proc/self/fdinfo/${pidfd}`, 'latin1');
    return Number(/^Pid:\s*(-?\d+)$/mu.exec(text)?.[1] ?? -1);
  } catch {
    return -1;
  }
}

function gone(pid: number): Result<never> {
  return err({ code: 'attestation/no-process', message: `process ${pid} has ended` });
}
