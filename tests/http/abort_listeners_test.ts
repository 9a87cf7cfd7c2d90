/** A listener that is left behind keeps its request in memory, and one on a deadline keeps the process alive. */
import { orAborted, systemClock } from "../../lib/http/clock.ts";
import { send } from "../../lib/http/send.ts";
import { removeProfilePhotos } from "../../mod.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { rejection } from "../support/promises.ts";
import { NONE } from "../support/test.ts";

/** Counts the listeners of a signal from now on. */
function countListeners(signal: AbortSignal): () => number {
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners.add(args[1]);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners.delete(args[1]);
    removeEventListener.apply(signal, args);
  };
  return () => listeners.size;
}

/** Answers everything with a body, and one request in three with an error. */
function answering(): typeof fetch {
  let count = 0;
  return () =>
    ++count % 3 === 0 ? Promise.reject(new TypeError("reset")) : Promise.resolve(new Response("{}"));
}

Deno.test("no listener is left on a signal that many requests and waits share", NONE, async () => {
  const { signal } = new AbortController();
  const listeners = countListeners(signal);
  const fetch = answering();
  for (let request = 0; request < 30; request++) {
    await send("https://graph.example", {}, { fetch, timeout: 60_000, signal });
    await systemClock.sleep(0, signal);
    await orAborted(Promise.resolve(), signal);
    await rejection(orAborted(Promise.reject(new Error("refused")), signal));
  }
  assertEquals(listeners(), 0);
});

Deno.test("no listener is left on an aborted signal", NONE, async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = countListeners(signal);
  const never = new Promise<never>(() => {});
  const waits = [orAborted(never, signal), systemClock.sleep(60_000, signal)].map(rejection);
  assertEquals(listeners(), 2);
  controller.abort();
  await Promise.all([...waits, rejection(orAborted(never, signal))]);
  assertEquals(listeners(), 0);
});

Deno.test("no listener is left on the signals that many runs share", NONE, async () => {
  const { signal } = new AbortController();
  const { signal: stopSignal } = new AbortController();
  const listeners = [countListeners(signal), countListeners(stopSignal)];
  const fetch: typeof globalThis.fetch = () => Promise.resolve(new Response());
  const options = { credential: "token", signal, stopSignal, fetch, batchSize: 1 };
  for (let run = 0; run < 3; run++) {
    for await (const { outcome } of removeProfilePhotos(["me", "me", "me"], options)) {
      assertEquals(outcome, "removed");
    }
  }
  assertEquals(listeners.map((count) => count()), [0, 0]);
});

const MAIN = new URL("../../mod.ts", import.meta.url);

Deno.test(
  "a process ends at once after its requests, not at their deadline",
  { permissions: { run: true } },
  async () => {
    const code = `
    import { removeProfilePhotos } from "${MAIN}";
    const { signal } = new AbortController();
    const options = { credential: "token", signal, timeout: 60_000, fetch: () => Promise.resolve(new Response()) };
    for await (const { outcome } of removeProfilePhotos(["me", "me"], { ...options, batchSize: 1 })) console.log(outcome);
  `;
    const start = performance.now();
    const args = ["eval", "--no-lock", code];
    const { code: exit, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" })
      .output();
    assertEquals([exit, new TextDecoder().decode(stdout)], [0, "removed\nremoved\n"]);
    assert(performance.now() - start < 30_000, "it waited for the deadline");
  },
);
