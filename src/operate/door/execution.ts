/** One execution of an authentication flow, as Keycloak lists them: sub-flows before what is in them, a level deeper. */
export interface Execution {
  readonly level: number;
  readonly requirement: string;
  /** `null`: a sub-flow. */
  readonly provider: string | null;
}
