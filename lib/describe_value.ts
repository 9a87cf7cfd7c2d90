import { SECRET_SHAPES } from "./http/redact.ts";

/** What belongs where a value stands. */
export type ValueKind = "name" | "number" | "id" | "path" | "url";

/** What a value of each kind looks like, and how long it is at most. Made on use: `\p{L}` takes time to parse. */
const SHAPES: Readonly<Record<ValueKind, () => RegExp>> = {
  name: () => /^[\p{L}\p{M}\p{N} _.:,$#@/-]{0,64}$/u,
  number: () => /^[\p{L}\p{N} _.,+-]{0,24}$/u,
  id: () => /^[^\p{Cc}]{0,128}$/u,
  path: () => /^[^\p{Cc}]{0,1024}$/u,
  url: () => /^[\p{L}\p{N}_.:/?&=#%[\]~-]{0,200}$/u,
};

/** What else is no name, path, id or URL: beginnings and wrappings of secrets. */
const MORE_SECRETS: readonly (readonly [what: string, shape: RegExp])[] = [
  ["a certificate or key", /-----BEGIN|^\s*["']?MI[I-K][A-Za-z0-9+/\s]{20}/],
  ["an access token", /(?<![A-Za-z0-9])(?:eyJ[\w-]|Ew[A-D][A-Za-z0-9+/_-]{10,}=*["']?$)|\b[Bb]earer\s+\S/],
  ["a client secret", /\dQ~/],
  [
    "a token or key",
    /(?=(?:[A-Za-z+]{1,20}\d{1,20}){3})(?=[a-z\d+]{0,39}[A-Z])(?=[A-Z\d+]{0,39}[a-z])[A-Za-z\d+]{40}/,
  ],
];

/** Where each kind of secret belongs. */
const BELONGS: Readonly<Record<string, string>> = {
  "an access token": ": put it in GRAPH_ACCESS_TOKEN or a token file",
  "a client secret": ": put it in AZURE_CLIENT_SECRET",
  "a certificate or key": ": put it in a file that only you can read",
  "a private key": ": put it in a file that only you can read",
};

/** Returns what kind of secret a value looks like, such as "an access token"; `undefined` if it looks like none. */
export function secretKind(value: string): string | undefined {
  const start = value.slice(0, 4096);
  return [...SECRET_SHAPES, ...MORE_SECRETS].find(([, shape]) => start.search(shape) >= 0)?.[0];
}

const withThousands = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/**
 * Returns a value for an error message: in quotes if it looks like what belongs there; otherwise its length and kind,
 * as in "(2,100 characters that look like an access token)", because it may be a secret in the wrong place.
 */
export function describeValue(value: unknown, kind: ValueKind): string {
  if (typeof value !== "string") return value === null ? "null" : `(a value of type ${typeof value})`;
  const secret = secretKind(value);
  if (!secret && SHAPES[kind]().test(value)) return kind === "path" ? `"${value}"` : JSON.stringify(value);
  const size = `${withThousands(value.length)} characters`;
  return secret ? `(${size} that look like ${secret}${BELONGS[secret] ?? ""})` : `(${size})`;
}
