import { type Emulator, sampleDirectory, startEmulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { bySecret, byToken } from "../support/command.ts";
import { environment } from "../support/run_cli.ts";

const ALEX = "alex@contoso.com";
const LEE = "lee@contoso.com"; // who has no photo
const GROUP = "0c000000-0000-4000-8000-000000000001";
const ALL: Deno.PermissionOptions = { run: true, net: ["127.0.0.1"], env: true, read: true };
const ROOT = new URL("../../", import.meta.url);

/** Runs the live tests in a process of their own, as `deno task live` does; gives the facts that they print. */
async function runLive(env: Record<string, string>) {
  const permissions = ["--allow-env", "--allow-net", "--allow-read", "--allow-write"];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--lock=tests/deno.lock", ...permissions, "tests/live/live_test.ts"],
    cwd: ROOT,
    clearEnv: true,
    env: { ...environment(env), NO_COLOR: "1" },
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const facts = text.split("\n").filter((line) => line.startsWith("- [seen] "))
    .map((line) => line.replace(/^- \[seen\] | \(127\.0\.0\.1:\d+, \d{4}-\d\d-\d\d\)$/g, ""));
  return { code, text, facts };
}

const photosOf = ({ directory }: Emulator, ids: readonly string[]) =>
  ids.map((id) => directory.photo(id)?.bytes.toHex());

Deno.test(
  "the live tests are left out where the environment names no target",
  { permissions: ALL },
  async () => {
    const { code, text, facts } = await runLive({});
    assertEquals([code, facts], [0, []]);
    assertMatch(text, /ok \| 0 passed \| 0 failed \| [1-9]\d* ignored/);
  },
);

Deno.test(
  "the live tests settle each fact for an app, and put back what they took",
  { permissions: ALL },
  async () => {
    await using tenant = await startEmulator({ deleteStatus: 204 });
    const ids = [ALEX, GROUP, "diego@contoso.com"];
    const before = photosOf(tenant, ids);
    const match = { method: "DELETE", path: "diego" };
    tenant.fault({ kind: "status", status: 403, code: "ErrorAccessDenied", match, rate: 1 });
    const { code, text, facts } = await runLive({
      ...bySecret(tenant),
      LIVE_TEST_USER: ALEX,
      LIVE_TEST_GROUP: GROUP,
      LIVE_TEST_BLOCKED_USER: "diego@contoso.com",
    });
    assertEquals(code, 0, text);
    assertEquals(facts, [
      "Photo DELETE of a user: 204",
      "No photo, on DELETE of a user: 404 `ImageNotFound`",
      "Photo DELETE of a group: 204",
      "No photo, on DELETE of a group: 404 `ImageNotFound`",
      "Photo DELETE of a user inside a batch: item 204",
      "No photo, on DELETE of a user inside a batch: item 404 `ImageNotFound`",
      "Photo DELETE of a group inside a batch: item 204",
      "No photo, on DELETE of a group inside a batch: item 404 `ImageNotFound`",
      "Photo DELETE through `users('…')`: 204",
      "No such user by object id, on photo DELETE: 404 `Request_ResourceNotFound`",
      "No such user by userPrincipalName, on photo DELETE: 404 `Request_ResourceNotFound`",
      "No such user by a userPrincipalName of another domain, on photo DELETE: 404 `Request_ResourceNotFound`",
      "No such group, on photo DELETE: 404 `Request_ResourceNotFound`",
      "Photo DELETE of /me with an app's own token: 400 `BadRequest`",
      "Photo DELETE that the tenant's `photoUpdateSettings` do not allow: 403 `ErrorAccessDenied`",
    ]);
    assertEquals(photosOf(tenant, ids), before);
  },
);

Deno.test("the live tests leave no photo where there was none, and know the signed-in user", {
  permissions: ALL,
}, async () => {
  await using tenant = await startEmulator({ allowBatchDelete: false });
  const me = tenant.directory.signedInUser.userPrincipalName;
  const before = photosOf(tenant, [me, LEE]);
  const env = byToken(tenant, await tenant.issueToken({ user: me }));
  const { code, text, facts } = await runLive({ ...env, LIVE_TEST_USER: LEE, LIVE_TEST_ME: "1" });
  assertEquals([code, photosOf(tenant, [me, LEE])], [0, before], text);
  const said = new Set(facts);
  assert(said.has("Photo DELETE of me: 200"), text);
  assert(said.has("Photo DELETE of a user inside a batch: item 405 `MethodNotAllowed`"), text);
  assertMatch(text, /# not asked, as a user is signed in/);
});

Deno.test("the live tests restore the photo even if they fail", { permissions: ALL }, async () => {
  await using tenant = await startEmulator({ directory: sampleDirectory() });
  const before = photosOf(tenant, [ALEX]);
  const match = { method: "DELETE", path: "/users/nobody-" };
  const exists = { method: "GET", path: match.path };
  for (const on of ["graph", "item"] as const) {
    tenant.fault({ kind: "status", status: 404, code: "ImageNotFound", match, rate: 1, on });
    tenant.fault({ kind: "body", status: 200, body: '{"id":"0"}', match: exists, rate: 1, on });
  }
  const { code, text, facts } = await runLive({ ...bySecret(tenant), LIVE_TEST_USER: ALEX });
  assertEquals([code, photosOf(tenant, [ALEX])], [1, before], text);
  assert(facts.includes("No such user by userPrincipalName, on photo DELETE: 404 `ImageNotFound`"), text);
});
