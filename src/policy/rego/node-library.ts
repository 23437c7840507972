/** `countersign/rego/node`: what of Rego needs Node: the network for `http.send`, and OPA's bundles with their signatures. */

export { joinBundles, type JoinedBundles } from './bundle/join-bundles.ts';
export type { BundleLimits } from './bundle/limits.ts';
export { type BundleModule, type BundleOptions, readBundle, type RegoBundle } from './bundle/read-bundle.ts';
export type { BundleVerification } from './bundle/signatures.ts';
export { nodeTransport } from './network/node-transport.ts';
