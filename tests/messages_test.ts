import { assertionHints } from "../lib/auth/assertion_hints.ts";
import { AADSTS_HINTS, OAUTH_ERROR_HINTS } from "../lib/auth/entra_errors.ts";
import type { TokenClaims } from "../lib/auth/token_claims.ts";
import { USER_HINTS } from "../lib/auth/user_sign_in.ts";
import { HINTS } from "../lib/graph/error_codes.ts";
import { TRUST_HINT } from "../lib/http/connection_error.ts";
import { explainAccess, explainRefusal, explainRefusedToken, type Operation } from "../lib/permissions.ts";
import { assert, assertEquals } from "./deps/assert.ts";
import { LONGEST_LINE, ownWords } from "./support/messages.ts";
import { NONE } from "./support/test.ts";

const OPERATIONS: readonly Operation[] = [
  ...["me", "user", "group", "listUsers", "listUserNames", "listGroups", "readPhotoUpdateSettings"] as const,
];
const CLAIMS: TokenClaims = {
  kind: "delegated",
  personal: false,
  permissions: [
    "Directory.AccessAsUser.All",
    "MailboxSettings.ReadWrite",
    "Calendars.ReadWrite.Shared",
    "openid",
  ],
  tenantId: null,
  clientId: null,
  user: null,
  objectId: null,
  audience: "https://microsoftgraph.chinacloudapi.cn",
  expiresOnTimestamp: Date.parse("2026-01-31T12:00Z"),
};
/** Tokens with few and many permissions, enough and too few. */
const TOKENS: readonly (TokenClaims | null)[] = [
  null,
  ...(["application", "delegated", "unknown"] as const).flatMap((kind) => [
    { ...CLAIMS, kind },
    { ...CLAIMS, kind, permissions: [] },
    {
      ...CLAIMS,
      kind,
      permissions: Array(60).fill("ProfilePhoto.ReadWrite.All"),
      personal: kind === "delegated",
    },
    {
      ...CLAIMS,
      kind,
      permissions: ["Group.ReadWrite.All", "User.ReadWrite.All", "PeopleSettings.ReadWrite.All"],
    },
  ]),
];
const ASSERTION = {
  iss: "https://token.actions.githubusercontent.com",
  sub: "repo:contoso-and-fabrikam/offboarding-of-leavers:environment:production",
  aud: "api://AzureADTokenExchange",
};

/** What to do about each failure, from the tables and functions that say it. */
function hints(): string[] {
  const graph = "https://graph.microsoft.com";
  const payload = btoa(JSON.stringify(ASSERTION));
  return [
    ...Object.values(HINTS),
    TRUST_HINT,
    ...AADSTS_HINTS.values(),
    ...OAUTH_ERROR_HINTS.values(),
    ...Object.values(USER_HINTS),
    ...Object.values(assertionHints(`e30.${payload}.x`, Date.now())),
    ...TOKENS.flatMap((claims) => [
      ...OPERATIONS.map((operation) => explainAccess(operation, claims).reason),
      ...OPERATIONS.map((operation) => explainRefusal(operation, claims, null)),
      explainRefusal("group", claims, "AppOnlyTokenNotSupportedForGroupUpdate"),
      ...[0, Infinity].map((now) => explainRefusedToken(claims, graph, now)),
      explainRefusedToken(claims, graph, 0, "LocationConditionEvaluationSatisfied"),
    ]),
  ];
}

Deno.test("a hint is one line of at most 200 characters", NONE, () => {
  const all = [...new Set(hints())];
  assert(all.length > 100, `${all.length} hints`);
  const isLong = (hint: string) => hint.includes("\n") || ownWords(hint).length > LONGEST_LINE;
  assertEquals(all.filter(isLong), []);
});

/** Files whose texts are no messages: the emulator speaks for Microsoft, pages and scripts are for browsers and shells. */
const NO_MESSAGES = /^lib\/(emulator|build|deps)\/|contact_sheet\/page|sign_in_page|completions\//;
const COMMENT_OR_TEXT =
  /\/\*[^]*?\*\/|\/\/[^\n]*|(["'])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|\$\{(?:[^{}`]|\{[^{}]*\}|`[^`]*`)*\}|[^\\`])*`/g;

/** Returns the texts in a source file, those that `+` joins as one; what is filled in counts for 20 characters. */
function textsIn(source: string): string[] {
  const texts: string[] = [];
  let end = -1;
  for (const { 0: found, index } of source.matchAll(COMMENT_OR_TEXT)) {
    if (found.startsWith("/")) continue;
    const text = found.slice(1, -1).replace(/\$\{[^]*?\}/g, "x".repeat(20)).replaceAll("\\n", "\n");
    const isJoined = end >= 0 && /^\s*\+\s*$/.test(source.slice(end, index));
    texts.push(isJoined ? texts.pop() + text : text);
    end = index + found.length;
  }
  return texts;
}

function sources(folder: string): string[] {
  return [...Deno.readDirSync(new URL(`../${folder}`, import.meta.url))].flatMap(({ name, isDirectory }) =>
    isDirectory ? sources(`${folder}${name}/`) : [`${folder}${name}`]
  );
}

Deno.test(
  "no text in the source makes a line of more than 200 characters",
  { permissions: { read: true } },
  () => {
    const paths = sources("lib/").filter((path) => path.endsWith(".ts") && !NO_MESSAGES.test(path));
    const texts = paths.flatMap((path) =>
      textsIn(Deno.readTextFileSync(new URL(`../${path}`, import.meta.url))).map((text) => `${path}: ${text}`)
    );
    assert(texts.length > 2000, `${texts.length} texts`);
    const isLong = (text: string) =>
      text.slice(text.indexOf(": ") + 2).split("\n").some((line) => line.length > LONGEST_LINE);
    assertEquals(texts.filter(isLong), []);
  },
);
