/** Second phase for PeerAuthentication: which connections must be mutual TLS. */
import { checkSelector, type CheckContext, type Metadata, specOf } from './check-metadata.ts';
import { asMap, asWord, checkFields } from './fields.ts';
import type { MtlsMode, MtlsSetting, PeerAuthentication } from './policy.ts';
import { quote } from './quote.ts';
import { entryOf, type YamlEntry, type YamlMap } from './yaml-node.ts';

const MODES: readonly MtlsMode[] = ['STRICT', 'PERMISSIVE', 'DISABLE', 'UNSET'];

export function checkPeerAuthentication(
  object: YamlMap,
  { name, namespace, span, createdAt, annotations }: Metadata,
  context: CheckContext,
): PeerAuthentication | undefined {
  const { report, warn } = context;
  const spec = specOf(object, report);
  if (spec === undefined) return undefined;
  checkFields(spec, { of: 'spec', known: ['selector', 'mtls', 'portLevelMtls'] }, report);
  const dryRun = annotations.get('istio.io/dry-run');
  if (dryRun !== undefined) {
    const message = 'the annotation `istio.io/dry-run` is for AuthorizationPolicy only';
    report({
      code: 'mesh/bad-annotation',
      message,
      hint: 'remove it: this policy would hold all the same',
      at: dryRun.span,
    });
  }
  const labels = checkSelector(spec, context);
  if (namespace === context.rootNamespace && labels.size > 0) {
    const message = `a PeerAuthentication with a \`selector\` in the root namespace ${quote(namespace)} has no effect`;
    const hint = 'put it into the namespace of the workloads, or remove the selector to make it hold for the mesh';
    warn({ code: 'mesh/no-effect', message, hint, at: entryOf(spec, 'selector')?.keySpan ?? span });
  }
  const mtls = entryOf(spec, 'mtls');
  const setting = mtls === undefined ? undefined : settingOf(mtls, context);
  const ports = portsOf(spec, labels.size > 0, context);
  return {
    kind: 'PeerAuthentication',
    name,
    namespace,
    span,
    labels,
    ports,
    createdAt,
    ...(setting === undefined ? {} : { mtls: setting }),
  };
}

/** `{ mode }`; without a mode it is UNSET. */
function settingOf(entry: YamlEntry, { report, warn }: CheckContext): MtlsSetting | undefined {
  const map = asMap(entry, report);
  if (map === undefined) return undefined;
  checkFields(map, { of: 'mtls', known: ['mode'] }, report);
  const modeEntry = entryOf(map, 'mode');
  if (modeEntry === undefined) return { mode: 'UNSET', span: entry.keySpan };
  const mode = asWord(modeEntry, MODES, report);
  if (mode === undefined) return undefined;
  if (mode === 'DISABLE') {
    const message = '`DISABLE` is read as `PERMISSIVE`: a connection over mutual TLS is taken as well';
    warn({ code: 'mesh/disable-is-permissive', message, at: modeEntry.value.span });
  }
  return { mode, span: modeEntry.value.span };
}

function portsOf(spec: YamlMap, selective: boolean, context: CheckContext): ReadonlyMap<number, MtlsSetting> {
  const ports = new Map<number, MtlsSetting>();
  const { report } = context;
  const entry = entryOf(spec, 'portLevelMtls');
  const map = entry === undefined ? undefined : asMap(entry, report);
  if (entry === undefined || map === undefined) return ports;
  if (!selective) {
    const message = '`portLevelMtls` needs a `selector` with labels: a port is a port of certain workloads';
    report({ code: 'mesh/port-without-selector', message, at: entry.keySpan });
  }
  if (map.entries.length === 0) {
    const message = '`portLevelMtls` names at least one port';
    report({ code: 'mesh/empty-list', message, hint: 'remove it', at: entry.value.span });
  }
  for (const port of map.entries) {
    const number = /^[1-9]\d{0,4}$/u.test(port.key) ? Number(port.key) : 0;
    if (number < 1 || number > 65_535) {
      const message = `${quote(port.key)} is no port: a port is a number from 1 to 65535`;
      report({ code: 'mesh/bad-port', message, at: port.keySpan });
    }
    const setting = settingOf(port, context);
    if (setting !== undefined) ports.set(number, setting);
  }
  return ports;
}
