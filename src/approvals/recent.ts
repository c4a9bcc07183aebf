/** What Keycloak's event store says of the time before a registration. */
export interface Recent {
  /** Registrations from the same IP address in the last 24 hours, this one among them. `null`: not known. */
  readonly fromAddress: number | null;
}
