/**
 * Removes Microsoft Graph profile photos: the signed-in user's, any user's, a group's; one or many.
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
export { restoreProfilePhotos } from "./lib/restore_profile_photos.ts";
export type { RestoreOptions } from "./lib/restore_profile_photos.ts";
export { folderBackup } from "./lib/backup/folder_backup.ts";
export type { FolderBackup, FolderBackupOptions } from "./lib/backup/folder_backup.ts";
export type { BackupEntry, BackupStore } from "./lib/backup/backup_store.ts";
export type { Outcome, RemovalResult } from "./lib/result.ts";
export { RECORD_FIELDS, toRecord } from "./lib/record.ts";
export type { RemovalRecord } from "./lib/record.ts";
export { finishedTargets, openReport } from "./lib/report.ts";
export type { Report } from "./lib/report.ts";
export type { ManyOptions } from "./lib/bulk.ts";
export type { Confirmation } from "./lib/run_many.ts";
export type { Retry } from "./lib/graph/request_with_retries.ts";
export { checkAccess } from "./lib/check_access.ts";
export type { AccessReport } from "./lib/check_access.ts";
export { PERMISSIONS } from "./lib/permissions.ts";
export type { Access, PermissionRow } from "./lib/permissions.ts";
export { parseTarget, unsupportedKind } from "./lib/target.ts";
export type { InvalidTarget, Target, TargetKind } from "./lib/target.ts";
export { CLOUDS, resolveCloud } from "./lib/cloud.ts";
export type { CloudEndpoints, CloudName } from "./lib/cloud.ts";
export { clientAssertionCredential, clientSecretCredential } from "./lib/auth/client_credentials.ts";
export type { ClientCredentialOptions } from "./lib/auth/client_credentials.ts";
export { clientCertificateCredential } from "./lib/auth/client_certificate.ts";
export type { ClientCertificate } from "./lib/auth/client_certificate.ts";
export { environmentCredential } from "./lib/auth/environment_credential.ts";
export type {
  EnvironmentCredential,
  EnvironmentCredentialOptions,
} from "./lib/auth/environment_credential.ts";
export type { TokenClaims } from "./lib/auth/token_claims.ts";
export type { AccessToken, GetTokenOptions, TokenCredential } from "./lib/auth/token_credential.ts";
export { BackupError, CredentialError, GraphError, ProfilePhotoError } from "./lib/errors.ts";
export type {
  BackupErrorCode,
  CredentialErrorCode,
  CredentialErrorOptions,
  ErrorCode,
  GraphErrorCode,
  GraphFailure,
  RemoveProfilePhotoError,
} from "./lib/errors.ts";
export type { GraphOptions } from "./lib/graph/client.ts";
export type { RetryOptions } from "./lib/http/retry.ts";
