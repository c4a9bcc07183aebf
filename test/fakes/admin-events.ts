import type { AdminEvents, OtherHand } from '../../src/approvals/stays-disabled.ts';

/** A Keycloak without admin events, until a test says what somebody else did. */
export class FakeAdminEvents implements AdminEvents {
  other: OtherHand | null = null;
  enabler: OtherHand | null = null;
  here = false;
  touched = false;

  disabledByOther = (): Promise<OtherHand | null> => Promise.resolve(this.other);
  enabledByOther = (): Promise<OtherHand | null> => Promise.resolve(this.enabler);
  switched = (): Promise<boolean> => Promise.resolve(this.touched);
  disabledHere = (): Promise<boolean> => Promise.resolve(this.here);
}
