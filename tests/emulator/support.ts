import { type Emulator, type EmulatorOptions, startEmulator } from "../../lib/emulator/mod.ts";
import { LOOPBACK } from "../support/test.ts";

/** A response whose body has been read. */
export interface FetchedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly text: string;
  // deno-lint-ignore no-explicit-any
  readonly json: any;
}

/** Fetches a URL without following redirects, and reads the response. */
export async function call(
  url: string,
  init: RequestInit & { client?: Deno.HttpClient } = {},
): Promise<FetchedResponse> {
  const response = await fetch(url, { redirect: "manual", ...init });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const isJson = response.headers.get("content-type")?.includes("json");
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

/** Creates a client that calls an emulator's Graph with this token. */
export function graphClient(
  emulator: Emulator,
  token: string,
): (method: string, path: string, init?: RequestInit) => Promise<FetchedResponse> {
  return (method, path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${token}`);
    return call(`${emulator.url}/v1.0${path}`, { ...init, method, headers });
  };
}

/** Creates a client with the app's own token. */
export async function appClient(emulator: Emulator): Promise<ReturnType<typeof graphClient>> {
  return graphClient(emulator, await emulator.issueToken());
}

/** Sends the requests as a `$batch`. */
export function sendBatch(
  client: ReturnType<typeof graphClient>,
  requests: readonly unknown[],
): Promise<FetchedResponse> {
  const headers = { "content-type": "application/json" };
  return client("POST", "/$batch", { headers, body: JSON.stringify({ requests }) });
}

/** Requests a token, with `form` in addition to the parameters that every request has. */
export function requestToken(
  emulator: Emulator,
  form: Readonly<Record<string, string | undefined>>,
  tenant: string = emulator.tenantId,
): Promise<FetchedResponse> {
  const entries = Object.entries({
    grant_type: "client_credentials",
    client_id: emulator.clientId,
    scope: `${emulator.url}/.default`,
    ...form,
  }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return call(`${emulator.url}/${tenant}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams(entries),
  });
}

/** Registers a test with an emulator of its own, and with network permission for it alone. */
export function emulatorTest(
  name: string,
  run: (emulator: Emulator) => Promise<void>,
  options: EmulatorOptions = {},
): Deno.TestDefinition {
  return {
    name,
    permissions: LOOPBACK,
    fn: async () => {
      await using emulator = await startEmulator(options);
      await run(emulator);
    },
  };
}
