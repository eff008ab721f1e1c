/** A root with Debian 11, made the first time. */
export function oldDebian(): string;
/** A root with musl and Node 22, made the first time. */
export function muslRoot(): string;
