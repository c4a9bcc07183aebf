/** `vestibule run`, as bin/vestibule.js has it, but from the source: for `npm run dev`. */
import { main, processIo } from '../src/cli/main.ts';

process.exitCode = await main(['run'], processIo);
