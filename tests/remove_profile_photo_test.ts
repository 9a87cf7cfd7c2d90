import type { Emulator } from "../lib/emulator/mod.ts";
import { CredentialError, GraphError } from "../lib/errors.ts";
import { removeProfilePhoto } from "../lib/remove_profile_photo.ts";
import type { Target } from "../lib/target.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "./deps/assert.ts";
import { ALEX, connected, emulatorTest, requestLines } from "./support/emulated.ts";

const ALEX_ID = "0a000000-0000-4000-8000-000000000002";
const MARKETING = { group: "0c000000-0000-4000-8000-000000000001" };
const OPERATIONS = { group: "0c000000-0000-4000-8000-000000000003" };
const [MIRIAM, DESK] = ["miriam.o'neil@contoso.com", "$servicedesk@contoso.com"] as const;
const GUEST = "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com";

/** Each kind of target with its key in the directory and its path as the server must get it. */
const TARGETS: readonly [Target, key: string, path: string][] = [
  ["me", "adele@contoso.com", "/v1.0/me/photo"],
  [{ user: ALEX_ID }, ALEX_ID, `/v1.0/users/${ALEX_ID}/photo`],
  [{ user: "diego@contoso.com" }, "diego@contoso.com", "/v1.0/users/diego@contoso.com/photo"],
  [{ user: "Grady@Contoso.com" }, "grady@contoso.com", "/v1.0/users/Grady@Contoso.com/photo"],
  [{ user: GUEST }, GUEST, "/v1.0/users/pradeep_fabrikam.com%23EXT%23@contoso.onmicrosoft.com/photo"],
  [{ user: MIRIAM }, MIRIAM, `/v1.0/users/${MIRIAM}/photo`],
  [{ user: DESK }, DESK, `/v1.0/users('${DESK}')/photo`],
  [MARKETING, MARKETING.group, `/v1.0/groups/${MARKETING.group}/photo`],
];

/** A token of an administrator, which is good for /me too. */
const adminToken = (tenant: Emulator) => tenant.issueToken({ user: "adele@contoso.com" });

Deno.test(emulatorTest("removeProfilePhoto() sends one DELETE without a body", async (tenant) => {
  const credential = await adminToken(tenant);
  for (const [target, key, path] of TARGETS) {
    assert(tenant.directory.hasPhoto(key), key);
    const result = await removeProfilePhoto(target, { credential, cloud: tenant.cloud });
    assertEquals([result.outcome, result.target], ["removed", target]);
    const request = tenant.requests.at(-1)!;
    assertEquals([request.method, request.url, request.bodyLength], ["DELETE", `${path}/$value`, 0]);
    assertEquals(request.headers.authorization, `Bearer ${credential}`);
    assert(!tenant.directory.hasPhoto(key), key);
  }
  assertEquals(tenant.counts.graph, TARGETS.length);
}));

Deno.test(
  emulatorTest("removeProfilePhoto() with whatIf sends one GET and keeps the photo", async (tenant) => {
    const options = { credential: await adminToken(tenant), cloud: tenant.cloud, whatIf: true };
    for (const [target, key] of TARGETS) {
      const { outcome, status, attempts } = await removeProfilePhoto(target, options);
      assertEquals([outcome, status, attempts], ["planned", 200, 1]);
      assert(tenant.directory.hasPhoto(key), key);
    }
    assertEquals((await removeProfilePhoto(OPERATIONS, options)).outcome, "absent");
    const lines = [
      ...TARGETS.map(([, , path]) => `GET ${path}`),
      `GET /v1.0/groups/${OPERATIONS.group}/photo`,
      `GET /v1.0/groups/${OPERATIONS.group}?$select=id`,
    ];
    assertEquals(requestLines(tenant), lines);
  }),
);

for (const deleteStatus of [200, 204] as const) {
  const name = `removeProfilePhoto() reports what became of it, where success is ${deleteStatus}`;
  Deno.test(emulatorTest(name, async (tenant) => {
    const { durationMs, requestId, ...rest } = await removeProfilePhoto(ALEX, await connected(tenant));
    assertEquals<unknown>(rest, {
      ...{ target: ALEX, outcome: "removed", status: deleteStatus, attempts: 1 },
      ...{ code: null, message: null, hint: null, error: null, graphCode: null },
      ...{ backup: null, verified: null, verifyError: null, clientRequestId: null },
      ...{ presumed: false, replaces: false, existence: null },
    });
    assertMatch(requestId!, /^[0-9a-f-]{36}$/);
    assert(durationMs >= 0);

    const again = await removeProfilePhoto(ALEX, await connected(tenant));
    assertEquals([again.outcome, again.status, again.graphCode], ["absent", 404, "ImageNotFound"]);
    assertEquals([again.code, again.message, again.hint], [null, null, null]);
  }, { deleteStatus }));
}

Deno.test(
  emulatorTest("removeProfilePhoto() throws for a user or group that does not exist", async (tenant) => {
    const options = await connected(tenant);
    const missing = [{ user: "nobody@contoso.com" }, { user: crypto.randomUUID() }, {
      group: crypto.randomUUID(),
    }];
    for (const target of missing) {
      for (const whatIf of [false, true]) {
        const error = await assertRejects(
          () => removeProfilePhoto(target, { ...options, whatIf }),
          GraphError,
        );
        assertEquals(
          [error.code, error.status, error.graphCode],
          ["TargetNotFound", 404, "Request_ResourceNotFound"],
        );
        assertStringIncludes(error.message, `${Object.keys(target)[0]} ${Object.values(target)[0]}`);
        assertStringIncludes(error.hint!, "spelling");
      }
    }
    assertEquals(tenant.counts.graph, 2 * missing.length);
  }),
);

Deno.test(emulatorTest("removeProfilePhoto() explains a refusal by what the token holds", async (tenant) => {
  const rows = [
    [{ user: "alex@contoso.com", scopes: ["User.ReadWrite"] }, "has User.ReadWrite; grant"],
    [{ user: "alex@contoso.com" }, "signed-in user must be a Global, User or People Administrator"],
    [{ roles: ["User.Read.All"] }, "application permission ProfilePhoto.ReadWrite.All"],
    [{ roles: [] }, "no application permissions"],
    [{ personal: true }, "personal Microsoft account"],
  ] as const;
  for (const [asked, said] of rows) {
    const options = { cloud: tenant.cloud, credential: await tenant.issueToken(asked) };
    const error = await assertRejects(
      () => removeProfilePhoto({ user: "diego@contoso.com" }, options),
      GraphError,
    );
    assertEquals([error.code, error.status, error.graphCode], ["AccessDenied", 403, "ErrorAccessDenied"]);
    assertStringIncludes(error.hint!, said);
  }
}));

Deno.test(
  emulatorTest("removeProfilePhoto() of me throws with an app's token, sending nothing", async (tenant) => {
    for (const whatIf of [false, true]) {
      const options = { ...await connected(tenant), whatIf };
      const error = await assertRejects(() => removeProfilePhoto("me", options), CredentialError);
      assertEquals(error.code, "DelegatedTokenRequired");
      assertStringIncludes(error.hint!, "delegated token");
    }
    assertEquals([...tenant.requests], []);
  }),
);

Deno.test(emulatorTest("removeProfilePhoto() throws a TypeError for an invalid target", async (tenant) => {
  const credential = { getToken: () => Promise.reject("not to be asked") };
  for (const target of [{ user: "a/b" }, { group: "marketing" }, { contact: "a" }, undefined]) {
    const removal = () => removeProfilePhoto(target as Target, { credential, cloud: tenant.cloud });
    await assertRejects(removal, TypeError);
  }
  assertEquals([...tenant.requests], []);
}));
