/** What network functions ask: read from their arguments, and put by an asynchronous evaluation. */

/** PEM texts and names; what is absent is as the transport has it. */
export type TlsOptions = {
  readonly certificateAuthorities?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly useSystemCertificates?: boolean;
  readonly skipVerification?: boolean;
};

export type HttpRequest = {
  /** In upper case. */
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | undefined;
  readonly followsRedirects: boolean;
  /** What the body of the response is, whatever its type says. */
  readonly decodeAs: 'json' | 'yaml' | undefined;
  /** Absent: the limit of the host. */
  readonly timeoutMilliseconds: number | undefined;
  readonly maxRetries: number;
  readonly tls: TlsOptions;
};

export type NetworkQuestion =
  | { readonly kind: 'http'; readonly request: HttpRequest }
  | { readonly kind: 'addresses'; readonly host: string };
