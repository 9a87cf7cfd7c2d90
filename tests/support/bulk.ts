import {
  type Emulator,
  type EmulatorOptions,
  sampleDirectory,
  startEmulator,
} from "../../lib/emulator/mod.ts";
import { type BulkOptions, type PhotoResult, removeProfilePhotos } from "../../mod.ts";
import type { InvalidTarget, Target } from "../../mod.ts";
import { LOOPBACK } from "./test.ts";

/** The options to reach a tenant with, as its app or with a token; delays that Graph does not ask for are short. */
export async function connect(tenant: Emulator, credential?: BulkOptions["credential"]) {
  const fast = { timeout: 5000, retry: { maxAttempts: 5, baseDelay: 1 } };
  return { ...fast, cloud: tenant.cloud, credential: credential ?? await tenant.issueToken() };
}

/** A test with a tenant of its own, with so many `users` besides those of the sample. */
export function bulkTest(
  name: string,
  { users, ...options }: EmulatorOptions & { users?: number },
  run: (tenant: Emulator) => Promise<void>,
): Deno.TestDefinition {
  return {
    name,
    permissions: LOOPBACK,
    fn: async () => {
      const directory = users === undefined ? undefined : sampleDirectory({ users });
      await using tenant = await startEmulator({ directory, ...options });
      await run(tenant);
    },
  };
}

export async function collect(results: AsyncIterable<PhotoResult>): Promise<PhotoResult[]> {
  return await Array.fromAsync(results);
}

export async function removeMany(
  tenant: Emulator,
  targets: Iterable<Target | InvalidTarget> | AsyncIterable<Target>,
  options: BulkOptions = {},
): Promise<PhotoResult[]> {
  return await collect(removeProfilePhotos(targets, { ...await connect(tenant), ...options }));
}

export function tally(results: readonly { outcome: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** A target as a text, to compare and sort by. */
export const keyOf = (target: Target) => JSON.stringify(target);

export function byId(results: readonly PhotoResult[]): Record<string, PhotoResult> {
  return Object.fromEntries(
    results.map((result) => [result.target === "me" ? "me" : Object.values(result.target)[0], result]),
  );
}

/** A request that was sent: by itself, or a batch with its items. */
interface Sent {
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
