/** What Rego policies are asked in the benchmark: modules, data and inputs, made anew in each run from known seeds. */
import { type Draw, seededDraw } from '../seeded-draw.ts';
import { ADMISSION, podReview } from './admission.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export type Workload = {
  readonly name: string;
  readonly module: string;
  readonly data: JsonObject;
  /** The document that is asked for, defined for each input. */
  readonly reference: string;
  readonly inputs: readonly JsonObject[];
};

const SEED = 7;
const INPUTS = 1000;
const USERS = 1000;
const ROLES = 50;

/** In the order in which they are measured. */
export function workloads(): readonly Workload[] {
  return [
    roleBased(),
    apiAuthorization(10),
    apiAuthorization(100),
    apiAuthorization(1000),
    admission(),
    iam(),
    accessList(),
    scannedAccessList(),
  ];
}

function inputsOf(make: (draw: Draw) => JsonObject, count: number = INPUTS): readonly JsonObject[] {
  const draw = seededDraw(SEED);
  return Array.from({ length: count }, () => make(draw));
}

/** Users have roles, roles have grants, a grant names an action and a type. */
function roleBased(): Workload {
  const actions = ['read', 'create', 'update', 'delete'];
  const types = ['dog', 'cat', 'bird', 'fish'];
  const grants = (draw: Draw): Json =>
    Array.from({ length: 4 }, () => ({ action: draw.of(actions), type: draw.of(types) }));
  const draw = seededDraw(SEED);
  const names = ['customer', 'employee', 'billing', 'owner', 'vet'];
  return {
    name: 'RBAC of the documentation',
    module: `package app.rbac

default allow := false

allow if user_is_admin

allow if {
  some grant in user_is_granted
  input.action == grant.action
  input.type == grant.type
}

user_is_admin if "admin" in data.user_roles[input.user]

user_is_granted contains grant if {
  some role in data.user_roles[input.user]
  some grant in data.role_grants[role]
}
`,
    data: {
      user_roles: Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [
          `user${index}`,
          index === 0 ? ['admin'] : [draw.of(names), draw.of(names)],
        ]),
      ),
      role_grants: Object.fromEntries(names.map((name) => [name, grants(draw)])),
    },
    reference: 'data.app.rbac.allow',
    inputs: inputsOf((each) => ({
      user: `user${each.below(20)}`,
      action: each.of(actions),
      object: `id${each.below(1000)}`,
      type: each.of(types),
    })),
  };
}

/** One rule for each route of an API; users have roles. */
function apiAuthorization(rules: number): Workload {
  const methods = ['GET', 'POST', 'PUT', 'DELETE'];
  const text = Array.from(
    { length: rules },
    (_, index) => `
allow if {
  input.method == "${methods[index % methods.length]}"
  input.path = ["v1", "service${index}", owner]
  permitted(owner, "role${index % ROLES}")
}
`,
  ).join('');
  const draw = seededDraw(SEED);
  return {
    name: `API authorization, ${rules} rules`,
    module: `package api

default allow := false
${text}
permitted(owner, _) if owner == input.user

permitted(_, role) if role in data.users[input.user].roles
`,
    data: {
      users: Object.fromEntries(
        Array.from({ length: USERS }, (_, index) => [
          `user${index}`,
          { roles: Array.from({ length: 3 }, () => `role${draw.below(ROLES)}`), mail: `user${index}@example.com` },
        ]),
      ),
    },
    reference: 'data.api.allow',
    inputs: inputsOf((each) => {
      const service = each.below(rules);
      const user = `user${each.below(USERS)}`;
      return {
        method: each.below(4) === 0 ? each.of(methods) : (methods[service % methods.length] as string),
        path: ['v1', `service${service}`, each.below(4) === 0 ? user : `user${each.below(USERS)}`],
        user,
      };
    }),
  };
}

function admission(): Workload {
  return {
    name: 'admission pair, 20 containers',
    module: ADMISSION,
    data: {},
    reference: 'data.kubernetes.admission.deny',
    inputs: inputsOf((draw) => podReview(draw, 20), 200),
  };
}

/** Statements with wildcards over actions and resources; a denial outweighs. */
function iam(): Workload {
  const draw = seededDraw(SEED);
  const services = ['storage', 'queue', 'compute', 'secrets', 'logs', 'network'];
  const verbs = ['Get', 'Put', 'List', 'Delete'];
  const statement = (effect: string): Json => {
    const service = draw.of(services);
    const bucket = `bucket${draw.below(20)}`;
    return {
      effect,
      actions: [`${service}:${draw.of(verbs)}*`, `${service}:${draw.of(verbs)}Object`],
      resources: [`arn:${service}:*:${bucket}/*`, `arn:${service}:eu-*:${bucket}/team${draw.below(10)}/**`],
    };
  };
  return {
    name: 'iam with wildcards',
    module: `package iam

default allow := false

allow if {
  matches("allow")
  not matches("deny")
}

matches(effect) if {
  some group in data.groups[input.user]
  some statement in data.policies[group]
  statement.effect == effect
  some action in statement.actions
  glob.match(action, [":"], input.action)
  some resource in statement.resources
  glob.match(resource, [":", "/"], input.resource)
}
`,
    data: {
      groups: Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [
          `user${index}`,
          [`group${draw.below(20)}`, `group${draw.below(20)}`],
        ]),
      ),
      policies: Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [
          `group${index}`,
          Array.from({ length: 12 }, (_each, place) => statement(place % 6 === 5 ? 'deny' : 'allow')),
        ]),
      ),
    },
    reference: 'data.iam.allow',
    inputs: inputsOf((each) => {
      const service = each.of(services);
      return {
        user: `user${each.below(100)}`,
        action: `${service}:${each.of(verbs)}Object`,
        resource: `arn:${service}:eu-central-1:bucket${each.below(20)}/team${each.below(10)}`,
      };
    }),
  };
}

const ROWS = 100_000;

/** The rows of each user are found by the user. */
function accessList(): Workload {
  const byUser: { [user: string]: Json[] } = {};
  for (const { subject, ...entry } of accessRows()) (byUser[subject] ??= []).push(entry);
  return {
    name: `ACL of ${ROWS} rows by user`,
    module: `package access

default allow := false

allow if {
  some entry in data.acl[input.subject]
  entry.resource == input.resource
  input.action in entry.actions
}
`,
    data: { acl: byUser },
    reference: 'data.access.allow',
    inputs: accessInputs(INPUTS),
  };
}

/** Each row is looked at. */
function scannedAccessList(): Workload {
  return {
    name: `ACL of ${ROWS} rows, scanned`,
    module: `package scan

default allow := false

allow if {
  some row in data.acl
  row.subject == input.subject
  row.resource == input.resource
  input.action in row.actions
}
`,
    data: { acl: accessRows() },
    reference: 'data.scan.allow',
    inputs: accessInputs(20),
  };
}

type AccessRow = { readonly subject: string; readonly resource: string; readonly actions: readonly string[] };

export function accessRows(): readonly AccessRow[] {
  const draw = seededDraw(SEED);
  const actions = [['read'], ['read', 'write'], ['read', 'write', 'share']];
  return Array.from({ length: ROWS }, (_, index) => ({
    subject: `user${draw.below(10_000)}`,
    resource: `document${index}`,
    actions: draw.of(actions),
  }));
}

function accessInputs(count: number): readonly JsonObject[] {
  const rows = accessRows();
  return inputsOf((draw) => {
    const row = draw.of(rows);
    const subject = draw.below(3) === 0 ? `user${draw.below(10_000)}` : row.subject;
    return { subject, resource: row.resource, action: draw.of(['read', 'write', 'share']) };
  }, count);
}
