import { type CloudEndpoints, type CloudName, CLOUDS, parseEndpoint, resolveCloud } from "../lib/cloud.ts";
import { assert, assertEquals, assertThrows } from "./deps/assert.ts";
import { NONE } from "./support/test.ts";

Deno.test("resolveCloud() knows the four national clouds by name", NONE, () => {
  // https://learn.microsoft.com/graph/deployments
  const documented: Record<CloudName, [graph: string, authority: string]> = {
    global: ["https://graph.microsoft.com", "https://login.microsoftonline.com"],
    usgov: ["https://graph.microsoft.us", "https://login.microsoftonline.us"],
    usgovdod: ["https://dod-graph.microsoft.us", "https://login.microsoftonline.us"],
    china: ["https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"],
  };
  assertEquals(Object.keys(CLOUDS).sort(), Object.keys(documented).sort());
  for (const [name, [graph, authority]] of Object.entries(documented)) {
    assertEquals({ ...resolveCloud(name as CloudName) }, { graph, authority });
  }
});

Deno.test("resolveCloud() throws a RangeError with the known names for any other name", NONE, () => {
  const prototype = ["constructor", "__proto__", "toString"];
  const names = ["", "Global", "germany", "https://graph.microsoft.com", ...prototype];
  for (const name of names) {
    const { message } = assertThrows(() => resolveCloud(name as CloudName), RangeError);
    for (const known of ["global", "usgov", "usgovdod", "china", JSON.stringify(name)]) {
      assert(message.includes(known), message);
    }
  }
});

Deno.test("resolveCloud() validates both endpoints of a pair, and returns their origins", NONE, () => {
  const pair = { graph: "https://Graph.Example:443/", authority: "http://127.0.0.1:8080" };
  assertEquals(resolveCloud(pair), { graph: "https://graph.example", authority: "http://127.0.0.1:8080" });
  const incomplete: unknown[] = [{}, { graph: pair.graph }, { authority: pair.authority }, null, [], 5];
  for (const value of incomplete) assertThrows(() => resolveCloud(value as CloudEndpoints), TypeError);
});

const ROOTS: readonly [string, string][] = [
  ["https://graph.microsoft.com", "https://graph.microsoft.com"],
  ["https://graph.microsoft.com/", "https://graph.microsoft.com"],
  ["HTTPS://GRAPH.microsoft.com", "https://graph.microsoft.com"],
  ["https://proxy.example:8443", "https://proxy.example:8443"],
  ["http://localhost:1234/", "http://localhost:1234"],
  ["http://127.0.0.1:1234", "http://127.0.0.1:1234"],
  ["http://127.255.0.9", "http://127.255.0.9"],
  ["http://[::1]:1234", "http://[::1]:1234"],
];

const REFUSED: readonly [value: unknown, reason: string][] = [
  ...[undefined, null, 5, {}, "", "graph.microsoft.com", "//graph.microsoft.com", "https://"].map(
    (value): [unknown, string] => [value, "must be a URL"],
  ),
  ...[
    ..."graph.microsoft.com 10.0.0.1 0.0.0.0 128.0.0.1 127.0.0.1.example localhost.example [::2]".split(" ")
      .map((host) => `http://${host}`),
    ...["http://example/127.0.0.1", "ftp://localhost", "file:///etc/passwd", "javascript:alert(1)"],
    "ws://127.0.0.1",
  ].map((value): [unknown, string] => [value, "must be https: (http: is for loopback addresses only)"]),
  ...["/v1.0", "/v1.0/", "//", "?x=1", "/#x"].map(
    (rest): [unknown, string] => [`https://graph.microsoft.com${rest}`, "without a version or path"],
  ),
  ["http://127.0.0.1:1/v1.0", "without a version or path"],
  ...[
    "https://graph.microsoft.com@evil.example",
    "https://user@graph.microsoft.com",
    "https://:word@graph.microsoft.com",
    "https://user:word@graph.microsoft.com/v1.0",
  ].map((value): [unknown, string] => [value, "must not contain a user name or password"]),
];

Deno.test("parseEndpoint() returns the origin of a root URL; http: is for loopback", NONE, () => {
  for (const [value, origin] of ROOTS) assertEquals(parseEndpoint("the Graph endpoint", value), origin);
});

Deno.test(
  "parseEndpoint() throws a TypeError that names the endpoint and what is wrong with it",
  NONE,
  () => {
    for (const [value, reason] of REFUSED) {
      const { message } = assertThrows(
        () => parseEndpoint("the test endpoint", value as string),
        TypeError,
        reason,
      );
      assert(message.startsWith("Cannot use the test endpoint as it must"), message);
    }
  },
);

Deno.test("parseEndpoint() does not repeat a password", NONE, () => {
  const password = "pass-word-canary";
  const hosts = ["", "/v1.0", "?x", ":99999"].map((rest) => `graph.microsoft.com${rest}`);
  for (const scheme of ["https", "http", "ftp"]) {
    for (const host of hosts) {
      const value = `${scheme}://user:${password}@${host}`;
      const { message } = assertThrows(() => parseEndpoint("the endpoint", value), TypeError);
      assert(!message.includes(password), `the message for ${scheme}://user:…@${host} shows the password`);
    }
  }
});
