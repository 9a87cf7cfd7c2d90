import type { Directory } from "../directory/directory.ts";
import type { Group, User } from "../directory/directory_types.ts";

/** What routes work on. */
export interface GraphState {
  /** Graph root. */
  readonly url: string;
  readonly directory: Directory;
  /** Status of a successful photo DELETE. */
  readonly deleteStatus: 200 | 204;
}

/** A user or group found by its path. */
export interface Found {
  readonly kind: "user" | "group";
  readonly entity: User | Group;
}
