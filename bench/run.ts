const benches: Readonly<Record<string, () => Promise<{ run(args: readonly string[]): Promise<void> }>>> = {
  'approval-click': () => import('./approval-click.ts'),
  arrival: () => import('./door/arrival.ts'),
  exposure: () => import('./exposure.ts'),
  'link-timing': () => import('./link-timing.ts'),
  refusals: () => import('./door/refusals.ts'),
  rules: () => import('./rules.ts'),
  'saved-rule': () => import('./door/saved-rule.ts'),
  'service-stopped': () => import('./door/service-stopped.ts'),
  'shut-out': () => import('./door/shut-out.ts'),
  simulate: () => import('./simulate.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (load === undefined) {
  console.error(`npm run bench -- ${Object.keys(benches).join('|')}`);
  process.exit(2);
}
await (await load()).run(args);
process.exit(0);
