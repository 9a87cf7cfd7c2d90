import { type Answer, jsonAnswer } from "../exchange.ts";

const ODATA_JSON =
  "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/** An answer with data: its media type has parameters, which a client has to pass over. */
export function dataAnswer(json: unknown): Answer {
  return jsonAnswer(200, json, { "content-type": ODATA_JSON, "odata-version": "4.0" });
}
