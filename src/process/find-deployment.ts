/** Which deployment a command is about, and what its countersign.yaml says. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { type Declaration, parseDeclaration } from '../inventory/declaration.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { runningInstances } from './instances.ts';
import { type StateDirectory, stateDirectory } from './state-directory.ts';

export const DECLARATION_FILE = 'countersign.yaml';
/** A declaration is written by people; a file of this size is something else. */
const MAX_DECLARATION_BYTES = 1024 * 1024;

export type Deployment = {
  /** Absolute. */
  readonly directory: string;
  readonly declaration: Declaration;
  readonly state: StateDirectory;
};

/** The problems, with the text they point into, for excerpts. */
export type DeploymentProblems = { readonly problems: readonly Problem[]; readonly text?: string };

/**
 * The directory that was given; else the nearest one upwards from `cwd` with a countersign.yaml; else the only one
 * that runs. Codes: `deployment/not-found`, `deployment/several`.
 */
export function findDirectory(given: string | undefined, cwd: string, instances: string | undefined): Result<string> {
  if (given !== undefined) return ok(resolve(cwd, given));
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, DECLARATION_FILE))) return ok(folder);
    if (dirname(folder) === folder) break;
  }
  const running = runningInstances(instances);
  const [only] = running;
  if (running.length === 1 && only !== undefined) return ok(only.directory);
  if (running.length > 1) {
    const message = `several deployments run: ${running.map(({ directory }) => `\`${directory}\``).join(', ')}`;
    return err({ code: 'deployment/several', message, hint: 'say which one with --dir' });
  }
  const message = `no \`${DECLARATION_FILE}\` here or above, and no deployment runs`;
  return err({ code: 'deployment/not-found', message, hint: 'go to the folder of one, or name it with --dir' });
}

/** Reads and parses a deployment's declaration. Codes: `deployment/unreadable`, and those of `parseDeclaration`. */
export function readDeployment(directory: string): Result<Deployment, DeploymentProblems> {
  const file = join(directory, DECLARATION_FILE);
  let text: string;
  try {
    if (statSync(file).size > MAX_DECLARATION_BYTES) throw new Error(`larger than ${MAX_DECLARATION_BYTES} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = `\`${file}\` cannot be read: ${code ?? (error as Error).message}`;
    const hint =
      code === 'ENOENT'
        ? 'a deployment is a folder with a countersign.yaml; docs/tutorial.md makes one in five minutes'
        : 'check the permissions of the file';
    return err({ problems: [{ code: 'deployment/unreadable', message, hint }] });
  }
  const declaration = parseDeclaration(DECLARATION_FILE, text);
  if (!declaration.ok) return err({ problems: declaration.problem, text });
  return ok({ directory, declaration: declaration.value, state: stateDirectory(directory, declaration.value) });
}
