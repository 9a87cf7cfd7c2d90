/**
 * What only a real tenant can tell: each open fact about Microsoft Graph is asked for, and printed as a line for the
 * list of facts; and the product must take the answer for what it is. Left out unless the environment names targets:
 *
 * - `LIVE_TEST_USER`: id or userPrincipalName of a throw-away user. The photo is removed and put back several times.
 * - `LIVE_TEST_GROUP`: id of a throw-away group, likewise.
 * - `LIVE_TEST_ME=1`: the signed-in user likewise, where `GRAPH_ACCESS_TOKEN` is a user's.
 * - `LIVE_TEST_BLOCKED_USER`: a user whose photo the tenant's photo update settings do not allow to be changed.
 *
 * Credentials and cloud: `GRAPH_ACCESS_TOKEN` or the `AZURE_` variables, `GRAPH_ENDPOINT`, `AZURE_AUTHORITY_HOST`, as
 * the command has them. The application permission `ProfilePhoto.ReadWrite.All` is enough. Run: `deno task live`.
 *
 * @module
 */
import { checkAccess, GraphError, removeProfilePhoto, removeProfilePhotos, type Target } from "../../mod.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { test } from "../support/test.ts";
import {
  ask,
  askInBatch,
  askUntil,
  connection,
  inWords,
  isDone,
  LIVE,
  LIVE_TARGETS,
  note,
  valuePath,
  withPhoto,
} from "./tenant.ts";

const whose = (target: Target) => target === "me" ? "me" : "user" in target ? "a user" : "a group";

const ALL: Deno.PermissionOptions = { env: true, net: true, read: true, write: true };

function liveTest(name: string, targets: readonly Target[], run: (target: Target) => Promise<void>): void {
  test(`live: ${name}`, ALL, async () => {
    for (const target of targets) await run(target);
  }, { ignore: targets.length === 0 });
}

/** How the product takes a removal that fails. */
async function codeOf(target: Target): Promise<string> {
  try {
    return (await removeProfilePhoto(target, connection())).outcome;
  } catch (error) {
    if (error instanceof GraphError) return error.code;
    throw error;
  }
}

liveTest("DELETE of a photo, and where there is none", LIVE_TARGETS, async (target) => {
  await withPhoto(target, async () => {
    const path = valuePath(target);
    const first = await ask("DELETE", path);
    note(`Photo DELETE of ${whose(target)}: ${inWords(first)}`);
    assert(isDone(first), "a photo can be removed");
    const second = await askUntil((said) => !isDone(said), () => ask("DELETE", path));
    note(`No photo, on DELETE of ${whose(target)}: ${inWords(second)}`);
    assertEquals(await codeOf(target), "absent");
  });
});

liveTest("DELETE of a photo in a batch", LIVE_TARGETS, async (target) => {
  await withPhoto(target, async () => {
    const what = `DELETE of ${whose(target)} inside a batch`;
    const first = await askInBatch(valuePath(target));
    note(`Photo ${what}: item ${inWords(first)}`);
    if (isDone(first)) note(`No photo, on ${what}: item ${inWords(await askInBatch(valuePath(target)))}`);
  });
  await withPhoto(target, async () => {
    const both = [target, { user: crypto.randomUUID() }]; // one alone is not sent in a batch
    const results = await Array.fromAsync(removeProfilePhotos(both, connection()));
    assertEquals(results.map(({ outcome }) => outcome).toSorted(), ["failed", "removed"]);
  });
});

const users = LIVE.user ? [{ user: LIVE.user }] : [];

liveTest("DELETE of a photo by the quoted form users('…')", users, async (target) => {
  await withPhoto(target, async () => {
    const key = encodeURIComponent(LIVE.user!.replaceAll("'", "''")).replaceAll("%40", "@");
    const quoted = await ask("DELETE", `/users('${key}')/photo/$value`);
    note(`Photo DELETE through \`users('…')\`: ${inWords(quoted)}`);
    assertEquals(await codeOf(target), isDone(quoted) ? "absent" : "removed");
  });
});

liveTest("DELETE where there is no such user or group", users, async () => {
  const domain = LIVE.user!.split("@")[1] ?? "contoso.com";
  const nobodies: readonly (readonly [string, Target])[] = [
    ["user by object id", { user: crypto.randomUUID() }],
    ["user by userPrincipalName", { user: `nobody-${crypto.randomUUID()}@${domain}` }],
    ["user by a userPrincipalName of no domain", { user: `nobody-${crypto.randomUUID()}` }],
    ["group", { group: crypto.randomUUID() }],
  ];
  const taken: string[] = [];
  for (const [what, target] of nobodies) {
    note(`No such ${what}, on photo DELETE: ${inWords(await ask("DELETE", valuePath(target)))}`);
    taken.push(`${what}: ${await codeOf(target)}`);
  }
  assertEquals(taken, nobodies.map(([what]) => `${what}: TargetNotFound`));
});

liveTest("/me with an app's own token", users, async () => {
  const { claims } = await checkAccess(connection());
  if (claims?.kind !== "application") return console.log("# not asked, as a user is signed in");
  const said = await ask("DELETE", valuePath("me"));
  note(`Photo DELETE of /me with an app's own token: ${inWords(said)}`);
  assertEquals(isDone(said), false);
});

const blocked = LIVE.blockedUser ? [{ user: LIVE.blockedUser }] : [];

liveTest("DELETE that the photo update settings do not allow", blocked, async (target) => {
  const before = await ask("GET", valuePath(target));
  const said = await ask("DELETE", valuePath(target));
  note(`Photo DELETE that the tenant's \`photoUpdateSettings\` do not allow: ${inWords(said)}`);
  if (isDone(said) && isDone(before)) await ask("PUT", valuePath(target), before.body, before.contentType);
  assertEquals(isDone(said), false, "the settings do not allow it");
  assertEquals(await codeOf(target), "AccessDenied");
});
