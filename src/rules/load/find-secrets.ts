import { isScalar, type Node, visit } from 'yaml';

import type { Report } from './report.ts';

/** Secrets that can be told by their form. */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /\bwhsec_[\w+/=-]{16,}/,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\./,
  /\b(?:gh[opsu]_|github_pat_|glpat-|xox[abps]-|sk_live_|AKIA)[\w-]{12,}/,
  /[?&#;](?:access_?token|api_?key|auth|key|pass(?:word|wd)?|secret|sig(?:nature)?|token)=[^&\s]/i,
  /:\/\/[^/?#\s]*:[^/?#\s]*@/,
];

/**
 * Warns of what looks like a secret: many people read rule files, and so do repositories and the output of `check`. The
 * warning does not repeat it.
 */
export function findSecrets(report: Report, root: Node | null): void {
  if (root === null) {
    return;
  }
  visit(root, {
    Scalar: (_, node) => {
      const { value } = node;
      if (isScalar(node) && typeof value === 'string' && shapes.some((shape) => shape.test(value))) {
        const remedy = 'take it out, and change it: everybody who reads rule files has read it';
        report.add(node, 'a secret seems to stand here', remedy, 'warning');
      }
    },
  });
}
