import { removeProfilePhotos } from "../../mod.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { assertEquals } from "../deps/assert.ts";
import { LOOPBACK_ONLY } from "../support/test.ts";

/** Users who are called after an answer, and what comes of removing their photo. */
const USERS = {
  "404-ImageNotFound": "absent",
  "404-ImageNotFound+unknown": "TargetNotFound",
  "404-ResourceNotFound": "MailboxNotFound",
  "403-ErrorAccessDenied": "AccessDenied",
  "400-AuthenticationError": "MailboxNotFound",
  "200-1x1": "absent",
  "200-OK": "removed",
};

Deno.test("the emulator answers for a user as the user's name says", LOOPBACK_ONLY, async () => {
  await using tenant = await startEmulator();
  const targets = Object.keys(USERS).map((name) => ({ user: `${name}@answers.contoso.com` }));
  for (const batchSize of [1, 20]) {
    const options = { credential: await tenant.issueToken(), cloud: tenant.cloud, batchSize };
    const found = new Map<string, string>();
    for await (const { target, outcome, code } of removeProfilePhotos(targets, options)) {
      found.set((target as { user: string }).user.split("@")[0]!, code ?? outcome);
    }
    assertEquals(Object.fromEntries([...found].sort()), Object.fromEntries(Object.entries(USERS).sort()));
  }
});

Deno.test(
  "a token without the permission to read users is not told whether one exists",
  LOOPBACK_ONLY,
  async () => {
    await using tenant = await startEmulator();
    const credential = await tenant.issueToken({ roles: ["ProfilePhoto.ReadWrite.All"] });
    const options = { credential, cloud: tenant.cloud };
    const [result] = await Array.fromAsync(removeProfilePhotos([{ user: "lee@contoso.com" }], options));
    assertEquals([result!.outcome, result!.existence], ["absent", null]);
  },
);
