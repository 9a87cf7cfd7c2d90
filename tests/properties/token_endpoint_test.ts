import type { AccessToken } from "../../lib/auth/token_credential.ts";
import { requestToken } from "../../lib/auth/request_token.ts";
import { CredentialError } from "../../lib/errors.ts";
import { parseRetryAfter } from "../../lib/http/retry_after.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { assertHides } from "../support/secrecy.ts";
import { serve } from "../support/server.ts";
import { LOOPBACK } from "../support/test.ts";
import { anyText, damaged, jsonText } from "./hostile.ts";
import { property } from "./property.ts";

const SECRET = "canary~4711/secret+=";

const TOKEN_JSON = jsonText(
  ["access_token", "expires_in", "error", "error_description", "error_codes", "correlation_id"],
  ['"a.b.c"', "3599", '"3599"', '"AADSTS90033: try later"', "[7000215]", JSON.stringify(SECRET)],
);
const TOKEN_ANSWER = fc.tuple(TOKEN_JSON, TOKEN_JSON).map(([token, seconds]) =>
  `{"token_type":"Bearer","access_token":${token},"expires_in":${seconds}}`
);
const ERROR_ANSWER = fc.tuple(TOKEN_JSON, fc.oneof(TOKEN_JSON, fc.constant(`"Wrong: ${SECRET}"`))).map(
  ([error, description]) => `{"error":${error},"error_description":${description}}`,
);

const ANSWER = fc.record({
  status: fc.oneof(
    { weight: 3, arbitrary: fc.constant(200) },
    { weight: 3, arbitrary: fc.constantFrom(400, 401, 429, 500, 503, 302, 204) },
    { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }) },
  ),
  retryAfter: fc.constantFrom(null, "0", "1", "60", "61", "99999999999999999999", "soon", SECRET),
  body: fc.oneof(
    TOKEN_ANSWER,
    ERROR_ANSWER,
    TOKEN_JSON,
    damaged(TOKEN_ANSWER),
    fc.constantFrom("", "<html>", SECRET, encodeURIComponent(SECRET)),
    anyText(),
  ),
});
type Answer = typeof ANSWER extends fc.Arbitrary<infer T> ? T : never;

/** What the server answers next, again and again, and how often it was asked. */
let answers: Answer[] = [];
let asked = 0;
let root = "";

property(
  "requestToken() gives a token that can be sent, or throws a CredentialError without the secret, in four requests",
  fc.tuple(fc.array(ANSWER, { minLength: 1, maxLength: 4 }), jsonText(["access_token", "nbf"])),
  async ([given, claims]) => {
    answers = given;
    asked = 0;
    const clock = fakeClock();
    const before = clock.now();
    const request = {
      tokenUrl: `${root}/contoso.com/oauth2/v2.0/token`,
      clientId: "app",
      scope: "x/.default",
      claims: /^\s*\{/.test(claims) ? claims : undefined,
      proof: { client_secret: SECRET },
    };
    const outcome = await requestToken(request, { fetch, clock }).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      assert(
        outcome instanceof CredentialError && outcome.message.startsWith("Cannot sign in as app app at "),
      );
      assertHides(outcome, [SECRET], "the error");
    } else {
      const { token, expiresOnTimestamp } = outcome as AccessToken;
      assert(
        /^[\x21-\x7e]+$/.test(token) && expiresOnTimestamp >= before,
        `${token} until ${expiresOnTimestamp}`,
      );
      assertEquals(answers[(asked - 1) % answers.length]!.status, 200);
    }
    assert(asked >= 1 && asked <= 4, `${asked} requests`);
    const waits = answers.slice(0, asked - 1).map(({ retryAfter }) =>
      parseRetryAfter(retryAfter, before) ?? 0
    );
    assert(clock.sleeps.every((ms, at) => ms >= (waits[at] ?? 0) && ms <= 60_000), clock.sleeps.join());
  },
  {
    permissions: LOOPBACK,
    async around(run) {
      await using server = serve(() => {
        const { status, retryAfter, body } = answers[asked++ % answers.length]!;
        const isEmpty = [204, 205, 304].includes(status);
        const headers = new Headers(retryAfter === null ? {} : { "retry-after": retryAfter });
        return new Response(isEmpty ? null : body.toWellFormed(), { status, headers });
      });
      root = server.url;
      await run();
    },
  },
);
