import { type Answer, type Delivery, type Outcome, utf8 } from "../exchange.ts";
import type { Fault, StatusFault } from "./fault.ts";

/** What an effect may use. */
export interface FaultContext {
  /** Carries out the request. */
  readonly run: () => Promise<Answer>;
  /** The answer for an error status, in the form of the endpoint that is asked. */
  readonly statusAnswer: (fault: StatusFault) => Answer;
  /** Makes all tokens issued so far worthless. */
  readonly expireTokens: () => void;
  /** Asks for claims from now on. */
  readonly challenge: (claims: string) => void;
}

type Effect<F extends Fault> = (fault: F, context: FaultContext) => Answer | Promise<Answer>;
type Row<F extends Fault> = { readonly answer: Effect<F>; readonly delivery?: Delivery };
type Effects = { readonly [K in Fault["kind"]]: Row<Extract<Fault, { kind: K }>> };

const NOTHING: Answer = { status: 0, headers: {} };
const real: Effect<Fault> = (_fault, context) => context.run();

const lowerCaseNames = (headers: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const MALFORMED = {
  json: { type: "application/json", text: '{"responses":[{"id":"1","status":2' },
  html: { type: "text/html", text: "<!DOCTYPE html><html><body><h1>Service Unavailable</h1></body></html>" },
};

const EFFECTS: Effects = {
  status: { answer: (fault, context) => context.statusAnswer(fault) },
  drop: { answer: () => NOTHING, delivery: "drop" },
  reset: { answer: () => NOTHING, delivery: "reset" },
  stall: { answer: () => NOTHING, delivery: "stall" },
  truncate: { answer: real, delivery: "truncate" },
  stallBody: { answer: real, delivery: "stallBody" },
  drip: { answer: real, delivery: "drip" },
  endless: { answer: real, delivery: "endless" },
  malformed: {
    answer: ({ status = 200, as = "json" }) => ({
      status,
      headers: { "content-type": MALFORMED[as].type },
      bytes: utf8(MALFORMED[as].text),
    }),
  },
  body: {
    answer: ({ status = 200, body, contentType = "application/json", headers }) => ({
      status,
      headers: { "content-type": contentType, ...lowerCaseNames(headers) },
      bytes: utf8(body),
    }),
  },
  redirect: { answer: ({ status = 302, location }) => ({ status, headers: { location } }) },
  expireTokens: {
    answer: (_fault, context) => {
      context.expireTokens();
      return context.run();
    },
  },
  claimsChallenge: {
    answer: (fault, context) => {
      context.challenge(fault.claims);
      return context.run();
    },
  },
  omit: { answer: real, delivery: "omit" },
  duplicate: { answer: real, delivery: "duplicate" },
  rename: { answer: real, delivery: "rename" },
};

/** Carries out a request under a fault, or as it is where there is none. */
export async function answerUnderFault(fault: Fault | undefined, context: FaultContext): Promise<Outcome> {
  if (!fault) return { answer: await context.run(), delivery: "send" };
  const row = EFFECTS[fault.kind] as Row<Fault>;
  const carriedOut = row.answer === real;
  if (fault.applied && !carriedOut) await context.run();
  return { answer: await row.answer(fault, context), delivery: row.delivery ?? "send" };
}
