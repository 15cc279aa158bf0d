// Fails if the overview needs more JavaScript than allowed, measured in gzipped bytes.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 250_000;
const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'));
const needed = new Set();
const need = (key) => {
  const entry = manifest[key];
  if (entry !== undefined && !needed.has(entry.file)) {
    needed.add(entry.file);
    (entry.imports ?? []).forEach(need);
  }
};
need('index.html');
need('src/pages/overview/index.tsx');
const sizes = [...needed].filter((file) => file.endsWith('.js')).map((file) => [file, gzipSync(readFileSync(`dist/${file}`)).length]);
const all = sizes.reduce((sum, [, size]) => sum + size, 0);
console.log(`first load: ${(all / 1000).toFixed(1)} KB of JavaScript in ${sizes.length} files (at most ${LIMIT / 1000} KB)`);
if (all > LIMIT) {
  console.error('over the limit; the largest files:', sizes.sort((a, b) => b[1] - a[1]).slice(0, 5));
  process.exit(1);
}
