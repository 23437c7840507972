/** Which files make a Rego layer, which package decides, and what is said where that is not clear. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RegoLayerSettings } from '../inventory/rego-layers.ts';
import type { Problem } from '../kernel/problem.ts';
import { evaluate } from './evaluate.ts';
import { buildRego, layerIn, regoSnapshot, type RegoTexts } from './testing/guards.ts';
import { refund } from './testing/refunds.ts';
import { NOW } from './testing/shop.ts';

const ALLOW = 'package a\n\nallow := true\n';

async function problemsOf(texts: RegoTexts, layers?: readonly RegoLayerSettings[]): Promise<readonly Problem[]> {
  const built = await buildRego(texts, layers);
  assert.ok(!built.ok, 'it compiles');
  return built.problem;
}

async function onlyProblem(texts: RegoTexts, layers?: readonly RegoLayerSettings[]): Promise<Problem> {
  const [problem, second] = await problemsOf(texts, layers);
  assert.ok(problem !== undefined && second === undefined);
  return problem;
}

test('the only package with a decision decides, whatever stands beside it', async () => {
  const texts = { 'a.rego': 'package a\n\nallow if data.b.good\n', 'b.rego': 'package b\n\ngood := true\n' };
  assert.equal(evaluate(await regoSnapshot(texts), refund(), NOW).effect, 'allow');
});

test('of several packages one must be named', async () => {
  const texts = { 'l/a.rego': ALLOW, 'l/b.rego': 'package b.c\n\ndeny := true\n' };
  const problem = await onlyProblem(texts, [layerIn('l')]);
  assert.equal(problem.code, 'rego/several-packages');
  assert.match(`${problem.message} ${problem.hint}`, /`a`, `b\.c`.*`package` under `rego\.l`/u);
  const chosen = await regoSnapshot(texts, [layerIn('l', { package: 'a' })]);
  assert.equal(evaluate(chosen, refund(), NOW).effect, 'allow');
  const misspelt = await onlyProblem(texts, [layerIn('l', { package: 'b.d' })]);
  assert.deepEqual([misspelt.code, misspelt.hint], ['rego/no-decision', 'did you mean `b.c`?']);
});

test('a layer without a decision, or without a module, is a problem', async () => {
  const functions = 'package p\n\nallow(x) := x\n';
  assert.equal((await onlyProblem({ 'p.rego': functions })).code, 'rego/no-decision');
  assert.equal((await onlyProblem({}, [layerIn('guards')])).code, 'rego/no-modules');
  const stray = await onlyProblem({ 'data.yaml': 'kind: AuthorizationPolicy' });
  assert.equal(stray.code, 'rego/no-modules');
  assert.match(stray.hint ?? '', /`data\.yaml` is data of Rego by its name/u);
});

test('a file that belongs to no layer is a problem, since nobody would ask it', async () => {
  const texts = { 'guards/a.rego': ALLOW, 'forgotten/b.rego': ALLOW, 'guards-too/data.json': '{}' };
  const problems = await problemsOf(texts, [layerIn('guards')]);
  assert.deepEqual(
    problems.map(({ code, at }) => `${code} ${at?.file}`),
    ['rego/no-layer forgotten/b.rego', 'rego/no-layer guards-too/data.json'],
  );
});

test('problems of policies have a place, and come beside those of the other languages', async () => {
  const cedar = { language: 'cedar', file: 'a.cedar', text: 'permit (principal' } as const;
  const built = await buildRego({ 'p.rego': 'package p\n\nallow if x > 1\n' }, undefined, [cedar]);
  assert.ok(!built.ok);
  const places = built.problem.map(({ at }) => `${at?.file}:${at?.line}:${at?.column}`);
  assert.ok(places.includes('p.rego:3:10'), places.join(' '));
  assert.ok(places.some((place) => place.startsWith('a.cedar:')));
});

test('tests are no policies', async () => {
  const tests = 'package a_test\n\nimport data.a\n\ndeny := true\n\ntest_allow if a.allow with input as {}\n';
  const snapshot = await regoSnapshot({ 'a.rego': ALLOW, 'a_test.rego': tests });
  assert.equal(evaluate(snapshot, refund(), NOW).effect, 'allow');
});

test('data stands at the path of its folder below that of the layer, and files add up', async () => {
  const policy = 'package p\n\nallow if data.shop.limits.refund + data.shop.extra + data.a.b == 6\n';
  const texts = {
    'l/p.rego': policy,
    'l/shop/data.yaml': 'limits: { refund: 1 }\n',
    'l/shop/limits/data.json': '{ "other": 9 }',
    'l/data.json': '{ "shop": { "extra": 2 }, "a": { "b": 3 } }',
  };
  assert.equal(evaluate(await regoSnapshot(texts, [layerIn('l')]), refund(), NOW).effect, 'allow');
});

test('data that is broken or given twice is a problem with its place', async () => {
  const cases: readonly (readonly [files: RegoTexts, code: string, place: string])[] = [
    [{ 'data.json': '{\n  "a": 1,\n  oops\n}' }, 'rego-data/unreadable', 'data.json:3:3'],
    [{ 'x/data.yaml': 'a: 1\nb: [\n' }, 'rego-data/unreadable', 'x/data.yaml:3:1'],
    [{ 'data.json': '[1]' }, 'rego-data/no-object', 'data.json:1:1'],
    [
      { 'data.json': '{"a": {"b": 1}}', 'x/data.json': '{}', 'a/data.yml': 'b: 2' },
      'rego-data/conflict',
      'a/data.yml:1:1',
    ],
    [{ 'countersign/data.json': '{"workloads": {}}' }, 'rego-data/conflict', 'countersign/data.json:1:1'],
  ];
  for (const [files, code, place] of cases) {
    const { code: came, at } = await onlyProblem({ 'p.rego': ALLOW, ...files });
    assert.deepEqual([came, `${at?.file}:${at?.line}:${at?.column}`], [code, place]);
  }
});

test('data that would hide a rule is a problem at the rule', async () => {
  const problem = await onlyProblem({ 'p.rego': ALLOW, 'a/data.json': '{"allow": false}' });
  assert.deepEqual([problem.code, problem.at?.file, problem.at?.line], ['rego/conflict', 'p.rego', 3]);
});

test('each layer has files and data of its own', async () => {
  const guard = 'package guard\n\ndeny contains "frozen" if data.frozen\n';
  const layers = [layerIn('one'), layerIn('two')];
  const texts = { 'one/g.rego': guard, 'one/data.json': '{"frozen": true}', 'two/g.rego': guard };
  const evaluation = evaluate(await regoSnapshot(texts, layers), refund(), NOW);
  assert.deepEqual(
    evaluation.reasons.map(({ layer, message }) => `${layer}: ${message}`),
    ['one: frozen'],
  );
});
