import type { RequestListener } from "node:http";

/** What the tests use of `oidc-provider`, which ships no types. */
export interface Provider {
  callback(): RequestListener;
  on(event: "grant.error", listener: (context: unknown, error: Refusal) => void): void;
  AccessToken: {
    find(token: string): Promise<{ clientId: string; accountId: string; scope: string } | undefined>;
  };
  ClientCredentials: { find(token: string): Promise<{ clientId: string; scope: string } | undefined> };
}

/** Why it refused a token request, as it logs and does not answer. */
export interface Refusal extends Error {
  error: string;
  error_detail?: string;
}

/** Runs without what it warns of: that it supports Node alone, and that its defaults are not for production. */
async function quietly<T>(run: () => T | Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await run();
  } finally {
    console.warn = warn;
  }
}

/** The one place that names the version of `oidc-provider`, a certified OpenID provider. */
// deno-lint-ignore no-import-prefix
const { Provider } = await quietly(() => import("npm:oidc-provider@9.13.3"));

/** Makes a provider. */
export function openIdProvider(issuer: string, configuration: Record<string, unknown>): Promise<Provider> {
  return quietly(() => new Provider(issuer, configuration));
}
