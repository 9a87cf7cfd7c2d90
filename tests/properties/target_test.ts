import { parseTarget, photoPath, type Target, unwrapId } from "../../lib/target.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { anyText, textOf } from "./hostile.ts";
import { property } from "./property.ts";

/** Ids that a directory may hold, and that a URL may misread. */
const ID = fc.oneof(
  textOf("a Z 9 @ . .. $ ' '' #EXT# - _ ~ ! ^ + & é 😀".split(" ")),
  textOf("$ ' ( ) users * : ; = , \" < | ` [ ] %2f / \\".split(" "), 5),
  anyText(),
  fc.constantFrom(".", "..", "...", "%2e%2e", "a/../b", "$", "$ref", "$value", "$batch", "photo"),
).chain((part) => fc.constantFrom(part, `${part}@b.c`, `a@${part}`, `$${part}@b.c`));

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

Deno.test(property("an id that is accepted stays in its path segment, and comes back from it", ID, (id) => {
  const target = accepted(id);
  if (!target || unwrapId(id) !== id) return;
  const url = new URL(`https://graph.example/v1.0${photoPath(target)}/$value`);
  assertEquals([idIn(url.pathname), url.host, url.search, url.hash], [id, "graph.example", "", ""]);
  assert(!/[/\\?%\s]/.test(id), "what decodes a path twice could be led elsewhere");
  assertEquals(id.startsWith("$"), url.pathname.startsWith("/v1.0/users("), "only $ needs the quoted form");
}));
