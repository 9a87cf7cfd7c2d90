import { type Emulator, type EmulatorOptions, startEmulator } from "../../lib/emulator/mod.ts";
import type { BulkOptions, PhotoResult, Target } from "../../mod.ts";
import { LOOPBACK, test } from "./test.ts";

/** Short delays where Graph does not ask for longer ones. */
export const FAST = { timeout: 5000, retry: { maxAttempts: 5, baseDelay: 1 } };

/** The options to reach a tenant with, as its app or with a token. */
export async function connect(tenant: Emulator, credential?: BulkOptions["credential"]) {
  return { ...FAST, cloud: tenant.cloud, credential: credential ?? await tenant.issueToken() };
}

/** A test with a tenant of its own. */
export function bulkTest(
  name: string,
  options: EmulatorOptions,
  run: (tenant: Emulator) => Promise<void>,
): void {
  test(name, LOOPBACK, async () => {
    await using tenant = await startEmulator(options);
    await run(tenant);
  });
}

/** All results, in order. */
export async function collect(results: AsyncIterable<PhotoResult>): Promise<PhotoResult[]> {
  return await Array.fromAsync(results);
}

/** How many results have each outcome. */
export function tally(results: readonly { outcome: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** A target as a text, to compare and sort by. */
export const keyOf = (target: Target) => JSON.stringify(target);

/** The results by target id. */
export function byId(results: readonly PhotoResult[]): Record<string, PhotoResult> {
  return Object.fromEntries(
    results.map((result) => [result.target === "me" ? "me" : Object.values(result.target)[0], result]),
  );
}

/** A request that was sent: by itself, or a batch with its items. */
export interface Sent {
  method: string;
  path: string;
  items: { id: string; method: string; url: string }[];
}

/** The global fetch, recording what is sent and how many requests are in flight. */
export function watchedFetch() {
  const sent: Sent[] = [];
  const watched = { sent, inFlight: 0, mostInFlight: 0 };
  const watching: typeof fetch = async (input, init) => {
    const path = new URL(String(input)).pathname;
    const isBatch = path === "/v1.0/$batch";
    watched.inFlight++;
    watched.mostInFlight = Math.max(watched.mostInFlight, watched.inFlight);
    try {
      const items = isBatch ? (await new Response(init?.body).json()).requests : [];
      sent.push({ method: init?.method ?? "GET", path, items });
      const response = await fetch(input, init);
      const body = await response.arrayBuffer(); // until its last byte, it is in flight
      return new Response(body.byteLength ? body : null, response);
    } finally {
      watched.inFlight--;
    }
  };
  return Object.assign(watched, { fetch: watching });
}

/** Resolves when a tenant's Graph has received so many requests of a kind, from now on; they are answered as usual. */
export function received(
  tenant: Emulator,
  count: number,
  on: "graph" | "item" | "batch" = "graph",
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  const match = () => {
    if (--left === 0) resolve();
    return false;
  };
  tenant.fault(on === "item" ? { kind: "omit", on, match } : { kind: "stall", on, match });
  return promise;
}
