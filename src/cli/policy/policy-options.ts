/** The options that the commands about policies have in common. */
import type { Command } from 'commander';

export type PolicyOptions = {
  readonly bundle?: boolean;
  readonly v0?: boolean;
  readonly verificationKey?: string;
  readonly signingAlg: string;
  readonly scope?: string;
  readonly skipVerify?: boolean;
};

export function addPolicyOptions(command: Command): Command {
  return command
    .option('-b, --bundle', 'folders are unpacked bundles: data.json and data.yaml are data, .manifest counts')
    .option('--v0', 'the policies are in the language from before OPA 1.0')
    .option('--verification-key <file>', 'bundles must be signed: the public key in PEM, or the secret of HS256')
    .option('--signing-alg <name>', 'the algorithm of that key', 'RS256')
    .option('--scope <scope>', 'what the signature must be for')
    .option('--skip-verify', 'take signed bundles without looking at their signatures');
}
