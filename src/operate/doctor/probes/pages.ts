import type { Probe } from '../diagnose.ts';
import { fine, messageOf, warning } from '../finding.ts';
import { ask } from './ask.ts';

/** Opens the approval pages where approvers will, by way of the style sheet: no link is tried. */
export function pagesProbe({ publicUrl, now }: { readonly publicUrl: string; readonly now: () => number }): Probe {
  return {
    name: 'approval pages',
    area: 'pages',
    async look(found, signal) {
      try {
        const { status, headers } = await ask(`${publicUrl}/assets/style.css`, { signal, now });
        const ours = status === 200 && String(headers['content-type']).startsWith('text/css');
        found(
          ours
            ? fine('pages', `the pages are there at ${publicUrl}`)
            : warning(
                'pages-foreign',
                `something else than the approval pages answers at ${publicUrl} (${status})`,
                'let the proxy hand /approvals/ and /assets/ on to HTTP_HOST:HTTP_PORT',
              ),
        );
      } catch (cause) {
        const why = (cause as NodeJS.ErrnoException).code ?? messageOf(cause);
        found(
          warning(
            'pages-away',
            `the approval pages do not answer at ${publicUrl}: ${why}`,
            'start vestibule run; where it runs, look at the proxy, and at whether this machine can reach PUBLIC_URL',
          ),
        );
      }
    },
  };
}
