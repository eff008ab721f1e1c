/** What becomes of a study of the same name that a storage has already; `ShacOptions` says what each means. */
export type IfExists = 'resume' | 'error' | 'new' | 'replace';

export const IF_EXISTS = ['resume', 'error', 'new', 'replace'] as const satisfies readonly IfExists[];
