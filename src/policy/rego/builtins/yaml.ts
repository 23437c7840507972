/** YAML from values, and values from YAML. */
import { BuiltinError, type Builtin } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';
import { formatJson } from '../values/json.ts';
import { CONTROL_CHARACTERS, NOT_ALLOWED } from './yaml-scalar.ts';
import { readYaml } from './yaml-reader.ts';
import { writeYaml } from './yaml-writer.ts';

export const YAML_BUILTINS: readonly Builtin[] = [
  {
    name: 'yaml.marshal',
    parameters: ['any'],
    result: 'string',
    // OPA reads its own JSON as YAML, and so refuses what YAML does not allow.
    call: (_, a) => (NOT_ALLOWED.test(formatJson(a)) ? new BuiltinError(CONTROL_CHARACTERS) : writeYaml(a)),
  },
  {
    name: 'yaml.unmarshal',
    parameters: ['string'],
    result: 'any',
    call: (_, a) => {
      if (typeof a !== 'string') return operandTypeError(1, a, 'string');
      const read = readYaml(a);
      return read.ok ? read.value : new BuiltinError(read.problem);
    },
  },
  {
    name: 'yaml.is_valid',
    parameters: ['string'],
    result: 'boolean',
    call: (_, a) => typeof a === 'string' && readYaml(a).ok,
  },
];
