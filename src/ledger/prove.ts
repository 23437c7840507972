/** Proofs for those who hold a checkpoint and trust nobody: that an event is in, that nothing before was changed. */
import { join } from 'node:path';

import { err, ok, type Result } from '../kernel/result.ts';
import { scanBatches, segmentsOf } from './batch-scan.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type Digest, digestFromBase64, PairHasher, sha256, toBase64 } from './digest.ts';
import { scanFrames } from './frame-scan.ts';
import { extendsTree, type Frontier, GrowingTree, includes, rootOf } from './merkle-tree.ts';
import { readHeader, type SegmentName } from './segment.ts';

/** RFC 6962 §2.1.1; digests in base64, as in a checkpoint. */
export type InclusionProof = {
  readonly sequence: number;
  readonly size: number;
  readonly leaf: string;
  readonly path: readonly string[];
};

/** RFC 6962 §2.1.2. */
export type ConsistencyProof = { readonly from: number; readonly to: number; readonly path: readonly string[] };

/** Leaves from `start` up to, not including, `end`. */
type Range = { readonly start: number; readonly end: number };

/** `size` is that of the checkpoint that the proof is for. Reads from the entry's segment on. */
export async function proveInclusion(
  directory: string,
  sequence: number,
  size: number,
): Promise<Result<InclusionProof>> {
  if (!isCount(sequence) || !isCount(size) || sequence >= size) return outside(sequence, size);
  const own: Range = { start: sequence, end: sequence + 1 };
  const roots = await rootsOf(directory, sequence, [own, ...inclusionRanges(sequence, { start: 0, end: size })]);
  if (!roots.ok) return roots;
  const [leaf = '', ...path] = roots.value.map(toBase64);
  return ok({ sequence, size, leaf, path });
}

/** That the tree of `to` entries begins with the one of `from`. Reads from the segment of entry `from` on. */
export async function proveConsistency(directory: string, from: number, to: number): Promise<Result<ConsistencyProof>> {
  if (!isCount(from) || !isCount(to) || from > to) return outside(from, to);
  const ranges = from === 0 ? [] : consistencyRanges(from, { start: 0, end: to }, true);
  const roots = await rootsOf(directory, from, ranges);
  return roots.ok ? ok({ from, to, path: roots.value.map(toBase64) }) : roots;
}

/** Whether the event with this canonical text (`leaf` is its leaf hash) is under the checkpoint. */
export function checkInclusion(checkpoint: Pick<Checkpoint, 'size' | 'root'>, proof: InclusionProof): boolean {
  const leaf = digestFromBase64(proof.leaf);
  const path = proof.path.map(digestFromBase64);
  const root = digestFromBase64(checkpoint.root);
  if (leaf === undefined || root === undefined || !isWhole(path) || proof.size !== checkpoint.size) return false;
  return includes(root, checkpoint.size, { sequence: proof.sequence, leaf, path });
}

export function checkConsistency(
  older: Pick<Checkpoint, 'size' | 'root'>,
  newer: Pick<Checkpoint, 'size' | 'root'>,
  proof: ConsistencyProof,
): boolean {
  const path = proof.path.map(digestFromBase64);
  const [oldRoot, newRoot] = [digestFromBase64(older.root), digestFromBase64(newer.root)];
  if (oldRoot === undefined || newRoot === undefined || !isWhole(path)) return false;
  if (proof.from !== older.size || proof.to !== newer.size) return false;
  return extendsTree({ size: older.size, root: oldRoot }, { size: newer.size, root: newRoot }, path);
}

/** RFC 6962 §2.1.1: PATH(m, D[n]), as the ranges whose roots it consists of. */
function inclusionRanges(sequence: number, { start, end }: Range): Range[] {
  if (end - start === 1) return [];
  const middle = start + split(end - start);
  const [left, right] = [
    { start, end: middle },
    { start: middle, end },
  ];
  return sequence < middle ? [...inclusionRanges(sequence, left), right] : [...inclusionRanges(sequence, right), left];
}

/** RFC 6962 §2.1.2: SUBPROOF(m, D[n], b). */
function consistencyRanges(size: number, { start, end }: Range, isWholeTree: boolean): Range[] {
  if (size === end - start) return isWholeTree ? [] : [{ start, end }];
  const half = split(end - start);
  const [left, right] = [
    { start, end: start + half },
    { start: start + half, end },
  ];
  if (size <= half) return [...consistencyRanges(size, left, isWholeTree), right];
  return [...consistencyRanges(size - half, right, false), left];
}

/** The largest power of two that is smaller. */
function split(leaves: number): number {
  let half = 1;
  while (half * 2 < leaves) half *= 2;
  return half;
}

/**
 * The roots of ranges that do not overlap, in one pass over the entries. The segment that holds entry `from` has in
 * its header the complete subtrees before it, and these are what the ranges to the left of it consist of.
 */
async function rootsOf(directory: string, from: number, ranges: readonly Range[]): Promise<Result<readonly Digest[]>> {
  const segments = await segmentsOf(directory);
  const startIndex = Math.max(
    0,
    segments.findLastIndex(({ first }) => first <= from),
  );
  const rest = segments.slice(startIndex);
  const frontier = await frontierBefore(directory, rest[0] as SegmentName);
  const growing = ranges.map((range) => ({ range, tree: treeOf(range, frontier) }));
  const inOrder = growing.toSorted((a, b) => a.range.start - b.range.start);
  const end = Math.max(0, ...ranges.map((range) => range.end));

  let sequence = frontier.size;
  for (const segment of rest) {
    if (sequence >= end) break;
    for await (const { body, spans } of scanBatches(directory, segment, segment === rest.at(-1))) {
      for (const { from: start, end: stop } of spans) {
        while (inOrder[0] !== undefined && inOrder[0].range.end <= sequence) inOrder.shift();
        const current = inOrder[0];
        if (current !== undefined && current.range.start <= sequence) {
          current.tree.append(sha256(body.subarray(start - 1, stop)));
        }
        sequence += 1;
      }
      if (sequence >= end) break;
    }
  }
  if (sequence < end) return outside(end - 1, sequence);
  const hasher = new PairHasher();
  return ok(growing.map(({ tree }) => rootOf(tree.frontier(), hasher)));
}

/** A tree over the range, with what the frontier already has of it. */
function treeOf(range: Range, frontier: Frontier): GrowingTree {
  const nodes: (Digest | undefined)[] = [];
  let size = 0;
  let start = frontier.size;
  for (const [level, node] of frontier.nodes.entries()) {
    if (node === undefined) continue;
    start -= 2 ** level;
    if (start < range.start || start >= range.end) continue;
    nodes[level] = node;
    size += 2 ** level;
  }
  return new GrowingTree(new PairHasher(), { size, nodes });
}

async function frontierBefore(directory: string, segment: SegmentName): Promise<Frontier> {
  for await (const item of scanFrames(join(directory, segment.name))) {
    const header = item.kind === 'frame' ? readHeader(item.body.toString('utf8')) : undefined;
    if (header !== undefined && header.before.frontier.size === segment.first) return header.before.frontier;
    break;
  }
  // Says with the proper words what is wrong with it.
  for await (const _ of scanBatches(directory, segment, true)) break;
  return { size: segment.first, nodes: [] };
}

function outside(sequence: number, size: number): Result<never> {
  return err({
    code: 'ledger/not-in-ledger',
    message: `entry ${sequence} is not among the ${size} entries`,
    hint: 'sequence numbers begin with 0',
  });
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isWhole(path: readonly (Digest | undefined)[]): path is readonly Digest[] {
  return path.every((digest) => digest !== undefined);
}
