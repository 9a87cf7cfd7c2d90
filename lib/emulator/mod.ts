/**
 * A local Microsoft Graph and Entra sign-in for demos and tests: real HTTP on 127.0.0.1, a sample directory, real
 * checks of credentials and tokens, and faults on demand. It is no part of what removes photos.
 *
 * @module
 */
export { startEmulator } from "./emulator.ts";
export type { Emulator, EmulatorOptions, IssueTokenOptions, TlsOptions } from "./options.ts";
export { Directory } from "./directory/directory.ts";
export type { DirectoryOptions, Group, Photo, User, UserCollection } from "./directory/directory_types.ts";
export { sampleDirectory, type SampleDirectoryOptions } from "./directory/sample_directory.ts";
export type { EmulatorRequest } from "./exchange.ts";
export type { Admission } from "./fault/admission.ts";
export type {
  BodyFault,
  ClaimsChallengeFault,
  DripFault,
  DropFault,
  DuplicateFault,
  EndlessFault,
  ExpireTokensFault,
  Fault,
  FaultMatch,
  FaultPlace,
  FaultScope,
  MalformedFault,
  OmitFault,
  RedirectFault,
  RenameFault,
  ResetFault,
  StallBodyFault,
  StallFault,
  StatusFault,
  TruncateFault,
} from "./fault/fault.ts";
export { type RecordedRequest, type RequestCounts, type RetryWait, retryWaits } from "./recorder.ts";
export {
  type SelfSignedCertificate,
  selfSignedCertificate,
  type SelfSignedOptions,
} from "./x509/self_signed_certificate.ts";
