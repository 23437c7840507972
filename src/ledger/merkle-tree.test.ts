import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { type Digest, leafHash, PairHasher } from './digest.ts';
import { EMPTY_ROOT, extendsTree, GrowingTree, includes, rootOf } from './merkle-tree.ts';

const hasher = new PairHasher();

/** The leaves and roots that implementations of RFC 6962 test each other with. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** RFC 6962 §2.1, word for word. */
function rootByDefinition(leaves: readonly Digest[]): Digest {
  if (leaves.length < 2) return leaves[0] ?? EMPTY_ROOT;
  const half = halfOf(leaves.length);
  return hasher.node(rootByDefinition(leaves.slice(0, half)), rootByDefinition(leaves.slice(half)));
}

/** RFC 6962 §2.1.1. */
function inclusionPath(m: number, leaves: readonly Digest[]): Digest[] {
  if (leaves.length < 2) return [];
  const half = halfOf(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  if (m < half) return [...inclusionPath(m, left), rootByDefinition(right)];
  return [...inclusionPath(m - half, right), rootByDefinition(left)];
}

/** RFC 6962 §2.1.2. */
function consistencyPath(m: number, leaves: readonly Digest[], whole = true): Digest[] {
  if (m === leaves.length) return whole ? [] : [rootByDefinition(leaves)];
  const half = halfOf(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  if (m <= half) return [...consistencyPath(m, left, whole), rootByDefinition(right)];
  return [...consistencyPath(m - half, right, false), rootByDefinition(left)];
}

function halfOf(count: number): number {
  return 2 ** (Math.ceil(Math.log2(count)) - 1);
}

function leavesOf(count: number): Digest[] {
  return Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));
}

test('the roots are those that other implementations of RFC 6962 have', () => {
  const tree = new GrowingTree(hasher);
  for (const [size, root] of ROOTS.entries()) {
    if (size > 0) tree.append(leafHash(Buffer.from(LEAVES[size - 1] ?? '', 'hex')));
    assert.equal(Buffer.from(rootOf(tree.frontier(), hasher), 'latin1').toString('hex'), root);
  }
});

test('a tree that grows has the root of the definition at every size, and can go on from any frontier', () => {
  const leaves = leavesOf(70);
  let tree = new GrowingTree(hasher);
  for (const [index, leaf] of leaves.entries()) {
    tree = new GrowingTree(hasher, tree.frontier());
    tree.append(leaf);
    assert.equal(rootOf(tree.frontier(), hasher), rootByDefinition(leaves.slice(0, index + 1)));
  }
});

test('an inclusion proof holds for its leaf and place, and for nothing else', () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(size, fc.nat(), fc.nat(), (count, pick, other) => {
      const leaves = leavesOf(count);
      const root = rootByDefinition(leaves);
      const sequence = pick % count;
      const proof = { sequence, leaf: leaves[sequence] as Digest, path: inclusionPath(sequence, leaves) };
      assert.ok(includes(root, count, proof));
      assert.ok(!includes(root, count, { ...proof, leaf: leafHash(Buffer.from('another')) }));
      assert.ok(!includes(root, count, { ...proof, path: [...proof.path, root] }));
      assert.ok(!includes(root, count, { ...proof, sequence: count }));
      assert.ok(!includes(root, count, { ...proof, sequence: -1 }));
      if (count > 1) {
        assert.ok(!includes(root, count, { ...proof, path: proof.path.slice(1) }));
        const wrong = (sequence + 1 + (other % (count - 1))) % count;
        assert.ok(!includes(root, count, { ...proof, sequence: wrong }));
      }
    }),
  );
});

test('a consistency proof holds for a beginning, and for no other history', () => {
  const leaves = leavesOf(34);
  for (let to = 0; to <= leaves.length; to += 1) {
    const larger = { size: to, root: rootByDefinition(leaves.slice(0, to)) };
    for (let from = 0; from <= to; from += 1) {
      const smaller = { size: from, root: rootByDefinition(leaves.slice(0, from)) };
      const path = from === 0 ? [] : consistencyPath(from, leaves.slice(0, to));
      assert.ok(extendsTree(smaller, larger, path), `${from} to ${to}`);
      assert.ok(!extendsTree({ ...smaller, root: leafHash(Buffer.from('x')) }, larger, path), `forged ${from}`);
      if (from > 0 && from < to) {
        assert.ok(!extendsTree(smaller, { ...larger, root: smaller.root }, path));
        assert.ok(!extendsTree(smaller, larger, path.slice(1)));
        assert.ok(!extendsTree(smaller, larger, [...path, larger.root]));
      }
    }
  }
});
