/** Takes from a rule, and from the filter that Istio made of it, what hides the rest of it or is refused here. */
import { only, type Part, type RbacPolicy } from './envoy-rbac.ts';

const REFUSED = /^(?:not)?(?:requestPrincipals|remoteIpBlocks)$/iu;
const REFUSED_CONDITION = /^(?:request\.|remote\.ip|destination\.ip|experimental\.)/u;

type Alternatives = {
  readonly from?: readonly { readonly source: Fields }[];
  readonly to?: readonly { readonly operation: Fields }[];
  readonly when?: readonly (Fields & { readonly key: string })[];
};

type Fields = { readonly [field: string]: unknown };

/** Lists lose the value `*`; lists, conditions and alternatives that have nothing left go. */
export function prunePolicyRule(rule: unknown): Fields {
  const { from, to, when } = rule as Alternatives;
  const sources = from?.map(({ source }) => pruneLists(source));
  const operations = to?.map(({ operation }) => pruneLists(operation));
  const conditions = (when ?? [])
    .filter(({ key }) => !REFUSED_CONDITION.test(key))
    .map(({ key, ...values }) => ({ key, ...pruneLists(values) }))
    .filter((condition) => Object.keys(condition).length > 1);
  const isAny = (alternatives: readonly Fields[] | undefined): boolean =>
    alternatives === undefined || alternatives.some((fields) => Object.keys(fields).length === 0);
  return {
    ...(isAny(sources) ? {} : { from: sources?.map((source) => ({ source })) }),
    ...(isAny(operations) ? {} : { to: operations?.map((operation) => ({ operation })) }),
    ...(conditions.length === 0 ? {} : { when: conditions }),
  };
}

function pruneLists(fields: Fields): Fields {
  const kept = Object.entries(fields).flatMap(([field, values]): [string, string[]][] => {
    const rest = (values as readonly string[]).filter((value) => value !== '*');
    return REFUSED.test(field) || rest.length === 0 ? [] : [[field, rest]];
  });
  return Object.fromEntries(kept);
}

/** Each list of a pruned rule as a rule of its own. */
export function clausesOfRule(rule: Fields): readonly Fields[] {
  const { from, to, when } = rule as Alternatives;
  const single = (fields: Fields): Fields[] => Object.entries(fields).map(([field, values]) => ({ [field]: values }));
  return [
    ...(from ?? []).flatMap(({ source }) => single(source).map((one) => ({ from: [{ source: one }] }))),
    ...(to ?? []).flatMap(({ operation }) => single(operation).map((one) => ({ to: [{ operation: one }] }))),
    ...(when ?? []).flatMap(({ key, ...lists }) => single(lists).map((one) => ({ when: [{ key, ...one }] }))),
  ];
}

/** Each part of a pruned filter's alternatives as a policy of its own. */
export function clausesOfFilter({ permissions, principals }: RbacPolicy): readonly RbacPolicy[] {
  const any = [{ any: true }];
  return [
    ...permissions.flatMap(partsOf).map((one) => ({ permissions: [one], principals: any })),
    ...principals.flatMap(partsOf).map((one) => ({ permissions: any, principals: [one] })),
  ];
}

function partsOf(message: Part): readonly Part[] {
  const [kind, value] = only(message);
  const parts = kind === 'any' ? [] : (only(value as Part)[1] as readonly Part[]);
  return parts.filter((one) => only(one)[0] !== 'any');
}

export function pruneFilterPolicy({ permissions, principals }: RbacPolicy): RbacPolicy {
  return { permissions: permissions.map(pruneTop), principals: principals.map(pruneTop) };
}

/** An alternative of which nothing is left holds for everything, as in the rule. */
function pruneTop(message: Part): Part {
  return prune(message) ?? { any: true };
}

function prune(message: Part): Part | undefined {
  const [kind, value] = only(message);
  switch (kind) {
    case 'andRules':
    case 'orRules':
    case 'andIds':
    case 'orIds': {
      const [field, list] = only(value as Part);
      const kept = (list as readonly Part[]).flatMap((one) => prune(one) ?? []);
      return kept.length === 0 ? undefined : { [kind]: { [field]: kept } };
    }
    case 'notRule':
    case 'notId': {
      const inner = prune(value as Part);
      return inner === undefined ? undefined : { [kind]: inner };
    }
    case 'metadata':
    case 'destinationIp':
    case 'remoteIp':
      return undefined;
    default:
      return isRefusedHeader(kind, value) || isPresence(value) ? undefined : message;
  }
}

function isRefusedHeader(kind: string, value: unknown): boolean {
  return kind === 'header' && !String((value as Part)['name']).startsWith(':');
}

/** What `*` becomes, in each field. */
function isPresence(value: unknown): boolean {
  const text = JSON.stringify(value);
  return /"presentMatch":true|"regex":"(?:\.\+|\.\*\/ns\/\.\*\/\.\*)"|"prefix":"spiffe:\/\/"/u.test(text);
}
