import { bitString, element, objectIdentifier, positiveInteger, time } from "../../lib/emulator/x509/der.ts";
import { assertEquals } from "../deps/assert.ts";
import { pureTest } from "./support.ts";

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

pureTest("DER elements are written as X.690 wants them", () => {
  const cases: [bytes: Uint8Array, wanted: string][] = [
    [positiveInteger(Uint8Array.of(0)), "02 01 00"],
    [positiveInteger(Uint8Array.of(0, 0, 0x7f)), "02 01 7f"],
    [positiveInteger(Uint8Array.of(0x80)), "02 02 00 80"],
    [positiveInteger(Uint8Array.of(1, 0)), "02 02 01 00"],
    [bitString(Uint8Array.of(0x80), 7), "03 02 07 80"],
    [objectIdentifier("2.5.4.3"), "06 03 55 04 03"],
    [objectIdentifier("1.2.840.113549"), "06 06 2a 86 48 86 f7 0d"],
    [time(new Date("2049-12-31T23:59:59.999Z")), "17 0d 34 39 31 32 33 31 32 33 35 39 35 39 5a"],
    [time(new Date("2050-01-01T00:00:00Z")), "18 0f 32 30 35 30 30 31 30 31 30 30 30 30 30 30 5a"],
    [element(0x04, new Uint8Array(0x7f)).subarray(0, 3), "04 7f 00"],
    [element(0x04, new Uint8Array(0x80)).subarray(0, 4), "04 81 80 00"],
    [element(0x04, new Uint8Array(0x100)).subarray(0, 5), "04 82 01 00 00"],
  ];
  for (const [bytes, wanted] of cases) assertEquals(hex(bytes), wanted);
});
