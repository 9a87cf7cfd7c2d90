import { Directory, sampleDirectory } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertThrows } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";

Deno.test("`sampleDirectory()` returns a small organization", NONE, () => {
  const directory = sampleDirectory();
  const users = [...directory.users];
  assertEquals(directory.signedInUser.displayName, "Adele Vance");
  assertEquals(directory.signedInUser.isAdmin, true);
  assert(users.filter(({ userType }) => userType === "Member").length >= 12);
  const guests = users.filter(({ userType }) => userType === "Guest");
  assertEquals(guests.length, 2);
  assert(guests.every(({ userPrincipalName }) => userPrincipalName.includes("#EXT#")));
  assertEquals(directory.groups.map(({ id }) => directory.hasPhoto(id)), [true, true, false]);
  assertEquals(users.filter(({ id }) => !directory.hasPhoto(id)).map(({ displayName }) => displayName), [
    "Lee Gu",
  ]);
  assert(users.some(({ userPrincipalName }) => userPrincipalName.startsWith("$")));
  assert(users.some(({ userPrincipalName }) => userPrincipalName.includes("'")));
  assertEquals(new Set(users.map(({ id }) => id)).size, users.length);
  const signInNames = new Map(
    users.map(({ userPrincipalName, displayName }) => [userPrincipalName, displayName]),
  );
  const others = users.filter(({ mail, displayName }) =>
    (signInNames.get(mail!) ?? displayName) !== displayName
  );
  assertEquals(others.map(({ displayName }) => displayName), ["Isaiah Langer", "Nestor Wilke"]);
  assertEquals(users, [...sampleDirectory().users]);
});

Deno.test("`Directory.users.get()` finds users by id and name, in any case", NONE, () => {
  const directory = sampleDirectory({ users: 100_000 });
  const cases: [key: string, displayName: string | undefined][] = [
    ["adele@contoso.com", "Adele Vance"],
    ["ADELE@Contoso.com", "Adele Vance"],
    [directory.signedInUser.id.toUpperCase(), "Adele Vance"],
    ["pradeep_fabrikam.com#ext#@contoso.onmicrosoft.com", "Pradeep Gupta"],
    ["pradeep@fabrikam.com", undefined],
    ["user00001@contoso.com", "User 00001"],
    ["USER00001@contoso.com", "User 00001"],
    ["user100000@contoso.com", "User 100000"],
    ["0B000000-0000-4000-8000-0000000186A0", "User 100000"],
    ["user100001@contoso.com", undefined],
    ["user00000@contoso.com", undefined],
    ["user000001@contoso.com", undefined],
    ["0b000000-0000-4000-8000-0000000186a1", undefined],
    [directory.groups[0]!.id, undefined],
    ["", undefined],
    ["__proto__", undefined],
  ];
  for (const [key, displayName] of cases) {
    assertEquals(directory.users.get(key)?.displayName, displayName, key);
  }
});

Deno.test("`Directory` stores photos separately for each user and group", NONE, () => {
  const directory = sampleDirectory({ users: 5 });
  const before = directory.photoCount;
  assertEquals(before, directory.users.size - 1 + 2);
  const png = directory.photo("alex@contoso.com")!.bytes;
  assertEquals(directory.removePhoto("user00003@contoso.com"), true);
  assertEquals(directory.removePhoto("user00003@contoso.com"), false);
  assertEquals(directory.photo("user00003@contoso.com"), undefined);
  assertEquals(directory.photoCount, before - 1);
  directory.setPhoto("lee@contoso.com", png);
  assertEquals(directory.photo("lee@contoso.com")!.bytes, png);
  assertEquals(directory.photoCount, before);
  assertEquals(directory.hasPhoto("user00002@contoso.com"), true);
  assertThrows(() => directory.hasPhoto("nobody@contoso.com"), RangeError, "nobody@contoso.com");
  assertThrows(
    () => directory.setPhoto("lee@contoso.com", new Uint8Array([1, 2, 3])),
    TypeError,
    "neither PNG nor JPEG",
  );
});

Deno.test("`new Directory()` throws if the signed-in user does not exist", NONE, () => {
  assertThrows(() => new Directory({ users: [], signedInUser: "x@y.com" }), RangeError, "x@y.com");
});

Deno.test(
  "`Directory.users.slice()` returns named users before generated ones, and ends at the last",
  NONE,
  () => {
    const { users } = sampleDirectory({ users: 3 });
    const names = users.slice(users.size - 4, users.size + 9).map(({ displayName }) => displayName);
    assertEquals(names, ["Rene Magi", "User 00001", "User 00002", "User 00003"]);
    assertEquals(users.slice(100, 200), []);
  },
);
