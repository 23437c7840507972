/** What 100,000 rows of ACL data take on the heap, once they are read from JSON and a policy has decided by them. */
import { readFileSync } from 'node:fs';

import { compileRego } from '../../src/policy/rego/compile.ts';
import type { RegoObject } from '../../src/policy/rego/values/value.ts';
import { workloads } from './workload.ts';

const [name = '', file = ''] = process.argv.slice(2);
const module = workloads().find((each) => each.name === name);
if (module === undefined) throw new Error(`there is no workload \`${name}\``);
const { module: text, reference, inputs } = { ...module, inputs: module.inputs.slice(0, 20) };
gc?.();
const before = process.memoryUsage().heapUsed;
const data = JSON.parse(readFileSync(file, 'utf8')) as RegoObject;
const policy = compileRego({ modules: [{ file: 'policy.rego', text }], data });
const decision = policy.ok ? policy.value.decision(reference) : policy;
if (!decision.ok) throw new Error(decision.problem[0]?.message);
for (const input of inputs) if (!decision.value.evaluate(input).ok) throw new Error('no decision');
gc?.();
process.stdout.write(JSON.stringify({ bytes: process.memoryUsage().heapUsed - before }));
// What is measured must still be there when it is.
if (decision.value === undefined) throw new Error('unreachable');
