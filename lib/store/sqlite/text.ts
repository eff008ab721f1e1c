/**
 * A column of names or output, which may hold any character, as it is read: Node 22 ends a text at its first NUL. What comes
 * is for {@link textOf}; texts that are JSON need neither.
 */
export function bytesOf(column: string): string {
  return `CAST(${column} AS BLOB)`;
}

export function textOf(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? '').toString();
}
