import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import { executionOf } from '../../src/operate/setup/door/place-step.ts';
import type { Execution } from '../../src/operate/door/execution.ts';

interface Node {
  readonly id: string;
  readonly parent: string | null;
  readonly provider: string | null;
  requirement: string;
  priority: number;
  settings?: Settings;
}

interface Settings {
  readonly alias: string;
  readonly config: Readonly<Record<string, string>>;
}

/** One flow of Keycloak, as the Admin API lists and changes it. Keycloak keeps the order by priority alone. */
export class FakeFlow {
  #nodes: Node[] = [];
  /** How the flow stood after each change. */
  readonly history: Execution[][] = [];

  constructor(drawing: readonly Execution[]) {
    const path: string[] = [];
    drawing.forEach(({ level, provider, requirement }, index) => {
      path.length = level;
      const id = `n${index}`;
      this.#nodes.push({ id, parent: path.at(-1) ?? null, provider, requirement, priority: index });
      path.push(id);
    });
  }

  /** Gives the first step of that provider settings of its own. */
  configure(provider: string, settings: Settings): void {
    Object.assign(this.#nodes.find((node) => node.provider === provider) ?? {}, { settings });
  }

  /** @param step its id, or its provider */
  settingsOf(step: string): Settings | undefined {
    return this.#nodes.find(({ id, provider }) => id === step || provider === step)?.settings;
  }

  get steps(): Execution[] {
    return this.#listed().map(executionOf);
  }

  get api(): KeycloakAdminClient {
    const changed = (): void => void this.history.push(this.steps);
    const authenticationManagement = {
      getExecutions: async () => this.#listed(),
      addExecutionToFlow: async ({ flow, provider }: { readonly flow: string; readonly provider: string }) => {
        const id = `n${this.#nodes.length}`;
        const parent = this.#nodes.some((node) => node.id === flow) ? flow : null;
        const last = Math.max(...this.#children(parent).map(({ priority }) => priority));
        this.#nodes.push({ id, parent, provider, requirement: 'DISABLED', priority: last + 1 });
        changed();
        return { id };
      },
      updateExecution: async (
        _: object,
        { id, requirement, priority }: Pick<Node, 'id' | 'requirement' | 'priority'>,
      ) => {
        Object.assign(this.#nodes.find((node) => node.id === id) ?? {}, { requirement, priority });
        changed();
      },
      getConfig: async ({ id }: { readonly id: string }) => this.settingsOf(id),
      createConfig: async ({ id, ...settings }: Settings & { readonly id: string }) => {
        Object.assign(this.#nodes.find((node) => node.id === id) ?? {}, { settings });
        changed();
      },
      delExecution: async ({ id }: { readonly id: string }) => {
        this.#nodes = this.#nodes.filter((node) => node.id !== id);
        changed();
      },
    };
    return { authenticationManagement } as never;
  }

  #children(parent: string | null): Node[] {
    return this.#nodes
      .filter((node) => node.parent === parent)
      .toSorted((left, right) => left.priority - right.priority);
  }

  #listed(parent: string | null = null, level = 0): Parameters<typeof executionOf>[0][] {
    return this.#children(parent).flatMap(({ id, provider, requirement, priority, settings }) => [
      {
        id,
        level,
        requirement,
        priority,
        displayName: id,
        ...(settings === undefined ? {} : { authenticationConfig: id }),
        ...(provider === null ? { authenticationFlow: true } : { providerId: provider }),
      },
      ...this.#listed(id, level + 1),
    ]);
  }
}
