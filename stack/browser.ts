import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
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
  return systemBrowser() ?? publishedBrowser(progress);
}

/** The browser that this machine has, or `undefined`. */
export function systemBrowser(
  { BROWSER_PATH: named = '', PATH: path = '' }: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (named !== '') {
    return named;
  }
  const found = systemBrowsers.map((name) => onPath(name, path)).find((file) => file !== undefined);
  return found ?? (platform === 'darwin' ? macBrowser : undefined); // Playwright names the path if it is not there
}

/**
 * A Chromium made for cloud functions, which lie in the package itself, with the libraries a bare system lacks; and a
 * font, without which every text on a page would have the size 0. Fetched only on machines without a browser, and so no
 * entry in package.json: it weighs 64 MB.
 */
export async function publishedBrowser(progress: Progress = () => undefined): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('no browser found: install Chromium or Chrome, or name one in BROWSER_PATH');
  }
  const dir = await cached(`chromium-${versions.chromium}-dejavu-${versions.dejavuFonts}`, async (target) => {
    progress('Browser: downloading one, once (70 MB)');
    const packages = [`@sparticuz/chromium@${versions.chromium}`, `dejavu-fonts-ttf@${versions.dejavuFonts}`];
    await command('npm', ['install', '--prefix', target, '--ignore-scripts', '--no-audit', '--no-fund', ...packages]);
    const unpack = `(await import('@sparticuz/chromium')).default.executablePath()`;
    // It unpacks into the folder for temporary files, and its libraries only where it takes the machine for a function.
    await command(process.execPath, ['--input-type=module', '--eval', `await ${unpack}`], {
      cwd: target,
      env: { ...process.env, TMPDIR: target, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
    });
    const fonts = join(target, 'dejavu'); // the package has a font, but one only, in bold, and does not find it itself
    await mkdir(fonts);
    for (const font of ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'DejaVuSansMono.ttf']) {
      await copyFile(join(target, 'node_modules', 'dejavu-fonts-ttf', 'ttf', font), join(fonts, font));
    }
    await writeFile(join(fonts, 'fonts.conf'), fontSettings);
    await rm(join(target, 'node_modules'), { recursive: true });
    await writeFile(join(target, 'browser'), startScript);
    await chmod(join(target, 'browser'), 0o755);
    await command(join(target, 'browser'), ['--version']);
  });
  return join(dir, 'browser');
}

/** Only the fonts that lie beside it: pages look the same on every machine. */
const fontSettings = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">.</dir>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias>
</fontconfig>
`;

const startScript = `#!/bin/sh
here=$(dirname "$0")
export LD_LIBRARY_PATH="$here/al2023/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export FONTCONFIG_PATH="$here/dejavu"
unset FONTCONFIG_FILE
exec "$here/chromium" "$@"
`;
