/**
 * Every failure an operator can see. Codes are public and never reused.
 * `retryable` decides whether a job is tried again; unknown errors are, so that no unclassified failure drops a person.
 */
export const errorCatalog = {
  ADDRESS_UNVERIFIED: { retryable: true, httpStatus: 503 },
  APPROVAL_CONFLICT: { retryable: true, httpStatus: 409 },
  APPROVAL_UNREADABLE: { retryable: true, httpStatus: 500 },
  AUDIT_UNAVAILABLE: { retryable: true, httpStatus: 503 },
  CHANNEL_UNKNOWN: { retryable: true, httpStatus: 502 },
  CHAT_REFUSED: { retryable: false, httpStatus: 502 },
  CHAT_UNANSWERED: { retryable: true, httpStatus: 503 },
  CHAT_UNAVAILABLE: { retryable: true, httpStatus: 503 },
  CHAT_UNCLEAR: { retryable: false, httpStatus: 502 },
  CLOCK_BEHIND: { retryable: true, httpStatus: 503 },
  CONFIG_INVALID: { retryable: false, httpStatus: 500 },
  DIGEST_PENDING: { retryable: true, httpStatus: 503 },
  DRY_RUN: { retryable: true, httpStatus: 503 },
  EVENT_UNCONFIRMED: { retryable: true, httpStatus: 503 },
  EVENT_UNREADABLE: { retryable: false, httpStatus: 400 },
  EXTERNAL_UNAVAILABLE: { retryable: true, httpStatus: 503 },
  EXTERNAL_UNUSABLE: { retryable: true, httpStatus: 502 },
  FORM_INVALID: { retryable: false, httpStatus: 403 },
  GROUP_MISSING: { retryable: false, httpStatus: 502 },
  HEADERS_UNKNOWN: { retryable: true, httpStatus: 503 },
  KAFKA_UNAVAILABLE: { retryable: true, httpStatus: 503 },
  KEYCLOAK_FORBIDDEN: { retryable: true, httpStatus: 502 },
  KEYCLOAK_REFUSED: { retryable: false, httpStatus: 502 },
  KEYCLOAK_UNAVAILABLE: { retryable: true, httpStatus: 503 },
  LINK_INVALID: { retryable: false, httpStatus: 404 },
  LINK_SPENT: { retryable: false, httpStatus: 410 },
  MAIL_REFUSED: { retryable: false, httpStatus: 502 },
  MAIL_UNANSWERED: { retryable: true, httpStatus: 503 },
  MAIL_UNAVAILABLE: { retryable: true, httpStatus: 503 },
  MAIL_UNCLEAR: { retryable: false, httpStatus: 502 },
  NOBODY_TO_ASK: { retryable: true, httpStatus: 502 },
  REALM_UNKNOWN: { retryable: false, httpStatus: 502 },
  REDIS_UNAVAILABLE: { retryable: true, httpStatus: 503 },
  ROLE_MISSING: { retryable: false, httpStatus: 502 },
  RULES_INVALID: { retryable: false, httpStatus: 500 },
  RULES_NOT_IN_FORCE: { retryable: true, httpStatus: 503 },
  RULE_STOPPED: { retryable: true, httpStatus: 503 },
  USER_BUSY: { retryable: true, httpStatus: 409 },
  USER_GONE: { retryable: false, httpStatus: 410 },
  USER_NOT_YET_VISIBLE: { retryable: true, httpStatus: 503 },
  WEBHOOK_REFUSED: { retryable: false, httpStatus: 502 },
  WEBHOOK_UNAVAILABLE: { retryable: true, httpStatus: 503 },
} as const satisfies Record<string, { retryable: boolean; httpStatus: number }>;

export type ErrorCode = keyof typeof errorCatalog;

export interface ErrorContext {
  cause?: unknown;
  /** Overrides the catalog, where whoever throws it knows better. */
  retryable?: boolean;
  [detail: string]: unknown;
}

/** The only error thrown on purpose. Adapters translate what their system says into one of these. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  /** Ids and settings' names that help to find the place; never personal data, never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, { cause, retryable, ...details }: ErrorContext = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
    this.retryable = retryable ?? errorCatalog[code].retryable;
  }

  get httpStatus(): number {
    return errorCatalog[this.code].httpStatus;
  }
}

export function isServiceError(error: unknown, code?: ErrorCode): error is ServiceError {
  return error instanceof ServiceError && (code === undefined || error.code === code);
}
