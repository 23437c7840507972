/** `npm run map`: the first sentence of each folder's README, so that a newcomer sees the whole tree in one screen. */
import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The first sentence below the heading. */
function firstSentence(markdown: string): string {
  const prose = markdown.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return /^.*?[.!?](?=\s|$)/u.exec(prose.join(' '))?.[0] ?? prose[0] ?? '';
}

for (const file of globSync('{src,test,bench,examples,docs}/**/README.md', { cwd: root }).sort()) {
  const folder = dirname(file);
  process.stdout.write(`${folder.padEnd(32)} ${firstSentence(readFileSync(`${root}${file}`, 'utf8'))}\n`);
}
