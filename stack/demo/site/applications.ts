/** An application of the demo: a client of Keycloak, with what its rule file does with people who register. */
export interface Application {
  readonly clientId: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Its members: who is in this group, it lets in. */
  readonly group: string;
  /** For the start page: what becomes of somebody who registers. */
  readonly promise: string;
}

export const applications: readonly Application[] = [
  {
    clientId: 'blog',
    name: 'ACME Blog',
    roles: [],
    group: '/readers',
    promise: 'Open: everybody who registers becomes a reader. The form refuses throwaway addresses.',
  },
  {
    clientId: 'shop',
    name: 'ACME Shop',
    roles: [],
    group: '/customers',
    promise: 'Open, but guarded: nobody is in before floods are ruled out. You notice nothing of it.',
  },
  {
    clientId: 'partner-portal',
    name: 'Partner Portal',
    roles: ['member'],
    group: '/partners',
    promise: 'Vetted: the partner desk gets a mail and decides. Until then you wait at the gate, without a token.',
  },
  {
    clientId: 'staff-tool',
    name: 'Staff Tool',
    roles: [],
    group: '/staff',
    promise: 'Closed: there is no link to the form, and no form.',
  },
];
