/** A platform that has packages; see platforms.mjs. */
export interface Platform {
  readonly name: string;
  readonly os: string;
  readonly cpu: string;
  readonly libc: string | undefined;
  readonly target: string;
  readonly prebuild: string;
}
/** By name. */
export const PLATFORMS: Readonly<Record<string, Platform>>;
/** That of this machine. */
export function thisPlatform(): Platform | undefined;
