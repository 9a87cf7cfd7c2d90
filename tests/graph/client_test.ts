import type { AccessToken, GetTokenOptions, TokenCredential } from "../../lib/auth/token_credential.ts";
import { clientSecretCredential } from "../../lib/auth/client_credentials.ts";
import { CredentialError } from "../../lib/errors.ts";
import { type RemoveOptions, removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { checkAccess } from "../../lib/check_access.ts";
import { createGraphClient, getToken, replaceToken } from "../../lib/graph/client.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { emulatorTest } from "../support/emulated.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { lookedAtLater, promptRejection, rejection, settledNow } from "../support/promises.ts";
import { serve } from "../support/server.ts";
import { LOOPBACK_ONLY, NONE } from "../support/test.ts";

type Refused = readonly [options: unknown, type: typeof TypeError | typeof RangeError, said: string];

const refused = (values: unknown[], option: (value: unknown) => unknown, type: Refused[1], said: string) =>
  values.map((value): Refused => [option(value), type, said]);

const NOT_NUMBERS = [NaN, -Infinity, -1, "4", null, true, [4], {}, 4n];
const TIMEOUTS = [...NOT_NUMBERS, 0, 0.5, Infinity, 2 ** 31];
const COUNTS = [...NOT_NUMBERS, 0, 1.5, Infinity];
const NO_CREDENTIALS = [null, 5, true, {}, [], { getToken: "x" }, () => "x"];
const NO_CLOUDS = [{}, [], 5, { graph: "https://graph.example", authority: "http://login.example" }];

const REFUSED: readonly Refused[] = [
  ...refused(TIMEOUTS, (timeout) => ({ timeout }), RangeError, "the timeout"),
  ...refused(COUNTS, (maxAttempts) => ({ retry: { maxAttempts } }), RangeError, "retry.maxAttempts"),
  ...refused(NOT_NUMBERS, (baseDelay) => ({ retry: { baseDelay } }), RangeError, "retry.baseDelay"),
  ...refused(NOT_NUMBERS, (maxDelay) => ({ retry: { maxDelay } }), RangeError, "retry.maxDelay"),
  ...refused(["Global", "constructor", "__proto__", ""], (cloud) => ({ cloud }), RangeError, "the cloud"),
  ...refused(NO_CLOUDS, (cloud) => ({ cloud }), TypeError, "Cannot use the"),
  ...refused(NO_CREDENTIALS, (credential) => ({ credential }), TypeError, "the credential"),
  ...refused([3], (maxAttempt) => ({ retry: { maxAttempt } }), TypeError, 'did you mean "maxAttempts"'),
  ...refused([null, "fetch", {}], (fetch) => ({ fetch }), TypeError, "the fetch option"),
];

Deno.test(emulatorTest("removeProfilePhoto() names a wrong option and sends nothing", async (tenant) => {
  const credential = await tenant.issueToken();
  for (const [options, type, said] of REFUSED) {
    const given = { credential, cloud: tenant.cloud, ...options as RemoveOptions };
    await assertRejects(() => removeProfilePhoto({ user: "alex@contoso.com" }, given), type, said);
  }
  assertEquals([...tenant.requests], []);
}));

Deno.test(
  "createGraphClient() has the documented defaults and takes what is given in their place",
  NONE,
  () => {
    const session = createGraphClient({ credential: "token" });
    assertEquals(session.cloud, {
      graph: "https://graph.microsoft.com",
      authority: "https://login.microsoftonline.com",
    });
    assertEquals(session.timeout, 30_000);
    assertEquals(session.retry, { maxAttempts: 5, baseDelay: 1000, maxDelay: 180_000 });
    const own: RemoveOptions = {
      timeout: 1,
      retry: { maxAttempts: 1, baseDelay: 0, maxDelay: 0 },
      cloud: "usgov",
    };
    const { timeout, retry, cloud } = createGraphClient({ credential: "token", ...own });
    assertEquals([timeout, retry, cloud.graph], [1, own.retry as typeof retry, "https://graph.microsoft.us"]);
    assertEquals(createGraphClient({ credential: "t", timeout: 2 ** 31 - 1 }).timeout, 2 ** 31 - 1);
  },
);

const CLOUD = { graph: "https://graph.example", authority: "https://login.example" };
const answer = (value: unknown): TokenCredential => ({
  getToken: () => Promise.resolve(value as AccessToken),
});
const tokenOf = (credential: TokenCredential, signal?: AbortSignal) =>
  getToken(createGraphClient({ credential, cloud: CLOUD, signal }));

Deno.test("getToken() passes scope, authority, signal and enableCae to a credential", NONE, async () => {
  const asked: [string | string[], GetTokenOptions | undefined][] = [];
  const { signal } = new AbortController();
  const credential: TokenCredential = {
    getToken: (scopes, options) => {
      const { onRequest: _, ...others } = options!;
      asked.push([scopes, { ...others, abortSignal: others.abortSignal && signal }]);
      return Promise.resolve({ token: "T", expiresOnTimestamp: 1 });
    },
  };
  const session = createGraphClient({ credential, cloud: CLOUD, signal });
  assertEquals([await getToken(session), await replaceToken(session, "S", "{}")], ["T", "T"]);
  const always = { abortSignal: signal, authority: CLOUD.authority, enableCae: true };
  assertEquals(asked, [
    ["https://graph.example/.default", always],
    ["https://graph.example/.default", { ...always, claims: "{}", refusedToken: "S" }],
  ]);
});

Deno.test("replaceToken() asks once for all, also when there is none to be had", NONE, async () => {
  let asked = 0;
  const refused = new CredentialError("SignInFailed", "Entra asks to wait 300 s");
  const credential: TokenCredential = {
    getToken: (_, options) => {
      if (!options?.refusedToken) return Promise.resolve({ token: "T", expiresOnTimestamp: Infinity });
      asked++;
      return Promise.reject(refused);
    },
  };
  const session = createGraphClient({ credential, cloud: CLOUD });
  const token = await getToken(session);
  assertEquals(await rejection(replaceToken(session, token)), refused);
  assertEquals(await rejection(replaceToken(session, token)), refused, "one whose refusal came later");
  assertEquals(await rejection(getToken(session)), refused, "one that had to wait");
  assertEquals(asked, 1);
});

/** What is no token, or would not stay in its header. */
const GARBAGE = [undefined, null, 5, {}, "", " ", "a b", "a\nb", "T\r\nx-evil: 1", "tökén", "\0", "T\x7f"];

Deno.test("getToken() throws a CredentialError when a credential returns no usable token", NONE, async () => {
  const answers = GARBAGE.map((token) => ({ token, expiresOnTimestamp: 1 }));
  for (const value of [undefined, null, "T", 5, {}, ...answers]) {
    const error = await assertRejects(() => tokenOf(answer(value)), CredentialError);
    assertEquals(error.code, "SignInFailed");
    assertEquals(error.message, "Cannot get a token as the credential returned none");
  }
});

const NO_LUCK = [new Error("no luck"), new DOMException("no luck", "AbortError"), "no luck", null, undefined];

Deno.test("getToken() wraps whatever a credential throws and keeps it as the cause", NONE, async () => {
  for (const cause of NO_LUCK) {
    const rejecting = { getToken: () => Promise.reject(cause) };
    const throwing: TokenCredential = {
      getToken: () => {
        throw cause; // before it returns a promise
      },
    };
    for (const credential of [rejecting, throwing]) {
      const error = await assertRejects(() => tokenOf(credential), CredentialError);
      assertEquals([error.code, error.cause], ["SignInFailed", cause]);
      if (cause) assertStringIncludes(error.message, "no luck");
    }
  }
});

Deno.test("getToken() finds Entra's answer in what a credential throws", NONE, async () => {
  const said = "invalid_client: AADSTS7000222: The keys are expired. AADSTS7000222 Trace ID: 1";
  const cases = [
    [said, "SignInRefused", [7000222]],
    ["AADSTS90033: Try again", "SignInFailed", [90033]],
  ] as const;
  for (const [message, code, aadsts] of cases) {
    const refusing = { getToken: () => Promise.reject(new Error(message)) };
    const error = await assertRejects(() => tokenOf(refusing), CredentialError, message);
    assertEquals([error.code, [...error.aadstsCodes]], [code, [...aadsts]]);
    assertEquals(error.hint?.includes("expired"), code === "SignInRefused");
  }
});

Deno.test("getToken() takes a token from a credential that returns no promise", NONE, async () => {
  const direct = { getToken: () => ({ token: "T", expiresOnTimestamp: 1 }) } as unknown as TokenCredential;
  assertEquals(await tokenOf(direct), "T");
});

Deno.test("getToken() passes on a CredentialError as it is", NONE, async () => {
  const own = new CredentialError("CredentialInvalid", "the file is gone");
  assertEquals(await rejection(tokenOf({ getToken: () => Promise.reject(own) })), own);
});

const SLOW: Readonly<Record<string, TokenCredential>> = {
  "throws something else": {
    getToken: (_, options) => new Promise((_, reject) => options!.abortSignal!.onabort = () => reject("own")),
  },
  "takes no notice": { getToken: () => new Promise(() => {}) },
};

for (const [kind, credential] of Object.entries(SLOW)) {
  Deno.test(`getToken() rejects with the signal's reason when the credential ${kind}`, NONE, async () => {
    for (const reason of [new Error("enough"), "enough", null, 0]) {
      const controller = new AbortController();
      const token = tokenOf(credential, controller.signal);
      controller.abort(reason);
      assertEquals(await settledNow(token), reason);
    }
  });
}

Deno.test("getToken() requests a replacement again a minute before it expires", NONE, async () => {
  const clock = fakeClock();
  let count = 0;
  const credential: TokenCredential = {
    getToken: () => Promise.resolve({ token: `token${++count}`, expiresOnTimestamp: clock.now() + 300_000 }),
  };
  const client = createGraphClient({ credential, cloud: CLOUD }, clock);
  assertEquals([await getToken(client), await replaceToken(client, "token1")], ["token1", "token2"]);
  clock.advance(239_999);
  assertEquals(await getToken(client), "token2");
  clock.advance(1);
  assertEquals(await getToken(client), "token3");
});

Deno.test(emulatorTest(
  "the connection to Graph opens while an app signs in, by a request without a token",
  async (tenant) => {
    const { tenantId, clientId, clientSecret, cloud } = tenant;
    const app = () => clientSecretCredential({ tenantId, clientId, clientSecret });
    const openings = async (options: RemoveOptions) => {
      const first = tenant.requests.length;
      await removeProfilePhoto({ user: "alex@contoso.com" }, { cloud, ...options });
      const opening = tenant.requests.slice(first).filter(({ method }) => method === "HEAD");
      return opening.map(({ url, headers }) => [url, headers.authorization]);
    };
    const signedIn = app();
    assertEquals(await openings({ credential: signedIn }), [["/v1.0", undefined]]);
    assertEquals(await openings({ credential: signedIn }), [], "it has a token already");
    assertEquals(await openings({ credential: await tenant.issueToken() }), [], "a ready-made token");
    assertEquals(
      await openings({ credential: app(), fetch: (url, init) => fetch(url, init) }),
      [],
      "own fetch",
    );
    const { length } = tenant.requests;
    await checkAccess({ credential: app(), cloud });
    assertEquals(tenant.requests.slice(length).map(({ method }) => method), ["POST"], "a check");
  },
));

Deno.test(
  "a connection to Graph that does not open outlives neither a failed sign-in nor the first response",
  LOOPBACK_ONLY,
  async () => {
    for (const status of [400, 200]) {
      const { promise: ended, reject: end } = Promise.withResolvers<void>();
      lookedAtLater(ended);
      await using graph = serve(({ method }, { signal }) => {
        if (method !== "HEAD") return new Response(null, { status: 204 });
        signal.addEventListener("abort", () => end("ended"));
        return new Promise(() => {});
      });
      await using authority = serve(() =>
        Response.json({ access_token: "T", expires_in: 3599, error: "invalid_request" }, { status })
      );
      const credential = clientSecretCredential({
        tenantId: "t",
        clientId: "c",
        clientSecret: "s3cr3t-of-the-app",
      });
      const cloud = { graph: graph.url, authority: authority.url };
      const removal = removeProfilePhoto({ user: "alex@contoso.com" }, { credential, cloud });
      if (status === 200) assertEquals((await removal).outcome, "removed");
      else await assertRejects(() => removal, CredentialError);
      assertEquals(await promptRejection(ended), "ended");
    }
  },
);
