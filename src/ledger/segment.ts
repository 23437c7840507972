/** A segment of the ledger: its file's name, the header that binds it to all before, the seal that sums it up. */
import { readdir } from 'node:fs/promises';

import type { LedgerEvent } from '../kernel/ledger-event.ts';
import { canonicalJson } from './canonical-json.ts';
import type { ChainState } from './chain.ts';
import { type Digest, digestFromBase64, toBase64 } from './digest.ts';
import { missing, toProblem } from './problems.ts';
import { ProblemError } from '../kernel/problem.ts';

/** Named after the number of its first entry, so that names sort as entries do: 2^53 has 16 digits. */
export function segmentName(first: number): string {
  return `${String(first).padStart(16, '0')}.segment`;
}

export type SegmentName = { readonly name: string; readonly first: number };

/** In order; files with other names are not ours. @throws ProblemError `ledger/missing` without the directory. */
export async function listSegments(directory: string): Promise<readonly SegmentName[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new ProblemError(missing(directory));
    throw toProblem('list its segments', error);
  }
  return names
    .filter((name) => /^\d{16}\.segment$/u.test(name))
    .sort()
    .map((name) => ({ name, first: Number(name.slice(0, 16)) }));
}

export type SegmentHeader = {
  /** What all entries before this segment come to; its size is the number of the first entry here. */
  readonly before: ChainState;
  /** A signed checkpoint of exactly that state. */
  readonly checkpoint: string;
  /** Wall time in milliseconds since 1970. */
  readonly created: number;
};

export function writeHeader(header: SegmentHeader): string {
  const { head, frontier } = header.before;
  return canonicalText({
    chain: toBase64(head),
    checkpoint: header.checkpoint,
    created: header.created,
    frontier: frontier.nodes.filter((node) => node !== undefined).map(toBase64),
    size: frontier.size,
  });
}

/** Undefined for anything but the one spelling of a header. */
export function readHeader(text: string): SegmentHeader | undefined {
  const value = parseObject(text);
  const { chain, checkpoint, created, frontier, size } = value ?? {};
  if (typeof chain !== 'string' || typeof checkpoint !== 'string' || !isCount(created) || !isCount(size)) {
    return undefined;
  }
  const head = digestFromBase64(chain);
  const nodes = Array.isArray(frontier) ? placeNodes(size, frontier) : undefined;
  if (head === undefined || nodes === undefined) return undefined;
  const header: SegmentHeader = { before: { head, frontier: { size, nodes } }, checkpoint, created };
  return writeHeader(header) === text ? header : undefined;
}

/** A complete subtree stands where the size has a bit. */
function placeNodes(size: number, texts: readonly unknown[]): readonly (Digest | undefined)[] | undefined {
  const nodes: (Digest | undefined)[] = [];
  let next = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 0) {
      nodes.push(undefined);
      continue;
    }
    const text = texts[next];
    const digest = typeof text === 'string' ? digestFromBase64(text) : undefined;
    if (digest === undefined) return undefined;
    nodes.push(digest);
    next += 1;
  }
  return next === texts.length ? nodes : undefined;
}

/** The span of times and ids in some entries: what a search needs to pass a whole segment by. */
export type Summary = {
  readonly entries: number;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly firstId: string;
  readonly lastId: string;
};

export const EMPTY_SUMMARY: Summary = { entries: 0, firstTime: 0, lastTime: 0, firstId: '', lastId: '' };

export function summarise(summary: Summary, event: LedgerEvent): Summary {
  const { id, time } = event;
  return mergeSummaries(summary, { entries: 1, firstTime: time, lastTime: time, firstId: id, lastId: id });
}

export function mergeSummaries(a: Summary, b: Summary): Summary {
  if (a.entries === 0) return b;
  if (b.entries === 0) return a;
  return {
    entries: a.entries + b.entries,
    firstTime: Math.min(a.firstTime, b.firstTime),
    lastTime: Math.max(a.lastTime, b.lastTime),
    firstId: a.firstId < b.firstId ? a.firstId : b.firstId,
    lastId: a.lastId > b.lastId ? a.lastId : b.lastId,
  };
}

export function writeSeal(summary: Summary): string {
  return canonicalText({ ...summary });
}

export function readSeal(text: string): Summary | undefined {
  const { entries, firstTime, lastTime, firstId, lastId } = parseObject(text) ?? {};
  if (!isCount(entries) || typeof firstTime !== 'number' || typeof lastTime !== 'number') return undefined;
  if (typeof firstId !== 'string' || typeof lastId !== 'string') return undefined;
  const summary: Summary = { entries, firstTime, lastTime, firstId, lastId };
  return writeSeal(summary) === text ? summary : undefined;
}

function canonicalText(value: Parameters<typeof canonicalJson>[0]): string {
  const text = canonicalJson(value);
  if (!text.ok) throw new RangeError(text.problem.message);
  return text.value;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
