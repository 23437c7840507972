/** `http.send` against real servers on loopback: what is asked, what is refused, what is bounded. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';

import { compileRego, type PreparedDecision, type RegoSource } from '../compile.ts';
import { type Origin, startOrigin } from '../testing/http-origin.ts';
import { toText } from '../values/text.ts';
import type { RegoValue } from '../values/value.ts';
import type { EvaluateAsyncOptions } from './evaluate-async.ts';
import { type NetworkAccess, networkAccess, type NetworkOptions } from './network-access.ts';
import { nodeTransport } from './node-transport.ts';

let origin: Origin;
before(async () => {
  origin = await startOrigin();
});
after(() => origin[Symbol.asyncDispose]());

function access(options: Partial<NetworkOptions> = {}): NetworkAccess {
  const result = networkAccess({ allow: ['127.0.0.1'], transport: nodeTransport, ...options });
  if (!result.ok) assert.fail(result.problem[0]?.message);
  return result.value;
}

function decision(rules: string, source: Partial<RegoSource> = {}): PreparedDecision {
  const policy = compileRego({ modules: [{ file: 'p.rego', text: `package p\n\n${rules}\n` }], ...source });
  if (!policy.ok) assert.fail(policy.problem[0]?.message);
  const prepared = policy.value.decision('data.p.x');
  if (!prepared.ok) assert.fail(prepared.problem[0]?.message);
  return prepared.value;
}

/** The value, `undefined`, or the code and message of the failure. */
async function decide(
  rules: string,
  input: RegoValue,
  network: NetworkAccess = access(),
  options: EvaluateAsyncOptions = {},
): Promise<string> {
  const result = await decision(rules).evaluateAsync(input, { network, strictErrors: true, ...options });
  if (!result.ok) return `${result.problem.code}: ${result.problem.message}`;
  return result.value === undefined ? 'undefined' : toText(result.value);
}

const SEND = 'x := http.send(input)';
const PARTS = 'x := [r.status_code, r.body, r.raw_body] if r := http.send(input)';

function get(path: string, more: { readonly [name: string]: RegoValue } = {}): RegoValue {
  return { method: 'get', url: `${origin.base}${path}`, ...more };
}

test('a response is status, headers, text and what the text decodes to', async () => {
  const result = await decide('x := object.remove(http.send(input), {"headers"})', get('/json'));
  assert.equal(
    result,
    '{"body": {"n": [1, 2], "ok": true}, "raw_body": "{\\"ok\\":true,\\"n\\":[1,2]}", "status": "200 OK", "status_code": 200}',
  );
  assert.equal(await decide('x := http.send(input).headers["content-type"]', get('/json')), '["application/json"]');
  assert.equal(await decide(PARTS, get('/refused')), '[500, null, "no"]');
  assert.equal(await decide('x := http.send(input).status', get('/refused')), '"500 Not Now"');
});

test('a body decodes by its type or by force, and is null where it cannot', async () => {
  assert.equal(await decide(PARTS, get('/broken')), '[200, null, "{\\"ok\\": tru"]');
  assert.equal(await decide(PARTS, get('/plain')), '[200, null, "{\\"plain\\": 1}"]');
  assert.equal(await decide('x := http.send(input).body', get('/plain', { force_json_decode: true })), '{"plain": 1}');
  assert.equal(await decide('x := http.send(input).body', get('/plain', { force_yaml_decode: true })), '{"plain": 1}');
  assert.equal(await decide('x := http.send(input).body', get('/yaml')), '{"a": [1, "two"]}');
});

test('what a policy sends arrives', async () => {
  const request = { method: 'post', body: { a: [1] }, headers: { 'X-Team': 'shop', Connection: 'close, X-Team' } };
  assert.equal(await decide('x := http.send(input).body.body', get('/echo', request)), '"{\\"a\\":[1]}"');
  const seen = origin.seen.at(-1);
  assert.equal(seen?.method, 'POST');
  assert.equal(seen?.headers['x-team'], 'shop');
  assert.equal(seen?.headers['content-length'], '9');
  assert.equal(seen?.headers['user-agent'], 'countersign');
  const raw = get('/echo', { method: 'PUT', raw_body: 'plain text', body: {} });
  assert.equal(await decide('x := http.send(input).body.body', raw), '"plain text"');
  const url = origin.base.replace('//', '//user:p%40ss@');
  assert.equal(await decide('x := http.send(input).status_code', { method: 'get', url: `${url}/json` }), '200');
  assert.equal(origin.seen.at(-1)?.headers.authorization, `Basic ${btoa('user:p@ss')}`);
});

test('one request is made once, and an evaluation is the same each time that it begins again', async () => {
  const rules = `a := uuid.rfc4122("a")
b := rand.intn("b", 1000000)
n := time.now_ns()
fetch(path, id) := http.send({"method": "get", "url": concat("", [input, path]), "headers": {"id": id}}).status_code
x := [fetch("/json", a), fetch("/plain", sprintf("%d", [b])), fetch("/json", a), fetch("/yaml", sprintf("%d", [n]))]`;
  const before_ = origin.seen.length;
  const printed: string[] = [];
  const result = await decide(`${rules} if print("begins")`, origin.base, access(), {
    print: (message) => printed.push(message),
  });
  assert.equal(result, '[200, 200, 200, 200]');
  assert.equal(origin.seen.length - before_, 3);
  assert.deepEqual(printed, ['begins']);
});

test('headers that a request says to ignore make no other request', async () => {
  const rules = `x := [r1.status_code, r2.status_code] if {
  r1 := http.send(object.union(input, {"headers": {"a": "1", "b": "1"}}))
  r2 := http.send(object.union(input, {"headers": {"a": "2", "b": "1"}}))
}`;
  const asked = async (ignored: RegoValue): Promise<number> => {
    const start = origin.seen.length;
    assert.equal(await decide(rules, get('/json', { cache_ignored_headers: ignored })), '[200, 200]');
    return origin.seen.length - start;
  };
  assert.equal(await asked(['a']), 1);
  assert.equal(await asked(['b']), 2);
});

test('no host is asked in a synchronous evaluation, or without a network', async () => {
  const start = origin.seen.length;
  const sync = decision(SEND).evaluate(get('/json'), { strictErrors: true });
  assert.match(sync.ok ? '' : sync.problem.message, /disallowed host: 127\.0\.0\.1 \(network functions need an async/u);
  const without = await decision(SEND).evaluateAsync(get('/json'), { strictErrors: true });
  assert.match(without.ok ? '' : without.problem.message, /disallowed host: 127\.0\.0\.1/u);
  assert.equal(origin.seen.length, start);
});

test('only what the list names is asked, and what is not gives the error of OPA', async () => {
  const start = origin.seen.length;
  const refused = 'eval_builtin_error: http.send: disallowed host: 127.0.0.1';
  for (const allow of [[], ['example.com'], ['127.0.0.1:1'], ['128.0.0.0/8']]) {
    assert.equal(await decide(SEND, get('/json'), access({ allow })), refused, allow.join());
  }
  assert.equal(
    await decide('x := http.send(input).error', get('/json', { raise_error: false }), access({ allow: [] })),
    '{"code": "eval_http_send_internal_error", "message": "eval_builtin_error: http.send: disallowed host: 127.0.0.1"}',
  );
  assert.equal(origin.seen.length, start);
  for (const allow of [[`127.0.0.1:${origin.port}`], ['127.0.0.0/8'], ['example.com', '127.0.0.1']]) {
    assert.equal(await decide('x := http.send(input).status_code', get('/json'), access({ allow })), '200');
  }
  const decimal = { method: 'get', url: `http://2130706433:${origin.port}/json` };
  assert.equal(await decide('x := http.send(input).status_code', decimal, access()), '200');
  assert.match(await decide(SEND, decimal, access({ allow: ['2130706433'] })), /disallowed host/u);
});

test('a name that leads to a private address is refused, unless the list has the address', async () => {
  const url = `http://inside.example.com:${origin.port}/json`;
  const transport = { ...nodeTransport, lookUp: () => Promise.resolve(['127.0.0.1']) };
  const request = { method: 'get', url };
  const start = origin.seen.length;
  assert.equal(
    await decide(SEND, request, access({ transport, allow: ['inside.example.com'] })),
    `eval_builtin_error: http.send: Get "${url}": disallowed address: 127.0.0.1 of inside.example.com (it is not public, and must itself be allowed)`,
  );
  assert.match(await decide(SEND, request, access({ transport })), /disallowed host: inside\.example\.com/u);
  assert.equal(origin.seen.length, start);
  const both = access({ transport, allow: ['inside.example.com', '127.0.0.1'] });
  assert.equal(await decide('x := http.send(input).status_code', request, both), '200');
  assert.equal(origin.seen.at(-1)?.headers.host, `inside.example.com:${origin.port}`);
  const byName = { method: 'get', url: `http://localhost:${origin.port}/json` };
  const local = access({ transport, allow: ['localhost'] });
  assert.equal(await decide('x := http.send(input).status_code', byName, local), '200');
});

test('a host header names no host that is not allowed', async () => {
  const request = get('/json', { headers: { Host: 'inside.example.com' } });
  assert.match(await decide(SEND, request), /disallowed host: inside\.example\.com/u);
  const both = access({ allow: ['127.0.0.1', 'inside.example.com'] });
  assert.equal(await decide('x := http.send(input).status_code', request, both), '200');
  assert.equal(origin.seen.at(-1)?.headers.host, 'inside.example.com');
});

test('redirects are followed where the policy says so, and each is checked', async () => {
  assert.equal(await decide('x := http.send(input).status_code', get('/moved')), '301');
  const followed = get('/moved', { enable_redirect: true });
  assert.equal(await decide('x := http.send(input).body', followed), '{"n": [1, 2], "ok": true}');
  const posted = get('/kept', { method: 'post', raw_body: 'kept', enable_redirect: true });
  assert.equal(await decide('x := http.send(input).body.body', posted), '"kept"');
  const lost = get('/moved', { method: 'post', raw_body: 'lost', enable_redirect: true });
  assert.equal(await decide('x := http.send(input).status_code', lost), '200');
  assert.equal(origin.seen.at(-1)?.method, 'GET');
  assert.equal(
    await decide(SEND, get('/loop', { enable_redirect: true }), access({ maxRedirects: 3 })),
    `eval_builtin_error: http.send: Get "${origin.base}/loop": stopped after 3 redirects`,
  );
});

test('a redirect leads to no host that is not allowed, and takes no credentials to another one', async () => {
  await using other = await startOrigin();
  await using first = await startOrigin({
    '/away': (response) => {
      response.writeHead(302, { location: `${other.base}/json` }).end();
    },
    '/inside': (response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end();
    },
  });
  const request = (path: string): RegoValue => ({
    method: 'get',
    url: `${first.base}${path}`,
    enable_redirect: true,
    headers: { Authorization: 'Bearer secret', 'X-Api-Key': 'secret', Accept: 'text/plain' },
  });
  assert.equal(
    await decide(SEND, request('/inside')),
    'eval_builtin_error: http.send: Get "http://169.254.169.254/latest/": disallowed host: 169.254.169.254',
  );
  const narrow = access({ allow: [`127.0.0.1:${first.port}`] });
  assert.match(await decide(SEND, request('/away'), narrow), /disallowed host: 127\.0\.0\.1$/u);
  assert.equal(other.seen.length, 0);
  assert.equal(await decide('x := http.send(input).status_code', request('/away')), '200');
  assert.equal(first.seen.at(-1)?.headers.authorization, 'Bearer secret');
  const { headers } = other.seen[0] ?? assert.fail('the redirect was not followed');
  assert.equal(headers.authorization, undefined);
  assert.equal(headers['x-api-key'], undefined);
  assert.equal(headers.accept, 'text/plain');
});

test('packed bodies are unpacked, within the same limit', async () => {
  assert.equal(await decide('x := http.send(input).body', get('/gzip')), '{"packed": true}');
  assert.equal(await decide('x := http.send(input).headers["content-encoding"]', get('/gzip')), 'undefined');
  const own = get('/gzip', { headers: { 'Accept-Encoding': 'gzip' } });
  assert.equal(await decide('x := http.send(input).headers["content-encoding"]', own), '["gzip"]');
  const limit = /Get "[^"]+": response body is larger than 1048576 bytes$/u;
  assert.match(await decide(SEND, get('/bomb')), limit);
  assert.match(await decide(SEND, get('/huge')), limit);
  assert.match(await decide(SEND, get('/torn')), /^eval_builtin_error: http\.send: Get "/u);
});

test('the bytes of all responses together are bounded', async () => {
  const rules = 'x := [http.send(r).status_code | some r in input]';
  assert.equal(await decide(rules, [get('/json'), get('/plain')], access({ maxTotalBytes: 40 })), '[200, 200]');
  assert.match(
    await decide(rules, [get('/json'), get('/plain')], access({ maxTotalBytes: 30 })),
    /larger than 9 bytes/u,
  );
});

test('a host that does not answer is given up, and the evaluation in the end', async () => {
  for (const path of ['/silent', '/stalls']) {
    assert.equal(
      await decide(SEND, get(path, { timeout: '50ms' })),
      `eval_builtin_error: http.send: Get ${origin.base}${path}: request timed out`,
    );
  }
  assert.equal(
    await decide('x := http.send(input).error', get('/silent', { timeout: 50_000_000, raise_error: false })),
    `{"code": "eval_http_send_network_error", "message": "Get \\"${origin.base}/silent\\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"}`,
  );
  assert.match(
    await decide(SEND, get('/silent', { timeout: '1h' }), access({ timeoutMilliseconds: 50 })),
    /timed out$/u,
  );
  assert.equal(
    await decide(SEND, get('/silent'), access(), { maxMilliseconds: 100 }),
    'eval_cancel_error: the evaluation waited for the network longer than it may',
  );
  // A transport that heeds no signal holds up nothing.
  const deaf = { lookUp: nodeTransport.lookUp, send: () => new Promise<never>(() => undefined) };
  assert.match(await decide(SEND, get('/json', { timeout: '20ms' }), access({ transport: deaf })), /timed out$/u);
});

test('what fails is an answer where the policy says so', async () => {
  const closed = await startOrigin();
  await closed[Symbol.asyncDispose]();
  const request = { method: 'get', url: closed.base, raise_error: false };
  assert.equal(
    await decide(SEND, request),
    `{"error": {"code": "eval_http_send_network_error", "message": "Get \\"${closed.base}\\": dial tcp 127.0.0.1:${closed.port}: connect: connection refused"}, "status_code": 0}`,
  );
  assert.match(await decide('x := http.send(input).error.message', get('/hangs-up', { raise_error: false })), /EOF"$/u);
  const lenient = await decision('x if not http.send(input)').evaluateAsync(get('/hangs-up'), { network: access() });
  assert.deepEqual(lenient, { ok: true, value: true });
});

test('a request is repeated as often as the policy says, and an evaluation asks only so often', async () => {
  const start = origin.seen.length;
  assert.match(await decide(SEND, get('/hangs-up', { max_retry_attempts: 2 })), /EOF$/u);
  assert.equal(origin.seen.length - start, 3);
  const rules =
    'x := [r | some i in numbers.range(1, 10); r := http.send(object.union(input, {"headers": {"i": sprintf("%d", [i])}}))]';
  assert.equal(
    await decide(rules, get('/json'), access({ maxRequests: 4 })),
    'eval_cancel_error: the evaluation asked the network more than 4 times',
  );
  assert.equal(
    await decide(SEND, get('/hangs-up', { max_retry_attempts: 1000 }), access({ maxRequests: 2 })),
    'eval_cancel_error: the evaluation asked the network more than 2 times',
  );
});

test('what is no request that can be made is refused before it is', async () => {
  const wrong: readonly (readonly [RegoValue, RegExp])[] = [
    [{ url: 'ftp://127.0.0.1/' }, /Get "ftp:\/\/127\.0\.0\.1\/": unsupported protocol scheme "ftp"$/u],
    [{ url: 'unix://localhost/x?socket=%2Frun%2Fx.sock' }, /disallowed host: localhost$/u],
    [{ url: 'http://' }, /parse "http:\/\/": invalid URL$/u],
    [{ headers: { 'a b': 'c' } }, /invalid header field name "a b"$/u],
    [{ headers: { a: 'b\r\nEvil: 1' } }, /invalid header field value for "a"$/u],
    [{ method: 'GET / HTTP/1.1\r\nEvil: 1\r\n' }, /invalid method/u],
    [{ method: 'connect' }, /invalid method "CONNECT"/u],
  ];
  const start = origin.seen.length;
  for (const [options, message] of wrong) {
    assert.match(await decide(SEND, get('/json', options as { readonly [name: string]: RegoValue })), message);
  }
  assert.equal(origin.seen.length, start);
});

test('a name is looked up where it is allowed, and its addresses are not judged', async () => {
  const transport = { ...nodeTransport, lookUp: () => Promise.resolve(['10.0.0.1', '2001:db8::1']) };
  const network = access({ transport, allow: ['db.example.com'] });
  const rules = 'x := net.lookup_ip_addr(input)';
  assert.equal(await decide(rules, 'db.example.com', network), '{"10.0.0.1", "2001:db8::1"}');
  assert.equal(
    await decide(rules, 'example.com', network),
    'eval_builtin_error: net.lookup_ip_addr: disallowed host: example.com',
  );
  const failing = {
    ...nodeTransport,
    lookUp: () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })),
  };
  assert.equal(
    await decide(rules, 'db.example.com', access({ transport: failing, allow: ['db.example.com'] })),
    'eval_builtin_error: net.lookup_ip_addr: lookup db.example.com: no such host',
  );
});

test('a function of the network may be replaced, and then nothing is asked', async () => {
  const start = origin.seen.length;
  assert.equal(
    await decide('y := http.send(input).body\n\nx := z if z := y with http.send as {"body": 7}', get('/json')),
    '7',
  );
  assert.equal(origin.seen.length, start);
});

test('a request that carries a random signature is made once', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = JSON.stringify(privateKey.export({ format: 'jwk' }));
  const rules = `token := io.jwt.encode_sign_raw("{\\"alg\\": \\"ES256\\"}", "{}", input.jwk)

x := http.send({"method": "get", "url": input.url, "headers": {"authorization": token}}).status_code`;
  const start = origin.seen.length;
  assert.equal(await decide(rules, { jwk, url: `${origin.base}/json` }), '200');
  assert.equal(origin.seen.length - start, 1);
});
