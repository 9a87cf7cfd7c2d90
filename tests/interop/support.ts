import {
  type Emulator,
  type EmulatorOptions,
  selfSignedCertificate,
  startEmulator,
} from "../../lib/emulator/mod.ts";
import { Client } from "../deps/microsoft_graph_client.ts";
import { LOOPBACK } from "../support/test.ts";

/** What the emulators of these tests serve HTTPS with. */
export const TLS = await selfSignedCertificate();

/** A tenant over HTTPS, and the connection of a client that trusts it. */
export interface Served {
  readonly tenant: Emulator;
  readonly http: Deno.HttpClient;
}

/** A test with a tenant of its own, which is served over HTTPS. */
export function httpsTest(
  name: string,
  run: (served: Served) => Promise<void>,
  options: EmulatorOptions = {},
): void {
  Deno.test({
    name,
    permissions: LOOPBACK,
    sanitizeOps: true,
    sanitizeResources: false, // Microsoft's client leaves bodies unread
    fn: async () => {
      await using tenant = await startEmulator({ ...options, tls: TLS });
      using http = Deno.createHttpClient({ caCerts: [TLS.certificate] });
      await run({ tenant, http });
    },
  });
}

/** Microsoft's client of Graph, with the token given, or the app's own. */
export function graphClient({ tenant, http }: Served, token?: string): Client {
  const fetchOptions: RequestInit & { client: Deno.HttpClient } = { client: http };
  return Client.initWithMiddleware({
    authProvider: { getAccessToken: async () => token ?? await tenant.issueToken() },
    baseUrl: tenant.url,
    customHosts: new Set(["127.0.0.1"]), // it sends a token to hosts that it knows alone
    fetchOptions,
  });
}
