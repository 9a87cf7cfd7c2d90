import type { User } from "./directory_types.ts";

const GENERATED_ID = /^0b000000-0000-4000-8000-([0-9a-f]{12})$/;
const GENERATED_NAME = /^user(\d{5,})@contoso\.com$/;

const generatedId = (number: number) => `0b000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
const generatedName = (number: number) => `user${String(number).padStart(5, "0")}@contoso.com`;

/** The user with this number, from 1. */
export function generatedUser(number: number): User {
  const name = generatedName(number);
  const displayName = `User ${String(number).padStart(5, "0")}`;
  return {
    id: generatedId(number),
    userPrincipalName: name,
    mail: name,
    displayName,
    userType: "Member",
    isAdmin: false,
  };
}

/** The number of the generated user that has this key; `undefined` where the key is not of that form. */
export function generatedNumber(key: string): number | undefined {
  const id = GENERATED_ID.exec(key)?.[1];
  const name = GENERATED_NAME.exec(key)?.[1];
  const number = id ? parseInt(id, 16) : name ? Number(name) : undefined;
  return number !== undefined && (generatedId(number) === key || generatedName(number) === key)
    ? number
    : undefined;
}
