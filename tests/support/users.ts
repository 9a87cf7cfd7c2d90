import { sampleDirectory } from "../../lib/emulator/mod.ts";

/** The userPrincipalName of a generated user, from 1. */
export const userName = (number: number): string => `user${String(number).padStart(5, "0")}@contoso.com`;

export const users = (count: number, from = 1): { user: string }[] =>
  Array.from({ length: count }, (_, at) => ({ user: userName(from + at) }));

export const userList = (count: number): string => users(count).map(({ user }) => `${user}\n`).join("");

export async function writeUsers(folder: string, count: number): Promise<string> {
  const path = `${folder}/users.txt`;
  await Deno.writeTextFile(path, userList(count));
  return path;
}

export const photosOf = (count: number): number => sampleDirectory({ users: count }).photoCount;
