/** What only a single removal does after a failed attempt; tests/matrix has the result of each fault. */
import type { Emulator, Fault } from "../../lib/emulator/mod.ts";
import { GraphError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { ALEX, connected, emulatorTest, removeByClock } from "../support/emulated.ts";
import { fakeClock } from "../support/fake_clock.ts";

const status = (status: number, more: Partial<Fault> = {}) => ({ kind: "status", status, ...more }) as Fault;

async function failure(tenant: Emulator, options = {}) {
  const clock = fakeClock();
  const credentials = await connected(tenant);
  const error = await assertRejects(
    () => removeByClock(ALEX, { ...credentials, ...options }, clock),
    GraphError,
  );
  return { error, sleeps: clock.sleeps };
}

emulatorTest("removeProfilePhoto() throws the error of its last attempt", async (tenant) => {
  const expected = { drop: "ConnectionLost", stall: "TimedOut", status: "ServiceUnavailable" } as const;
  for (const kind of ["drop", "stall", "status"] as const) {
    tenant.fault({ kind, status: 503, times: Infinity } as Fault);
    const { error, sleeps } = await failure(tenant, {
      timeout: kind === "stall" ? 20 : 60_000,
      retry: { maxAttempts: 4, baseDelay: 10, maxDelay: 15 },
    });
    assertEquals([error.code, error.status, error.attempts], [
      expected[kind],
      kind === "status" ? 503 : null,
      4,
    ]);
    assertEquals([...sleeps], [5, 7.5, 7.5]);
    assertEquals([error.cause instanceof Error, error.requestId === null], [
      kind === "drop",
      kind !== "status",
    ]);
    assert(error.hint);
    tenant.clearFaults();
  }
});

emulatorTest(
  "removeProfilePhoto() reports removed after an ambiguous attempt, even if it is throttled later",
  async (tenant) => {
    tenant.fault(status(503, { applied: true }));
    tenant.fault(status(429));
    assertEquals((await removeByClock(ALEX, await connected(tenant))).outcome, "removed");
  },
);

emulatorTest(
  "removeProfilePhoto() with whatIf reports absent for no photo after any failure",
  async (tenant) => {
    const lee = { ...await connected(tenant), whatIf: true };
    for (const fault of [status(503), { kind: "drop" } as const]) {
      tenant.fault(fault);
      assertEquals((await removeByClock({ user: "lee@contoso.com" }, lee)).outcome, "absent");
    }
  },
);

emulatorTest("removeProfilePhoto() waits in real time", async (tenant) => {
  tenant.fault(status(429, { retryAfter: "1" }));
  await removeProfilePhoto(ALEX, await connected(tenant));
  const [first, second] = tenant.requests;
  const waited = second!.receivedAt - first!.answeredAt!;
  assert(waited >= 999, `${waited} ms`); // a timer counts whole ms
});
