/**
 * A local Microsoft Graph with Entra sign-in, for demos and tests: HTTP on 127.0.0.1, a sample directory,
 * real verification of credentials and tokens, and simulated faults. Independent of the code under test.
 *
 * @module
 */
export { startEmulator } from "./start_emulator.ts";
export type {
  Emulator,
  EmulatorOptions,
  IssueTokenOptions,
  PlatformName,
  PlatformOptions,
  TlsOptions,
} from "./emulator.ts";
export { Directory } from "./directory/directory.ts";
export type {
  DirectoryOptions,
  Group,
  MemberCollection,
  MemberOptions,
  Photo,
  User,
  UserCollection,
} from "./directory/directory.ts";
export { sampleDirectory, type SampleDirectoryOptions } from "./directory/sample_directory.ts";
export type { EmulatorRequest } from "./http_message.ts";
export type { Fault, FaultEffect, FaultMatch, FaultPlace, FaultScope } from "./fault/fault.ts";
export type { RateLimit } from "./fault/rate_limit.ts";
export type { PhotoUpdateSettings } from "./graph/graph_call.ts";
export { type RecordedRequest, type RequestCounts, type RetryWait, retryWaits } from "./recorder.ts";
export { selfSignedCertificate } from "./self_signed_certificate.ts";
export type { SelfSignedCertificate, SelfSignedOptions } from "./self_signed_certificate.ts";
