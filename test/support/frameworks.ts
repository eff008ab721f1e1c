import { fileURLToPath } from 'node:url';

/** The folder where the frameworks are installed, and copies of the fixtures and examples that use them. */
const place = new URL('../../build-frameworks/', import.meta.url);

/** The export of a fixture of test/fixtures/managed. */
export function managedFixture(file: string, name: string) {
  return { module: new URL(`test/fixtures/managed/${file}`, place), export: name };
}

export const exampleFolder = fileURLToPath(new URL('examples/managed', place));
