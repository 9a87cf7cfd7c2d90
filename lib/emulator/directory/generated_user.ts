import type { User } from "./directory_types.ts";

const GENERATED_ID = /^0b000000-0000-4000-8000-([0-9a-f]{12})$/;
const GENERATED_NAME = /^user(\d{5,})@contoso\.com$/;

const generatedId = (number: number) => `0b000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
const generatedName = (number: number) => `user${String(number).padStart(5, "0")}@contoso.com`;

/** Returns the user with this number, counted from 1. */
export function generatedUser(number: number): User {
  const name = generatedName(number);
  return {
    id: generatedId(number),
    userPrincipalName: name,
    mail: name,
    displayName: `User ${String(number).padStart(5, "0")}`,
    userType: "Member",
    isAdmin: false,
  };
}

/** Returns the number of the generated user with this lowercase id or name; `undefined` for other keys. */
export function generatedUserNumber(key: string): number | undefined {
  const id = GENERATED_ID.exec(key)?.[1];
  const name = GENERATED_NAME.exec(key)?.[1];
  const number = id ? parseInt(id, 16) : name ? Number(name) : undefined;
  return number !== undefined && (generatedId(number) === key || generatedName(number) === key)
    ? number
    : undefined;
}
