/** What `/proc/PID/stat` and `/proc/PID/status` say of a process, parsed (proc_pid_stat(5)). */
import { readFileSync } from 'node:fs';

export type ProcessStat = {
  readonly state: string;
  readonly parentPid: number;
  /** Clock ticks since boot; with the pid, it names a process for as long as the machine runs. */
  readonly startTicks: number;
};

/** Undefined for a text that is not of this shape. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The name of the program stands in parentheses and may itself hold `)` and spaces: the last `)` ends it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (!text.includes(')')) return undefined;
  // Numbered from 1 in the manual, with the state as the third: parent 4, start time 22.
  const [state, parent] = fields;
  const start = fields[22 - 3];
  if (state === undefined || !/^[A-Za-z]$/u.test(state)) return undefined;
  if (parent === undefined || !/^\d{1,10}$/u.test(parent)) return undefined;
  if (start === undefined || !/^\d{1,15}$/u.test(start)) return undefined;
  return { state, parentPid: Number(parent), startTicks: Number(start) };
}

/** Undefined when there is no such process. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  const text = readProcFile(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseProcessStat(text);
}

/** The effective uid and gid of `/proc/PID/status`; undefined for a text that is not of its shape. */
export function parseEffectiveIds(text: string): { readonly uid: number; readonly gid: number } | undefined {
  // The first line is the name, in which the kernel escapes a line feed: nothing of it can look like another line.
  const uid = /^Uid:\t\d+\t(\d{1,10})\t/mu.exec(text)?.[1];
  const gid = /^Gid:\t\d+\t(\d{1,10})\t/mu.exec(text)?.[1];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Undefined when there is no such process. */
export function readEffectiveIds(pid: number): { readonly uid: number; readonly gid: number } | undefined {
  const text = readProcFile(`/proc/${pid}/status`);
  return text === undefined ? undefined : parseEffectiveIds(text);
}

/** Synchronous on purpose: these files live in the kernel's memory, and a wait would open a window for pid reuse. */
function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // ENOENT before the open and ESRCH after it both mean that the process is gone.
    return undefined;
  }
}
