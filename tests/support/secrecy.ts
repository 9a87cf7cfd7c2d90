import { assert } from "../deps/assert.ts";

/** A value and, for an error, those behind it. */
function chain(value: unknown): unknown[] {
  const found: unknown[] = [];
  for (let at: unknown = value; at !== undefined && !found.includes(at);) {
    found.push(at);
    at = at instanceof Error ? at.cause : undefined;
  }
  return found;
}

/** The properties of an error, those included that are not enumerable. */
function properties(error: Error): string[] {
  return Object.getOwnPropertyNames(error).map((name) => `${name}: ${Reflect.get(error, name)}`);
}

/** Everything that the usual ways of printing or logging a value show. */
export function everythingShown(value: unknown): string {
  return chain(value).flatMap((link) => [
    String(link),
    JSON.stringify(link),
    Deno.inspect(link, {
      depth: Infinity,
      strAbbreviateSize: Infinity,
      iterableLimit: Infinity,
      showHidden: true,
    }),
    ...(link instanceof Error ? properties(link) : []),
  ]).join("\n");
}

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** The forms in which a text travels or is logged. */
function spellings(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ "": secret }).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    base64(secret).replace(/=+$/, ""),
  ];
}

/** Fails where a value shows a secret, in whatever spelling. The failure itself does not repeat what it found. */
export function assertHides(value: unknown, secrets: readonly string[], what: string): void {
  const shown = everythingShown(value);
  for (const secret of secrets) {
    assert(secret.length > 7, "a secret to look for must not be found by chance");
    for (const spelling of spellings(secret)) assert(!shown.includes(spelling), `${what}: a secret is shown`);
  }
}

/** A made-up secret of each kind, as people paste it into the wrong place. */
export const CANARIES: Readonly<Record<string, string>> = {
  "a JWT": `eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnki${"Zm9vYmFyYmF6".repeat(100)}.c2ln_-canary`,
  "an opaque token": `EwBcanary${"A1b2C3d4E5f6".repeat(100)}`,
  "a client secret": "abc8Q~canary_4711.Zz-9fGhJkLmNpQrStUvWx",
  "a PFX in base64": `MIIKcanary${"Zm9vYmFyYmF6MTIz".repeat(150)}==`,
  "a PEM": `-----BEGIN PRIVATE KEY-----\nMIIEcanary${
    "Zm9vYmFyYmF6MTIz\n".repeat(100)
  }-----END PRIVATE KEY-----`,
};
