/** The pages lead somewhere: every relative link names a file that is there, and a heading that is in it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
];

/** As GitHub and npm make them of headings. */
function anchorsOf(file: string): string[] {
  const headings =
    readFileSync(file, 'utf8')
      .replace(/^```[\s\S]*?^```/gm, '')
      .match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/ /g, '-'),
  );
}

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  const links = [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link]) => link as string);

  it('has no link that leads nowhere', () => {
    const broken = links.filter((link) => {
      const [path, anchor] = link.split('#') as [string, string | undefined];
      const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
      return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
    });
    expect(broken).toEqual([]);
  });
});

it('the index of the pages names every page', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  const missing = readdirSync(join(root, 'docs')).filter(
    (name) => name !== 'README.md' && !index.includes(`(${name})`),
  );
  expect(missing).toEqual([]);
});
