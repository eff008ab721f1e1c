/** What messages of the library say, and how it is said on the command line. The first that fits is taken at each place. */
const SAID: readonly (readonly [RegExp, string])[] = [
  [/choose another studyName or place/g, 'choose another --study or --db'],
  [/choose another studyName/g, 'choose another --study'],
  [/ifExists: '(resume|new|replace)'( to go on with it, )'new'/g, '--if-exists $1$2--if-exists new'],
  [/ifExists: '(resume|new|replace)'/g, '--if-exists $1'],
  [/learn from it: fitDataset reads it/g, 'learn from it: shac import reads it'],
  [/missing: \{ … \} gives values/g, '--missing gives values'],
];

/** A message of the library in the words of the command line. */
export function inFlags(message: string): string {
  return SAID.reduce((text, [library, flags]) => text.replace(library, flags), message);
}
