/** An attribute that registrations through one client are to ask for. */
export interface Field {
  readonly client: string;
  readonly attribute: string;
}

/** How a field stands in a realm. */
export interface FieldState extends Field {
  readonly clientThere: boolean;
  /** The client scope that says so of the client. */
  readonly scope: 'default' | 'there' | 'none' | 'foreign';
  /** `null`: the user profile has no such attribute. */
  readonly profile: {
    /** Client scopes; empty: asked for in every registration. */
    readonly askedWith: readonly string[];
    /** Client scopes; `null`: required always, or of some by their role. */
    readonly requiredWith: readonly string[] | null;
    readonly editableByUser: boolean;
  } | null;
}

export type FieldChange =
  | { readonly kind: 'field-scope'; readonly client: string; readonly scope: string }
  | { readonly kind: 'field-attribute'; readonly attribute: string; readonly scope: string; readonly isNew: boolean };
