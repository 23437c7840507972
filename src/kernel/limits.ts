/** The limits that more than one area keeps; each says why it is what it is. An area's own limits stand in the area. */

/** SPIFFE-ID §2.3: a whole ID of up to this many bytes must be supported, longer ones should not be made. */
export const MAX_SPIFFE_ID_BYTES = 2048;

/** SPIFFE-ID §2.3: RFC 3986 bounds a host at 255 characters. */
export const MAX_TRUST_DOMAIN_BYTES = 255;

/** `sun_path` of sockaddr_un holds 108 bytes on Linux, and the last is the NUL. */
export const MAX_SOCKET_PATH_BYTES = 107;

/** One ledger event, serialised: large enough for an explained decision, small enough to hold a batch in memory. */
export const MAX_LEDGER_EVENT_BYTES: number = 1024 * 1024;

/** One record's value, serialised: a policy file is the largest thing that is kept in one. */
export const MAX_RECORD_BYTES: number = 4 * 1024 * 1024;
