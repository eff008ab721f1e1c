import { fileURLToPath } from 'node:url';

/** The folder where the frameworks are installed, and copies of the fixtures and examples that use them. */
const place = new URL('../../build-frameworks/', import.meta.url);

/** The export of a fixture of test/fixtures/managed. */
export function managedFixture(file: string, name: string) {
  return { module: new URL(`test/fixtures/managed/${file}`, place), export: name };
}

export const exampleFolder = fileURLToPath(new URL('examples/managed', place));

/** The interpreter that has the frameworks of Python, and where their fixtures and examples are. */
export const interpreter = fileURLToPath(new URL('../../build-frameworks-venv/bin/python', import.meta.url));
export const pythonFixtures = fileURLToPath(new URL('../fixtures/managed/python', import.meta.url));
