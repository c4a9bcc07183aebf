import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cached, type Progress } from './cache.ts';
import { command } from './command.ts';
import { onPath } from './paths.ts';
import { versions } from './versions.ts';

const systemBrowsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const macBrowser = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/**
 * A Chromium for Playwright's `executablePath`: the one `BROWSER_PATH` names, else the system's, else one from npm.
 * @throws when there is none and none is published for this machine, with the remedy
 */
export async function findBrowser(progress: Progress = () => undefined): Promise<string> {
  const named = process.env['BROWSER_PATH'];
  if (named !== undefined && named !== '') {
    return named;
  }
  const found = systemBrowsers.map((name) => onPath(name)).find((path) => path !== undefined);
  if (found !== undefined) {
    return found;
  }
  if (process.platform === 'darwin') {
    return macBrowser; // Playwright names the path if it is not there
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('no browser found: install Chromium or Chrome, or name one in BROWSER_PATH');
  }
  return publishedBrowser(progress);
}

/**
 * A Chromium made for cloud functions, which lie in the package itself, with the libraries a bare system lacks. Fetched
 * only on machines without a browser, and so no entry in package.json: it weighs 64 MB.
 */
async function publishedBrowser(progress: Progress): Promise<string> {
  const dir = await cached(`chromium-${versions.chromium}`, async (target) => {
    progress('Browser: none on this system; downloading one, once (64 MB)');
    const spec = `@sparticuz/chromium@${versions.chromium}`;
    await command('npm', ['install', '--prefix', target, '--ignore-scripts', '--no-audit', '--no-fund', spec]);
    const unpack = `(await import('@sparticuz/chromium')).default.executablePath()`;
    // It unpacks into the folder for temporary files, and its libraries only where it takes the machine for a function.
    await command(process.execPath, ['--input-type=module', '--eval', `await ${unpack}`], {
      cwd: target,
      env: { ...process.env, TMPDIR: target, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
    });
    await rm(join(target, 'node_modules'), { recursive: true });
    await writeFile(join(target, 'browser'), startScript);
    await chmod(join(target, 'browser'), 0o755);
    await command(join(target, 'browser'), ['--version']);
  });
  return join(dir, 'browser');
}

const startScript = `#!/bin/sh
here=$(dirname "$0")
export LD_LIBRARY_PATH="$here/al2023/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export FONTCONFIG_PATH="$here/fonts"
exec "$here/chromium" "$@"
`;
