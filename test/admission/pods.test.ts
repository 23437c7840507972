/** The example's admission rules on whole AdmissionReviews as an API server sends them: verdicts, and OPA's own answer. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { evaluate, type Evaluation } from '../../src/decision/evaluate.ts';
import { buildSnapshot, type Snapshot } from '../../src/decision/snapshot.ts';
import type { AccessRequest } from '../../src/kernel/access-request.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { toRevision } from '../../src/kernel/revision.ts';
import type { TrustDomain } from '../../src/kernel/trust-domain.ts';

const RULES = fileURLToPath(new URL('../../examples/admission/pods.rego', import.meta.url));
const REVIEWS = fileURLToPath(new URL('./reviews/', import.meta.url));

type Review = JsonObject & {
  readonly request: {
    readonly operation: string;
    readonly namespace: string;
    readonly name?: string;
    readonly kind: { readonly kind: string };
    readonly userInfo: { readonly username: string };
  };
};

/** What denies each review; nothing where it is admitted. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  'replica-set-pod': [],
  deployment: [],
  'privileged-pod': [
    'node-shell: container "shell" of containers must not be privileged',
    'node-shell: container "sysctl" of initContainers must not be privileged',
    'node-shell: name a service account that is not `default`',
  ],
  'privileged-debugger': [
    'payments-6d9f7c8b5d-w2xkp: container "debugger-8xzrl" of ephemeralContainers must not be privileged',
  ],
};

function read(name: string): Review {
  return JSON.parse(readFileSync(`${REVIEWS}${name}.json`, 'utf8')) as Review;
}

/** The module as it stands in the example, in a layer whose input is the review. */
async function guarded(): Promise<Snapshot> {
  const built = await buildSnapshot({
    revision: toRevision(1),
    trustDomain: 'shop.example' as TrustDomain,
    namespace: 'shop',
    workloads: [],
    policies: [{ language: 'rego', file: 'admission/pods.rego', text: readFileSync(RULES, 'utf8') }],
    rego: [{ name: 'admission', folder: 'admission', input: 'context.review', version: 'v1', errors: 'fault' }],
  });
  assert.ok(built.ok, JSON.stringify(built));
  return built.value;
}

function question(review: Review): AccessRequest {
  const { operation, namespace, name = '', kind, userInfo } = review.request;
  return {
    subject: { type: 'user', id: userInfo.username },
    action: { name: operation.toLowerCase() },
    resource: { type: kind.kind, id: `${namespace}/${name}` },
    context: { review },
  };
}

function messages({ reasons }: Evaluation): readonly string[] {
  return reasons.filter(({ layer }) => layer === 'admission').map(({ message }) => message);
}

test('every review is one of those that are looked at', () => {
  const files = readdirSync(REVIEWS).map((file) => file.replace('.json', ''));
  assert.deepEqual(files.toSorted(), Object.keys(WANTED).toSorted());
});

for (const [name, wanted] of Object.entries(WANTED)) {
  test(`${name}: ${wanted.length === 0 ? 'admitted' : 'denied, with each reason'}`, async () => {
    const evaluation = evaluate(await guarded(), question(read(name)), { now: 0 });
    assert.deepEqual(messages(evaluation), wanted);
    // A guardrail grants nothing: without another layer what it lets pass is denied by default.
    assert.equal(evaluation.cause.kind, wanted.length === 0 ? 'nothing-speaks' : 'forbidden');
    assert.ok(
      evaluation.reasons.every(({ layer, span }) => layer !== 'admission' || span?.file === 'admission/pods.rego'),
    );
  });
}

test('a review that lacks what the rules look at is not admitted by an accident', async () => {
  const { request, ...rest } = read('replica-set-pod');
  const object = { metadata: {}, spec: { containers: [{ securityContext: { privileged: true } }] } };
  const evaluation = evaluate(await guarded(), question({ ...rest, request: { ...request, object } } as Review), {
    now: 0,
  });
  assert.equal(evaluation.effect, 'deny');
  assert.ok(messages(evaluation).some((message) => message.includes('name a service account')));
});

const opa = spawnSync('opa', ['version']).status === 0;

test('the rules run unchanged in OPA, and it says the same', { skip: !opa && 'opa is not in the path' }, () => {
  for (const [name, wanted] of Object.entries(WANTED)) {
    const words = ['eval', '-d', RULES, '-i', `${REVIEWS}${name}.json`, '-f', 'json', 'data.kubernetes.admission.deny'];
    const { stdout, stderr } = spawnSync('opa', words, { encoding: 'utf8' });
    const { result } = JSON.parse(stdout) as { result: [{ expressions: [{ value: string[] }] }] };
    assert.deepEqual(result[0].expressions[0].value, wanted, stderr);
  }
});
