import { clientSecretCredential } from "../../lib/auth/client_credentials.ts";
import { CredentialError, GraphError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { ALEX, connected, emulatorTest } from "../support/emulated.ts";
import { serve } from "../support/server.ts";

emulatorTest(
  "removeProfilePhoto() refuses a redirect of Graph, and sends its target nothing",
  async (tenant) => {
    await using elsewhere = serve(() => new Response());
    const options = await connected(tenant);
    for (const whatIf of [false, true]) {
      const before = tenant.counts.graph;
      tenant.fault({ kind: "redirect", status: 307, location: `${elsewhere.url}/v1.0/me/photo/$value` });
      const error = await assertRejects(() => removeProfilePhoto(ALEX, { ...options, whatIf }), GraphError);
      assertEquals([error.code, error.status, error.attempts], ["RedirectRefused", 307, 1]);
      assertStringIncludes(error.hint!, "not followed");
      assertEquals(tenant.counts.graph - before, 1);
    }
    assertEquals(elsewhere.received.length, 0);
    assert(tenant.directory.hasPhoto(ALEX.user));
  },
);

emulatorTest(
  "removeProfilePhoto() refuses a redirect of the sign-in, and sends its target nothing",
  async (tenant) => {
    await using elsewhere = serve(() => Response.json({ access_token: "T", expires_in: 3599 }));
    const { tenantId, clientId, clientSecret, cloud } = tenant;
    tenant.fault({ kind: "redirect", on: "token", status: 307, location: elsewhere.url });
    const credential = clientSecretCredential({ tenantId, clientId, clientSecret });
    const error = await assertRejects(() => removeProfilePhoto(ALEX, { credential, cloud }), CredentialError);
    assertEquals(error.code, "SignInFailed");
    assertStringIncludes(error.message, "307, a redirect");
    assertStringIncludes(error.hint!, "not followed");
    assertEquals(elsewhere.received.length, 0);
    assertEquals([tenant.counts.graph, tenant.counts.token], [0, 1]);
  },
);

emulatorTest(
  "removeProfilePhoto() sends a token to the Graph host, a secret to the authority alone",
  async (tenant) => {
    await using authority = serve(async () =>
      Response.json({ access_token: await tenant.issueToken(), expires_in: 3599 })
    );
    const cloud = { graph: tenant.url, authority: authority.url };
    const clientSecret = "secret-for-the-authority-alone";
    const credential = clientSecretCredential({ tenantId: "t", clientId: "c", clientSecret });
    assertEquals((await removeProfilePhoto(ALEX, { credential, cloud })).outcome, "removed");
    const atGraph = JSON.stringify(tenant.requests);
    assert(atGraph.includes("Bearer ") && !atGraph.includes(clientSecret));
    assertEquals(authority.received.length, 1);
    const [signIn] = authority.received;
    assertStringIncludes(signIn!.body, `client_secret=${clientSecret}`);
    assertEquals(signIn!.headers.get("authorization"), null);
  },
);
