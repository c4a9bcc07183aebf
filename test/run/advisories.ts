interface Report {
  readonly message?: string;
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<string, number>> };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
}

const grave = ['high', 'critical'];

/** What the answer of `npm audit --json` means. */
export function onHighAdvisories(answer: string): { readonly said: string; readonly failed: boolean } {
  const { message, metadata, vulnerabilities = {} } = read(answer);
  if (metadata === undefined) {
    return {
      said: `npm audit could not ask the registry: ${message ?? 'no answer'}. Nothing is known.`,
      failed: false,
    };
  }
  const names = Object.entries(vulnerabilities).flatMap(([name, { severity }]) =>
    grave.includes(severity) ? [`${name} (${severity})`] : [],
  );
  const all = metadata.vulnerabilities['total'] ?? 0;
  return names.length === 0
    ? { said: `npm audit: ${all} known faults, none of them high`, failed: false }
    : { said: `npm audit: ${names.join(', ')}; "npm audit" has the details`, failed: true };
}

function read(answer: string): Report {
  try {
    return JSON.parse(answer) as Report;
  } catch {
    return {};
  }
}
