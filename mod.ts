/**
 * Removes Microsoft 365 profile photos through Microsoft Graph: the signed-in user's, any user's, a group's; one or many.
 *
 * - {@linkcode removeProfilePhoto} removes one, {@linkcode removeProfilePhotos} many;
 * - {@linkcode selectTargets} chooses users or groups in the directory, {@linkcode findProfilePhotos} lists their photos;
 * - {@linkcode restoreProfilePhotos} puts back what they saved in a backup ({@linkcode openFolderBackup});
 * - {@linkcode checkAccess} tells whether a token may remove photos;
 * - {@linkcode environmentCredential} is where tokens come from by default.
 *
 * ```ts
 * import { removeProfilePhoto } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * await removeProfilePhoto({ user: "alex@contoso.com" }, {
 *   credential: await tenant.issueToken(), // default: environmentCredential()
 *   cloud: tenant.cloud, // default: "global"
 * });
 * ```
 *
 * @module
 */
export { removeProfilePhoto } from "./lib/remove_profile_photo.ts";
export type { RemoveOptions } from "./lib/remove_profile_photo.ts";
export { removeProfilePhotos } from "./lib/remove_profile_photos.ts";
export type { BulkOptions } from "./lib/remove_profile_photos.ts";
export { findProfilePhotos } from "./lib/find_profile_photos.ts";
export type { FindOptions, FoundPhoto } from "./lib/find_profile_photos.ts";
export { readPhotoUpdateSettings } from "./lib/photo_update_settings.ts";
export type { PhotoUpdateSettings } from "./lib/photo_update_settings.ts";
export { selectTargets } from "./lib/selection.ts";
export type { SelectedTarget, Selection } from "./lib/selection.ts";
export { restoreProfilePhotos } from "./lib/restore_profile_photos.ts";
export type { RestoreOptions } from "./lib/restore_profile_photos.ts";
export type { Confirmation, RunOptions } from "./lib/run_targets.ts";
export type { FailedResult, Outcome, OutcomeResult, PhotoResult, RemovalResult } from "./lib/result.ts";
export type { InvalidTarget, Target, TargetKind } from "./lib/target.ts";
export { openFolderBackup } from "./lib/backup/folder_backup.ts";
export type { BackupEntry, BackupStore } from "./lib/backup/backup_store.ts";
export { openReport } from "./lib/report.ts";
export type { Report } from "./lib/report.ts";
export { checkAccess } from "./lib/check_access.ts";
export type { AccessReport } from "./lib/check_access.ts";
export type { AccessCheck } from "./lib/permissions.ts";
export { CLOUDS } from "./lib/cloud.ts";
export type { CloudEndpoints, CloudName } from "./lib/cloud.ts";
export type { GraphOptions } from "./lib/graph/client.ts";
export type { Retry } from "./lib/graph/request_with_retries.ts";
export type { RetryOptions } from "./lib/http/retry.ts";
export {
  clientAssertionCredential,
  clientCertificateCredential,
  clientSecretCredential,
} from "./lib/auth/client_credentials.ts";
export type { ClientCertificate, ClientCredentialOptions } from "./lib/auth/client_credentials.ts";
export { environmentCredential } from "./lib/auth/environment_credential.ts";
export type {
  EnvironmentCredential,
  EnvironmentCredentialOptions,
} from "./lib/auth/environment_credential.ts";
export { managedIdentityCredential } from "./lib/auth/managed_identity.ts";
export type { ManagedIdentityOptions } from "./lib/auth/managed_identity.ts";
export { azurePipelinesCredential, githubCredential } from "./lib/auth/pipeline_credentials.ts";
export type {
  AzurePipelinesCredentialOptions,
  PipelineCredentialOptions,
} from "./lib/auth/pipeline_credentials.ts";
export { browserCredential, deviceCodeCredential } from "./lib/auth/user_credential.ts";
export type {
  BrowserCredentialOptions,
  BrowserPrompt,
  DeviceCodeCredentialOptions,
  DeviceCodePrompt,
  UserCredentialOptions,
} from "./lib/auth/user_credential.ts";
export type { TokenClaims } from "./lib/auth/token_claims.ts";
export type { AccessToken, GetTokenOptions, TokenCredential } from "./lib/auth/token_credential.ts";
export { BackupError, CredentialError, GraphError, ProfilePhotoError } from "./lib/errors.ts";
export type {
  BackupErrorCode,
  CredentialErrorCode,
  ErrorCode,
  GraphErrorCode,
  RemoveProfilePhotoError,
} from "./lib/errors.ts";
