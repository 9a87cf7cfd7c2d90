import type { User } from "../directory/directory.ts";
import { encodeBase64Url } from "../encoding.ts";

/** What a user has allowed an app. */
export interface Grant {
  readonly user: User;
  /** Permissions of Graph, without their resource. */
  readonly scopes: readonly string[];
  /** `openid`, `profile` and `offline_access`, as far as asked for. */
  readonly protocolScopes: readonly string[];
  /** Whether the user signed in with a personal Microsoft account. */
  readonly personal: boolean;
  readonly nonce?: string;
  /** JSON of the claims that were asked for. */
  readonly claims?: string;
}

/** A sign-in by authorization code, until the code is redeemed. */
export interface PendingCode {
  readonly grant: Grant;
  readonly redirectUri: string;
  readonly challenge: string;
  isRedeemed: boolean;
}

/** A sign-in by device code. */
export interface DeviceSignIn {
  readonly userCode: string;
  readonly scope: string;
  readonly claims?: string;
  readonly personal: boolean;
  readonly expiresAt: number;
  /** What the user decided; absent until then. */
  decision?: Grant | "declined";
}

/** In ms: how long a device code lives. */
export const DEVICE_CODE_LIFE = 900_000;

const newToken = (bytes = 32): string => encodeBase64Url(crypto.getRandomValues(new Uint8Array(bytes)));

/** The letters of user codes: none that looks like another. */
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const newUserCode = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => LETTERS[byte % LETTERS.length]).join("");

/** The sign-ins of users that have begun, and what they led to. */
export class UserSignIns {
  readonly #codes = new Map<string, PendingCode>();
  readonly #refreshTokens = new Map<string, Grant>();
  readonly #devices = new Map<string, DeviceSignIn>();

  /** Returns a new authorization code. */
  addCode(pending: Omit<PendingCode, "isRedeemed">): string {
    const code = newToken();
    this.#codes.set(code, { ...pending, isRedeemed: false });
    return code;
  }

  code(code: string): PendingCode | undefined {
    return this.#codes.get(code);
  }

  /** Returns a new refresh token. */
  addRefreshToken(grant: Grant): string {
    const token = newToken();
    this.#refreshTokens.set(token, grant);
    return token;
  }

  refreshToken(token: string): Grant | undefined {
    return this.#refreshTokens.get(token);
  }

  /** Returns a new device code. */
  addDevice(
    device: Pick<DeviceSignIn, "scope" | "claims" | "personal">,
  ): { deviceCode: string; userCode: string } {
    const [deviceCode, userCode] = [newToken(), newUserCode()];
    this.#devices.set(deviceCode, { ...device, userCode, expiresAt: Date.now() + DEVICE_CODE_LIFE });
    return { deviceCode, userCode };
  }

  device(deviceCode: string): DeviceSignIn | undefined {
    return this.#devices.get(deviceCode);
  }

  /** Returns the sign-in that a user typed the code of. */
  deviceByUserCode(typed: string): DeviceSignIn | undefined {
    const userCode = typed.replaceAll(/[\s-]/g, "").toUpperCase();
    return [...this.#devices.values()].find((device) => device.userCode === userCode);
  }
}
