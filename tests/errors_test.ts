import { CredentialError, GraphError, type GraphFailure, ProfilePhotoError } from "../mod.ts";
import { assert, assertEquals } from "./deps/assert.ts";
import { test } from "./support/test.ts";

const FAILURE: GraphFailure = {
  code: "Throttled",
  message: "Graph asks for a break",
  hint: "Take one.",
  status: 429,
  graphCode: "TooManyRequests",
  requestId: "6c7e0d4f",
  attempts: 5,
};

test("a GraphError holds the facts of its failure", "none", () => {
  const error = new GraphError(FAILURE);
  const { code, message, hint, status, graphCode, requestId, attempts } = error;
  assertEquals({ code, message, hint, status, graphCode, requestId, attempts }, FAILURE);
  assert(error instanceof GraphError && error instanceof ProfilePhotoError && error instanceof Error);
  assert(!(error instanceof CredentialError));
  assertEquals([error.name, String(error)], ["GraphError", "GraphError: Graph asks for a break"]);
  assertEquals(Object.hasOwn(error, "cause"), false);
});

test("a CredentialError holds its code, what Entra said and what to do", "none", () => {
  const cause = new Error("why");
  const facts = { hint: "Do this.", aadstsCodes: [7000215], correlationId: "c0ffee" };
  const error = new CredentialError("SignInRefused", "Entra said no", { ...facts, cause });
  const { code, message, hint, aadstsCodes, correlationId } = error;
  assertEquals({ hint, aadstsCodes, correlationId }, facts);
  assertEquals([code, message, error.cause], ["SignInRefused", "Entra said no", cause]);
  assert(error instanceof CredentialError && error instanceof ProfilePhotoError && error instanceof Error);
  assert(!(error instanceof GraphError));
  assertEquals([error.name, String(error)], ["CredentialError", "CredentialError: Entra said no"]);
});

test("an error without hint, cause or codes says so with null, nothing, and an empty list", "none", () => {
  const error = new CredentialError("CredentialNotFound", "none");
  assertEquals([error.hint, error.correlationId, [...error.aadstsCodes]], [null, null, []]);
  assertEquals(Object.hasOwn(error, "cause"), false);
});

test("an error keeps even an odd cause", "none", () => {
  for (const cause of [null, 0, "text"]) {
    assertEquals(new GraphError({ ...FAILURE, cause }).cause, cause);
    assertEquals(new CredentialError("SignInFailed", "no", { cause }).cause, cause);
  }
});
