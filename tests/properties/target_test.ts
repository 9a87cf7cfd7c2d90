import { removeProfilePhoto, removeProfilePhotos } from "../../mod.ts";
import { parseTarget, photoPath, type Target } from "../../lib/target.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { serve } from "../support/server.ts";
import { LOOPBACK } from "../support/test.ts";
import { anyText, jsonText, textOf } from "./hostile.ts";
import { property } from "./property.ts";

/** Ids that a directory may hold, and that a URL may misread. */
const ID = fc.oneof(
  textOf([
    "a",
    "Z",
    "9",
    "@",
    ".",
    "..",
    "$",
    "'",
    "''",
    "#EXT#",
    "-",
    "_",
    "~",
    "!",
    "^",
    "+",
    "&",
    "é",
    "😀",
  ]),
  textOf([
    "$",
    "'",
    "(",
    ")",
    "users",
    "*",
    ":",
    ";",
    "=",
    ",",
    '"',
    "<",
    "|",
    "`",
    "[",
    "]",
    "%2f",
    "/",
    "\\",
  ], 5),
  anyText(),
  fc.constantFrom(".", "..", "...", "%2e%2e", "a/../b", "$", "$ref", "$value", "$batch", "photo"),
);

/** The target of an id, or `undefined` where it is refused as a caller's mistake. */
function accepted(id: string): Target | undefined {
  try {
    return parseTarget({ user: id });
  } catch (error) {
    assert(error instanceof TypeError, `${error} is no TypeError`);
    return undefined;
  }
}

/** The id in the URL of a photo, by the rules of OData rather than by those of the code under test. */
function idIn(pathname: string): string {
  const [, version, users = "", ...rest] = pathname.split("/");
  const segment = users === "users" ? rest.shift() ?? "" : users;
  assertEquals([version, rest], ["v1.0", ["photo", "$value"]], pathname);
  if (users === "users") return decodeURIComponent(segment);
  const key = /^users\('(.*)'\)$/s.exec(decodeURIComponent(segment))?.[1];
  assert(key !== undefined && !key.replaceAll("''", "").includes("'"), `${pathname} holds no key`);
  return key.replaceAll("''", "'");
}

property("an id that is accepted stays in its path segment, and comes back from it", ID, (id) => {
  const target = accepted(id);
  if (!target) return;
  const url = new URL(`https://graph.example/v1.0${photoPath(target)}/$value`);
  assertEquals([idIn(url.pathname), url.host, url.search, url.hash], [id, "graph.example", "", ""]);
  assert(!/[/\\?%\s]/.test(id), "what decodes a path twice could be led elsewhere");
  assertEquals(id.startsWith("$"), url.pathname.startsWith("/v1.0/users("), "only $ needs the quoted form");
});

property(
  "parseTarget() takes any JSON for a target of its own, or throws a TypeError",
  jsonText(["user", "group", "contact", "team"], ['"a@b.c"', '"me"', '{"user":"a@b.c"}']),
  (json) => {
    const value = JSON.parse(json);
    let target: Target;
    try {
      target = parseTarget(value);
    } catch (error) {
      assert(error instanceof TypeError, `${error} is no TypeError`);
      return;
    }
    assertEquals<unknown>(target, value);
    assert(new URL(`https://graph.example/v1.0${photoPath(target)}`).pathname.endsWith("/photo"));
  },
);

/** What the server of the property below was sent: the id of each request, alone or in a batch. */
let sent: string[] = [];
let root = "";

property(
  "an id goes over HTTP, alone and in a batch, as it was given",
  fc.array(ID, { maxLength: 3 }),
  async (ids) => {
    const targets = ids.flatMap((id) => accepted(id) ?? []);
    const options = { credential: "token", cloud: { graph: root, authority: root } };
    sent = [];
    for (const target of targets) await removeProfilePhoto(target, options);
    for await (const { outcome } of removeProfilePhotos(targets, options)) assertEquals(outcome, "removed");
    const wanted = targets.map((target) => (target as { user: string }).user);
    assertEquals(sent, [...wanted, ...wanted]);
  },
  {
    permissions: LOOPBACK,
    async around(run) {
      await using server = serve(({ path, body }) => {
        if (!path.endsWith("/$batch")) {
          sent.push(idIn(path));
          return new Response();
        }
        const { requests } = JSON.parse(body);
        for (const { url } of requests) sent.push(idIn(new URL(`/v1.0${url}`, server.url).pathname));
        return Response.json({ responses: requests.map(({ id }: { id: string }) => ({ id, status: 204 })) });
      });
      root = server.url;
      await run();
    },
  },
);
