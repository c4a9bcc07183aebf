import type { AddressInfo, Server } from 'node:net';

import { type ApprovalsAppDeps, buildApprovalsApp } from '../http/approvals.ts';
import { listen, placesOf } from '../http/listen.ts';
import { buildOpsApp, type OpsAppDeps } from '../http/ops.ts';
import { ShownNames } from '../http/shown-names.ts';
import type { Base } from './base.ts';
import type { Storage } from './storage.ts';

/** @returns the port where health and metrics are */
export async function startOpsServer(
  { config, lifecycle, metrics }: Base,
  { queues }: Storage,
  { checks, review }: Pick<OpsAppDeps, 'checks' | 'review'>,
): Promise<number> {
  const { server } = await lifecycle.open(
    'ops server',
    async () => {
      const app = buildOpsApp({
        checks,
        registry: metrics.registry,
        queues: () => queues.counts(),
        review,
        loopback: /^(127\.|localhost$|::1$)/.test(config.OPS_HOST),
      });
      await listen(app, placesOf(config).ops);
      return app;
    },
    (app) => app.close(),
  );
  return portOf(server);
}

type ApprovalPages = Pick<ApprovalsAppDeps, 'voting' | 'withdrawing' | 'delegation' | 'retry'>;

/** @returns the port where the approval pages are */
export async function startApprovalPages(
  { config, log, lifecycle, now }: Base,
  { linkKeys }: Pick<Storage, 'linkKeys'>,
  parts: ApprovalPages,
): Promise<number> {
  const names = new ShownNames(linkKeys, { secure: config.PUBLIC_URL.startsWith('https:') });
  const { server } = await lifecycle.open(
    'approval pages',
    async () => {
      const app = await buildApprovalsApp({
        ...parts,
        names,
        log,
        now,
        trustedProxies: config.HTTP_TRUST_PROXY,
      });
      await listen(app, placesOf(config).pages);
      return app;
    },
    (app) => app.close(),
  );
  return portOf(server);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
