import { sampleDirectory } from "../../lib/emulator/mod.ts";

/** The userPrincipalName of a generated user, from 1. */
export const userName = (number: number): string => `user${String(number).padStart(5, "0")}@contoso.com`;

/** Generated users as targets. */
export const users = (count: number, from = 1): { user: string }[] =>
  Array.from({ length: count }, (_, at) => ({ user: userName(from + at) }));

/** The generated users from 1, one per line. */
export const userList = (count: number): string => users(count).map(({ user }) => `${user}\n`).join("");

/** Writes a file with the generated users from 1, one per line. */
export async function writeUsers(folder: string, count: number): Promise<string> {
  const path = `${folder}/users.txt`;
  await Deno.writeTextFile(path, userList(count));
  return path;
}

/** The photos in a sample directory with so many generated users. */
export const photosOf = (count: number): number => sampleDirectory({ users: count }).photoCount;
