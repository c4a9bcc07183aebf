import { error, type Finding, messageOf } from './finding.ts';

/** Looks at one system. What it has found counts, also when the rest takes too long. */
export interface Probe {
  /** Heading for people. */
  readonly name: string;
  /** Start of the ids for "too slow" and "broke off". */
  readonly area: string;
  look(found: (...findings: readonly Finding[]) => void, signal: AbortSignal): Promise<void>;
}

export interface Section {
  readonly name: string;
  readonly findings: readonly Finding[];
}

export interface DiagnoseOptions {
  /** For each probe, in ms; they run side by side. */
  readonly limitMs: number;
  readonly onDone?: (section: Section) => void;
}

/** Runs all probes, whatever becomes of one of them. The sections come in the order of the probes. */
export async function diagnose(probes: readonly Probe[], { limitMs, onDone }: DiagnoseOptions): Promise<Section[]> {
  return Promise.all(
    probes.map(async (probe) => {
      const section = { name: probe.name, findings: await observe(probe, limitMs) };
      onDone?.(section);
      return section;
    }),
  );
}

async function observe(probe: Probe, limitMs: number): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), limitMs);
  });
  const looking = probe.look((...found) => void (over.signal.aborted || findings.push(...found)), over.signal);
  try {
    if ((await Promise.race([looking, late])) === 'late') {
      findings.push(
        error(
          `${probe.area}-slow`,
          `no full answer within ${limitMs / 1_000} s`,
          'look at the load there and at the network between',
        ),
      );
    }
  } catch (cause) {
    findings.push(
      error(
        `${probe.area}-broke-off`,
        `looking broke off: ${messageOf(cause)}`,
        'what stands above holds; the rest is unknown',
      ),
    );
  } finally {
    clearTimeout(timer);
    over.abort();
    looking.catch(() => undefined); // told above, or too late to matter
  }
  return findings;
}
