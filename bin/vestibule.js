#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/src/cli/main.js', import.meta.url);
if (!existsSync(built)) {
  console.error('vestibule is not built yet: npm ci && npm run build');
  process.exit(2);
}
const { main, processIo } = await import(built.href);
process.exitCode = await main(process.argv.slice(2), processIo);
